"""One row of a value as a curve, with a readout."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from ..theme import colour, hub, ui_font
from .controls import focus_ring
from .formatting import number, tick
from .pieces import Array, Plane, real
from .readout import draw_card
from .scales import label_marks, scale_marks

_MARGIN = (52, 14, 20, 24)  # left, top, right, bottom


class Curve(QWidget):
    """The elements along one axis; those that are not finite are marks at the edge.

    Signals:
        resized: there is room for another number of points.
        zoomed: [(axis, start, stop)], or [] for all; the user dragged over a part.
        next_wanted: the user presses N.
    """

    resized = Signal()
    zoomed = Signal(object)
    next_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plane: Plane | None = None
        self._points: list[QPointF] = []
        self._dense = False
        self._lines: list[QLineF] = []
        self._low, self._high = 0.0, 1.0
        self._at: int | None = None
        self._from: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Plot of the elements along one axis")
        self.setMinimumHeight(120)
        hub().changed.connect(self.update)

    @property
    def plane(self) -> Plane | None:
        """What is shown: one row."""
        return self._plane

    @property
    def position(self) -> int | None:
        """The point that the readout names."""
        return self._at

    def sizeHint(self) -> QSize:
        """The room of the heat map."""
        return QSize(452, 349)

    def room(self, size: QSize) -> tuple[int, int]:
        """(1, points) for a widget of some size: two points for each pixel."""
        return 1, max(2 * (size.width() - _MARGIN[0] - _MARGIN[2]), 64)

    def show_plane(self, plane: Plane) -> None:
        """Show another row."""
        self._plane = plane
        if self._at is not None and self._at >= plane.x.length:
            self._at = None
        values = real(plane.values[0]).astype(np.float64)
        good = values[np.isfinite(values)]
        low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
        if low == high:
            low, high = (min(low, 0.0), max(high, 0.0)) if low else (-1.0, 1.0)
        margin = (high - low) * 0.04
        self._low, self._high = low - margin, high + margin
        self._lay_out()

    def show_position(self, at: int) -> None:
        """Read a point."""
        self._point(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the point under the pointer."""
        self._point(self._hit(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start to drag over a part."""
        self._from = self._hit(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show the dragged part alone."""
        start, self._from = self._from, None
        end = self._hit(event.position().x())
        if start is None or end is None or self._plane is None or abs(end - start) < 3:
            self.update()
            return
        span = self._plane.x
        if span.axis < 0:
            return
        first, last = sorted((span.at(start), span.at(end)))
        self.zoomed.emit([(span.axis, first, last + 1)])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole axis again."""
        self.zoomed.emit([])

    def leaveEvent(self, event: QEvent) -> None:
        """Put the readout away."""
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the readout."""
        if event.key() == Qt.Key.Key_N:
            self.next_wanted.emit()
            return
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None or self._plane is None:
            super().keyPressEvent(event)
            return
        last = self._plane.x.length - 1
        self._point(min(max((self._at if self._at is not None else -by) + by, 0), last))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the points out anew."""
        self._lay_out()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, curve, marks, readout."""
        if self._plane is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._draw_scales(painter, area)
        if self._from is not None and self._at is not None:
            first, last = sorted((self._x(self._from), self._x(self._at)))
            painter.fillRect(QRectF(first, area.top(), last - first, area.height()), _shade())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not self._dense)
        painter.setPen(QPen(colour("accent"), 1.0 if self._dense else 1.25))
        # One by one: a long path's outline takes Qt many times as long.
        painter.drawLines(self._lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._plane.x.length <= area.width() / 6:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("accent"))
            for point in self._points:
                painter.drawEllipse(point, 2.2, 2.2)
        self._draw_lost(painter, area)
        if self._at is not None:
            self._draw_cursor(painter, self._at, area)
        if self.hasFocus():
            focus_ring(painter, area.adjusted(-3, -3, 3, 3), 3)

    def _draw_scales(self, painter: QPainter, area: QRectF) -> None:
        assert self._plane is not None
        painter.setFont(ui_font(10))
        span = self._high - self._low
        for part in range(5):
            value = self._low + span * (0.04 / 1.08 + part / 4 / 1.08)
            y = round(self._y(value)) + 0.5
            painter.setPen(QPen(colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(colour("text3"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, area.left() - 6, 16), right, tick(value, span))
        if self._low < 0 < self._high:
            painter.setPen(QPen(colour("line2"), 1))
            y = round(self._y(0.0)) + 0.5
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(colour("text3"))
        width = area.width() / max(self._plane.x.length, 1)
        metrics = QFontMetricsF(painter.font())
        name_width = metrics.horizontalAdvance(self._plane.x.name) + 8
        for place, text in _marks(self._plane, area.width()):
            x = area.left() + (place + 0.5) * width
            if x + 20 < area.right() - name_width:
                painter.drawText(
                    QRectF(x - 30, area.bottom() + 4, 60, 16), Qt.AlignmentFlag.AlignCenter, text
                )
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        spot = QRectF(area.right() - 120, area.bottom() + 4, 120, 16)
        painter.drawText(spot, right, self._plane.x.name)

    def _draw_lost(self, painter: QPainter, area: QRectF) -> None:
        assert self._plane is not None
        values = real(self._plane.values[0])
        if values.dtype.kind != "f":
            return
        for index in np.flatnonzero(~np.isfinite(values)).tolist():
            nan = bool(np.isnan(values[index]))
            painter.setPen(QPen(colour("nan" if nan else "inf"), 2))
            top = values[index] > 0 or nan
            x, y = self._x(index), area.top() if top else area.bottom() - 6
            painter.drawLine(QPointF(x, y), QPointF(x, y + 6))

    def _draw_cursor(self, painter: QPainter, at: int, area: QRectF) -> None:
        assert self._plane is not None
        x = self._x(at)
        painter.setPen(QPen(colour("text3"), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        value = self._plane.values[0, at].item()
        shown = float(abs(value)) if isinstance(value, complex) else float(value)
        y = self._y(shown) if np.isfinite(shown) else area.top() + 3
        painter.setPen(QPen(colour("panel"), 2))
        painter.setBrush(colour("accent"))
        painter.drawEllipse(QPointF(x, y), 4, 4)
        span = self._plane.x
        where = span.describe(at) if span.name else f"{span.at(at)}"
        draw_card(painter, QRectF(x, y, 1, 1), QRectF(self.rect()), number(value), where)

    def _area(self) -> QRectF:
        left, top, right, bottom = _MARGIN
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)

    def _x(self, index: float) -> float:
        assert self._plane is not None
        area = self._area()
        return area.left() + (index + 0.5) * area.width() / max(self._plane.x.length, 1)

    def _y(self, value: float) -> float:
        area = self._area()
        return area.bottom() - (value - self._low) / (self._high - self._low) * area.height()

    def _hit(self, x: float) -> int | None:
        area = self._area()
        if self._plane is None or not area.left() - 4 <= x <= area.right() + 4:
            return None
        index = int((x - area.left()) / area.width() * self._plane.x.length)
        return min(max(index, 0), self._plane.x.length - 1)

    def _point(self, at: int | None) -> None:
        if at == self._at:
            return
        self._at = at
        if at is not None and self._plane is not None:
            value = number(self._plane.values[0, at].item())
            self.setAccessibleDescription(f"{value} at {self._plane.x.at(at)}")
        self.update()

    def _lay_out(self) -> None:
        if self._plane is None:
            return
        values = real(self._plane.values[0]).astype(np.float64)
        points = np.flatnonzero(np.isfinite(values))
        area = self._area()
        per_index = area.width() / max(self._plane.x.length, 1)
        across = area.left() + (points + 0.5) * per_index
        scale = area.height() / (self._high - self._low)
        down = area.bottom() - (values[points] - self._low) * scale
        self._dense = points.size > 0.75 * area.width()
        if self._dense:
            self._points = []
            self._lines = columns(across, down)
        else:
            pairs = zip(across.tolist(), down.tolist(), strict=True)
            self._points = [QPointF(x, y) for x, y in pairs]
            self._lines = [QLineF(a, b) for a, b in pairwise(self._points)]
        self.update()


def columns(across: Array, down: Array) -> list[QLineF]:
    """A dense curve as one upright line per pixel, from its least to its greatest there."""
    if not across.size:
        return []
    pixels = across.astype(np.int64)
    starts = np.flatnonzero(np.r_[True, pixels[1:] != pixels[:-1]])
    tops = np.minimum.reduceat(down, starts)
    bottoms = np.maximum.reduceat(down, starts)
    before = down[np.maximum(starts - 1, 0)]  # joins each column to the one before
    tops, bottoms = np.minimum(tops, before), np.maximum(bottoms, before)
    bottoms = np.maximum(bottoms, tops + 1)
    return [
        QLineF(x + 0.5, top, x + 0.5, bottom)
        for x, top, bottom in zip(
            pixels[starts].tolist(), tops.tolist(), bottoms.tolist(), strict=True
        )
    ]


def _marks(plane: Plane, width: float) -> list[tuple[int, str]]:
    """The x scale's numbers; a cell may be a fraction of a pixel here."""
    length = max(plane.x.length, 1)
    per_cell = width / length
    if plane.x.labels:
        return label_marks(plane.x, per_cell, 60)
    if per_cell >= 1:
        return scale_marks(plane.x, max(int(per_cell), 1), 44, ends=False)
    wanted = 4
    stride = max(length // wanted, 1)
    return [(place, str(plane.x.at(place))) for place in range(0, length, stride)]


def _shade() -> QColor:
    tint = QColor(colour("accent"))
    tint.setAlphaF(0.18)
    return tint
