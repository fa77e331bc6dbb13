"""The timeline's marks over the bars of ops that hit a watchpoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from ..theme import colour
from .timeline_painting import BLOCKS_END, EDGE

_TOP = BLOCKS_END + 1.5
_HALF, _HEIGHT = 3.0, 5.0


def mark_places(records: Sequence[int], ran: int, slots: int, span: float) -> list[int]:
    """x of the marks of records; `ran` of the `slots` that the timeline has are records."""
    known = np.asarray([record for record in records if record < ran], np.float64)
    middles = EDGE + (known + 0.5) * (span / max(slots, 1))
    places: list[int] = np.unique(np.round(middles)).astype(int).tolist()
    return places


def paint_marks(painter: QPainter, places: Sequence[int]) -> None:
    """A small triangle at each place, its tip down."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("breakpoint"))
    last = float("-inf")
    for x in places:
        if x - last < _HALF:  # they would cover each other
            continue
        last = x
        corners = ((x - _HALF, _TOP), (x + _HALF, _TOP), (x, _TOP + _HEIGHT))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    painter.restore()
