"""The way of gradients from node to node: where they come from, and what they are gradients of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.recorder import Recorder
from ..ir import NOTHING, OUTSIDE, Ref, SourceLine, ValueKind
from .autograd_nodes import Edge, is_gatherer
from .lib import is_tensor
from .passes import Pass
from .ties import Ties

if TYPE_CHECKING:
    from ..engine.owners import Owners

HOOKED = "hook"  # the op that stands for hooks which changed a gradient
SUMMED = "accumulate"  # the op that adds gradients which meet


class Gradients:
    """For one run; everything is done on the thread that autograd calls from."""

    def __init__(
        self,
        recorder: Recorder,
        ties: Ties,
        owners: Owners,
        ref: Callable[[Any], Ref],
        constants: dict[str, Any],
    ) -> None:
        """`ref`: where a tensor comes from; `constants`: values from outside by name, which it
        adds to."""
        self._recorder = recorder
        self._ties = ties
        self._owners = owners
        self._ref = ref
        self._constants = constants
        self._seeds = 0

    def seed(self, current: Pass, roots: Sequence[Any], seeds: Sequence[Any]) -> None:
        """The gradients that the pass starts from."""
        for root, seed in zip(roots, seeds, strict=True):
            if is_tensor(root):
                self._ties.tie_late(root, self._ref(root))
            edge = current.reach.edge(root)
            if edge is None or seed is None:
                continue
            known = self._owners.get(seed)
            if known is None:
                self._seeds += 1
                name = "seed" if self._seeds == 1 else f"seed {self._seeds}"
                self._constants[name] = seed
                shape, dtype = self._recorder.backend.describe(seed)
                value = self._recorder.builder.external(ValueKind.CONSTANT, name, shape, dtype)
                known = (OUTSIDE, value)
                self._owners.put(seed, known)
            current.pending.setdefault(edge, []).append(known)

    def incoming(
        self, current: Pass, edge: Edge, gradient: Any, forward: int, line: SourceLine | None
    ) -> Ref:
        """Where a gradient that comes to a node was made; where several met, or hooks changed
        it, that is an op of its own."""
        parts = current.pending.pop(edge, [])
        known = self._owners.get(gradient)
        if not parts:
            return self._ref(gradient)
        if current.reach.meeting(*edge) > 1:
            type_, note = SUMMED, f"{len(parts)} gradients"
        elif known is not None and (known == parts[0] or known[0] == parts[0][0] >= 0):
            return parts[0]  # one tensor may go several ways
        else:
            type_, note = HOOKED, ""
            parts = [known or parts[0]]
        step = self._recorder.before(
            type_, parts, note=note, source=line, given=[gradient], forward=forward
        )
        ref = (self._recorder.after(step, [gradient], (self.value(edge),)), 0)
        self._owners.put(gradient, ref)
        if gradient.requires_grad:
            self._ties.tie(gradient, ref)
        return ref

    def capture(self, current: Pass, result: Any, line: SourceLine | None) -> None:
        """What the caller is given: gradients may have met there, too."""
        for edge, gradient in zip(current.reach.captured, result or (), strict=False):
            if edge is not None and gradient is not None:
                forward = self._ties.record(edge[0]._sequence_nr())
                self.incoming(current, edge, gradient, forward, line)

    def value_of(self, current: Pass, edge: Edge) -> Ref:
        """The value whose whole gradient goes along an edge, NOTHING where it is but a part."""
        return self.value(edge) if current.reach.meeting(*edge) == 1 else NOTHING

    def value(self, edge: Edge) -> Ref:
        node, slot = edge
        if is_gatherer(node):
            return self._ref(node.variable)
        return self._ties.value(node._sequence_nr(), slot) or NOTHING

    def name(self, leaf: Any) -> str:
        """What a leaf is called."""
        record, slot = self._ref(leaf)
        graph = self._recorder.builder.graph
        if record == OUTSIDE:
            return graph.values[slot].name
        return graph.ops[self._recorder.run.records[record].op].type
