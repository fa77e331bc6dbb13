"""Draws a plan as the map."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..engine.builder import GraphBuilder
from ..ir import Presence
from .plan import Body, Node, Opening, Role


class _Scope:
    """An open scope, and how often each scope in it was opened."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.calls: Counter[str] = Counter()


class MapDrawer:
    """Walks a plan as a run would, into every branch and loop, and adds its rows to a graph."""

    def __init__(self, builder: GraphBuilder, outside: list[int]) -> None:
        self._builder = builder
        self._outside = outside  # externals' value indices
        self._held: dict[int, int] = {}  # by a variable's value index, that of what it holds

    def draw(self, body: Body, inputs: list[int]) -> list[int]:
        """Draw all; the value indices of the outputs."""
        return self._body(body, inputs, _Scope(0))

    def _body(self, body: Body, inputs: list[int], scope: _Scope) -> list[int]:
        values = [-1] * body.size
        values[: body.inputs] = inputs
        for slot, external in body.constants:
            values[slot] = self._outside[external]
        stack = [scope]
        for node in body.nodes:
            del stack[len(stack) - node.leaves :]
            for opening in node.opens:
                stack.append(self._open(stack[-1], opening))
            if node.role in (Role.READ, Role.CONSTANT):
                values[node.outputs[0]] = self._outside[node.variable]
            elif node.role in (Role.SWITCH, Role.MERGE):  # they hand on what they get
                known = [values[slot] for slot in node.inputs if values[slot] >= 0]
                for slot in node.outputs:
                    values[slot] = known[0] if known else -1
            else:
                self._node(node, values, stack[-1])
        for pruned in body.pruned:
            inner = scope.index
            for opening in pruned.opens:
                inner = self._builder.scope(inner, opening.path, opening.kind, opening.type)
            self._op(pruned.node, values, inner, Presence.PRUNED)
        return [values[slot] for slot in body.outputs]

    def _open(self, top: _Scope, opening: Opening) -> _Scope:
        top.calls[opening.path] += 1
        return _Scope(
            self._builder.scope(
                top.index,
                opening.path,
                opening.kind,
                opening.type,
                call=top.calls[opening.path],
            )
        )

    def _node(self, node: Node, values: list[int], scope: _Scope) -> None:
        op = self._op(node, values, scope.index, None)
        given = [values[slot] for slot in node.inputs]
        if not node.insides:
            return
        opening = node.insides[0].opening
        whole = _Scope(
            self._builder.scope(scope.index, opening.path, opening.kind, opening.type, op=op)
        )
        inputs = given[1:] if node.role is Role.BRANCH else given
        for inside in node.insides:
            inner = whole if inside.side is None else self._open(whole, inside.side)
            outputs = self._body(inside.body, inputs, inner)
            if node.role is Role.CALL:
                for slot, value in zip(node.outputs, outputs, strict=True):
                    values[slot] = value

    def _op(self, node: Node, values: list[int], scope: int, presence: Presence | None) -> int:
        inputs = tuple(self._held.get(values[slot], values[slot]) for slot in node.inputs)
        op = add_op(self._builder, node, scope, inputs, presence)
        graph = self._builder.graph
        if node.forward >= 0 and values[node.forward] >= 0:
            forward = graph.values[values[node.forward]].op
            self._builder.replace(op, replace(graph.ops[op], forward=forward))
        outputs = graph.ops[op].outputs
        for slot, value in zip(node.outputs, outputs, strict=False):
            values[slot] = value
        for external, value in zip(node.writes, outputs[len(node.outputs) :], strict=True):
            self._held[self._outside[external]] = value
        return op


def add_op(
    builder: GraphBuilder,
    node: Node,
    scope: int,
    inputs: tuple[int, ...],
    presence: Presence | None = None,
) -> int:
    """Append a node's op with its outputs."""
    op = builder.op(
        scope,
        node.type,
        node.ident,
        note=node.note,
        attributes=node.attributes,
        inputs=inputs,
        source=builder.source(node.source),
        presence=presence,
    )
    builder.outputs(op, node.shapes)
    return op
