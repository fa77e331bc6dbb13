"""An overlay's amount in a row of the lists: a bar behind the figure, as in a spreadsheet."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from .painting import face, fill_round, text_width
from .row import Row

if TYPE_CHECKING:
    from ..overlays.shown import Shown

WIDTH = 64.0
HEIGHT = 16.0
LEAST = 2.0
STEPS = 32  # lengths that are told apart: rows are kept as pictures


def with_op(row: Row, shown: Shown | None, op: int) -> Row:
    """The row of an op with its amount."""
    if shown is None or op >= len(shown.amounts.ops):
        return row
    return _with(row, shown, float(shown.amounts.ops[op]))


def with_scopes(row: Row, shown: Shown | None, scopes: list[int]) -> Row:
    """The row of a scope, or of several, with what stands for the ops in them."""
    if shown is None:
        return row
    shown.amounts.grow()
    amounts = np.array([shown.amounts.scope(scope) for scope in scopes])
    return _with(row, shown, shown.amounts.together(amounts))


def _with(row: Row, shown: Shown, amount: float) -> Row:
    tint = shown.tint(amount)
    if math.isnan(amount) or tint is None or shown.overlay.grades or row.mark.value or row.failed:
        return row
    length = round(shown.share(amount) * STEPS) / STEPS
    return replace(row, right=shown.words(amount), bar=(length, tint.name()))


def draw_bar(painter: QPainter, end: float, middle: float, row: Row) -> float:
    """The bar behind the figure at `end`; how wide figure and bar are together."""
    if row.bar is None:
        return 0.0
    length, tint = row.bar
    colour = QColor(tint)
    wide = max(WIDTH, text_width(row.right, face()))
    across = max(length * wide, LEAST)
    colour.setAlphaF(0.42)
    box = QRectF(end - across, middle - HEIGHT / 2, across, HEIGHT)
    fill_round(painter, box, 3, colour)
    return wide
