"""How far the two runs are apart along the forward pass."""

from __future__ import annotations

import itertools

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
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

from ..run.painting import draw_text, face, fill_round, mix, mono_face
from ..run.track import Segment
from ..theme import colour, hub
from ..watching import watch
from .couples import Couple, Couples, op_of, type_of
from .error_scale import Floats, LogScale, scale_of
from .measure import BESIDE, NAMES, Measure, amount, error_text

HEIGHT = 208
_TITLE = 18
_LEFT, _RIGHT, _TOP = 54, 14, 38
_BLOCKS, _BLOCK = 22, 15  # from the lower border to the blocks; their height
_BELOW = 31  # from the lower border to the plot
_NAMED = 6.0  # px below which a block is a stripe


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
        area = self._area()
        return area.left() + (number + 0.5) * area.width() / max(len(self._main), 1)

    def couple_at(self, x: float) -> Couple | None:
        """The couple with an error that is nearest to a place."""
        couples, area = self._couples, self._area()
        if couples is None or not len(self._main):
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
        self._paint_blocks(painter)
        if self._couple is not None and self._couples is not None:
            self._paint_cursor(painter, self._couple)
        if self._by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _area(self) -> QRectF:
        width = max(self.width() - _LEFT - _RIGHT, 1)
        return QRectF(_LEFT, _TOP, width, max(self.height() - _TOP - _BELOW, 1))

    def _y(self, value: float) -> float:
        area = self._area()
        return area.bottom() - self._scale.place(value) * area.height()

    def _paint_picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour("panel"))
        painter = QPainter(picture)
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        title = "Error along the forward pass"
        width = draw_text(painter, 14, _TITLE, title, face(13, 600), colour("text1"))
        self._paint_legend(painter, 14 + width + 24)
        if self._couples is not None and len(self._main):
            self._paint_scales(painter)
            self._paint_start(painter)
            beside = mix(colour("text3"), colour("panel"), 0.85)
            self._paint_line(painter, self._beside, QPen(beside, 1.2))
            self._paint_line(painter, self._main, QPen(colour("accent"), 1.8))
            self._paint_start_sign(painter)
        painter.end()
        return picture

    def _paint_legend(self, painter: QPainter, left: float) -> None:
        x = self.width() - 14.0
        beside = self._measure.name, NAMES[BESIDE[self._measure.metric]]
        dash = QPen(colour("text3"), 1.2)
        dash.setDashPattern([3, 2.5])
        quiet = QPen(mix(colour("text3"), colour("panel"), 0.85), 1.6)
        pens = (QPen(colour("accent"), 2), quiet, dash)
        rows = list(zip((*beside, "tolerance"), pens, strict=True))
        if self._beside.size and not (self._beside >= 0).any():
            del rows[1]
        wide = sum(face(11).width(name) + 40 for name, _pen in rows)
        if x - wide < left:
            return
        for name, pen in reversed(rows):
            x -= face(11).width(name)
            draw_text(painter, x, _TITLE, name, face(11), colour("text3"))
            x -= 24
            painter.setPen(pen)
            painter.drawLine(QPointF(x, _TITLE), QPointF(x + 17, _TITLE))
            x -= 16

    def _paint_scales(self, painter: QPainter) -> None:
        area = self._area()
        faced = mono_face(10)
        ticks = self._scale.ticks()
        room = max(int(area.height() // 22), 1)
        for place, text in ticks[:: -(-len(ticks) // room)]:
            y = round(area.bottom() - place * area.height())
            painter.fillRect(QRectF(area.left(), y, area.width(), 1), colour("line"))
            draw_text(painter, _LEFT - 8 - faced.width(text), y, text, faced, colour("text3"))
        pen = QPen(mix(colour("text1"), colour("panel"), 0.7), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        y = round(self._y(self._measure.tolerance)) + 0.5
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_start(self, painter: QPainter) -> None:
        """What comes after the first divergence has another ground."""
        assert self._couples is not None
        area = self._area()
        if self._couples.starts:
            x = self.x_of(self._couples.starts[0].number)
            tint = QColor(colour("warn"))
            tint.setAlphaF(0.08)
            painter.fillRect(QRectF(x, area.top() - 8, area.right() - x, area.height() + 8), tint)

    def _paint_start_sign(self, painter: QPainter) -> None:
        couples, area = self._couples, self._area()
        assert couples is not None
        if not couples.starts:
            return
        for later in couples.starts[1:]:
            x = round(self.x_of(later.number))
            painter.setPen(QPen(mix(colour("warn"), colour("panel"), 0.6), 1))
            painter.drawLine(QPointF(x, area.top() - 8), QPointF(x, area.top() + 4))
        start = couples.starts[0]
        x = round(self.x_of(start.number))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(x - 1, area.top() - 8, 2, area.height() + 8), colour("warn"))
        error = couples.headline(start, self._measure)
        text, faced = self.start_words(), face(11, 600)
        width = faced.width(text)
        left = x - 8 - width if x - 8 - width > area.left() else x + 8
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_text(painter, left, area.top() - 3, text, faced, colour("warn"))
        if error is not None:
            painter.setPen(QPen(colour("panel"), 1.5))
            painter.setBrush(colour("warn"))
            painter.drawEllipse(QPointF(x, self._y(error)), 4.5, 4.5)

    def start_words(self) -> str:
        """What stands at the first divergence ("op 38  layer2.0.conv2")."""
        couples = self._couples
        if couples is None or not couples.starts:
            return ""
        found = couples.story.found.divergences[0].a
        where = found.module or found.type
        return f"op {found.record + 1:,}  {where}"

    def _paint_line(self, painter: QPainter, values: Floats, pen: QPen) -> None:
        """Where an error is not known, the line goes on from the one before."""
        known = np.flatnonzero(values >= 0)
        if not len(known):
            return
        area = self._area()
        across = area.left() + (known + 0.5) * area.width() / len(values)
        down = area.bottom() - self._scale.places(values[known]) * area.height()
        most = max(int(area.width()), 1)
        if len(known) > 2 * most:  # of many, the worst in each column of pixels
            columns = across.astype(np.int64)
            starts = np.flatnonzero(np.r_[True, columns[1:] != columns[:-1]])
            across, down = across[starts], np.minimum.reduceat(down, starts)
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if len(points) == 1:
            painter.drawPoint(points[0])
        # One by one: a long path's outline takes Qt many times as long.
        painter.drawLines([QLineF(a, b) for a, b in itertools.pairwise(points)])

    def _paint_blocks(self, painter: QPainter) -> None:
        top = self.height() - _BLOCKS
        each = self._area().width() / max(len(self._main), 1)
        here = self._segment_of(self._couple) if self._couple is not None else None
        drawn = float("-inf")
        for segment in self._segments:
            left, right = _LEFT + each * segment.start, _LEFT + each * segment.stop - 1.5
            if right - left < 1 and left - drawn < 1:
                continue
            drawn = right
            rect = QRectF(left, top, max(right - left, 1.5), _BLOCK)
            now = segment is here
            token = "selection" if now else "hover"
            if rect.width() < _NAMED:
                painter.fillRect(rect, colour(token))
                continue
            fill_round(painter, rect, 3, colour(token))
            faced = face(11, 500 if now else 400)
            width = faced.width(segment.label)
            if segment.label and width + 8 <= rect.width():
                ink = colour("accent" if now else "text2")
                x = rect.center().x() - width / 2
                draw_text(painter, x, rect.center().y(), segment.label, faced, ink)

    def _segment_of(self, couple: Couple) -> Segment | None:
        number = couple.number
        return next((one for one in self._segments if one.start <= number < one.stop), None)

    def _paint_cursor(self, painter: QPainter, couple: Couple) -> None:
        """The pair that is looked at."""
        assert self._couples is not None
        starts = self._couples.starts
        if starts and starts[0].number == couple.number:
            return
        area, x = self._area(), round(self.x_of(couple.number))
        painter.fillRect(QRectF(x, area.top() - 8, 1, area.height() + 8), colour("accent"))
        error = self._main[couple.number]
        if error >= 0:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("panel"), 1.5))
            painter.setBrush(colour("accent"))
            painter.drawEllipse(QPointF(x + 0.5, self._y(float(error))), 4, 4)

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
