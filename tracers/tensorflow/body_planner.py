"""Plans one function graph at one place of a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..ir import ScopeKind
from .externals import static_shape
from .kernels import CALLS, CASES, ENTERED, IFS, WHILES, attributes, bodies
from .notes import note, text_attributes
from .plan import Body, Inside, Labels, Node, Opening, PrunedOp, Role, place_deaths, place_scopes
from .sources import last_maker

if TYPE_CHECKING:
    from .planner import Planner

_READS = frozenset(
    {"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape", "VarIsInitializedOp"}
)
_FUNCTION_NAME = re.compile(r"^(?:__inference_|__forward_|__backward_)?(.*?)(?:_\d+)?$")


class BodyPlanner:
    """Plans one function graph at one place."""

    def __init__(self, planner: Planner, graph: Any, path: str, prefix: str) -> None:
        self._planner = planner
        self._graph = graph
        self._prefix = prefix
        self._body = Body(graph, path)
        self._slots: dict[str, int] = {}
        self._lazy: dict[str, Any] = {}
        self._labels = Labels(set())
        self._around = path  # the scope of the op at hand

    def build(self, origins: list[int]) -> Body:
        body = self._body
        for tensor, origin in zip(self._graph.inputs, origins, strict=True):
            slot = self._new_slot(tensor)
            if origin >= 0:
                body.origins[slot] = origin
        body.inputs = body.size
        self._lazy = {
            op.outputs[0].name: op for op in self._graph.get_operations() if op.type == "Const"
        }
        run, pruned = self._planner.order(self._graph)
        chains = {op: self._planner.chain(op, body.path) for op in (*run, *pruned)}
        paths = {opening.path for _, openings in chains.values() for opening in openings}
        self._labels = Labels(paths)
        placed: list[tuple[tuple[object, ...], tuple[Opening, ...]]] = []
        for op in run:
            self._planner.types.add(op.type)
            openings = chains[op][1]
            self._around = openings[-1].path if openings else body.path
            if self._alias(op):
                continue
            body.nodes.append(self._node(op))
            placed.append(chains[op])
        self._around = body.path
        body.outputs = tuple(self._slot(tensor) for tensor in self._graph.outputs)
        for op in pruned:
            if not self._alias(op) and all(self._has(tensor) for tensor in op.inputs):
                node = self._plain(op, Role.OP)
                node.ident = f"{self._prefix}pruned/{op.name}"
                body.pruned.append(PrunedOp(node, chains[op][1]))
        place_scopes(body, placed)
        place_deaths(body)
        return body

    def _node(self, op: Any) -> Node:
        origins = [self._origin(tensor) for tensor in op.inputs]
        planner = self._planner
        reads = op.type == "ReadVariableOp" and planner.is_variable(origins[0])
        if reads and origins[0] not in planner.written:
            node = self._plain(op, Role.READ)
            node.variable = origins[0]
            return node
        if op.type not in ENTERED:
            node = self._plain(op, Role.OP)
            if op.type not in _READS:
                node.writes = tuple(dict.fromkeys(filter(planner.is_variable, origins)))
                node.shapes += [planner.variable_shape(external) for external in node.writes]
                planner.written.update(node.writes)
            return node
        node = self._plain(op, _role(op))
        node.insides = self._insides(op, origins)
        self._pass_origins(node, origins)
        return node

    def _insides(self, op: Any, origins: list[int]) -> tuple[Inside, ...]:
        around = self._around
        found: list[Inside] = []
        if op.type in WHILES:
            path = self._labels.path(around, "while")
            opening = Opening(path, ScopeKind.LOOP, "while")
            loop = self._loop_origins(op, origins)
            for role, name in bodies(op):
                body = self._planner.inside(op, role, name, loop, path)
                found.append(Inside(body, opening))
            return tuple(found)
        if op.type in CALLS:
            (role, name), *_ = bodies(op)
            label = function_label(name)
            path = self._labels.path(around, label)
            body = self._planner.inside(op, role, name, origins, path)
            return (Inside(body, Opening(path, ScopeKind.FUNCTION, label, _is_empty(body))),)
        word = "if" if op.type in IFS else "case"
        whole = self._labels.path(around, word)
        opening = Opening(whole, ScopeKind.BRANCH, word)
        for role, name in bodies(op):
            path = f"{whole}.{role}"
            body = self._planner.inside(op, role, name, origins[1:], path)
            side = Opening(path, ScopeKind.BRANCH, role, _is_empty(body))
            found.append(Inside(body, opening, side))
        return tuple(found)

    def _loop_origins(self, op: Any, origins: list[int]) -> list[int]:
        """A loop's variable is what it was before the loop only if the body hands it on."""
        graph = self._planner.graph(op, dict(bodies(op))["body"])
        kept = [origin if _handed_on(graph, k) else -1 for k, origin in enumerate(origins)]
        lost = {a for a, b in zip(origins, kept, strict=True) if a != b}
        self._planner.written.update(k for k in lost if self._planner.is_variable(k))
        return kept

    def _pass_origins(self, node: Node, origins: list[int]) -> None:
        """What a call hands out may be a variable's handle that it got."""
        for k, slot in enumerate(node.outputs):
            if node.role is Role.LOOP:
                body = node.insides[1].body
                found = {origins[k] if body.outputs[k] == k else -1}
            else:
                found = {
                    inside.body.origins.get(inside.body.outputs[k], -1) for inside in node.insides
                }
            if len(found) == 1 and (origin := found.pop()) >= 0:
                self._body.origins[slot] = origin

    def _plain(self, op: Any, role: Role) -> Node:
        inputs = tuple(self._slot(tensor) for tensor in op.inputs)
        outputs = tuple(self._new_slot(tensor) for tensor in op.outputs)
        if role is Role.READ:
            return Node(op, op.type, role, "", inputs, outputs, attributes(op))
        return Node(
            op,
            op.type,
            role,
            self._prefix,
            inputs,
            outputs,
            attributes(op) if role in (Role.OP, Role.LOOP) else (),
            note(op),
            (("name", op.name), *text_attributes(op)),
            self._planner.frames(op),
            [static_shape(tensor) for tensor in op.outputs],
            backward=self._planner.tapes.is_backward(op),
            forward=self._forward(op),
            gradient_of=self._gradients(op),
        )

    def _forward(self, op: Any) -> int:
        """The slot of the first output of the op whose gradient this one computes, else -1."""
        name = self._planner.tapes.forward(op)
        return self._slots.get(f"{name}:0", -1) if name else -1

    def _gradients(self, op: Any) -> tuple[int, ...]:
        names = [self._planner.tapes.gradient_of(tensor) for tensor in op.outputs]
        found = tuple(self._slots.get(name, -1) if name else -1 for name in names)
        return found if any(slot >= 0 for slot in found) else ()

    def _alias(self, op: Any) -> bool:
        """Identity as plumbing: its outputs are its inputs, under another name."""
        if op.type not in ("Identity", "IdentityN"):
            return False
        if op.type == "Identity" and last_maker(op) == "identity":
            return False
        if not all(self._has(tensor) for tensor in op.inputs):
            return False
        for source, alias in zip(op.inputs, op.outputs, strict=True):
            self._slots[alias.name] = self._slot(source)
        return True

    def _origin(self, tensor: Any) -> int:
        return self._body.origins.get(self._slot(tensor), -1)

    def _has(self, tensor: Any) -> bool:
        return tensor.name in self._slots or tensor.name in self._lazy

    def _slot(self, tensor: Any) -> int:
        slot = self._slots.get(tensor.name)
        if slot is None:
            op = self._lazy[tensor.name]
            slot = self._new_slot(tensor)
            self._body.constants.append(
                (slot, self._planner.constant(op, self._path(), self._around))
            )
        return slot

    def _path(self) -> str:
        return f"{self._body.path}/cond" if self._prefix else self._body.path

    def _new_slot(self, tensor: Any) -> int:
        slot = self._slots[tensor.name] = self._body.size
        self._body.size += 1
        return slot


def function_label(name: str) -> str:
    """ "__inference_step_42" as "step"."""
    found = _FUNCTION_NAME.match(name)
    return (found.group(1) if found else "") or name


def _role(op: Any) -> Role:
    if op.type in CALLS:
        return Role.CALL
    return Role.BRANCH if op.type in IFS | CASES else Role.LOOP


def _is_empty(body: Body) -> bool:
    return all(node.role is Role.READ for node in body.nodes)


def _handed_on(graph: Any, index: int) -> bool:
    """The loop body returns its input `index` unchanged in the same place."""
    tensor = graph.outputs[index]
    while tensor.op.type == "Identity":
        tensor = tensor.op.inputs[0]
    return tensor is graph.inputs[index] or tensor.name == graph.inputs[index].name
