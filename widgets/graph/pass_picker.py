"""The pass picker in a loop's header: back, which pass of how many, forth."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF

from ...tracers.ir import BACK, CHOOSE, FORTH, RunState, ScopeKind, Shown
from .inks import Face, Inks, Words, faint
from .model import GraphModel, key_scope
from .progress import Progress
from .scene import Look, Node

HEIGHT = 20.0
ARROW = 20.0  # width of either arrow's area
NAME = 56.0  # what a header's name needs beside the picker
AWAY = 8.0

Gap = tuple[float, float]


class PassPickers:
    """Of the loops of one scene."""

    def __init__(self, model: GraphModel, progress: Progress, words: Words) -> None:
        self._model = model
        self._progress = progress
        self._words = words

    def shown(self, node: Node) -> Shown | None:
        """The passes of a node that has a picker: a loop that was entered, and stands still."""
        scope = key_scope(node.key) if node.look in (Look.FRAME, Look.GROUP) else -1
        if scope < 0 or self._model.row(scope).kind is not ScopeKind.LOOP:
            return None
        if self._progress.run.state is RunState.RUNNING:
            return None
        return self._progress.shown(scope)

    def area(self, node: Node, gaps: Sequence[Gap]) -> QRectF | None:
        """Where a node's picker stands; `gaps`: what a frame's wires leave of its header."""
        shown = self.shown(node)
        if shown is None:
            return None
        # Wide enough for the last pass, so that the arrows stay where they are.
        last = f"{len(shown.frames):,}"
        width = 2 * ARROW + self._words.width(f"pass {last} of {last}", Face.NOTE)
        if node.look is Look.GROUP:
            top = node.y + (node.height - HEIGHT) / 2
            return QRectF(node.x + node.width - AWAY - width, top, width, HEIGHT)
        for at in range(len(gaps) - 1, -1, -1):
            left, right = gaps[at]
            if right - left >= width + (NAME + AWAY if at == 0 else 0.0):
                return QRectF(right - width, node.y + 13.5 - HEIGHT / 2, width, HEIGHT)
        return None

    def part_at(self, node: Node, gaps: Sequence[Gap], x: float, y: float) -> int:
        """What a point asks for; 0 beside the picker, and on an arrow that leads nowhere."""
        area, shown = self.area(node, gaps), self.shown(node)
        if area is None or shown is None or not area.contains(x, y):
            return 0
        if x <= area.left() + ARROW:
            return BACK if has_back(shown) else 0
        if x >= area.right() - ARROW:
            return FORTH if has_forth(shown) else 0
        return CHOOSE

    def draw(self, painter: QPainter, node: Node, gaps: Sequence[Gap], ink: Inks) -> QRectF | None:
        """A pill with an arrow at each end, faint where it leads nowhere; where it stands."""
        area, shown = self.area(node, gaps), self.shown(node)
        if area is None or shown is None:
            return None
        painter.setPen(QPen(faint(ink.loop, 0.45), 1.0))
        painter.setBrush(QBrush(ink.canvas))
        painter.drawRoundedRect(area, HEIGHT / 2, HEIGHT / 2)
        middle = area.center().y()
        _arrow(painter, area.left() + ARROW / 2 + 1, middle, -1, has_back(shown), ink)
        _arrow(painter, area.right() - ARROW / 2 - 1, middle, 1, has_forth(shown), ink)
        text = self._progress.passes(key_scope(node.key))
        x = area.center().x() - self._words.width(text, Face.NOTE) / 2
        self._words.draw(painter, x, middle, text, Face.NOTE, ink.text2)
        return area


def beside(gaps: Sequence[Gap], area: QRectF) -> list[Gap]:
    """What a picker leaves of the gaps."""
    left = area.left()
    return [(low, left - AWAY if low < left < high else high) for low, high in gaps]


def has_back(shown: Shown) -> bool:
    """There is a pass before the one looked at; from outside it is the last one."""
    return shown.at != 0


def has_forth(shown: Shown) -> bool:
    """There is a pass after the one looked at."""
    return 0 <= shown.at < len(shown.frames) - 1


def _arrow(painter: QPainter, x: float, middle: float, side: int, leads: bool, ink: Inks) -> None:
    pen = QPen(ink.text1 if leads else faint(ink.text3, 0.4), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = [
        (x - 1.8 * side, middle - 3.6),
        (x + 1.8 * side, middle),
        (x - 1.8 * side, middle + 3.6),
    ]
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))
