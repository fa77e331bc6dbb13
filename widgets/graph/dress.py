"""How an overlay looks on the nodes and wires of one scene."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ...tracers.ir import Run
from ..overlays.overlay import Combine
from ..overlays.shown import Shown
from .inks import Face, Inks, Words, draw_icon, faint, mixed
from .markers import Marks
from .model import key_value
from .scene import Look, Node, Scene

STRIPE = 4.0  # width of the coloured left edge
FILL = 0.2  # share of the colour in a node's fill
FIRST = 0.3  # the same where a value first went wrong
PILL = 17.0


class Plan:
    """Which node of a scene stands for one op, and which for more: found once for each scene."""

    def __init__(self, scene: Scene) -> None:
        single = [i for i, n in enumerate(scene.nodes) if n.look is Look.OP and len(n.members) == 1]
        self.single = np.array(single, np.int64)
        self.ops = np.array([scene.nodes[index].key for index in single], np.int64)
        rest = set(range(len(scene.nodes))).difference(single)
        self.rest = [(index, scene.nodes[index]) for index in sorted(rest)]
        looks = np.array([node.look for node in scene.nodes], np.int64)
        self.summed = (looks != Look.FRAME) & (looks < Look.INPUT)


class Dress:
    """Amounts and colours by node, made anew when the overlay's amounts are others."""

    def __init__(self, scene: Scene, shown: Shown, run: Run, before: Dress | None = None) -> None:
        """`before`: of the same scene."""
        self.shown = shown
        self.first = shown.first
        self._run = run
        self._scene = scene
        self.plan = before.plan if before is not None else Plan(scene)
        shown.amounts.grow()
        self.version = shown.amounts.version
        self.amounts = np.full(len(scene.nodes), np.nan)
        self._read()
        if shown.overlay.combine is Combine.SUM:
            shown.fit(self.amounts[self.plan.summed])
        else:
            shown.fit(shown.amounts.ops)
        self._logarithmic = shown.logarithmic
        self.places = shown.places(self.amounts)

    def fits(self, shown: Shown) -> bool:
        """It is not out of date."""
        return (
            self.shown is shown
            and self.version == shown.amounts.version
            and self.first == shown.first
            and self._logarithmic == shown.logarithmic
        )

    def _read(self) -> None:
        amounts, plan = self.shown.amounts, self.plan
        self.amounts[plan.single] = amounts.ops[plan.ops]
        for index, node in plan.rest:
            if node.look is Look.OP:
                self.amounts[index] = amounts.together(amounts.ops[list(node.members)])
            elif node.look in (Look.GROUP, Look.FRAME, Look.FOLD):
                rows = np.array([amounts.scope(scope) for scope in self._scene.scopes(node)])
                self.amounts[index] = amounts.together(rows)
            elif self.shown.overlay.wires:
                self.amounts[index] = amounts.values[key_value(node.key)]

    def colour(self, index: int) -> QColor | None:
        """A node's colour on the scale; None where it has none."""
        place = int(self.places[index])
        return None if place < 0 else self.shown.steps()[place]

    def words(self, index: int) -> str:
        """A node's amount in words, "" where nothing is to be said."""
        amount = float(self.amounts[index])
        if math.isnan(amount) or (self.shown.overlay.grades and self.places[index] < 0):
            return ""
        node = self._scene.nodes[index]
        if node.look is Look.OP and len(node.members) == 1:
            return self.shown.overlay.detail(self._run, node.key, amount)
        return self.shown.overlay.words(amount)

    def spoken(self, index: int) -> str:
        """For the screen reader, after the node's own words."""
        words = self.words(index)
        return f", {self.shown.overlay.title.lower()} {words}" if words else ""

    def wire(self, value: int) -> int:
        """The place of a value's colour among the steps; -1 where it has none."""
        shown = self.shown
        if not shown.overlay.wires or value >= len(shown.amounts.values):
            return -1
        return shown.step(float(shown.amounts.values[value]))

    # Painting.

    def paint(self, painter: QPainter, node: Node, index: int, radius: float, ink: Inks) -> None:
        """A node's fill and left edge; of a grade its outline."""
        tint = self.colour(index)
        if tint is None:
            return
        rect = QRectF(node.x + 0.5, node.y + 0.5, node.width - 1, node.height - 1)
        if self.shown.overlay.grades:
            first = self.first in node.members
            painter.setPen(QPen(tint, 1.3))
            painter.setBrush(mixed(tint, ink.raised, FIRST) if first else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, radius, radius)
            return
        body, edge = QPainterPath(), QPainterPath()
        body.addRoundedRect(rect, radius, radius)
        edge.addRect(QRectF(rect.left(), rect.top(), STRIPE, rect.height()))
        painter.fillPath(body, faint(tint, FILL))
        painter.fillPath(body.intersected(edge), tint)

    def badge(
        self,
        painter: QPainter,
        right: float,
        middle: float,
        index: int,
        words: Words,
        ink: Inks,
    ) -> float:
        """A node's amount in words, ending at `right`; where the rest must end."""
        text = self.words(index)
        if not text:
            return right
        width = words.width(text, Face.SMALL)
        tint = self.colour(index) if self.shown.overlay.grades else None
        if tint is not None:
            box = QRectF(right - width - 14, middle - PILL / 2, width + 14, PILL)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(tint, ink.raised, 0.14))
            painter.drawRoundedRect(box, PILL / 2, PILL / 2)
            words.draw(painter, box.left() + 7, middle, text, Face.SMALL, tint)
            return box.left() - 6
        words.draw(painter, right - width, middle, text, Face.SMALL, ink.text2)
        return right - width - 8

    def gutter(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        """The sign at the left of the op where a value first went wrong, unless it has others."""
        tint = self.colour(index)
        taken = index in (marks.live, marks.cursor) or not marks.stops.isdisjoint(node.members)
        if tint is not None and node.look is Look.OP and not taken:
            box = QRectF(node.x - 26, node.y + node.height / 2 - 8, 16, 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.canvas)
            painter.drawEllipse(box)
            draw_icon(painter, "circle-alert", box, tint)

    def paint_far(self, painter: QPainter, nodes: Iterable[int]) -> None:
        """Flat rectangles in the nodes' colours, for a view from afar."""
        steps, rows = self.shown.steps(), self._scene.nodes
        batches: dict[int, list[QRectF]] = {}
        for index in nodes:
            node = rows[index]
            box = QRectF(node.x, node.y, node.width, node.height)
            batches.setdefault(int(self.places[index]), []).append(box)
        for place, boxes in sorted(batches.items()):
            painter.setBrush(steps[place])
            painter.drawRects(boxes)


def capsule(painter: QPainter, centre: QPointF, tint: QColor) -> None:
    """The dot of a weight, in its colour on the scale."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawEllipse(centre, 3.4, 3.4)
