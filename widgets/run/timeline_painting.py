"""The timeline's marks: legend, blocks, bars, dots and playheads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from ...tracers.ir import Category, Run, RunState
from ..theme import colour, theme
from .painting import draw_dot, draw_text, face, fill_round, mix, text_width
from .row import Dot
from .track import BAD, CATEGORIES, Bools, Columns

EDGE = 14  # to the left and right of the bars
BLOCKS_TOP, BLOCKS_END = 36.0, 51.0
_BASE = 87  # where the bars stand
_TOP = 60
_LEAST_BAR = 3.0
_NARROW = 6.0  # px below which a block has no name and no round corners
_HANDLE_TOP = 52.0
_LEGEND_SPARES = 190  # px for the words before it
_NOT_RUN = 0.23  # how much of its colour a bar that has not run keeps


class Block(NamedTuple):
    """Neighbouring slots in one block, in pixels.

    Attributes:
        here: the run stands in it.
        begun: at least its first op has run.
    """

    label: str
    left: float
    right: float
    here: bool
    begun: bool


def paint_legend(
    painter: QPainter, shown: list[Category], left: float, right: float, middle: float
) -> float:
    """The categories, to end at `right`, if there is room for them; where they begin."""
    wide = sum(text_width(category.value, face()) + 28 for category in shown)
    if right - left - wide <= _LEGEND_SPARES:
        return right
    for category in reversed(shown):
        right -= text_width(category.value, face())
        draw_text(painter, right, middle, category.value, face(), colour("text3"))
        right -= 12
        fill_round(painter, QRectF(right, middle - 3.5, 7, 7), 2, theme().category(category))
        right -= 16
    return right


def paint_blocks(painter: QPainter, blocks: Iterable[Block]) -> None:
    """One field for each block that is not narrower than a pixel, named where there is room."""
    drawn = float("-inf")
    for block in blocks:
        if block.right - block.left < 1 and block.left - drawn < 1:
            continue
        drawn = block.right
        right = max(block.right, block.left + 1.5)
        rect = QRectF(block.left, BLOCKS_TOP, right - block.left, BLOCKS_END - BLOCKS_TOP)
        token = "selection" if block.here else "hover" if block.begun else "field"
        if rect.width() < _NARROW:
            painter.fillRect(rect, colour(token))
            continue
        fill_round(painter, rect, min(3.0, rect.width() / 2), colour(token))
        faced = face(11, 500 if block.here else 400)
        width = text_width(block.label, faced)
        if block.label and width + 8 <= rect.width():
            ink = colour("accent" if block.here else "text2" if block.begun else "text3")
            x = rect.center().x() - width / 2
            draw_text(painter, x, rect.center().y(), block.label, faced, ink)


def paint_dots(painter: QPainter, dots: Iterable[tuple[float, Dot]]) -> None:
    """A dot below the bars at each x; of those that would cover each other, the first."""
    taken: set[int] = set()
    for x, dot in dots:
        if round(x / 4) not in taken:
            taken.add(round(x / 4))
            draw_dot(painter, x, _BASE + 4.5, 2.6, colour("breakpoint"), hollow=dot is Dot.OFF)


def paint_bars(painter: QPainter, shown: Columns, ran: int, width: float, backward: Bools) -> None:
    """One bar for each column, over `width` px; those from the slot `ran` on are dim.

    Bars of a backward pass hang from above; `backward` tells the columns.
    """
    span = max(width - 2 * EDGE, 1)
    lit = [theme().category(category) for category in CATEGORIES] + [colour("nan")]
    dim = [mix(tint, colour("panel"), _NOT_RUN) for tint in lit]
    pitch = span / max(len(shown.first), 1)
    wide = pitch >= 8
    thick = min(max(pitch - 1, 1.0), 6.0) if wide else max(round(min(pitch - 1, 6.0)), 1)
    room = _BASE - _TOP - _LEAST_BAR
    batches: dict[tuple[bool, int], list[QRectF]] = {}
    hung: list[bool] = backward.tolist()
    rows = zip(shown.first.tolist(), shown.colours.tolist(), shown.heights.tolist(), strict=True)
    for number, (first, code, height) in enumerate(rows):
        tall = round(_LEAST_BAR + height * room)
        left = EDGE + number * pitch
        top = _TOP if hung[number] else _BASE - tall
        rect = QRectF(left if wide else round(left), top, thick, tall)
        batches.setdefault((first < ran, code), []).append(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    for (done, code), rects in batches.items():
        painter.setBrush(lit[code] if done or code == BAD else dim[code])
        painter.drawRects(rects)
    painter.setPen(colour("line"))
    painter.drawLine(QPointF(EDGE, _BASE + 0.5), QPointF(width - EDGE, _BASE + 0.5))
    for start, stop in _runs(hung):
        left, right = EDGE + start * pitch, EDGE + stop * pitch - 1
        painter.drawLine(QPointF(left, _TOP - 0.5), QPointF(right, _TOP - 0.5))


def paint_playheads(painter: QPainter, run: Run, x_of: Callable[[int], float]) -> None:
    """Where the run stands while it goes on, and where it is looked at; `x_of` a record."""
    live = run.state in (RunState.PAUSED, RunState.RUNNING)
    past = run.cursor is not None
    if live or past:
        _paint_playhead(painter, x_of(run.head.record), colour("current"), hollow=past)
    if run.cursor is not None:
        _paint_playhead(painter, x_of(run.cursor.record), colour("accent"), hollow=False)


def _paint_playhead(painter: QPainter, x: float, tint: QColor, hollow: bool) -> None:
    """A line through the bars with a handle above it."""
    x = round(x) + 0.5
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(tint)
    painter.drawLine(QPointF(x, _HANDLE_TOP + 6), QPointF(x, _BASE))
    painter.drawLine(QPointF(x + 0.6, _HANDLE_TOP + 6), QPointF(x + 0.6, _BASE))
    painter.setBrush(colour("panel") if hollow else tint)
    corners = [(-5.0, 0.0), (5.0, 0.0), (5.0, 4.5), (0.0, 9.0), (-5.0, 4.5)]
    painter.drawPolygon(QPolygonF([QPointF(x + dx, _HANDLE_TOP + dy) for dx, dy in corners]))
    painter.restore()


def _runs(wanted: list[bool]) -> Iterator[tuple[int, int]]:
    """Where a list is true: from, up to."""
    at = 0
    for value, group in groupby(wanted):
        size = len(list(group))
        if value:
            yield at, at + size
        at += size
