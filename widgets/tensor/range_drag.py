"""The ends of the colours' range as handles on the colour bar."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ..theme import colour
from .colours import Look, Norm, Palette, Range

_REACH = 9  # px on both sides of an end from which it is taken hold of
_LEAST = 0.02  # of the range as it was, below which the ends do not come closer


class RangeDrag:
    """One drag: an end follows the pointer along the bar as it stood when it was pressed.

    Attributes:
        held: 1 for the high end, 0 for the low one; None for no drag.
    """

    def __init__(self) -> None:
        self._near: int | None = None
        self._over = False
        self._held: int | None = None
        self._bar = QRectF()
        self._norm = Norm(Palette.GREY, 0.0, 1.0)

    @property
    def held(self) -> bool:
        """An end is being dragged."""
        return self._held is not None

    @property
    def near(self) -> bool:
        """The pointer is on the bar."""
        return self._over

    @property
    def cursor(self) -> Qt.CursorShape:
        """Which pointer says what can be done."""
        if self._near is not None:
            return Qt.CursorShape.SizeVerCursor
        return Qt.CursorShape.ArrowCursor

    def hover(self, spot: QPointF, bar: QRectF | None) -> None:
        """The pointer moved."""
        self._near, self._over = None, False
        if bar is None or not bar.adjusted(-6, -_REACH, 8, _REACH).contains(spot):
            return
        self._over = True
        middle = min(_REACH, bar.height() / 2)
        if spot.y() < bar.top() + middle:
            self._near = 1
        elif spot.y() > bar.bottom() - middle:
            self._near = 0

    def leave(self) -> None:
        """The pointer is elsewhere."""
        self._near, self._over = None, False

    def press(self, bar: QRectF, norm: Norm) -> None:
        """Take hold of the end that is near."""
        self._held, self._bar, self._norm = self._near, bar, norm

    def drag(self, y: float, look: Look) -> Look:
        """The look with the held end at the pointer."""
        place = (self._bar.bottom() - y) / self._bar.height()
        norm = self._norm
        low, high = norm.low, norm.high
        if self._held == 1:
            high = max(norm.value_at(max(place, _LEAST)), low + (high - low) * _LEAST**2)
        else:
            low = min(norm.value_at(min(place, 1 - _LEAST)), high - (high - low) * _LEAST**2)
        if norm.palette is Palette.DIVERGING and norm.low == -norm.high:
            size = high if self._held == 1 else -low
            size = max(size, norm.high * _LEAST)
            low, high = -size, size
        return replace(look, range=Range.CHOSEN, low=low, high=high)

    def release(self) -> None:
        """The drag is over."""
        self._held = None

    def paint(self, painter: QPainter, bar: QRectF) -> None:
        """A small arrow at each end, lit where it can be taken."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for end, y in ((1, bar.top()), (0, bar.bottom())):
            lit = end in (self._near, self._held)
            tint = colour("accent" if lit else "text3")
            painter.setPen(QPen(tint, 1))
            painter.setBrush(tint)
            tip = bar.left() - 1
            painter.drawPolygon(
                QPolygonF([QPointF(tip, y), QPointF(tip - 5, y - 3.5), QPointF(tip - 5, y + 3.5)])
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
