"""How the graph shows a backward pass on the forward ops, modules and weights."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from .inks import Inks, dashed
from .markers import Marks
from .progress import Progress

SIGN = "∂"  # its gradient was computed; or is what comes next


def sign_ink(
    progress: Progress, marks: Marks, index: int, members: Sequence[int], ink: Inks
) -> QColor | None:
    """The colour of an op's sign; None where it has none."""
    if marks.backward and index == marks.live and not marks.live_hollow:
        return ink.current_ring
    return ink.text2 if any(op in progress.lit for op in members) else None


def holds_gradient(progress: Progress, scopes: Sequence[int]) -> bool:
    """A backward pass has come to one of these groups."""
    return any(scope in progress.lit_scopes for scope in scopes)


def draw_pair(
    painter: QPainter, rect: QRectF, index: int, ink: Inks, marks: Marks, radius: float
) -> None:
    """The ring of the place's counterpart: dashed, in the colour of the place."""
    if index == marks.pair and index >= 0:
        painter.setPen(dashed(ink.current_ring if marks.cursor < 0 else ink.accent, 1.4, 4.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = rect.adjusted(-3.5, -3.5, 3.5, 3.5)
        painter.drawRoundedRect(ring, radius + 3.5, radius + 3.5)


def gradient_words(progress: Progress, marks: Marks, index: int, members: Sequence[int]) -> str:
    """For the screen reader, after the op's own words."""
    if marks.backward and index == marks.live:
        return ", its gradient is next"
    return ", gradient computed" if any(op in progress.lit for op in members) else ""
