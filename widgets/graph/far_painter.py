"""Draws a scene from afar: flat rectangles and straight lines, in batches, in any thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from ...tracers.ir import Category
from .dress import Dress
from .inks import Inks, faint, mixed
from .light import Light
from .markers import Marks
from .model import is_op, key_scope
from .nested import HEADER, Nest
from .progress import Progress
from .rows import unchecked
from .scene import Area, Floats, Look, Numbers, Scene

GUTTER = 34.0  # what markers need at a node's left
MARGIN = 60.0  # what may stick out of a wire's or node's box
KEPT = 20_000  # nodes up to which what is handed to Qt is kept
BATCH = 2000  # rectangles or lines drawn at once
MOTE = 3.0  # px that what was found has at least
OUTLINED = 1000  # of more, nothing that was found has an outline
SHADE = 0.2  # share of its colour that is left of what is not lit
_FRAME, _OTHER = -1, -2
_NUMBER = {category: number for number, category in enumerate(Category)}

Bools = npt.NDArray[np.bool_]


class Watched(NamedTuple):
    """Ops whose state some part of a scene shows.

    Attributes:
        ops: those that are drawn.
        made: those whose outputs are.
        groups: there are closed groups, too.
    """

    ops: Numbers
    made: Numbers
    groups: bool


class FarPainter:
    """Paints one scene without text."""

    def __init__(self, scene: Scene, nest: Nest, progress: Progress) -> None:
        self._scene = scene
        self._progress = progress
        ops, values = nest.model.graph.ops, nest.model.graph.values
        numbers = [_NUMBER[op.category] for op in ops]
        self._kind = np.array(
            [
                _FRAME
                if node.look is Look.FRAME
                else numbers[node.key]
                if node.look is Look.OP
                else _OTHER
                for node in scene.nodes
            ],
            np.int64,
        )
        self._node_op = np.array(
            [node.key if is_op(node.key) else -1 for node in scene.nodes], np.int64
        )
        self._boxes: list[QRectF] | None = None
        self._strokes: list[QLineF] | None = None
        self._wire_op = np.array([values[wire.value].op for wire in scene.wires], np.int64)

    def reached(self, index: int) -> bool:
        """Whether anything of a node has run."""
        node = self._scene.nodes[index]
        if is_op(node.key):
            return bool(self._progress.ran[node.key])
        scope = key_scope(node.key)
        return scope < 0 or self._progress.count(scope)[0] > 0

    def draw(
        self,
        painter: QPainter,
        areas: Sequence[Area],
        ink: Inks,
        dress: Dress | None,
        light: Light | None,
        check: Callable[[], None] = unchecked,
    ) -> None:
        """Draw what touches `areas`. `check` is called often, and may raise Cancelled."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        scene = self._scene
        found = scene.nodes_in(areas, GUTTER)
        frames = found[self._kind[found] == _FRAME]
        painter.setPen(QPen(ink.line2, 0))
        painter.setBrush(ink.level)
        self._rects(painter, frames, check)
        wires = np.zeros(len(scene.wires), bool)
        wires[scene.wires_in(areas, MARGIN)] = True
        self._wires(painter, wires, ink, light, check)
        painter.setPen(Qt.PenStyle.NoPen)
        others = found[self._kind[found] != _FRAME]
        if light is None:
            self._nodes(painter, others, ink, dress, 1.0, check)
            return
        lit = light.nodes[others]
        self._nodes(painter, others[~lit], ink, None, SHADE, check)
        self._nodes(painter, others[lit], ink, dress, 1.0, check)

    def watched(self, areas: Sequence[Area]) -> Watched:
        """What of a run's progress decides how `areas` look."""
        found = self._scene.nodes_in(areas, GUTTER)
        ops = self._node_op[found]
        made = self._wire_op[self._scene.wires_in(areas, MARGIN)]
        groups = bool((self._kind[found] == _OTHER).any())
        return Watched(ops[ops >= 0], made[made >= 0], groups)

    def stamp(self, watched: Watched) -> int:
        """A number that is another one when what is watched has gone on."""
        progress = self._progress
        total = int(progress.ran.sum()) if watched.groups else 0
        total = zlib.crc32(progress.ran[watched.ops].tobytes(), total)
        return zlib.crc32(progress.made[watched.made].tobytes(), total)

    def _wires(
        self,
        painter: QPainter,
        wanted: Bools,
        ink: Inks,
        light: Light | None,
        check: Callable[[], None],
    ) -> None:
        scene = self._scene
        if self._strokes is None and len(scene.nodes) <= KEPT:
            table: list[list[float]] = scene.lines.tolist()
            self._strokes = [QLineF(*row) for row in table]
        chosen = wanted[scene.line_wire]
        ran = np.ones(len(scene.wires), bool)
        made = self._wire_op >= 0
        ran[made] = self._progress.made[self._wire_op[made]]
        over = ran[scene.line_wire]
        passes = [(chosen & ~over, ink.future), (chosen & over, ink.edge)]
        if light is not None:
            lit = light.wires[scene.line_wire]
            passes = [
                (chosen & ~lit, mixed(ink.edge, ink.canvas, SHADE)),
                (chosen & lit, ink.accent),
            ]
        for mask, colour in passes:
            painter.setPen(QPen(faint(colour, 0.8), 0))
            found: list[int] = np.flatnonzero(mask).tolist()
            for first in range(0, len(found), BATCH):
                check()
                some = found[first : first + BATCH]
                if self._strokes is None:
                    rows: list[list[float]] = scene.lines[some].tolist()
                    painter.drawLines([QLineF(*row) for row in rows])
                else:
                    strokes = self._strokes
                    painter.drawLines([strokes[index] for index in some])

    def _nodes(
        self,
        painter: QPainter,
        found: Numbers,
        ink: Inks,
        dress: Dress | None,
        strength: float,
        check: Callable[[], None],
    ) -> None:
        if dress is not None:
            tinted = dress.places[found] >= 0
            dress.paint_far(painter, found[tinted].tolist())
            found = found[~tinted]
        kinds = self._kind[found]
        categories = list(Category)
        for kind in sorted(set(kinds.tolist())):
            some = found[kinds == kind]
            if kind == _OTHER:
                over = np.array([self.reached(index) for index in some.tolist()], bool)
                full = ink.text3
            else:
                over = self._progress.ran[self._node_op[some]]
                full = ink.categories[categories[kind]]
            for done, share in ((True, 1.0), (False, 0.35)):
                painter.setBrush(QBrush(mixed(full, ink.canvas, share * strength)))
                self._rects(painter, some[over == done], check)

    def _rects(self, painter: QPainter, nodes: Numbers, check: Callable[[], None]) -> None:
        rows = self._scene.nodes
        if self._boxes is None and len(rows) <= KEPT:
            self._boxes = [QRectF(*row[3:7]) for row in rows]
        for first in range(0, len(nodes), BATCH):
            check()
            some: list[int] = nodes[first : first + BATCH].tolist()
            if self._boxes is None:
                painter.drawRects([QRectF(*rows[index][3:7]) for index in some])
            else:
                boxes = self._boxes
                painter.drawRects([boxes[index] for index in some])

    def marks(self, painter: QPainter, zoom: float, ink: Inks, marks: Marks) -> None:
        """Places stay visible however small everything is."""
        scene = self._scene
        painter.setBrush(Qt.BrushStyle.NoBrush)
        grow = 2 / zoom
        painter.setPen(QPen(ink.warn, 0))
        changed = [scene.at[op] for op in marks.changes if op in scene.at]
        painter.drawRects(
            [_rect(scene, index).adjusted(-grow, -grow, grow, grow) for index in changed]
        )
        if marks.light is not None and marks.light.found is not None:
            self._found(painter, zoom, ink, marks.light.found)
        for index, colour in (
            (marks.selected, ink.accent),
            (marks.cursor, ink.accent),
            (marks.live, ink.current),
        ):
            if index < 0:
                continue
            rect = full = _rect(scene, index)
            if scene.nodes[index].look is Look.FRAME:  # what is in it stays to be seen
                full = QRectF(rect.topLeft(), QSizeF(rect.width(), min(HEADER, rect.height())))
            painter.fillRect(full, colour)
            painter.setPen(QPen(QColor(colour), 0))
            painter.drawRect(rect.adjusted(-grow, -grow, grow, grow))

    def _found(self, painter: QPainter, zoom: float, ink: Inks, found: Numbers) -> None:
        """What was found is at least a few pixels large; of what is larger, some has an outline.

        What stands on the same few pixels is drawn once.
        """
        rows = self._scene.rects[found]
        rows = rows[self._in_sight(painter, rows)]
        sizes, least = rows[:, 2:] - rows[:, :2], MOTE / zoom
        small = (sizes < least).any(1)
        corners = np.unique(np.floor((rows[small, :2] + sizes[small] / 2) / least), axis=0) * least
        tall = np.full_like(corners, least)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.accent)
        painter.drawRects([QRectF(*spot) for spot in np.hstack([corners, tall]).tolist()])
        if len(rows) - len(corners) > OUTLINED:
            return
        painter.setPen(QPen(ink.accent, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        spots = np.hstack([rows[~small, :2], sizes[~small]])
        painter.drawRects([QRectF(*spot) for spot in spots.tolist()])

    def _in_sight(self, painter: QPainter, rows: Floats) -> Bools:
        """Which rectangles the painter's surface shows."""
        turned, fits = painter.combinedTransform().inverted()
        if not fits:
            return np.zeros(len(rows), bool)
        seen = turned.mapRect(QRectF(painter.viewport()))
        return (
            (rows[:, 0] <= seen.right())
            & (rows[:, 2] >= seen.left())
            & (rows[:, 1] <= seen.bottom())
            & (rows[:, 3] >= seen.top())
        )


def _rect(scene: Scene, index: int) -> QRectF:
    return QRectF(*scene.nodes[index][3:7])
