"""The gradient beside the value: its statistics, and the same slice of it as a small picture."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from ...tracers.ir import TensorPiece, TensorSummary
from ..theme import colour, hub, ui_font
from .axes import Slice, default_slice
from .colours import Look, choose_norm
from .controls import EDGE, focus_ring, rule
from .counterpart import Counterpart
from .desk import Desk
from .formatting import number
from .pieces import Array, array_of, plane_request, real
from .raster import image_of
from .stats import Cell, beside, draw_cells, statistics

HEIGHT = 92
_PICTURE = (72, 163)  # rows and columns of its room
_TITLE = 24
_WIDEST = 5.0  # a picture is stretched rather than be longer than so many times its other side


class GradientStrip(QAbstractButton):
    """Shows the other of a value and its gradient; a click is for going there.

    `desk` is its own: what is asked for the value is not dropped with what is asked here.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._other: Counterpart | None = None
        self._summary: TensorSummary | None = None
        self._cells: tuple[Cell, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._slice = Slice()
        self._look = Look()
        self._values: Array | None = None
        self._image = QImage()
        self._curve: list[float] = []
        self._word = ""
        self.setFixedHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()
        hub().changed.connect(self._recolour)

    @property
    def other(self) -> Counterpart | None:
        """What is shown; None for nothing."""
        return self._other

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What is written."""
        return self._cells

    @property
    def values(self) -> Array | None:
        """The slice that is drawn, None before it has come."""
        return self._values

    def sizeHint(self) -> QSize:
        """A title and three rows."""
        return QSize(372, HEIGHT)

    def show_counterpart(self, other: Counterpart | None) -> None:
        """Show another one; nothing happens where it is the same."""
        if other == self._other:
            return
        moved = other is None or self._other is None or other.ref != self._other.ref
        self._other = other
        if moved:
            self._desk.drop()
            self._values, self._word = None, ""
            self._summary = None
        if other is None:
            self.hide()
            return
        if other.summary is not None and not (other.summary.pending and self._summary):
            self._take_summary(other.summary)
        name = f"{other.title}: {other.words}"
        self.setAccessibleName(f"{name}. Press to go there.")
        self.setToolTip(f"Go to {other.words}")
        self.show()
        self._ask()
        self.update()

    def follow(self, shape: tuple[int, ...], shown: Slice, look: Look) -> None:
        """Show the same slice as of the value, in the same kind of colours."""
        recolour = look != self._look
        self._look = look
        if (shape, shown) != (self._shape, self._slice):
            self._shape, self._slice = shape, shown
            self._ask()
        if recolour:
            self._recolour()

    def retry(self) -> None:
        """Ask again for what was refused."""
        if self._word:
            self._ask()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, statistics, picture."""
        painter = QPainter(self)
        rule(painter, 0, self.width())
        other = self._other
        if other is None:
            return
        if self.underMouse():
            painter.fillRect(QRectF(0, 1, self.width(), HEIGHT), colour("hover"))
        left = beside(self.width())
        bold, plain = ui_font(11, 600), ui_font(11)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(bold)
        painter.setPen(colour("text1"))
        painter.drawText(QRectF(EDGE, 4, 80, _TITLE - 4), middle, other.title)
        x = EDGE + QFontMetricsF(bold).horizontalAdvance(other.title) + 8
        painter.setFont(plain)
        painter.setPen(colour("accent"))
        room = left - 12 - x
        words = QFontMetricsF(plain).elidedText(other.words, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(x, 4, room, _TITLE - 4), middle, words)
        draw_cells(painter, self._cells, self.width(), _TITLE + 4)
        self._paint_picture(painter, QRectF(left, 10, self.width() - EDGE - left, HEIGHT - 20))
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), 5)

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        if self._word:
            painter.setFont(ui_font(11))
            painter.setPen(colour("text3"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, flags, self._word)
        elif self._curve:
            _draw_curve(painter, self._curve, area)
        elif not self._image.isNull():
            painter.drawImage(_fitted(self._image, area), self._image)

    def _ask(self) -> None:
        """Fetch the slice that is to be shown."""
        other = self._other
        if other is None:
            return
        shape = self._shape if other.summary is None else other.summary.shape
        shown = self._slice if shape == self._shape else default_slice(shape)
        if other.summary is not None and not other.summary.kept:
            self._refused("It was let go.")
            return
        request = plane_request(other.ref, shown, _PICTURE)
        self._desk.ask("gradient", request, self._take(shown.y >= 0), self._refused)

    def _take(self, is_picture: bool) -> Callable[[TensorPiece], None]:
        def take(piece: TensorPiece) -> None:
            self._word = ""
            self._take_summary(piece.whole)
            values = array_of(piece)
            self._values = values
            self._curve, self._image = [], QImage()
            numbers = values.dtype.kind in "biufc" and values.size > 0
            if numbers and is_picture:
                self._recolour()
            elif numbers and values.size > 1:
                self._curve = np.ravel(real(values)).astype(np.float64).tolist()
            self.update()

        return take

    def _refused(self, sentence: str) -> None:
        self._values, self._curve, self._image = None, [], QImage()
        self._word = sentence
        self.update()

    def _take_summary(self, summary: TensorSummary) -> None:
        if self._summary is not None and summary.pending and not self._summary.pending:
            return
        self._summary = summary
        self._cells = cells_of(summary)
        self.update()

    def _recolour(self) -> None:
        values = self._values
        if values is not None and values.ndim == 2 and values.dtype.kind in "biufc":
            shown = real(values)
            self._image = image_of(shown, choose_norm(shown, self._look))
        self.update()


def cells_of(summary: TensorSummary) -> tuple[Cell, ...]:
    """Six statistics; of a gradient its norm says more than how many of its elements are zero."""
    if summary.text:
        return ()
    elements = math.prod(summary.shape)
    cells = statistics(summary, None, None, elements)
    if not summary.finite or summary.pending:
        return cells
    norm = None if summary.rms is None else summary.rms * math.sqrt(elements)
    return (*cells[:4], Cell("norm", number(norm, 3)), cells[5])


def _draw_curve(painter: QPainter, values: list[float], area: QRectF) -> None:
    """A line over the elements, with the line of zero where it is in the range."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return
    low, high = min(*finite, 0.0), max(*finite, 0.0)
    scale = area.height() / (high - low if high > low else 1.0)
    step = area.width() / max(len(values) - 1, 1)
    zero = area.bottom() + low * scale
    painter.setPen(colour("line2"))
    painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour("accent"), 1.2))
    points = [
        QPointF(area.left() + place * step, area.bottom() - (value - low) * scale)
        for place, value in enumerate(values)
        if math.isfinite(value)
    ]
    painter.drawPolyline(QPolygonF(points))


def _fitted(image: QImage, area: QRectF) -> QRectF:
    """The picture in whole pixels a cell where it is small, in the area's upper left."""
    wide, high = image.width(), image.height()
    ratio = min(max(wide / max(high, 1), 1 / _WIDEST), _WIDEST)
    across = min(area.width(), area.height() * ratio)
    down = across / ratio
    if wide <= across and abs(ratio - wide / max(high, 1)) < 1e-9:
        cell = math.floor(across / wide)
        across, down = cell * wide, cell * high
    return QRectF(area.left(), area.top(), across, down)
