"""The timeline's ticks over the bars of what was found."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from ..theme import colour
from .found import Found
from .timeline_painting import BLOCKS_END, EDGE
from .track import Ints

_TOP = BLOCKS_END + 2
_HEIGHT = 5.0
_WIDTH = 2


def tick_places(found: Found, ops: Ints, ran: int, span: float) -> list[int]:
    """x of the ticks. `ops`: of every slot; the first `ran` are records."""
    known = len(found.mask)
    fits = np.zeros(len(ops), bool)
    there = ops < known
    fits[there] = found.mask[ops[there]]
    if found.records is not None:
        told = min(len(found.records), ran)
        fits[:told] &= found.records[:told]
    slots = np.flatnonzero(fits)
    middles = EDGE + (slots + 0.5) * (span / max(len(ops), 1)) - _WIDTH / 2
    places: list[int] = np.unique(np.round(middles)).astype(int).tolist()
    return places


def paint_ticks(painter: QPainter, places: list[int]) -> None:
    """One tick at each place."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("accent"))
    painter.drawRects([QRectF(x, _TOP, _WIDTH, _HEIGHT) for x in places])
