"""How far the two runs are apart along the forward pass."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..run.painting import draw_text, face, mix
from ..run.track import Segment
from ..theme import colour, hub
from ..watching import watch
from .couples import Couple, Couples, op_of, type_of
from .error_plot import ErrorPlot, draw_legend
from .error_scale import Floats, LogScale, scale_of
from .measure import BESIDE, NAMES, Measure, amount, error_text

HEIGHT = 208
_TITLE = 18
_LEFT, _RIGHT, _TOP = 54, 14, 38
_BLOCKS = 22  # from the lower border to the blocks
_BELOW = 31  # from the lower border to the plot


class ErrorCurve(QWidget):
    """Painted; a click or drag picks the pair there.

    Signals:
        picked: Couple.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._couples: Couples | None = None
        self._measure = Measure()
        self._main: Floats = np.zeros(0)
        self._beside: Floats = np.zeros(0)
        self._scale = LogScale(-8, 1)
        self._segments: list[Segment] = []
        self._couple: Couple | None = None
        self._picture: QPixmap | None = None
        self._by_key = False
        self._held = False
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Error along the forward pass")
        watch(self, self._hint)
        hub().changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        """The room of the target picture."""
        return QSize(842, HEIGHT)

    @property
    def scale(self) -> LogScale:
        """The powers of ten that it reaches over."""
        return self._scale

    def show_couples(self, couples: Couples | None, measure: Measure) -> None:
        """Another comparison."""
        self._couples, self._couple = couples, None
        self._segments = couples.segments if couples is not None else []
        self.show_measure(measure)

    def show_measure(self, measure: Measure) -> None:
        """The same by another measure."""
        self._measure = measure
        couples = self._couples
        metrics = measure.metric, BESIDE[measure.metric]
        self._main, self._beside = (
            _numbers(couples.errors(metric) if couples is not None else []) for metric in metrics
        )
        known = self._main[self._main >= 0]
        self._scale = scale_of(known, measure.tolerance)
        self._restyle()

    def show_couple(self, couple: Couple | None) -> None:
        """Mark a place."""
        self._couple = couple
        couples = self._couples
        if couples is not None and couple is not None:
            error = error_text(couples.headline(couple, self._measure))
            self.setAccessibleDescription(f"{self._name(couple)}, {self._measure.name} {error}")
        self.update()

    def x_of(self, number: int) -> float:
        """Where a couple stands."""
        return self._plot().x_of(number)

    def couple_at(self, x: float) -> Couple | None:
        """The couple with an error that is nearest to a place."""
        couples, area = self._couples, self._plot().area
        if couples is None:
            return None
        known = np.flatnonzero(self._main >= 0)
        if not len(known):
            return None
        wanted = (x - area.left()) / area.width() * len(self._main) - 0.5
        return couples.rows[int(known[int(np.abs(known - wanted).argmin())])]

    # Gestures.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the pair there."""
        if event.button() is Qt.MouseButton.LeftButton and event.position().y() > _TOP - 8:
            self._held = True
            self._pick_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag along."""
        if self._held:
            self._pick_at(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from pair to pair, with Shift by ten; Home and End to the ends."""
        couples, key = self._couples, Qt.Key(event.key())
        known: list[int] = np.flatnonzero(self._main >= 0).tolist()
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        moves = {Qt.Key.Key_Left: -far, Qt.Key.Key_Right: far}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(known) - 1}
        if couples is None or not known or key not in (*moves, *ends):
            super().keyPressEvent(event)
            return
        now = self._couple.number if self._couple is not None else -1
        at = int(np.searchsorted(known, now)) if now >= 0 else -moves.get(key, 0)
        at = ends.get(key, min(max(at + moves.get(key, 0), 0), len(known) - 1))
        self._pick(couples.rows[known[at]])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard came by."""
        reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_key = event.reason() in reasons
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No ring."""
        self._by_key = False
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._restyle()

    def _pick_at(self, x: float) -> None:
        couple = self.couple_at(x)
        if couple is not None:
            self._pick(couple)

    def _pick(self, couple: Couple) -> None:
        if self._couple is None or couple.number != self._couple.number:
            self.picked.emit(couple)

    def _hint(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hint_at(QPointF(event.pos())), self)
            return True
        return False

    def hint_at(self, point: QPointF) -> str:
        """The tooltip over a place."""
        if self._couples is None or point.y() < _TOP - 8:
            return ""
        couple = self.couple_at(point.x())
        if couple is None:
            return ""
        pair = self._couples.pair_of(couple)
        lines = [self._name(couple)]
        for metric, name in NAMES.items():
            known = amount(pair, metric) if pair is not None else None
            if known is not None:
                lines.append(f"{name} {error_text(known)}")
        return "\n".join(lines)

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title and plot from a picture; what is looked at on it."""
        if self._picture is None:
            self._picture = self._paint_picture()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        couples, couple, plot = self._couples, self._couple, self._plot()
        here = couple.number if couple is not None else -1
        plot.blocks(painter, self._segments, here, self.height() - _BLOCKS)
        if couples is not None and here >= 0 and couple not in couples.starts[:1]:
            plot.cursor(painter, here, float(self._main[here]))
        if self._by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def start_words(self) -> str:
        """What stands at the first divergence ("op 38  layer2.0.conv2")."""
        couples = self._couples
        if couples is None or not couples.starts:
            return ""
        found = couples.story.found.divergences[0].a
        return f"op {found.record + 1:,}  {found.module or found.type}"

    def _plot(self) -> ErrorPlot:
        width = max(self.width() - _LEFT - _RIGHT, 1)
        area = QRectF(_LEFT, _TOP, width, max(self.height() - _TOP - _BELOW, 1))
        return ErrorPlot(area, self._scale, len(self._main))

    def _paint_picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour("panel"))
        painter = QPainter(picture)
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        title = "Error along the forward pass"
        width = draw_text(painter, 14, _TITLE, title, face(13, 600), colour("text1"))
        draw_legend(painter, self._legend(), 14 + width + 24, self.width() - 14.0, _TITLE)
        couples, plot = self._couples, self._plot()
        if couples is not None and plot.count:
            plot.scales(painter, self._measure.tolerance)
            first = couples.starts[0] if couples.starts else None
            if first is not None:
                plot.after(painter, first.number)
            beside = mix(colour("text3"), colour("panel"), 0.85)
            plot.line(painter, self._beside, QPen(beside, 1.2))
            plot.line(painter, self._main, QPen(colour("accent"), 1.8))
            for later in couples.starts[1:]:
                plot.later(painter, later.number)
            if first is not None:
                error = couples.headline(first, self._measure)
                plot.start(painter, first.number, error, self.start_words())
        painter.end()
        return picture

    def _legend(self) -> list[tuple[str, QPen]]:
        quiet = QPen(mix(colour("text3"), colour("panel"), 0.85), 1.6)
        dash = QPen(colour("text3"), 1.2)
        dash.setDashPattern([3, 2.5])
        rows = [(self._measure.name, QPen(colour("accent"), 2))]
        if (self._beside >= 0).any():
            rows.append((NAMES[BESIDE[self._measure.metric]], quiet))
        return [*rows, ("tolerance", dash)]

    def _name(self, couple: Couple) -> str:
        assert self._couples is not None
        run = self._couples.story.a.run
        op = op_of(run, couple.a)
        if op < 0:
            return run.graph.values[couple.a[1]].name or type_of(run, couple.a)
        return f"op {couple.a[0] + 1:,}  {run.graph.op_label(op)}"

    def _restyle(self) -> None:
        self._picture = None
        self.update()


def _numbers(errors: list[float | None]) -> Floats:
    """Errors as numbers that compare: -1 where none is known; what is no number is endless."""
    found = np.array([-1.0 if error is None else error for error in errors], np.float64)
    return np.where(np.isnan(found), np.inf, found)
