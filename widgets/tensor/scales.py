"""The scales of a picture: the colour bar beside it, the numbers along its axes."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter

from ..theme import colour, ui_font
from .colours import Norm, Palette, table
from .formatting import tick
from .pieces import AxisSpan

_LOWEST_BAR = 44  # three numbers stand beside it


def bar_beside(area: QRectF) -> QRectF:
    """Where the colour bar of a picture stands: right of it and as high."""
    return QRectF(area.right() + 12, area.top(), 10, max(area.height(), _LOWEST_BAR))


def draw_bar(painter: QPainter, norm: Norm, area: QRectF) -> None:
    """The colour bar of a picture, with its numbers."""
    bar = bar_beside(area)
    fill = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    colours = table(norm.palette)
    for part in range(0, 257, 16):
        fill.setColorAt(part / 256, QColor.fromRgb(int(colours[min(part, 255)])))
    painter.fillRect(bar, fill)
    painter.setFont(ui_font(10))
    painter.setPen(colour("text3"))
    span = norm.high - norm.low
    for place, value in norm.ticks():
        y = bar.bottom() - place * bar.height()
        y = min(max(y, bar.top() + 4), bar.bottom() - 4)
        text = tick(value, span)
        if norm.palette is Palette.DIVERGING and value > 0:
            text = "+" + text
        spot = QRectF(bar.right() + 6, y - 8, 62, 16)
        painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, text)


def label_marks(span: AxisSpan, cell: float, apart: int) -> list[tuple[int, str]]:
    """(cell, label) along a labelled axis, at least `apart` pixels apart."""
    stride = max(math.ceil(apart / max(cell, 0.01)), 1)
    return [(place, span.label(place)) for place in range(0, span.length, stride)]


def scale_marks(span: AxisSpan, cell: int, apart: int, ends: bool = True) -> list[tuple[int, str]]:
    """(cell, index) of the numbers along an axis: a round few, at least `apart` pixels apart."""
    if span.length <= 0:
        return []
    reach = span.length * cell
    wanted = max(min(reach // max(apart * 2, 1), 4), 1)
    total = span.stop - span.start
    raw = total / wanted
    power = 2 ** max(math.floor(math.log2(raw)), 0) if raw >= 1 else 1
    if total % 10 == 0 and total >= 50:
        base = 10 ** math.floor(math.log10(raw))
        power = max(b * base for b in (1, 2, 5) if b * base <= max(raw, base))
    stride = max(int(power), span.step)
    found: list[tuple[int, str]] = []
    first = -(-span.start // stride) * stride
    if first != span.start:
        found.append((0, str(span.start)))
    for index in range(first, span.at(span.length - 1) + 1, stride):
        place = round((index - span.start) / span.step)
        if found and (place - found[-1][0]) * cell < apart * 0.6:
            continue
        found.append((place, str(index)))
    last = span.length - 1
    if ends and found[-1][0] != last:
        if (last - found[-1][0]) * cell < 14:
            found.pop()
        found.append((last, str(span.at(last))))
    return found
