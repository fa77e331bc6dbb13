"""Six statistics and a small histogram of the whole value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ...tracers.ir import TensorPiece, TensorSummary
from ..theme import colour, hub, ui_font
from .controls import EDGE, focus_ring, mixed, rule
from .formatting import MINUS, count, number, percent
from .pieces import Array, array_of

BARS = 22
_MORE = "Press for percentiles"


@dataclass(frozen=True, slots=True)
class Bins:
    """Counts over equal bins between low and high."""

    counts: Array
    low: float
    high: float

    @property
    def total(self) -> int:
        """How many elements were counted."""
        return int(self.counts.sum())

    @property
    def skewed(self) -> bool:
        """A few bins dwarf the others, so that a logarithm shows more."""
        filled = self.counts[self.counts > 0]
        return filled.size > 2 and float(filled.max()) > 40 * float(np.median(filled))

    def merged(self, bars: int) -> Bins:
        """In fewer bins; the number of bins must be a multiple of `bars`."""
        if self.counts.size % bars:
            return self
        return Bins(np.reshape(self.counts, (bars, -1)).sum(axis=1), self.low, self.high)

    def moments(self) -> tuple[float, float] | None:
        """About the mean and standard deviation of the finite: each as its bin's middle."""
        total = self.total
        if not total:
            return None
        width = (self.high - self.low) / self.counts.size
        middles = self.low + width * (np.arange(self.counts.size) + 0.5)
        mean = float((middles * self.counts).sum() / total)
        spread = float(((middles - mean) ** 2 * self.counts).sum() / total)
        return mean, math.sqrt(spread)


def bins_of(piece: TensorPiece) -> Bins:
    """The answer to a histogram request."""
    return Bins(array_of(piece).astype(np.int64), piece.low, piece.high)


@dataclass(frozen=True, slots=True)
class Cell:
    """One statistic: what it is, how it reads, the token of its colour."""

    name: str
    text: str
    token: str = "text1"
    hint: str = ""


def statistics(
    summary: TensorSummary, zeros: int | None, bins: Bins | None, elements: int
) -> tuple[Cell, ...]:
    """Six cells, left column and right column by turns."""
    low, high = summary.minimum, summary.maximum
    whole = summary.dtype.startswith(("int", "uint", "bool"))
    lowest = Cell("min", _whole(low) if whole else number(low, 3))
    highest = Cell("max", _whole(high) if whole else number(high, 3))
    if summary.neginf:
        lowest = Cell("min", MINUS + "Inf", "inf", f"least finite: {number(low)}")
    if summary.posinf:
        highest = Cell("max", "+Inf", "inf", f"greatest finite: {number(high)}")
    mean, std = number(summary.mean, 3), number(summary.std, 3)
    if summary.pending:
        mean = std = "…"
        lowest, highest = Cell("min", "…"), Cell("max", "…")
    hint = ""
    if summary.mean is None and bins is not None and not summary.finite:
        about = bins.moments()
        if about is not None:
            mean, std = (f"≈ {number(value, 3)}" for value in about)
            hint = "of the finite elements, from the histogram"
    cells = [lowest, highest, Cell("mean", mean, hint=hint), Cell("std", std, hint=hint)]
    if summary.finite:
        share = "…" if zeros is None else percent(zeros, elements)
        cells += [Cell("zeros", share), Cell("NaN, Inf", "0", "ok")]
    else:
        endless = summary.posinf + summary.neginf
        cells += [
            Cell("NaN", count(summary.nan), "nan" if summary.nan else "text1"),
            Cell(
                "±Inf",
                percent(endless, elements) if endless else "0",
                "inf" if endless else "text1",
                f"{count(summary.posinf)} +Inf, {count(summary.neginf)} {MINUS}Inf",
            ),
        ]
    return tuple(cells)


class StatsBlock(QWidget):
    """The statistics, and the histogram right of them.

    Signals:
        pressed: the user wants to know more, or no longer.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: tuple[Cell, ...] = ()
        self._bins: Bins | None = None
        self.setFixedHeight(79)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(_MORE)
        hub().changed.connect(self.update)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What is written."""
        return self._cells

    @property
    def bins(self) -> Bins | None:
        """What is drawn."""
        return self._bins

    def sizeHint(self) -> QSize:
        """Three rows."""
        return QSize(372, 79)

    def show_cells(self, cells: tuple[Cell, ...]) -> None:
        """Write other statistics."""
        self._cells = cells
        words = ", ".join(f"{cell.name} {cell.text}" for cell in cells)
        self.setAccessibleName(f"Statistics: {words}")
        hints = [f"{cell.name}: {cell.hint}" for cell in cells if cell.hint]
        self.setToolTip("\n".join([*hints, _MORE]))
        self.update()

    def show_bins(self, bins: Bins | None) -> None:
        """Draw another histogram."""
        self._bins = None if bins is None else bins.merged(BARS)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for more, or put it away."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter are a press."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two columns of statistics, then the bars."""
        painter = QPainter(self)
        rule(painter, 0, self.width())
        draw_cells(painter, self._cells, self.width(), 10)
        if self._bins is not None and self._bins.total:
            left = beside(self.width())
            draw_bars(painter, self._bins, QRectF(left, 9, self.width() - EDGE - left, 45))
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), 5)


def beside(width: int) -> int:
    """Where, in a block so wide, the cells end and what stands beside them begins."""
    return max(width - EDGE - 163, round(width * 0.6))


def draw_cells(painter: QPainter, cells: tuple[Cell, ...], width: int, top: int) -> None:
    """Statistics in two columns, from `top` down."""
    columns = (14, 60, 136, 183) if width >= 420 else (14, 60, 118, 162)
    middle = Qt.AlignmentFlag.AlignVCenter
    for place, cell in enumerate(cells):
        row, column = divmod(place, 2)
        name_x, text_x = columns[2 * column], columns[2 * column + 1]
        y = top + 20 * row
        painter.setFont(ui_font(11))
        painter.setPen(colour("text3"))
        painter.drawText(QRectF(name_x, y, 80, 18), middle, cell.name)
        painter.setFont(ui_font(11, 600 if cell.token in ("nan", "inf", "ok") else 500))
        painter.setPen(colour(cell.token))
        wide = QFontMetricsF(ui_font(11)).horizontalAdvance(cell.name)
        left = max(text_x, name_x + wide + 4)
        painter.drawText(QRectF(left, y, 110, 18), middle, cell.text)


def draw_bars(painter: QPainter, bins: Bins, area: QRectF) -> None:
    """Bars over a base line, the range's ends below it; "log" where heights are logarithms."""
    logarithmic = bins.skewed
    heights = bins.counts.astype(np.float64)
    heights = np.log1p(heights) if logarithmic else heights
    heights = heights / max(float(heights.max()), 1e-12)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pitch = area.width() / len(heights)
    tint = mixed(colour("accent"), colour("panel"), 0.75)
    for place, height in enumerate(heights.tolist()):
        tall = max(height * (area.height() - 1), 1.0 if height > 0 else 0.0)
        left = area.left() + place * pitch
        painter.fillRect(QRectF(left, area.bottom() - tall, pitch - 0.9, tall), tint)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), colour("line2"))
    painter.setFont(ui_font(10))
    painter.setPen(colour("text3"))
    spot = QRectF(area.left(), area.bottom() + 1, area.width(), 16)
    span = bins.high - bins.low
    digits = 2 if math.isfinite(span) and span else 3
    painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, number(bins.low, digits))
    right = number(bins.high, digits) + ("   log" if logarithmic else "")
    painter.drawText(spot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)


def _whole(value: float | None) -> str:
    return "–" if value is None else count(int(value)).replace("-", MINUS)
