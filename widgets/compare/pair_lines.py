"""A pair along one axis: both as lines in one plot, and |A − B| below."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from ..run.painting import draw_text, face
from ..tensor.controls import focus_ring
from ..tensor.curve import columns
from ..tensor.formatting import tick
from ..tensor.pieces import Array, real
from ..theme import colour, hub
from .planes import Planes

_LEFT, _RIGHT, _HEAD, _BETWEEN = 52, 14, 22, 40
_SHARE = 0.6  # of the height that A and B take
_LEAST = 8


class PairLines(QWidget):
    """Three curves of one length.

    Signals:
        pointed, marked: (0, place) or None, as of a `PairMap`.
        zoomed: [(axis, start, stop)], or [] for all.
    """

    pointed = Signal(object)
    marked = Signal(object)
    zoomed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._planes: Planes | None = None
        self._cell: tuple[int, int] | None = None
        self._stale = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("A, B and |A − B| as lines")
        hub().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as the pictures of a plane."""
        return QSize(452, 300)

    @property
    def planes(self) -> Planes | None:
        """What is shown."""
        return self._planes

    def most(self) -> int:
        """How many points there is room for."""
        return max(2 * (self.width() - _LEFT - _RIGHT), 64)

    def show_planes(self, planes: Planes) -> None:
        """Other values."""
        self._planes, self._stale = planes, False
        self.update()

    def show_stale(self) -> None:
        """Other values are awaited."""
        self._stale = True
        self.update()

    def show_cell(self, cell: tuple[int, int] | None) -> None:
        """Read an element."""
        self._cell = cell
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the element under the pointer."""
        self.pointed.emit(self._hit(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick it."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.marked.emit(self._hit(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole axis again."""
        self.zoomed.emit([])

    def leaveEvent(self, event: QEvent) -> None:
        """Back to what was picked."""
        self.pointed.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the element under the pointer."""
        cell = self._hit(event.position().x())
        if cell is None or not event.angleDelta().y():
            event.ignore()
            return
        self._zoom(cell[1], 0.5 if event.angleDelta().y() > 0 else 2.0)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the picked element; + and - zoom; Escape lets it go."""
        key = Qt.Key(event.key())
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        if self._planes is None:
            super().keyPressEvent(event)
        elif by is not None:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            at = self._cell[1] + by * far if self._cell is not None else 0
            self.marked.emit((0, min(max(at, 0), self._planes.columns - 1)))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            at = self._cell[1] if self._cell is not None else self._planes.columns // 2
            self._zoom(at, 2.0 if key is Qt.Key.Key_Minus else 0.5)
        elif key == Qt.Key.Key_Escape and self._cell is not None:
            self.marked.emit(None)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both plots, their scales, the cursor."""
        if self._planes is None:
            return
        painter = QPainter(self)
        painter.setOpacity(0.35 if self._stale else 1.0)
        upper, lower = self._areas()
        one, other, off = (
            real(plane.values[0]).astype(np.float64)
            for plane in (self._planes.a, self._planes.b, self._planes.off)
        )
        self._legend(painter)
        both = np.concatenate([one, other])
        low, high = _ends(both)
        self._scale(painter, upper, low, high)
        self._line(painter, upper, one, low, high, QPen(colour("accent"), 1.4))
        pen = QPen(colour("loss"), 1.4)
        pen.setDashPattern([3, 2])
        self._line(painter, upper, other, low, high, pen)
        low, high = _ends(np.append(off, 0.0))
        self._scale(painter, lower, low, high)
        self._line(painter, lower, off, low, high, QPen(colour("warn"), 1.4))
        if self._cell is not None and self._cell[1] < self._planes.columns:
            painter.setPen(QPen(colour("text3"), 1))
            x = round(self._x(self._cell[1]))
            painter.drawLine(QLineF(x, upper.top(), x, lower.bottom()))
        painter.setOpacity(1.0)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, QRectF(self.rect()).adjusted(4, 2, -4, -2), 4)
        painter.end()

    def _areas(self) -> tuple[QRectF, QRectF]:
        width = max(self.width() - _LEFT - _RIGHT, 1)
        room = max(self.height() - _HEAD - _BETWEEN - 14, 2)
        first = room * _SHARE
        upper = QRectF(_LEFT, _HEAD, width, first)
        return upper, QRectF(_LEFT, upper.bottom() + _BETWEEN, width, room - first)

    def _legend(self, painter: QPainter) -> None:
        upper, lower = self._areas()
        x = 14.0
        for name, token in (("A", "accent"), ("B", "loss")):
            painter.fillRect(QRectF(x, 10, 12, 2), colour(token))
            x += 18 + draw_text(painter, x + 17, 11, name, face(11, 600), colour("text2")) + 16
        y = lower.top() - 16
        painter.fillRect(QRectF(14, y - 1, 12, 2), colour("warn"))
        draw_text(painter, 31, y, "|A − B|", face(11, 600), colour("text2"))
        assert self._planes is not None
        name = self._planes.a.x.name
        width = face(10).width(name)
        draw_text(painter, upper.right() - width, 11, name, face(10), colour("text3"))

    def _scale(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        for part in range(3):
            value = low + (high - low) * part / 2
            y = round(area.bottom() - area.height() * part / 2)
            painter.fillRect(QRectF(area.left(), y, area.width(), 1), colour("line"))
            text = tick(value, high - low)
            width = face(10).width(text)
            draw_text(painter, _LEFT - 6 - width, y, text, face(10), colour("text3"))

    def _line(
        self, painter: QPainter, area: QRectF, values: Array, low: float, high: float, pen: QPen
    ) -> None:
        known = np.flatnonzero(np.isfinite(values))
        across = area.left() + (known + 0.5) * area.width() / max(len(values), 1)
        down = area.bottom() - (values[known] - low) / (high - low) * area.height()
        if len(known) > 0.75 * area.width():
            lines = columns(across, down)
            pen = QPen(pen.color(), 1)
        else:
            points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
            lines = [QLineF(a, b) for a, b in pairwise(points)]
            if len(points) == 1:
                lines = [QLineF(points[0] - QPointF(3, 0), points[0] + QPointF(3, 0))]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawLines(lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _x(self, place: int) -> float:
        assert self._planes is not None
        area = self._areas()[0]
        return area.left() + (place + 0.5) * area.width() / max(self._planes.columns, 1)

    def _hit(self, x: float) -> tuple[int, int] | None:
        area = self._areas()[0]
        if self._planes is None or not area.left() <= x < area.right():
            return None
        place = int((x - area.left()) / area.width() * self._planes.columns)
        return 0, min(place, self._planes.columns - 1)

    def _zoom(self, place: int, factor: float) -> None:
        assert self._planes is not None
        span = self._planes.a.x
        if span.axis < 0:
            return
        length = span.stop - span.start
        wanted = max(round(length * factor), _LEAST)
        share = (span.at(place) - span.start) / max(length, 1)
        start = max(round(span.at(place) - share * wanted), 0)
        self.zoomed.emit([(span.axis, start, start + wanted)])


def _ends(values: Array) -> tuple[float, float]:
    """Least and greatest of what is finite, never the same."""
    good = values[np.isfinite(values)]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
    if low < high:
        return low, high
    return (min(low, 0.0), max(high, 0.0)) if low else (-1.0, 1.0)
