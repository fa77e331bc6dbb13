"""Shows backward passes through the forward ops that they belong to.

A pass is one closed group in the graph, so that the graph does not double. While it is closed, an
op in it is shown by its forward op, or by the weight whose gradient it gathers; the user may open
it, and sees its own nodes.
"""

from __future__ import annotations

from dataclasses import replace

from ...tracers.ir import Passes, Place, Selection
from .model import GraphModel
from .name_groups import is_named
from .nested import Nest


class Pairs:
    """Of a model and what of it is open."""

    def __init__(self, model: GraphModel, nest: Nest) -> None:
        self._model = model
        self._nest = nest

    @property
    def _passes(self) -> Passes:
        return self._model.passes

    def closed(self, op: int, scope: int = -1) -> int:
        """The backward pass that an op, or else a scope, is hidden in; -1 for none."""
        if op >= 0:
            scope = self._model.graph.ops[op].scope
        elif is_named(scope):
            scope = self._model.layers(scope)[0]
        root = self._passes.root(scope) if scope > 0 else -1
        return -1 if root in self._nest.open else root

    def seen(self, selection: Selection) -> Selection:
        """What stands for a selection in the graph: itself, where it is not in a closed pass."""
        root = self.closed(selection.op, selection.scope)
        if root < 0 or (selection.op < 0 and selection.scope == root):
            return selection
        found = self.forward(selection)
        return Selection(scope=root) if found.empty else found

    def forward(self, selection: Selection) -> Selection:
        """The forward op, weight or module that something in a backward pass belongs to."""
        op = selection.op
        if op < 0:
            scope = self._model.layers(selection.scope)[0]
            return Selection(scope=self._passes.forward_scope(scope))
        forward = self._passes.forward(op)
        gathered = self._passes.gathered(op) if forward < 0 else -1
        return Selection(op=forward, value=gathered)

    def user(self, value: int) -> Selection:
        """The forward op that takes a value from outside."""
        users = self._model.users(value)
        op = next((op for op in users if not self._passes.is_backward(op)), -1)
        return Selection(op=op)

    def place(self, place: Place) -> Place:
        """A place as the graph shows it."""
        seen = self.seen(Selection(op=place.op, scope=-1 if place.op >= 0 else place.scope))
        if seen.value >= 0:
            seen = self.user(seen.value)
        if seen.op >= 0:
            return replace(place, op=seen.op, scope=self._model.graph.ops[seen.op].scope)
        return replace(place, op=-1, scope=max(seen.scope, 0))

    def other(self, place: Place) -> Selection:
        """The counterpart of a place in a backward pass: the pass that it is hidden in, or else
        the forward op beside it."""
        op, scope = place.op, -1 if place.op >= 0 else place.scope
        inside = self._model.graph.ops[op].scope if op >= 0 else scope
        if inside < 0 or self._passes.root(inside) < 0:
            return Selection()
        root = self.closed(op, scope)
        return Selection(scope=root) if root >= 0 else self.forward(Selection(op=op, scope=scope))
