"""The timeline's bars and playheads."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from ..theme import colour, theme
from .painting import mix
from .track import BAD, CATEGORIES, Columns

EDGE = 14  # to the left and right of the bars
BASE = 87  # where the bars stand
_TOP = 60
_LEAST_BAR = 3.0
_HANDLE_TOP = 52.0
_NOT_RUN = 0.23  # how much of its colour a bar that has not run keeps


def paint_bars(painter: QPainter, shown: Columns, ran: int, width: int) -> None:
    """One bar for each column, over `width` px; those from the slot `ran` on are dim."""
    span = max(width - 2 * EDGE, 1)
    lit = [theme().category(category) for category in CATEGORIES] + [colour("nan")]
    dim = [mix(tint, colour("panel"), _NOT_RUN) for tint in lit]
    pitch = span / max(len(shown.first), 1)
    wide = pitch >= 8
    thick = min(max(pitch - 1, 1.0), 6.0) if wide else max(round(min(pitch - 1, 6.0)), 1)
    room = BASE - _TOP - _LEAST_BAR
    batches: dict[tuple[bool, int], list[QRectF]] = {}
    rows = zip(shown.first.tolist(), shown.colours.tolist(), shown.heights.tolist(), strict=True)
    for number, (first, code, height) in enumerate(rows):
        tall = round(_LEAST_BAR + height * room)
        left = EDGE + number * pitch
        rect = QRectF(left if wide else round(left), BASE - tall, thick, tall)
        batches.setdefault((first < ran, code), []).append(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    for (done, code), rects in batches.items():
        painter.setBrush(lit[code] if done or code == BAD else dim[code])
        painter.drawRects(rects)
    painter.setPen(colour("line"))
    painter.drawLine(QPointF(EDGE, BASE + 0.5), QPointF(width - EDGE, BASE + 0.5))


def paint_playhead(painter: QPainter, x: float, tint: QColor, hollow: bool) -> None:
    """A line through the bars with a handle above it."""
    x = round(x) + 0.5
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(tint)
    painter.drawLine(QPointF(x, _HANDLE_TOP + 6), QPointF(x, BASE))
    painter.drawLine(QPointF(x + 0.6, _HANDLE_TOP + 6), QPointF(x + 0.6, BASE))
    painter.setBrush(colour("panel") if hollow else tint)
    corners = [(-5.0, 0.0), (5.0, 0.0), (5.0, 4.5), (0.0, 9.0), (-5.0, 4.5)]
    painter.drawPolygon(QPolygonF([QPointF(x + dx, _HANDLE_TOP + dy) for dx, dy in corners]))
    painter.restore()
