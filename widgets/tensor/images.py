"""A grid of pictures: every slice along one axis, or three of them as red, green and blue."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
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
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..theme import colour, hub, ui_font
from .colours import Look, choose_norm
from .controls import EDGE, IconButton, focus_ring
from .pieces import Array, real
from .raster import image_of, rgb_image

_GAP = 6
_LABEL = 15
_LEAST = 40  # a tile's side below which pages are better
_PAGE = 96


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a page of pictures is laid out."""

    columns: int
    wide: int
    high: int
    per_page: int


def tiling(count: int, rows: int, columns: int, wide: int, high: int) -> Tiling:
    """The largest tiles with which `count` pictures fit; if they would be tiny, pages of them.

    Tiles of small pictures have a whole number of pixels per element.
    """
    ratio = min(max(rows / max(columns, 1), 0.25), 4.0)
    largest = max(min(wide, round((high - _LABEL) / ratio)), 8)
    unit = columns if 0 < columns <= largest else 4
    tile = largest // unit * unit
    while True:
        tall = max(round(tile * ratio), 8)
        across = max((wide + _GAP) // (tile + _GAP), 1)
        lines = max((high + _GAP) // (tall + _LABEL + _GAP), 1)
        fits = across * lines >= min(count, _PAGE)
        if fits or tile - unit < _LEAST:
            return Tiling(across, tile, tall, max(min(across * lines, _PAGE), 1))
        tile -= unit


class ImageGrid(QWidget):
    """The tiles.

    Signals:
        index_picked: int, on the user's moves only.
        resized: another number of tiles may fit.
        turned: +1 or -1, the wheel asks for another page.
    """

    index_picked = Signal(int)
    resized = Signal()
    turned = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack: Array | None = None
        self._images: list[QImage] = []
        self._tiling = Tiling(1, 64, 64, 1)
        self._start = 0
        self._current = -1
        self._colour = False
        self._look = Look()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Grid of slices")
        hub().changed.connect(self._recolour)

    @property
    def shown(self) -> range:
        """The indices of the tiles."""
        return range(self._start, self._start + len(self._images))

    def sizeHint(self) -> QSize:
        """The room of the heat map."""
        return QSize(452, 300)

    def show_stack(
        self, stack: Array, start: int, layout: Tiling, as_colour: bool, look: Look
    ) -> None:
        """Show slices (n, rows, columns), the first of them index `start`."""
        self._stack, self._start, self._tiling = real(stack), start, layout
        self._colour, self._look = as_colour, look
        self._recolour()

    def show_current(self, index: int) -> None:
        """Ring another tile."""
        self._current = index
        self.update()

    def show_look(self, look: Look) -> None:
        """Other colours."""
        self._look = look
        self._recolour()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a slice."""
        for place in range(len(self._images)):
            if self._spot(place).contains(event.position()) and not self._colour:
                self._pick(self._start + place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn pages."""
        self.turned.emit(-1 if event.angleDelta().y() > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the ring, page keys turn pages."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._tiling.columns,
            Qt.Key.Key_Down: self._tiling.columns,
        }
        pages = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        key = Qt.Key(event.key())
        if key in pages:
            self.turned.emit(pages[key])
        elif key in steps and self._current + steps[key] in self.shown:
            self._pick(self._current + steps[key])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of tiles may fit."""
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tiles and their numbers."""
        painter = QPainter(self)
        for place, image in enumerate(self._images):
            index = self._start + place
            spot = self._spot(place)
            small = image.width() > spot.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
            painter.drawImage(spot, image)
            if self._colour:
                continue
            current = index == self._current
            painter.setFont(ui_font(10, 600 if current else 400))
            painter.setPen(colour("accent" if current else "text3"))
            label = QRectF(spot.left(), spot.bottom(), spot.width(), _LABEL)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(index))
            if current:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(colour("accent"), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(spot.adjusted(-2, -2, 2, 2), 3, 3)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, QRectF(self.rect()).adjusted(3, 0, -3, -1), 5)

    def _spot(self, place: int) -> QRectF:
        line, column = divmod(place, self._tiling.columns)
        pitch = (self.width() - 2 * EDGE + _GAP) / self._tiling.columns
        left = EDGE + round(column * min(pitch, self._tiling.wide + 2 * _GAP))
        top = 4 + line * (self._tiling.high + _LABEL + _GAP)
        return QRectF(left, top, self._tiling.wide, self._tiling.high)

    def _pick(self, index: int) -> None:
        self.show_current(index)
        self.index_picked.emit(index)

    def _recolour(self) -> None:
        if self._stack is None or not self._stack.size:
            self._images = []
        elif self._colour:
            norm = choose_norm(self._stack)
            eight = self._stack.dtype.kind in "iu" and norm.low >= 0 and norm.high <= 255
            low, high = (0.0, 255.0) if eight else (norm.low, norm.high)
            self._images = [rgb_image(self._stack, low, high)]
        else:
            norm = choose_norm(self._stack, self._look)
            self._images = [image_of(plane, norm) for plane in self._stack]
        self.update()


class ImagesView(QWidget):
    """The grid below a line that says what its pictures are.

    Signals:
        layout_wanted: "first" or "last"; where the user says the channels are.
        colour_wanted: bool; three channels as one picture, or each by itself.
        page_wanted: int; first index of another page.
    """

    layout_wanted = Signal(str)
    colour_wanted = Signal(bool)
    page_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = ImageGrid(self)
        self._start, self._count, self._page = 0, 0, 1
        self._words = QLabel(self)
        self._words.setFont(ui_font(11))
        self._words.setProperty("role", "secondary")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.order = IconButton("arrow-left-right", "Channels first or last", self)
        self.colour = IconButton("palette", "Three channels as one colour picture", self)
        self.colour.setCheckable(True)
        self.back = IconButton("chevron-left", "Previous page", self)
        self.forth = IconButton("chevron-right", "Next page", self)
        self._last = False
        bar = QHBoxLayout()
        bar.setContentsMargins(EDGE, 4, EDGE - 6, 0)
        bar.setSpacing(2)
        bar.addWidget(self._words, 1)
        for button in (self.colour, self.order, self.back, self.forth):
            bar.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(bar)
        column.addWidget(self.grid, 1)
        self.order.clicked.connect(self._swap)
        self.colour.clicked.connect(self.colour_wanted)
        self.back.clicked.connect(lambda: self._turn(-1))
        self.forth.clicked.connect(lambda: self._turn(1))
        self.grid.turned.connect(self._turn)
        hub().changed.connect(self._recolour)
        self._recolour()

    def room(self, size: QSize) -> tuple[int, int]:
        """(width, height) for tiles in a view of some size."""
        return max(size.width() - 2 * EDGE, 64), max(size.height() - 40, 64)

    def show_page(
        self, what: str, start: int, count: int, layout: Tiling, last: bool, colour_offered: bool
    ) -> None:
        """Say which of `count` slices are shown, and what can be done about it."""
        self._start, self._count, self._page, self._last = start, count, layout.per_page, last
        end = min(start + layout.per_page, count)
        several = count > layout.per_page
        span = f" · {start}–{end - 1} of {count}" if several else ""
        self._words.setText(f"{what}{span}")
        self.back.setVisible(several)
        self.forth.setVisible(several)
        self.back.setEnabled(start > 0)
        self.forth.setEnabled(end < count)
        self.colour.setVisible(colour_offered)
        name = (
            "Channels are first: turn to last" if not last else "Channels are last: turn to first"
        )
        self.order.show_icon("arrow-left-right", name)

    def _swap(self) -> None:
        self.layout_wanted.emit("first" if self._last else "last")

    def _turn(self, by: int) -> None:
        start = self._start + by * self._page
        if 0 <= start < self._count:
            self.page_wanted.emit(start)

    def _recolour(self) -> None:
        self._words.setStyleSheet(f"color: {colour('text3').name()};")
