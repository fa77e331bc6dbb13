"""What is marked in the graph, and the signs in the gutter at a node's left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ...tracers.ir import Change
from ..notes import Noted
from ..overlays.shown import Shown
from .inks import Inks
from .light import Light
from .scene import Look, Node

ARROW, ARROW_HEIGHT, ARROW_GAP = 19.0, 14.0, 8.0
DOT = 4.2


@dataclass(slots=True)
class Marks:
    """What is marked in the scene, by node index; -1 for none.

    Attributes:
        live: where the run stands; `live_hollow` while the user looks back.
        live_op: the op there, for the words of a node that folds several.
        pair: the counterpart of the place that is looked at, in a backward pass: where the pass
            is drawn, or where its forward op is.
        backward: that place is in a backward pass.
        cursor: where the user looks back to.
        hovered: the counterpart of what another pane hovers, or what the pointer is on.
        stops: ops with breakpoints.
        changes: ops that the user's edits touched, each with its change that says most.
        overlay: the numbers that nodes and wires are coloured by.
        light: what is lit while all else is dim; None where nothing is singled out.
        noted: where the user's notes are.
        apart: wires that are singled out while the pointer rests on them, or on their node.
    """

    live: int = -1
    live_op: int = -1
    live_hollow: bool = False
    pair: int = -1
    backward: bool = False
    cursor: int = -1
    selected: int = -1
    selected_op: int = -1
    hovered: int = -1
    focused: bool = False
    stops: frozenset[int] = frozenset()
    changes: Mapping[int, Change] = field(default_factory=dict[int, Change])
    overlay: Shown | None = None
    light: Light | None = None
    noted: Noted = Noted()  # noqa: RUF009 - it is frozen
    apart: frozenset[int] = frozenset()


def paint_markers(painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
    """Arrow and breakpoint in the gutter at a node's left."""
    tip = node.x - ARROW_GAP
    middle = node.y + (13.5 if node.look is Look.FRAME else node.height / 2)
    if node.look is Look.WEIGHT and index not in (marks.live, marks.cursor):
        return
    stop = any(key in marks.stops for key in node.members)
    arrow = False
    if index == marks.live:
        paint_arrow(painter, tip, middle, ink.current, marks.live_hollow, ink.canvas)
        arrow = True
    if index == marks.cursor:
        # Both arrows at one node: the cursor's stands further out.
        paint_arrow(painter, tip - (22 if arrow else 0), middle, ink.accent, False, ink.canvas)
        arrow = True
    if stop:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.breakpoint)
        x = tip - ARROW + 7.2 if arrow else tip - 8
        radius = DOT if arrow else DOT + 0.8
        painter.drawEllipse(QPointF(x, middle), radius, radius)


def paint_arrow(
    painter: QPainter, tip: float, middle: float, colour: QColor, hollow: bool, back: QColor
) -> None:
    """The place marker, its point at `tip`."""
    half = ARROW_HEIGHT / 2
    left, shoulder = tip - ARROW, tip - 7.5
    shape = QPolygonF(
        [
            QPointF(left, middle - half),
            QPointF(shoulder, middle - half),
            QPointF(tip, middle),
            QPointF(shoulder, middle + half),
            QPointF(left, middle + half),
        ]
    )
    pen = QPen(colour, 1.5)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(back if hollow else colour)
    painter.drawPolygon(shape)
