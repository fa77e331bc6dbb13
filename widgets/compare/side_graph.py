"""One of the two graphs: without weights, strip and overview, and it tells what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ...tracers.ir import Run, Selection
from ..graph.camera import HEADER
from ..graph.model import GraphModel, key_scope, scope_key, value_key
from ..graph.picture import Picture
from ..graph.scene import Look, Scene
from ..graph.stage import Stage
from ..graph.view import GraphView

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class SideGraph(GraphView):
    """The graph of one run.

    Signals:
        laid: another layout is shown.
    """

    laid = Signal()

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = side
        self._bare = True
        self.strip.hide()
        self.minimap.setFixedSize(0, 0)  # the errors along the pass are the overview
        self.canvas.setAccessibleName(f"Graph of {side}")

    @property
    def model(self) -> GraphModel | None:
        """The graph's groups; None while it is taken in."""
        return self._stage.model if self._stage is not None else None

    @property
    def scene(self) -> Scene | None:
        """What is laid out."""
        return self._stage.picture.scene if self._stage is not None else None

    def shows(self, run: Run) -> bool:
        """The run's graph has been taken in."""
        return self._stage is not None and self._stage.run is run

    @property
    def opened_groups(self) -> frozenset[int]:
        """Groups that are open."""
        return frozenset(self._stage.nest.open) if self._stage is not None else frozenset()

    @property
    def apart(self) -> frozenset[int]:
        """Blocks that are not folded with those beside them."""
        return frozenset(self._stage.nest.apart) if self._stage is not None else frozenset()

    @property
    def single_groups(self) -> list[int]:
        """Groups that are seen by themselves, open or closed."""
        scene = self.scene
        if scene is None:
            return []
        looks = (Look.GROUP, Look.FRAME)
        return [key_scope(node.key) for node in scene.nodes if node.look in looks]

    def rearrange(self, opened: Iterable[int], closed: Iterable[int], apart: Iterable[int]) -> None:
        """Open and close groups, and unfold blocks, all at once."""
        stage = self._stage
        if stage is None:
            return
        groups, nest = stage.model.groups, stage.nest
        more = {one for one in opened if one in groups and one not in nest.open}
        less = {one for one in closed if one in groups and one in nest.open and one > 0}
        beside = {one for one in apart if one in groups} - nest.apart
        if not (more or less or beside):
            return
        self._jobs.stop()
        anchor = self._middle_key()
        for group in more:
            nest.set_open(group, True)
        for group in less:
            nest.set_open(group, False)
        nest.apart |= beside
        nest.dirty({groups[one].parent for one in {*more, *less, *beside} if one > 0})
        self._lay_out(anchor)

    def show_way(self, selection: Selection) -> None:
        """Open the way to something, and leave the camera where it is."""
        stage = self._stage
        if stage is not None and stage.open_way(stage.op_of(selection), selection.scope):
            self._lay_out(self._middle_key())

    def node_of_op(self, op: int) -> int:
        """The node that shows an op; -1 for none."""
        stage = self._stage
        if stage is None or not stage.model.knows(op, -1):
            return -1
        return stage.picture.scene.node_of_op(op, stage.model)

    def nodes_of(self, ops: Ints) -> Ints:
        """The same of many, -1 of what is no op."""
        stage = self._stage
        found = np.full(len(ops), -1, np.int64)
        if stage is None:
            return found
        model, at = stage.model, stage.picture.scene.at
        by_op: dict[int, int] = {}
        by_group: dict[int, int] = {}
        wanted: list[int] = ops.tolist()
        for number, op in enumerate(wanted):
            if op < 0 or not model.knows(op, -1):
                continue
            node = by_op.get(op)
            if node is None:
                key = model.key_of_op(op)
                node = at.get(key, -1)
                if node < 0:
                    group = model.home(key)
                    node = by_group.get(group, -1)
                    if node < 0:
                        node = by_group[group] = self._around(model, at, group)
                by_op[op] = node
            found[number] = node
        return found

    @staticmethod
    def _around(model: GraphModel, at: dict[int, int], group: int) -> int:
        """The node of a group, or of the closed one around it."""
        while group > 0:
            node = at.get(scope_key(group), -1)
            if node >= 0:
                return node
            group = model.groups[group].parent
        return -1

    def middles(self) -> Floats:
        """y of each node's middle in the layout; of a frame, of its header."""
        scene = self.scene
        assert scene is not None
        frames = np.array([node.look is Look.FRAME for node in scene.nodes], bool)
        tops, bottoms = scene.rects[:, 1], scene.rects[:, 3]
        return np.where(frames, tops + HEADER / 2, (tops + bottoms) / 2)

    def node_of_value(self, value: int) -> int:
        """The node of an input; -1 for none."""
        scene = self.scene
        return scene.at.get(value_key(value), -1) if scene is not None else -1

    def middle_of(self, index: int) -> float:
        """y of a node's middle in the layout; of a frame, of its header."""
        scene = self.scene
        assert scene is not None
        node = scene.nodes[index]
        return node.y + (HEADER if node.look is Look.FRAME else node.height) / 2

    def trail(self, op: int) -> list[str]:
        """The names of the groups around an op, from the outermost on."""
        stage = self._stage
        if stage is None or not stage.model.knows(op, -1):
            return []
        model = stage.model
        scope = model.graph.ops[op].scope if op >= 0 else 0
        return [model.title(group) for group in model.trail(scope)[1:]]

    def group_node(self, group: int) -> int:
        """The node of a group, open or closed; -1 where it is within a closed one."""
        scene = self.scene
        return scene.at.get(scope_key(group), -1) if scene is not None else -1

    def _show_new(self, stage: Stage) -> None:
        super()._show_new(stage)
        self.laid.emit()

    def _show_laid(
        self, picture: Picture, anchor: int | None, was: int | None, then: Callable[[], None]
    ) -> None:
        super()._show_laid(picture, anchor, was, then)
        self.laid.emit()
