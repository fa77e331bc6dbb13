"""A strip of small pictures: the slices beside the shown one along another axis."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ..theme import colour, hub, ui_font
from .colours import Look, Norm, choose_norm
from .controls import EDGE
from .pieces import Array, real
from .raster import fitted, image_of

MOST = 12
SIDE = 30


class Thumbnails(QWidget):
    """Up to twelve slices; the current one is ringed.

    Signals:
        index_picked: int, on the user's moves only.
    """

    index_picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._stack: Array | None = None
        self._norm: Norm | None = None
        self._look = Look()
        self._start = 0
        self._current = -1
        self._extent = 0
        self._name = ""
        self._under = -1
        self.setFixedHeight(56)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        hub().changed.connect(self._recolour)

    @property
    def current(self) -> int:
        """The ringed index."""
        return self._current

    @property
    def indices(self) -> range:
        """Those that are shown."""
        return range(self._start, self._start + len(self._images))

    def sizeHint(self) -> QSize:
        """The strip's height."""
        return QSize(452, 56)

    def show_stack(self, stack: Array, start: int, extent: int, name: str, look: Look) -> None:
        """Show slices (n, rows, columns), the first of them index `start` of `extent`."""
        self._stack, self._start, self._extent, self._name = real(stack), start, extent, name
        self._look = look
        self.setToolTip(f"{name}, {start} to {start + len(stack) - 1} of {extent}")
        self._recolour()

    def show_current(self, index: int) -> None:
        """Ring another one."""
        if index != self._current:
            self._current = index
            self.setAccessibleName(f"Slices along {self._name}, {index} shown")
            self.update()

    def show_look(self, look: Look) -> None:
        """Other colours."""
        if look != self._look:
            self._look = look
            self._recolour()

    def clear(self) -> None:
        """Show none."""
        self._images, self._stack = [], None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say that a slice can be clicked."""
        under = self._hit(event.position().x())
        shape = Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a slice."""
        index = self._hit(event.position().x())
        if index >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._pick(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step through the slices."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        self._pick(self._current + (-1 if turn > 0 else 1))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right step, Home and End go to the ends."""
        targets = {
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._extent - 1,
        }
        key = Qt.Key(event.key())
        if key in targets:
            self._pick(targets[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures and their numbers."""
        painter = QPainter(self)
        painter.setFont(ui_font(11))
        for place, image in enumerate(self._images):
            index = self._start + place
            spot = self._spot(place)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(fitted(image.width(), image.height(), spot), image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            current = index == self._current
            if current:
                painter.setPen(QPen(colour("accent"), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(spot.adjusted(-2, -2, 2, 2), 4, 4)
                if self.hasFocus():
                    painter.drawRoundedRect(spot.adjusted(-4, -4, 4, 4), 5, 5)
            painter.setFont(ui_font(11, 600 if current else 400))
            painter.setPen(colour("accent" if current else "text3"))
            label = QRectF(spot.left() - 4, spot.bottom() + 1, spot.width() + 8, 16)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(index))

    def _pitch(self) -> float:
        return (self.width() - 2 * EDGE - SIDE) / (MOST - 1)

    def _spot(self, place: int) -> QRectF:
        return QRectF(round(EDGE + place * self._pitch()), 4, SIDE, SIDE)

    def _hit(self, x: float) -> int:
        place = int((x - EDGE + 3) // self._pitch())
        return self._start + place if 0 <= place < len(self._images) else -1

    def _pick(self, index: int) -> None:
        if 0 <= index < self._extent and index != self._current:
            self.show_current(index)
            self.index_picked.emit(index)

    def _recolour(self) -> None:
        if self._stack is not None and self._stack.size:
            norm = choose_norm(self._stack, self._look)
            self._images = [image_of(plane, norm) for plane in self._stack]
        self.update()
