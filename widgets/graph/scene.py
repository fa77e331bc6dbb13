"""What is drawn, where: the flat result of a nested layout, ready for culling and hit tests."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Selection
from .model import GraphModel, is_fold, key_scope, scope_key, value_key
from .rows import Point, checked, unchecked

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Area = tuple[float, float, float, float]  # left, top, right, bottom
PIECE = 10_000  # rows copied at once


class Look(IntEnum):
    """What kind of node it is."""

    FRAME = 0
    OP = 1
    GROUP = 2
    FOLD = 3
    INPUT = 4
    WEIGHT = 5


class Node(NamedTuple):
    """A rectangle that stands for something.

    Attributes:
        key: see `model`; a weight has its value's.
        members: keys it stands for.
        depth: of the frame it stands in, or is, 0 for the whole graph's.
        parent: index of the frame around it, -1 for none; a weight's op for a weight.
    """

    look: Look
    key: int
    members: tuple[int, ...]
    x: float
    y: float
    width: float
    height: float
    depth: int
    parent: int


class Wire(NamedTuple):
    """A piece of a tensor's way, inside one frame.

    Attributes:
        value: index into Graph.values.
        source, target: the nodes' keys it joins; of the frame, where it goes through its border.
        arrow: it ends at a node, not at a border that it passes.
        labelled: the tensor's shape is written beside it.
        entering: it comes in through the upper border of the frame `source`.
    """

    points: tuple[Point, ...]
    value: int
    source: int
    target: int
    arrow: bool
    labelled: bool
    entering: bool


@dataclass(slots=True)
class Scene:
    """Nodes (each frame before what is in it) and wires, in layout coordinates."""

    nodes: list[Node]
    wires: list[Wire]
    width: float
    height: float
    check: InitVar[Callable[[], None]] = unchecked
    rects: Floats = field(init=False)
    boxes: Floats = field(init=False)
    lines: Floats = field(init=False)
    line_wire: Numbers = field(init=False)
    at: dict[int, int] = field(default_factory=dict[int, int])
    layers: Mapping[int, tuple[int, ...]] = field(
        default_factory=dict[int, tuple[int, ...]]
    )  # the scopes that a name group stands for
    _inside: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])
    weights: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])
    by_value: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])
    _ends: tuple[Numbers, Numbers, Numbers] | None = None
    _alone: Numbers | None = None

    def __post_init__(self, check: Callable[[], None]) -> None:
        rects = [(n.x, n.y, n.x + n.width, n.y + n.height) for n in self.nodes]
        self.rects = _table(rects)
        for index, node in enumerate(checked(self.nodes, check)):
            if node.look is Look.WEIGHT:
                self.weights.setdefault(node.parent, []).append(index)
                continue
            self.at[node.key] = index
            for key in node.members:
                self.at[key] = index
        lines: list[Area] = []
        owner: list[int] = []
        for index, wire in enumerate(checked(self.wires, check)):
            self.by_value.setdefault(wire.value, []).append(index)
            if wire.entering:
                self._inside.setdefault(wire.source, []).append(index)
            points = wire.points
            for one, two in itertools.pairwise(points):
                lines.append((*one, *two))
                owner.append(index)
        self.lines = _table(lines)
        self.line_wire = np.array(owner, np.int64)
        self.boxes = np.empty((len(self.wires), 4))
        if lines:
            starts = np.searchsorted(self.line_wire, np.arange(len(self.wires)))
            low = np.minimum(self.lines[:, :2], self.lines[:, 2:])
            high = np.maximum(self.lines[:, :2], self.lines[:, 2:])
            self.boxes[:, :2] = np.minimum.reduceat(low, starts)
            self.boxes[:, 2:] = np.maximum.reduceat(high, starts)

    @property
    def ends(self) -> tuple[Numbers, Numbers, Numbers]:
        """Of each wire its value, and the nodes it joins (-1 where it has none there)."""
        if self._ends is None:
            at = self.at
            self._ends = (
                np.array([wire.value for wire in self.wires], np.int64),
                np.array([at.get(wire.source, -1) for wire in self.wires], np.int64),
                np.array([at.get(wire.target, -1) for wire in self.wires], np.int64),
            )
        return self._ends

    @property
    def alone(self) -> Numbers:
        """The op of each node that shows one op alone, -1 for others."""
        if self._alone is None:
            rows = [n.key if n.look is Look.OP and len(n.members) == 1 else -1 for n in self.nodes]
            self._alone = np.array(rows, np.int64)
        return self._alone

    def wire_at(self, x: float, y: float, reach: float) -> int:
        """The wire nearest to a point, no further away than `reach`; -1 for none."""
        near = _touching(self.boxes, [(x, y, x, y)], reach)
        if not len(near):
            return -1
        wanted = np.flatnonzero(np.isin(self.line_wire, near))
        lines = self.lines[wanted]
        along = lines[:, 2:] - lines[:, :2]
        start = np.array((x, y)) - lines[:, :2]
        length = np.maximum((along * along).sum(1), 1e-9)
        share = np.minimum(np.maximum((start * along).sum(1) / length, 0.0), 1.0)
        away = np.hypot(*(start - along * share[:, None]).T)
        best = int(away.argmin())
        return int(self.line_wire[wanted[best]]) if away[best] <= reach else -1

    def span(self, height: float) -> tuple[float, float]:
        """Left and right end of what stands above a height."""
        rects = self.rects[self.rects[:, 1] < height]
        return (float(rects[:, 0].min()), float(rects[:, 2].max())) if len(rects) else (0.0, 0.0)

    def column(self) -> float:
        """x of the middle line that most of what stands in no frame has in common."""
        tops = [node for node in self.nodes if node.parent < 0]
        if not tops:
            return self.width / 2
        middles = Counter(round(node.x + node.width / 2) for node in tops)
        best = max(middles.values())
        return min(
            (middle for middle, count in middles.items() if count == best),
            key=lambda middle: abs(middle - self.width / 2),
        )

    def scopes(self, node: Node) -> list[int]:
        """The scopes that a node stands for, a name group's layers for the group."""
        groups = (key_scope(key) for key in node.members)
        return [s for group in groups if group >= 0 for s in self.layers.get(group, (group,))]

    def wires_from(self, frame: int) -> list[Wire]:
        """The pieces, inside a frame, of what comes in through its border."""
        return [self.wires[index] for index in self._inside.get(frame, ())]

    def node_of(self, selection: Selection, model: GraphModel) -> int:
        """The node that shows what is selected, or the closed group around it; -1 for none."""
        if selection.op >= 0:
            return self._visible(model.key_of_op(selection.op), model)
        if selection.scope >= 0:
            group = model.group_of_scope(selection.scope)
            if group != selection.scope:  # an inlined scope is its op
                inside = next(iter(model.ops_of_scope(selection.scope)), -1)
                if inside >= 0:
                    return self._visible(model.key_of_op(inside), model)
            return self._visible(scope_key(group), model)
        if selection.value >= 0:
            found = self.at.get(value_key(selection.value), -1)
            if found >= 0:
                return found
            return next(
                (
                    index
                    for indices in self.weights.values()
                    for index in indices
                    if self.nodes[index].key == value_key(selection.value)
                ),
                -1,
            )
        return -1

    def node_of_op(self, op: int, model: GraphModel) -> int:
        """The node that shows an op, or the closed group around it; -1 for none."""
        return self._visible(model.key_of_op(op), model)

    def _visible(self, key: int, model: GraphModel) -> int:
        while key not in self.at:
            if key == scope_key(0):
                return -1
            key = scope_key(model.home(key))
        return self.at[key]

    def shown(self, selection: Selection, model: GraphModel) -> bool:
        """Whether the selection has a node of its own, or one of a fold of shape ops."""
        index = self.node_of(selection, model)
        if index < 0:
            return selection.op < 0 and selection.scope == 0
        node = self.nodes[index]
        if selection.op >= 0:
            return not is_fold(node.key) and model.key_of_op(selection.op) in node.members
        return True

    def hit(self, x: float, y: float) -> int:
        """The innermost node at a point, -1 for none."""
        r = self.rects
        found = np.flatnonzero((r[:, 0] <= x) & (x <= r[:, 2]) & (r[:, 1] <= y) & (y <= r[:, 3]))
        return int(found[-1]) if len(found) else -1

    def nodes_in(
        self, areas: Sequence[tuple[float, float, float, float]], margin: float
    ) -> Numbers:
        """Nodes that touch any of the areas (left, top, right, bottom)."""
        return _touching(self.rects, areas, margin)

    def wires_in(
        self, areas: Sequence[tuple[float, float, float, float]], margin: float
    ) -> Numbers:
        """Wires whose bounding boxes touch any of the areas."""
        return _touching(self.boxes, areas, margin)


def _table(rows: list[Area]) -> Floats:
    """Copied piece by piece: nothing else can run while NumPy reads a list."""
    table = np.empty((len(rows), 4))
    for at in range(0, len(rows), PIECE):
        table[at : at + PIECE] = rows[at : at + PIECE]
    return table


def _touching(boxes: Floats, areas: Sequence[Area], margin: float) -> Numbers:
    found = np.zeros(len(boxes), bool)
    for left, top, right, bottom in areas:
        found |= (
            (boxes[:, 2] >= left - margin)
            & (boxes[:, 0] <= right + margin)
            & (boxes[:, 3] >= top - margin)
            & (boxes[:, 1] <= bottom + margin)
        )
    return np.flatnonzero(found)
