"""A slice as coloured cells, with scales, a colour bar and a readout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
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

from ..theme import colour, hub, ui_font
from .colours import Look, Norm, Range, choose_norm
from .controls import focus_ring
from .formatting import count, number
from .pieces import Plane, real
from .range_drag import RangeDrag
from .raster import Grid, fit, image_of
from .readout import draw_card, draw_cross, draw_sources
from .scales import bar_beside, draw_bar, label_marks, scale_marks

_TOP = 11
_BELOW = 18
_LABELS = 96  # px that the rows' labels take at most
_BAR = 76  # right of the picture: gap, bar, its numbers
_NUMBERS = 34  # cells at least this wide show their value


class HeatMap(QWidget):
    """A plane of a value.

    Signals:
        resized: there is room for another number of cells.
        pointed: (row, column) in cells, or None; the pointer or the keys went there.
        zoomed: (axis, start, stop) lists; the user wants these ranges. Empty: all of both axes.
        normed: the colours or their range changed.
        next_wanted: the user presses N.
        replaced: another plane is shown.
        look_picked: Look; the user drags the ends of the range, or has it fitted again.
    """

    resized = Signal()
    pointed = Signal(object)
    zoomed = Signal(object)
    normed = Signal()
    next_wanted = Signal()
    replaced = Signal()
    look_picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plane: Plane | None = None
        self._look = Look()
        self._norm: Norm | None = None
        self._image = QImage()
        self._grid = Grid(40, _TOP, 1, 1, 0, 0)
        self._hover: tuple[int, int] | None = None
        self._mark: tuple[int, int] | None = None
        self._range = RangeDrag()
        self._note = ""
        self._sources: Mapping[tuple[int, int], float] = {}
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Heat map")
        self.setMinimumHeight(120)
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
    def mark(self) -> tuple[int, int] | None:
        """The picked element, as (row, column) in cells."""
        return self._mark

    @property
    def cursor_cell(self) -> tuple[int, int] | None:
        """Where the readout points: the pointer, else the picked element."""
        return self._hover or self._mark

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        return self._grid

    def sizeHint(self) -> QSize:
        """The room of the target picture."""
        return QSize(452, 349)

    def room(self, size: QSize) -> tuple[int, int]:
        """How many cells a widget of some size has room for: (rows, columns)."""
        return max(size.height() - _TOP - _BELOW, 16), max(size.width() - 40 - _BAR, 16)

    def show_plane(self, plane: Plane) -> None:
        """Show another plane. The mark stays where it still fits."""
        self._plane = plane
        notes = ["|x|"] if plane.values.dtype.kind == "c" else []
        if plane.reduced:
            notes.append(f"1 in {count(plane.y.step * plane.x.step)}")
        self._note = " · ".join(notes)
        rows, columns = plane.values.shape
        for name in ("_mark", "_hover"):
            spot: tuple[int, int] | None = getattr(self, name)
            if spot is not None and not (spot[0] < rows and spot[1] < columns):
                setattr(self, name, None)
        self._recolour()
        self._place()
        self.replaced.emit()

    def show_sources(self, cells: Mapping[tuple[int, int], float]) -> None:
        """Mark cells, each as strongly as its number says, from 0 to 1."""
        if cells != self._sources:
            self._sources = dict(cells)
            self.update()

    @property
    def sources(self) -> Mapping[tuple[int, int], float]:
        """The cells that are marked."""
        return self._sources

    def show_look(self, look: Look) -> None:
        """Other colours or another range."""
        if look != self._look:
            self._look = look
            self._recolour()

    def show_mark(self, cell: tuple[int, int]) -> None:
        """Pick an element of the plane."""
        self._mark, self._hover = cell, None
        self._tell()

    def clear_mark(self) -> None:
        """No element is picked any more."""
        self._mark = self._hover = None
        self.update()

    def value_at(self, cell: tuple[int, int]) -> object:
        """The element that a cell shows, as Python has it."""
        assert self._plane is not None
        return self._plane.values[cell].item()

    def element_at(self, cell: tuple[int, int]) -> dict[int, int]:
        """The value's index per axis that a cell shows."""
        assert self._plane is not None
        spans = ((self._plane.y, cell[0]), (self._plane.x, cell[1]))
        return {span.axis: span.at(place) for span, place in spans if span.axis >= 0}

    def describe(self, cell: tuple[int, int]) -> str:
        """ "query 41 · key 22"."""
        assert self._plane is not None
        spans = ((self._plane.y, cell[0]), (self._plane.x, cell[1]))
        return " · ".join(span.describe(place) for span, place in spans if span.axis >= 0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the element under the pointer, or drag an end of the range."""
        spot = event.position()
        if self._range.held and self._norm is not None:
            self._pick_look(self._range.drag(spot.y(), self._look))
            return
        self._range.hover(spot, bar_beside(self._grid.area) if self._norm else None)
        self.setCursor(self._range.cursor)
        self._point(self._grid.hit(spot.x(), spot.y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the element; the readout then stays with it."""
        spot = event.position()
        if self._norm is not None and self._range.near:
            if event.button() is Qt.MouseButton.LeftButton:
                self._range.press(bar_beside(self._grid.area), self._norm)
            return
        cell = self._grid.hit(spot.x(), spot.y())
        self._mark = cell
        self._point(cell)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all of both axes again; on the colour bar, fit the range again."""
        if self._norm is not None and self._range.near:
            self._range.release()
            self._pick_look(replace(self._look, range=Range.AUTO))
            return
        self.zoomed.emit([])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let an end of the range go."""
        self._range.release()
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The press has picked the element; the inspector adds a menu."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to the picked element."""
        self._range.leave()
        self._point(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the element under the pointer."""
        spot = event.position()
        cell = self._grid.hit(spot.x(), spot.y())
        if cell is None or self._plane is None or not event.angleDelta().y():
            event.ignore()
            return
        self._zoom(cell, 0.5 if event.angleDelta().y() > 0 else 2.0)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the picked element; + and - zoom; Escape lets it go."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key = Qt.Key(event.key())
        if self._plane is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._plane.values.shape
        if key in moves:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            row, column = self._mark or (0, 0)
            if self._mark is not None:
                row += moves[key][0] * far
                column += moves[key][1] * far
            self._mark = (min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))
            self._hover = None
            self._tell()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            cell = self._mark or (rows // 2, columns // 2)
            self._zoom(cell, 2.0 if key is Qt.Key.Key_Minus else 0.5)
        elif key == Qt.Key.Key_N:
            self.next_wanted.emit()
        elif key == Qt.Key.Key_Escape and self._mark is not None:
            self._mark = None
            self._tell()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the cell size anew."""
        self._place()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, scales, colour bar, readout."""
        if self._plane is None or self._norm is None:
            return
        painter = QPainter(self)
        area = self._grid.area
        painter.drawImage(area, self._image)
        painter.setPen(QPen(colour("line2"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setOpacity(0.7)
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setOpacity(1.0)
        self._draw_numbers(painter)
        self._draw_scales(painter, area)
        draw_bar(painter, self._norm, area)
        self._range.paint(painter, bar_beside(area))
        draw_sources(painter, self._grid, self._sources)
        cell = self.cursor_cell
        if cell is not None:
            self._draw_cursor(painter, cell, area)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, area.adjusted(-3, -3, 3, 3), 3)

    def _draw_cursor(self, painter: QPainter, cell: tuple[int, int], area: QRectF) -> None:
        rect = self._grid.cell(*cell)
        draw_cross(painter, rect, area)
        inside = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        draw_card(painter, rect, inside, self._value_text(cell), self.describe(cell))

    def _value_text(self, cell: tuple[int, int]) -> str:
        value = self.value_at(cell)
        if isinstance(value, complex):
            return f"{number(value)}  (|x| = {number(abs(value))})"
        return number(value)

    def _draw_numbers(self, painter: QPainter) -> None:
        """Values in the cells, where these are large enough to read them."""
        assert self._plane is not None
        assert self._norm is not None
        if self._grid.wide < _NUMBERS or self._grid.high < 14:
            return
        painter.setFont(ui_font(10))
        metrics = QFontMetricsF(painter.font())
        for row in range(self._grid.rows):
            for column in range(self._grid.columns):
                value = self._plane.values[row, column].item()
                text = number(value, 3)
                if metrics.horizontalAdvance(text) > self._grid.wide - 4:
                    text = number(value, 1)
                ground = QColor(self._image.pixel(column, row))
                painter.setPen(QColor("#14171C" if ground.lightnessF() > 0.45 else "#F2F4F8"))
                painter.drawText(self._grid.cell(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def _draw_scales(self, painter: QPainter, area: QRectF) -> None:
        assert self._plane is not None
        painter.setFont(ui_font(10))
        painter.setPen(colour("text3"))
        plane, grid = self._plane, self._grid
        metrics = QFontMetricsF(painter.font())
        labelled = bool(plane.y.labels)
        marks = label_marks(plane.y, grid.high, 12) if labelled else ()
        for place, text in marks or scale_marks(plane.y, grid.high, 26):
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, grid.left - 8)
            middle = grid.top + (place + 0.5) * grid.high
            middle = min(max(middle, area.top() + 4), max(area.bottom() - 4, area.top() + 4))
            spot = QRectF(0, middle - 8, grid.left - 6, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(spot, right, text)
        name = " · ".join(filter(None, (plane.x.name, self._note)))
        taken = metrics.horizontalAdvance(name) + 10 if name else 0.0
        top = area.bottom() + 2
        end = max(area.right(), grid.left + taken)
        painter.drawText(
            QRectF(end - taken, top, taken, 16),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            name,
        )
        marks = label_marks(plane.x, grid.wide, 46) if plane.x.labels else ()
        for place, text in marks or scale_marks(plane.x, grid.wide, 32, ends=False):
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, 44) if marks else text
            middle = grid.left + (place + 0.5) * grid.wide
            width = metrics.horizontalAdvance(text)
            if middle + width / 2 > end - taken:
                break
            painter.drawText(QRectF(middle - 30, top, 60, 16), Qt.AlignmentFlag.AlignCenter, text)

    def _point(self, cell: tuple[int, int] | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self._tell()

    def _tell(self) -> None:
        cell = self.cursor_cell
        if cell is not None and self._plane is not None:
            words = f"{self._value_text(cell)}, {self.describe(cell)}"
            self.setAccessibleDescription(words)
        self.pointed.emit(cell)
        self.update()

    def _zoom(self, cell: tuple[int, int], factor: float) -> None:
        assert self._plane is not None
        ranges: list[tuple[int, int, int]] = []
        for span, place in ((self._plane.y, cell[0]), (self._plane.x, cell[1])):
            if span.axis < 0:
                continue
            length = span.stop - span.start
            wanted = max(round(length * factor), 8)
            share = (span.at(place) - span.start) / max(length, 1)
            start = max(round(span.at(place) - share * wanted), 0)
            ranges.append((span.axis, start, start + wanted))
        self.zoomed.emit(ranges)

    def _pick_look(self, look: Look) -> None:
        if look != self._look:
            self.look_picked.emit(look)

    def _recolour(self) -> None:
        if self._plane is None:
            return
        values = real(self._plane.values)
        norm = choose_norm(values, self._look)
        self._image = image_of(values, norm)
        if norm != self._norm:
            self._norm = norm
            self.normed.emit()
        self.update()

    def _place(self) -> None:
        if self._plane is None:
            return
        rows, columns = self._plane.values.shape
        last = self._plane.y.at(max(rows - 1, 0))
        left = 40 if last < 10_000 else 40 + 6 * (len(str(last)) - 4)
        if self._plane.y.labels:
            metrics = QFontMetricsF(ui_font(10))
            widest = max(metrics.horizontalAdvance(text) for text in self._plane.y.labels[:2000])
            left = round(min(max(widest + 10, left), _LABELS))
        wide, high = self.width() - left - _BAR, self.height() - _TOP - _BELOW
        self._grid = fit(rows, columns, left, _TOP, wide, high)
        self.update()
