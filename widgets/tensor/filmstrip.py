"""A strip of small pictures: the same value in every pass of its loop."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ..theme import colour, hub, paint_icon, ui_font
from .colours import Look, choose_norm
from .controls import EDGE, focus_ring
from .pieces import Array, real
from .raster import fitted, image_of

SIDE = 30
HEIGHT = 58
_PITCH = 36
_ICON = 20  # px that the loop's sign takes before the first frame
_KEPT = 512  # frames
_TOGETHER = 30  # ms in which frames that come are painted at once
_DRAG = 5  # px that a press moves before it drags


class Filmstrip(QWidget):
    """As many frames as there are passes; those in sight alone are asked for.

    All frames in sight have one range of colours, so that passes can be compared.

    Signals:
        pass_picked: int; the user wants the value of a pass, counted from 0 in the strip.
        turned: other frames came into sight.
    """

    pass_picked = Signal(int)
    turned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = self._first = 0
        self._current = -1
        self._frames: dict[int, Array | None] = {}
        self._images: dict[int, QImage] = {}
        self._look = Look()
        self._range = (0.0, 0.0)  # of all that is in sight
        self._left = 0.0  # px of the strip that are scrolled past
        self._pressed: tuple[float, float] | None = None
        self._dragging = False
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER)
        self._soon.timeout.connect(self._recolour)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        hub().changed.connect(self._recolour)

    @property
    def count(self) -> int:
        """How many passes there are."""
        return self._count

    @property
    def current(self) -> int:
        """The pass that is shown, -1 where it is not in the strip."""
        return self._current

    @property
    def in_sight(self) -> range:
        """The frames that can be seen, also in part."""
        room = max(self.width() - EDGE - _ICON, _PITCH)
        first = int(self._left // _PITCH)
        last = int((self._left + room - 1) // _PITCH)
        return range(min(first, self._count), min(last + 1, self._count))

    def missing(self) -> int | None:
        """The frame in sight to fetch next; None where all are here."""
        wanted = [place for place in self.in_sight if place not in self._frames]
        return min(wanted, key=lambda place: abs(place - self._current), default=None)

    def show_count(self, count: int, first: int) -> None:
        """How many passes there are now, and how many came before the first; frames stay."""
        self._count, self._first = count, first
        self._scroll(self._left)
        self._tell()
        self.update()

    def show_current(self, place: int) -> None:
        """Ring another frame, and scroll to it if it is hidden."""
        if place == self._current:
            return
        self._current = place
        self._tell()
        if place >= 0:
            self._reveal(place)
        self.update()

    def put_frame(self, place: int, values: Array | None) -> None:
        """A frame came, (rows, columns); None where it cannot be had."""
        self._frames[place] = None if values is None else real(values)
        if len(self._frames) > _KEPT:
            far = max(self._frames, key=lambda one: abs(one - place))
            self._frames.pop(far)
            self._images.pop(far, None)
        if not self._soon.isActive():
            self._soon.start()

    def picture(self, place: int) -> QImage | None:
        """A frame as it is drawn; None before it came."""
        self._catch_up()
        return self._images.get(place)

    def show_look(self, look: Look) -> None:
        """Other colours."""
        if look != self._look:
            self._look = look
            self._recolour()

    def clear(self) -> None:
        """Forget all frames: they are of another value, or another part of it."""
        self._frames.clear()
        self._images.clear()
        self.update()

    def sizeHint(self) -> QSize:
        """The strip's height."""
        return QSize(452, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer frames are in sight."""
        self._scroll(self._left)
        self.turned.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Now frames are in sight."""
        self.turned.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start to pick, or to drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = (event.position().x(), self._left), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the strip; say that a frame can be clicked."""
        if self._pressed is not None:
            start, left = self._pressed
            moved = start - event.position().x()
            self._dragging = self._dragging or abs(moved) > _DRAG
            if self._dragging:
                self._scroll(left + moved)
            return
        under = self._hit(event.position())
        shape = Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick the frame, unless the strip was dragged."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._dragging:
            self._pick(self._hit(event.position()))
        self._dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        self._scroll(self._left - turn * _PITCH / 60)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the pass beside, page keys further, Home and End to the ends."""
        many = max(len(self.in_sight) - 1, 1)
        targets = {
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_PageUp: max(self._current - many, 0),
            Qt.Key.Key_PageDown: min(self._current + many, self._count - 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._count - 1,
        }
        key = Qt.Key(event.key())
        if key in targets:
            self._pick(targets[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The loop's sign, frames with the numbers of their passes, how much is in sight."""
        self._catch_up()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_icon(painter, "repeat", QRectF(EDGE, 12, 13, 13), colour("text3"))
        area = QRectF(EDGE + _ICON - 4, 0, self.width() - EDGE - _ICON + 4, self.height())
        painter.setClipRect(area)
        for place in self.in_sight:
            self._draw_frame(painter, place)
        painter.setClipping(False)
        whole = self._count * _PITCH
        room = area.width() - 4
        if whole > room:
            wide = max(room * room / whole, 16.0)
            left = area.left() + 4 + (room - wide - EDGE) * self._left / max(whole - room, 1.0)
            painter.fillRect(QRectF(left, self.height() - 3, wide, 2), colour("line2"))
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(6, 0, -6, -1), 5)

    def _draw_frame(self, painter: QPainter, place: int) -> None:
        spot = self.spot(place)
        image, values = self._images.get(place), self._frames.get(place)
        painter.setPen(Qt.PenStyle.NoPen)
        if values is not None and values.shape[0] == 1:
            self._draw_line(painter, spot, values[0])
        elif image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(fitted(image.width(), image.height(), spot), image)
        else:
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(spot, 3, 3)
            if place in self._frames:
                painter.setPen(colour("text3"))
                painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, "–")
        current = place == self._current
        if current:
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot.adjusted(-2, -2, 2, 2), 4, 4)
        painter.setFont(ui_font(11, 600 if current else 400))
        painter.setPen(colour("accent" if current else "text3"))
        label = QRectF(spot.left() - 3, spot.bottom() + 1, spot.width() + 6, 16)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(self._first + place + 1))

    def _draw_line(self, painter: QPainter, spot: QRectF, values: Array) -> None:
        """A row of numbers as a line; where one is not finite, it breaks."""
        painter.setBrush(colour("hover"))
        painter.drawRoundedRect(spot, 3, 3)
        painter.setPen(QPen(colour("accent"), 1))
        inside = spot.adjusted(2, 3, -2, -3)
        low, high = self._range
        data = values.astype(np.float64)
        across = inside.left() + np.linspace(0.0, 1.0, data.size) * inside.width()
        with np.errstate(invalid="ignore"):
            share = (data - low) / (high - low) if high > low else np.full(data.shape, 0.5)
        down = inside.bottom() - share * inside.height()
        good = np.isfinite(down)
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
        for start in range(data.size - 1):
            if good[start] and good[start + 1]:
                painter.drawLine(points[start], points[start + 1])

    def spot(self, place: int) -> QRectF:
        """Where a frame stands now."""
        return QRectF(EDGE + _ICON + place * _PITCH - self._left, 4, SIDE, SIDE)

    def _hit(self, at: QPointF) -> int:
        place = int((at.x() - EDGE - _ICON + 3 + self._left) // _PITCH)
        return place if at.x() > EDGE + _ICON - 4 and 0 <= place < self._count else -1

    def _pick(self, place: int) -> None:
        if 0 <= place < self._count and place != self._current:
            self._reveal(place)
            self.pass_picked.emit(place)

    def _reveal(self, place: int) -> None:
        room = max(self.width() - EDGE - _ICON, _PITCH)
        left = place * _PITCH
        if left < self._left or left + SIDE > self._left + room - 4:
            self._scroll(left - room / 2 + _PITCH / 2)

    def _scroll(self, left: float) -> None:
        room = max(self.width() - EDGE - _ICON, _PITCH)
        left = min(max(left, 0.0), max(self._count * _PITCH - room, 0.0))
        if left != self._left:
            self._left = left
            self._recolour()
            self.turned.emit()

    def _catch_up(self) -> None:
        """Frames that have come are coloured now."""
        if self._soon.isActive():
            self._soon.stop()
            self._recolour()

    def _recolour(self) -> None:
        """One range for what is in sight."""
        shown = {place: self._frames.get(place) for place in self.in_sight}
        here = {place: values for place, values in shown.items() if values is not None}
        if here:
            together = np.concatenate([values.ravel() for values in here.values()])
            norm = choose_norm(together, self._look)
            finite = together[np.isfinite(together)]
            self._range = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
            for place, values in here.items():
                self._images[place] = image_of(values, norm)
        self.update()

    def _tell(self) -> None:
        passes = f"{self._first + 1:,} to {self._first + self._count:,}"
        here = f", {self._first + self._current + 1:,} shown" if self._current >= 0 else ""
        self.setAccessibleName(f"Passes {passes}{here}")
        self.setToolTip(f"The same value in passes {passes}; click one to open it")
