"""One of the three pictures of a pair: cells without scales, read and zoomed together."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ..tensor.colours import Norm
from ..tensor.controls import focus_ring
from ..tensor.formatting import number
from ..tensor.pieces import Plane, real
from ..tensor.raster import Grid, fit, image_of
from ..tensor.readout import draw_cross
from ..theme import colour, hub

Cell = tuple[int, int]
_ZOOMS = {Qt.Key.Key_Plus: 0.5, Qt.Key.Key_Equal: 0.5, Qt.Key.Key_Minus: 2.0}
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
LEAST = 8  # elements that a zoom leaves


class PairMap(QWidget):
    """A plane in given colours.

    Signals:
        pointed: (row, column) or None; the pointer is there.
        marked: (row, column) or None; the element was picked.
        zoomed: (axis, start, stop) lists; empty for all of both axes.
    """

    pointed = Signal(object)
    marked = Signal(object)
    zoomed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._plane: Plane | None = None
        self._norm: Norm | None = None
        self._image = QImage()
        self._grid = Grid(0, 0, 1, 1, 0, 0)
        self._cell: Cell | None = None
        self._stale = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        hub().changed.connect(self._recolour)

    @property
    def plane(self) -> Plane | None:
        """What is shown."""
        return self._plane

    @property
    def norm(self) -> Norm | None:
        """How values become colours."""
        return self._norm

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self._grid

    @property
    def cell(self) -> Cell | None:
        """The element that is read."""
        return self._cell

    def sizeHint(self) -> QSize:
        """The room of the target picture."""
        return QSize(196, 196)

    def show_plane(self, plane: Plane, norm: Norm) -> None:
        """Other values."""
        self._plane, self._norm = plane, norm
        self._stale = False
        self._recolour()
        self._place()

    def show_stale(self) -> None:
        """Other values are awaited."""
        self._stale = True
        self.update()

    def show_cell(self, cell: Cell | None) -> None:
        """Read an element."""
        if cell == self._cell:
            return
        self._cell = cell
        if cell is not None and self._plane is not None and self._inside(cell):
            value = number(self._plane.values[cell].item())
            spans = (self._plane.y, cell[0]), (self._plane.x, cell[1])
            where = " · ".join(span.describe(place) for span, place in spans if span.axis >= 0)
            self.setAccessibleDescription(f"{value}, {where}")
        self.update()

    def picture_height(self) -> int:
        """How high the cells are together."""
        return round(self._grid.area.height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the element under the pointer."""
        spot = event.position()
        self.pointed.emit(self._grid.hit(spot.x(), spot.y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick it."""
        spot = event.position()
        if event.button() is Qt.MouseButton.LeftButton:
            self.marked.emit(self._grid.hit(spot.x(), spot.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all of both axes again."""
        self.zoomed.emit([])

    def leaveEvent(self, event: QEvent) -> None:
        """Back to what was picked."""
        self.pointed.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the element under the pointer."""
        spot = event.position()
        cell = self._grid.hit(spot.x(), spot.y())
        if cell is None or not event.angleDelta().y():
            event.ignore()
            return
        self._zoom(cell, 0.5 if event.angleDelta().y() > 0 else 2.0)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the picked element; + and - zoom; Escape lets it go."""
        key = Qt.Key(event.key())
        if self._plane is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._plane.values.shape
        if key in _ARROWS:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            row, column = self._cell or (0, 0)
            if self._cell is not None:
                row += _ARROWS[key][0] * far
                column += _ARROWS[key][1] * far
            self.marked.emit((min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)))
        elif key in _ZOOMS:
            self._zoom(self._cell or (rows // 2, columns // 2), _ZOOMS[key])
        elif key == Qt.Key.Key_Escape and self._cell is not None:
            self.marked.emit(None)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the cell size anew."""
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, frame, cursor."""
        painter = QPainter(self)
        area = self._grid.area
        if self._plane is None:
            return
        painter.setOpacity(0.35 if self._stale else 1.0)
        painter.drawImage(area, self._image)
        painter.setPen(QPen(colour("line2"), 1))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self._cell is not None and self._inside(self._cell) and not self._stale:
            cell = self._grid.cell(*self._cell)
            draw_cross(painter, cell, cell)
        painter.setOpacity(1.0)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, QRectF(area), 2)
        painter.end()

    def _inside(self, cell: Cell) -> bool:
        assert self._plane is not None
        rows, columns = self._plane.values.shape
        return cell[0] < rows and cell[1] < columns

    def _zoom(self, cell: Cell, factor: float) -> None:
        assert self._plane is not None
        ranges: list[tuple[int, int, int]] = []
        for span, place in ((self._plane.y, cell[0]), (self._plane.x, cell[1])):
            if span.axis < 0:
                continue
            length = span.stop - span.start
            wanted = max(round(length * factor), LEAST)
            share = (span.at(place) - span.start) / max(length, 1)
            start = max(round(span.at(place) - share * wanted), 0)
            ranges.append((span.axis, start, start + wanted))
        self.zoomed.emit(ranges)

    def _recolour(self) -> None:
        if self._plane is not None and self._norm is not None:
            self._image = image_of(real(self._plane.values), self._norm)
        self.update()

    def _place(self) -> None:
        if self._plane is not None:
            rows, columns = self._plane.values.shape
            self._grid = fit(rows, columns, 0, 0, self.width(), self.height())
        self.update()
