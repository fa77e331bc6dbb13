"""Draws a scene into any painter: what the canvas shows and what is exported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from ...tracers.ir import Category
from .dress import Dress
from .inks import Inks, Words, faint, mixed
from .markers import Marks, paint_markers
from .model import is_op, key_scope
from .nested import Nest
from .node_painter import NodePainter
from .progress import Progress
from .scene import Area, Look, Scene
from .wire_painter import WirePainter

FAR = 0.35  # zoom below which there is no text, no curve, no antialiasing
QUIET = 0.6  # zoom below which wires carry no text
GUTTER = 34.0  # what markers need at a node's left
MARGIN = 60.0  # what may stick out of a wire's or node's box
_FAR_FRAME, _FAR_OTHER = -1, -2
_NUMBER = {category: number for number, category in enumerate(Category)}


class Picture:
    """One scene with the painters and caches for it."""

    def __init__(self, scene: Scene, nest: Nest, progress: Progress, words: Words) -> None:
        self.scene = scene
        self.progress = progress
        self.nodes = NodePainter(scene, nest, progress, words)
        self.wires = WirePainter(scene, progress, words)
        self._nest = nest
        self._far_kind = np.array([self._far(index) for index in range(len(scene.nodes))], np.int64)
        self._node_op = np.array(
            [node.key if is_op(node.key) else -1 for node in scene.nodes], np.int64
        )
        values = nest.model.graph.values
        self._wire_op = np.array([values[wire.value].op for wire in scene.wires], np.int64)

    def draw(
        self, painter: QPainter, areas: Sequence[Area], zoom: float, ink: Inks, marks: Marks
    ) -> None:
        """Draw what touches `areas`; the painter maps layout coordinates, `zoom` says how large."""
        self.wear(marks)
        if zoom < FAR:
            self._draw_far(painter, areas, zoom, ink, marks)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scene = self.scene
        found: list[int] = scene.nodes_in(areas, GUTTER).tolist()
        frames = [i for i in found if scene.nodes[i].look is Look.FRAME]
        others = [i for i in found if scene.nodes[i].look is not Look.FRAME]
        for index in frames:
            self.nodes.frame(painter, scene.nodes[index], index, areas, ink, marks)
        wires: list[int] = scene.wires_in(areas, MARGIN).tolist()
        self.wires.paint(painter, wires, ink, marks.selected_op, zoom >= QUIET)
        for index in frames:
            self.nodes.header(painter, scene.nodes[index], index, ink, marks)
        for index in others:
            self.nodes.node(painter, scene.nodes[index], index, ink, marks)
        for index in found:
            paint_markers(painter, scene.nodes[index], index, ink, marks)
        if self.dress is not None and self.dress.first in scene.at:
            index = scene.at[self.dress.first]
            self.dress.gutter(painter, scene.nodes[index], index, ink, marks)

    @property
    def dress(self) -> Dress | None:
        """The overlay's colours on this scene."""
        return self.nodes.dress

    def wear(self, marks: Marks) -> None:
        """Put on, renew or take off the overlay that the marks name."""
        dress, shown = self.nodes.dress, marks.overlay
        if shown is None:
            dress = None
        elif dress is None or not dress.fits(shown):
            dress = Dress(self.scene, shown, self.progress.run)
        self.nodes.dress = self.wires.dress = dress

    def reached(self, index: int) -> bool:
        """Whether anything of a node has run."""
        node = self.scene.nodes[index]
        if is_op(node.key):
            return bool(self.progress.ran[node.key])
        scope = key_scope(node.key)
        return scope < 0 or self.progress.count(scope)[0] > 0

    # From afar: flat rectangles and straight lines, in a few batches.

    def _far(self, index: int) -> int:
        node = self.scene.nodes[index]
        if node.look is Look.FRAME:
            return _FAR_FRAME
        if node.look is Look.OP:
            return _NUMBER[self._nest.model.graph.ops[node.key].category]
        return _FAR_OTHER

    def _draw_far(
        self, painter: QPainter, areas: Sequence[Area], zoom: float, ink: Inks, marks: Marks
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        scene = self.scene
        found = scene.nodes_in(areas, GUTTER)
        kinds = self._far_kind[found]
        hair = QPen(ink.line2, 0)
        painter.setPen(hair)
        painter.setBrush(ink.level)
        frames: list[int] = found[kinds == _FAR_FRAME].tolist()
        painter.drawRects([_rect(scene, index) for index in frames])
        wires = scene.wires_in(areas, MARGIN)
        wanted = np.zeros(len(scene.wires), bool)
        wanted[wires] = True
        chosen = wanted[scene.line_wire]
        ran = np.ones(len(scene.wires), bool)
        made = self._wire_op >= 0
        ran[made] = self.progress.made[self._wire_op[made]]
        for there, colour in ((False, ink.future), (True, ink.edge)):
            lines: list[list[float]] = scene.lines[
                chosen & (ran[scene.line_wire] == there)
            ].tolist()
            painter.setPen(QPen(faint(colour, 0.8), 0))
            painter.drawLines([QLineF(*line) for line in lines])
        painter.setPen(Qt.PenStyle.NoPen)
        categories = list(Category)
        dress = self.dress
        if dress is not None:
            tinted = (dress.places[found] >= 0) & (kinds != _FAR_FRAME)
            dress.paint_far(painter, found[tinted].tolist())
            found, kinds = found[~tinted], kinds[~tinted]
        for kind in sorted({int(k) for k in kinds.tolist()} - {_FAR_FRAME}):
            some = found[kinds == kind]
            ops = self._node_op[some]
            over = self.progress.ran[ops]
            if kind == _FAR_OTHER:
                over = np.array([self.reached(index) for index in some.tolist()], bool)
            full = ink.text3 if kind == _FAR_OTHER else ink.categories[categories[kind]]
            for done, colour in ((True, full), (False, mixed(full, ink.canvas, 0.35))):
                chosen_nodes: list[int] = some[over == done].tolist()
                painter.setBrush(QBrush(colour))
                painter.drawRects([_rect(scene, index) for index in chosen_nodes])
        self._far_marks(painter, zoom, ink, marks)

    def _far_marks(self, painter: QPainter, zoom: float, ink: Inks, marks: Marks) -> None:
        """Places stay visible however small everything is."""
        scene = self.scene
        painter.setBrush(Qt.BrushStyle.NoBrush)
        grow = 2 / zoom
        painter.setPen(QPen(ink.warn, 0))
        changed = [scene.at[op] for op in marks.changes if op in scene.at]
        painter.drawRects(
            [_rect(scene, index).adjusted(-grow, -grow, grow, grow) for index in changed]
        )
        for index, colour in (
            (marks.selected, ink.accent),
            (marks.cursor, ink.accent),
            (marks.live, ink.current),
        ):
            if index < 0:
                continue
            rect = _rect(scene, index)
            painter.fillRect(rect, colour)
            painter.setPen(QPen(QColor(colour), 0))
            painter.drawRect(rect.adjusted(-grow, -grow, grow, grow))


def _rect(scene: Scene, index: int) -> QRectF:
    node = scene.nodes[index]
    return QRectF(node.x, node.y, node.width, node.height)


def draw_grid(painter: QPainter, area: QRectF, step: float, origin: QPointF, ink: Inks) -> None:
    """The canvas's dots, `step` pixels apart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(ink.grid, 1))
    first_x = area.left() + (origin.x() - area.left()) % step
    first_y = area.top() + (origin.y() - area.top()) % step
    xs = np.arange(first_x, area.right() + 1, step)
    ys = np.arange(first_y, area.bottom() + 1, step)
    painter.drawPoints([QPointF(x, y) for y in ys.tolist() for x in xs.tolist()])
