"""What is lit in the graph while all else is dim: an op, and what stands before or after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Selection
from .model import GraphModel, is_op, key_value
from .rows import unchecked
from .scene import Look, Numbers, Scene

Bools = npt.NDArray[np.bool_]
DIM = 0.3  # opacity of what is not lit


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """Of one scene.

    Attributes:
        nodes, wires: whether each is lit.
        found: nodes that are to be seen from however far; None where lit ones need not be.
        counts: how many ops in a closed group were found, for those with some.
    """

    nodes: Bools
    wires: Bools
    found: Numbers | None = None
    counts: Mapping[int, int] = field(default_factory=dict[int, int])


class Reach(Enum):
    """How far from an op the light goes."""

    INPUTS = "Inputs"
    OUTPUTS = "Outputs"
    ANCESTORS = "Ancestors"
    DESCENDANTS = "Descendants"

    @property
    def upward(self) -> bool:
        """Against the direction of the tensors."""
        return self in (Reach.INPUTS, Reach.ANCESTORS)


@dataclass(frozen=True, slots=True, eq=False)
class Lamp:
    """Ops that are to be lit, in whatever scene shows them.

    Attributes:
        about: what the user asked for it on, empty where it is no one thing.
        reach: what was asked, None for ops that were chosen otherwise.
        core: the ops that `about` stands for.
        ops: the ops that were found, without the core.
        values: tensors whose wires are lit; None for every tensor between ops that are.
    """

    about: Selection
    reach: Reach | None
    core: frozenset[int]
    ops: frozenset[int]
    values: frozenset[int] | None = None

    def light(self, scene: Scene, model: GraphModel) -> Light:
        """What that lights in a scene."""
        lit = self.core | self.ops
        takes = self._outside(model, lit)
        nodes = _lit_nodes(scene, model, lit, takes)
        if self.about.value >= 0:
            found = scene.node_of(self.about, model)
            if found >= 0:
                nodes[found] = True
        value, source, target = scene.ends
        tensors = _mask(self._tensors(model, lit, takes), len(model.graph.values))
        between = nodes[source] & nodes[target] & (source >= 0) & (target >= 0)
        return Light(nodes, tensors[value] & between)

    def _outside(self, model: GraphModel, lit: frozenset[int]) -> set[int]:
        """Values from outside that belong to what is lit."""
        if self.reach is not None and not self.reach.upward:
            return {self.about.value} if self.about.value >= 0 else set()
        readers = self.core if self.reach is Reach.INPUTS else lit
        ops, values = model.graph.ops, model.graph.values
        return {value for op in readers for value in ops[op].inputs if values[value].op < 0}

    def _tensors(self, model: GraphModel, lit: frozenset[int], takes: set[int]) -> set[int]:
        ops = model.graph.ops
        if self.reach is Reach.INPUTS:
            return {value for op in self.core for value in ops[op].inputs}
        if self.reach is Reach.OUTPUTS:
            made = {value for op in self.core for value in ops[op].outputs}
            return made | takes
        return {value for op in lit for value in ops[op].outputs} | takes


def _scopes(model: GraphModel, lit: Iterable[int]) -> set[int]:
    """Scopes with something lit in them, and their parents."""
    ops, scopes = model.graph.ops, model.graph.scopes
    found: set[int] = set()
    for op in lit:
        scope = ops[op].scope
        while scope >= 0 and scope not in found:
            found.add(scope)
            scope = scopes[scope].parent
        inner = ops[op].inner
        if inner >= 0:
            found.add(inner)
    return found


def _mask(rows: Collection[int], count: int) -> Bools:
    made = np.zeros(count, bool)
    made[np.fromiter(rows, np.int64, len(rows))] = True
    return made


def _lit_nodes(scene: Scene, model: GraphModel, lit: Collection[int], takes: set[int]) -> Bools:
    ops = _mask(lit, len(model.graph.ops))
    nodes = np.zeros(len(scene.nodes), bool)
    alone = scene.alone
    there = alone >= 0
    nodes[there] = ops[alone[there]]
    scopes = _scopes(model, lit)
    rest: list[int] = np.flatnonzero(~there).tolist()
    for index in rest:
        node = scene.nodes[index]
        if node.look is Look.WEIGHT:
            nodes[index] = nodes[node.parent]
        elif node.look is Look.INPUT:
            nodes[index] = key_value(node.key) in takes
        else:
            nodes[index] = any(
                bool(ops[key]) for key in node.members if is_op(key)
            ) or not scopes.isdisjoint(scene.scopes(node))
    return nodes


def core_of(model: GraphModel, selection: Selection) -> frozenset[int]:
    """The ops that a selection stands for: one, a module's, those that take a value."""
    if selection.op >= 0:
        return frozenset((selection.op,))
    if selection.scope > 0:
        return frozenset(model.ops_of_scope(selection.scope))
    if selection.value >= 0:
        return frozenset(model.users(selection.value))
    return frozenset()


def lamp_for(
    model: GraphModel, selection: Selection, reach: Reach, check: Callable[[], None] = unchecked
) -> Lamp | None:
    """What a selection takes, feeds, needs or moves; None where it stands for no op."""
    core = core_of(model, selection)
    check()
    if not core:
        return None
    flow = model.flow
    if reach is Reach.ANCESTORS:
        found = flow.ancestors(core)
    elif reach is Reach.DESCENDANTS:
        found = flow.descendants(core)
    elif reach is Reach.INPUTS:
        found = {other for op in core for other in flow.before(op)}
    else:
        found = {other for op in core for other in flow.after(op)}
    check()
    return Lamp(selection, reach, core, frozenset(found) - core)
