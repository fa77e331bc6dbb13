"""The picture of a run's numbers: ranges over the ops in order, forward above, backward below."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
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

from ..later import Later
from ..run.painting import draw_text, face, mix, text_width
from ..tensor.formatting import number
from ..theme import colour, hub
from ..watching import watch
from .bins import CHANGED, INF, LARGE, NAN, Bins, Scale, gather, scale_of
from .rows import DEAD, HALF_MOST, Floats, HealthRows
from .words import row_words

EDGE = 14
GUTTER = 74  # px for the numbers at the left
LEGEND = 26
LANE, LANE_ALONE = 72, 92
_MARKS = 9  # px above the ranges, for what is not finite and for dtypes
_ZEROS = 6  # px below them, for the share of zeros
_GAP = 16
_PITCH = 3  # px of a column at least
_BLIP = 4

_LEGEND = (
    ("range", "accent"),
    ("rms", "text1"),
    ("gradient norm", "loss"),
    ("zeros", "warn"),
    ("NaN", "nan"),
    ("Inf", "inf"),
    ("dtype change", "norm"),
)


class HealthStrip(QWidget):
    """Painted; of many ops a column of pixels shows what is worst of those in it.

    Signals:
        picked: int, a row that was clicked.
        hovered: int, the row under the pointer, -1 for none.
    """

    picked = Signal(int)
    hovered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: HealthRows | None = None
        self._lanes: list[tuple[Bins, Scale | None]] = []
        self._laid_out_for = (-1, -1)
        self._columns = 1
        self._lane = LANE_ALONE  # px
        self._positions: Floats = np.zeros(0)
        self._picture: QPixmap | None = None
        self._selected = -1
        self._pointed = -1
        self._at = -1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Ranges of the ops in order")
        watch(self, self._hint)
        self._later = Later(self)
        hub().changed.connect(self.refresh)
        self.show_rows(None)

    def show_rows(self, rows: HealthRows | None) -> None:
        """Another run, or none."""
        self._rows = rows
        self._selected = self._pointed = self._at = -1
        self.refresh()

    def refresh(self) -> None:
        """The rows have changed."""
        self._laid_out_for = (-1, -1)
        self._picture = None
        two = self._rows is not None and bool(self._rows.backward.any())
        self._lane = LANE if two else LANE_ALONE
        self.setFixedHeight(LEGEND + (2 * self._lane + _GAP if two else self._lane) + 6)
        self._later.wish()

    def show_selected(self, row: int) -> None:
        """Mark a row, -1 for none."""
        if row != self._selected:
            self._selected = row
            self._later.wish()

    def show_pointed(self, row: int) -> None:
        """Mark the counterpart of what another pane hovers."""
        if row != self._pointed:
            self._pointed = row
            self._later.wish()

    def sizeHint(self) -> QSize:
        return QSize(600, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._laid_out_for = (-1, -1)
        self._picture = None

    def row_at(self, x: float, y: float) -> int:
        """The row that stands for the column under a point, -1 where there is none."""
        self._lay_out()
        found = self._bin_at(x, y)
        return -1 if found is None else int(found[0].telling[found[1]])

    def place_of(self, row: int) -> tuple[float, float]:
        """The middle of a row's column, and the middle of its lane."""
        self._lay_out()
        rows = self._rows
        if rows is None or not 0 <= row < len(rows):
            return -1.0, -1.0
        lane = 1 if bool(rows.backward[row]) and len(self._lanes) > 1 else 0
        column = min(int(self._positions[row] * self._columns), self._columns - 1)
        return GUTTER + (column + 0.5) * self._pitch, self._top(lane) + self._lane / 2

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            row = self.row_at(event.position().x(), event.position().y())
            if row >= 0:
                self.picked.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x(), event.position().y())
        shape = Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        if row != self._at:
            self._at = row
            self.hovered.emit(row)
            self._later.wish()

    def leaveEvent(self, event: QEvent) -> None:
        if self._at >= 0:
            self._at = -1
            self.hovered.emit(-1)
            self._later.wish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The columns beside the selected one."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        rows = self._rows
        if step is None or rows is None or not len(rows):
            super().keyPressEvent(event)
            return
        self._lay_out()
        x, y = self.place_of(self._selected)
        lane = 0 if self._selected < 0 or y < self._top(1) else 1
        bins = self._lanes[min(lane, len(self._lanes) - 1)][0]
        column = int((x - GUTTER) / self._pitch) if self._selected >= 0 else -1
        places = bins.places
        wanted = places > column if step > 0 else places < column
        found = wanted.nonzero()[0]
        if len(found):
            self.picked.emit(int(bins.telling[found[0 if step > 0 else -1]]))

    def hint_at(self, x: float, y: float) -> str:
        """The tooltip over a column."""
        self._lay_out()
        found = self._bin_at(x, y)
        if found is None or self._rows is None:
            return ""
        bins, at = found
        words = row_words(self._rows, int(bins.telling[at]))
        more = int(bins.counts[at]) - 1
        return f"{words}\nand {more} other output{'s' if more > 1 else ''} here" if more else words

    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        if self._picture is None:
            self._picture = self._paint_picture()
        painter.drawPixmap(0, 0, self._picture)
        for row, tint in (
            (self._pointed, mix(colour("text2"), colour("panel"), 0.5)),
            (self._at, colour("text3")),
            (self._selected, colour("accent")),
        ):
            self._paint_line(painter, row, tint)
        if self.hasFocus():
            painter.setPen(colour("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    @property
    def _pitch(self) -> float:
        return max(self.width() - GUTTER - EDGE, 1) / self._columns

    def _top(self, lane: int) -> float:
        return LEGEND + lane * (self._lane + _GAP)

    def _hint(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = self.hint_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return False

    def _lay_out(self) -> None:
        rows = self._rows
        if rows is None:
            self._lanes = []
            return
        wanted = (rows.version, self.width())
        if wanted == self._laid_out_for:
            return
        self._laid_out_for = wanted
        backward = rows.backward
        self._positions = rows.positions()
        room = max((self.width() - GUTTER - EDGE) // _PITCH, 1)
        ahead = int((~backward).sum())
        self._columns = max(min(ahead or len(rows), room), 1)
        lanes = [~backward, backward] if backward.any() else [~backward]
        self._lanes = []
        for chosen in lanes:
            bins = gather(rows, chosen, self._positions, self._columns)
            self._lanes.append((bins, scale_of(bins, bool(self._lanes))))

    def _bin_at(self, x: float, y: float) -> tuple[Bins, int] | None:
        lane = 0 if y < self._top(1) - _GAP / 2 else 1
        if y < LEGEND or lane >= len(self._lanes) or not GUTTER - 2 <= x <= self.width() - EDGE + 2:
            return None
        bins = self._lanes[lane][0]
        column = min(max(int((x - GUTTER) / self._pitch), 0), self._columns - 1)
        near = abs(bins.places - column)
        if not len(near):
            return None
        at = int(near.argmin())
        return (bins, at) if int(near[at]) * self._pitch <= _BLIP else None

    def _paint_picture(self) -> QPixmap:
        """Everything but the lines of what is selected and hovered; painted once per version."""
        ratio = self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        picture = QPixmap(size)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self._paint_legend(painter)
        for lane, (bins, scale) in enumerate(self._lanes):
            self._paint_lane(painter, lane, bins, scale)
        painter.end()
        return picture

    def _paint_legend(self, painter: QPainter) -> None:
        x, middle = float(GUTTER), LEGEND / 2
        two = len(self._lanes) > 1
        for words, token in _LEGEND:
            if words == "gradient norm" and not two:
                continue
            if x + 12 + text_width(words, face(11)) > self.width() - EDGE:
                break
            painter.fillRect(QRectF(x, middle - 3.5, 7, 7), colour(token))
            x += 12
            x += draw_text(painter, x, middle, words, face(11), colour("text3")) + 16

    def _paint_lane(self, painter: QPainter, lane: int, bins: Bins, scale: Scale | None) -> None:
        top = self._top(lane)
        upper, lower = top + _MARKS, top + self._lane - _ZEROS - 2
        name = "backward" if lane else "forward"
        above = LEGEND / 2 if lane == 0 else top - _GAP / 2
        draw_text(painter, EDGE, above, name, face(11, 600), colour("text2"))
        right = self.width() - EDGE
        if scale is None:
            words = "No statistics yet" if len(bins.places) else "Nothing has run yet"
            draw_text(painter, GUTTER, (upper + lower) / 2, words, face(), colour("text3"))
            return
        height = lower - upper

        def level(values: Any) -> Any:
            return lower - scale.share(values) * height

        self._paint_axis(painter, scale, level, right)
        wide = max(self._pitch - 1, 1.0) if self._pitch < 12 else min(self._pitch - 2, 14.0)
        lefts = GUTTER + (bins.places + 0.5) * self._pitch - wide / 2
        tops, bottoms = level(bins.maximum), level(bins.minimum)
        fine = mix(colour("accent"), colour("panel"), 0.55)
        large = colour("warn")
        rows = zip(
            lefts.tolist(), tops.tolist(), bottoms.tolist(), bins.marks.tolist(), strict=True
        )
        batches: dict[bool, list[QRectF]] = {False: [], True: []}
        for left, high, low, mark in rows:
            if high == high:
                batches[mark == LARGE].append(QRectF(left, high, wide, max(low - high, 1.0)))
        painter.setPen(Qt.PenStyle.NoPen)
        for is_large, rects in batches.items():
            painter.setBrush(large if is_large else fine)
            painter.drawRects(rects)
        self._paint_levels(painter, lefts, level(bins.rms), wide, colour("text1"))
        if lane:
            self._paint_levels(painter, lefts, level(bins.gradient), wide, colour("loss"))
        self._paint_marks(painter, bins, lefts, top, lower, wide)

    def _paint_axis(self, painter: QPainter, scale: Scale, level: Any, right: float) -> None:
        """Numbers at the left; a line at 0 and at the largest float16."""
        ticks = scale.ticks()
        places = level(np.array(ticks)).tolist()
        drawn: list[float] = []
        order = sorted(range(len(ticks)), key=lambda n: ticks[n] == 0)  # the ends come first
        for n in order:
            y = places[n]
            if all(abs(y - other) >= 11 for other in drawn):
                text = number(ticks[n], 2)
                x = GUTTER - 6 - text_width(text, face(10))
                draw_text(painter, x, y, text, face(10), colour("text3"))
                drawn.append(y)
            if ticks[n] == 0:
                painter.setPen(colour("line2"))
                painter.drawLine(QPointF(GUTTER, round(y) + 0.5), QPointF(right, round(y) + 0.5))
        for end in (HALF_MOST, -HALF_MOST):
            if scale.low < end < scale.high:
                y = float(level(np.array([end]))[0])
                painter.setPen(QPen(colour("warn"), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(GUTTER, y), QPointF(right, y))

    def _paint_levels(
        self, painter: QPainter, lefts: Any, levels: Any, wide: float, tint: QColor
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        known = [
            QRectF(left, y - 0.75, max(wide, 1.5), 1.5)
            for left, y in zip(lefts.tolist(), levels.tolist(), strict=True)
            if y == y
        ]
        painter.drawRects(known)

    def _paint_marks(
        self, painter: QPainter, bins: Bins, lefts: Any, top: float, lower: float, wide: float
    ) -> None:
        """What is not finite and where dtypes change above the ranges, zeros below."""
        mark = max(wide, 3.0)
        for left, worst, changed, zeros in zip(
            lefts.tolist(),
            bins.marks.tolist(),
            bins.dtype.tolist(),
            bins.zeros.tolist(),
            strict=True,
        ):
            if worst in (NAN, INF):
                token = "nan" if worst == NAN else "inf"
                painter.fillRect(QRectF(left, top, mark, 5), colour(token))
            elif worst == CHANGED or changed:
                painter.fillRect(QRectF(left, top + 1, mark, 3), colour("norm"))
            if zeros == zeros:
                share = 0.12 + 0.5 * zeros if zeros < DEAD else 1.0
                tint = mix(colour("warn"), colour("panel"), share)
                painter.fillRect(QRectF(left, lower + 3, wide, _ZEROS - 2), tint)

    def _paint_line(self, painter: QPainter, row: int, tint: QColor) -> None:
        x, _ = self.place_of(row)
        if x < 0 or self._rows is None:
            return
        lane = 1 if bool(self._rows.backward[row]) and len(self._lanes) > 1 else 0
        top = self._top(lane)
        painter.setPen(QPen(tint, 1))
        x = round(x) + 0.5
        painter.drawLine(QPointF(x, top), QPointF(x, top + self._lane - 1))
