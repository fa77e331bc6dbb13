"""Turns a concrete function into a plan."""

from __future__ import annotations

import re
from typing import Any

from ..ir import ScopeKind, SourceLine, ValueKind
from .debug_info import DebugInfo
from .externals import Externals, static_shape
from .kernels import CALLS, CASES, ENTERED, IFS, WHILES, FunctionGraphs, attributes, bodies
from .kernels import constant as constant_of
from .layers import LayerLog
from .notes import note, text_attributes
from .plan import Body, Inside, Labels, Node, Opening, PrunedOp, Role, place_deaths, place_scopes
from .schedule import needed_ops, ordered
from .sources import is_imported, last_maker, user_frames
from .tapes import TapeLog

_READS = frozenset(
    {"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape", "VarIsInitializedOp"}
)
_HIDDEN = frozenset({"Const", "Placeholder", "NoOp"})
_BACKWARD = "backward"
_FUNCTION_NAME = re.compile(r"^(?:__inference_|__forward_|__backward_)?(.*?)(?:_\d+)?$")


class Planner:
    """Plans one concrete function.

    After `plan`: `written` holds the variables that something in it may assign, as indices of
    externals; `types` the op types met, at any depth.
    """

    def __init__(
        self,
        log: LayerLog,
        externals: Externals,
        tapes: TapeLog | None = None,
        saved: DebugInfo | None = None,
    ) -> None:
        """`saved`: source lines that came with the model's file."""
        self.tapes = tapes or TapeLog()
        self.written: set[int] = set()
        self.types: set[str] = set()
        self._log = log
        self._externals = externals
        self._saved = saved
        self._functions = FunctionGraphs()
        self._orders: dict[int, tuple[Any, list[Any], list[Any]]] = {}
        self._origins: dict[int, tuple[Any, bool]] = {}
        self._constants: dict[tuple[str, str], int] = {}

    def plan(self, graph: Any, origins: list[int]) -> Body:
        """The plan of a graph whose inputs are the externals `origins`."""
        given = len(self._externals.rows)
        while True:  # what is assigned further down decides how earlier reads are shown
            known = len(self.written)
            body = self._body(graph, origins, "", "")
            if len(self.written) == known:
                return body
            self._constants.clear()
            self._externals.truncate(given)

    def _body(self, graph: Any, origins: list[int], path: str, prefix: str) -> Body:
        return _BodyPlanner(self, graph, path, prefix).build(origins)

    def order(self, graph: Any) -> tuple[list[Any], list[Any]]:
        """(ops to run in order, pruned ops), without those that are never executed."""
        found = self._orders.get(id(graph))
        if found is None:
            needed = needed_ops(graph)
            ops = [op for op in graph.get_operations() if op.type not in _HIDDEN]
            sortable = {op for op in needed if op.type not in _HIDDEN or op.type == "NoOp"}
            chain = _name_scopes if self._imported(graph) else None
            run = [op for op in ordered(graph, sortable, chain) if op.type != "NoOp"]
            pruned = [op for op in ops if op not in needed]
            found = self._orders[id(graph)] = (graph, run, pruned)
        return found[1], found[2]

    def chain(self, op: Any, path: str) -> tuple[tuple[object, ...], tuple[Opening, ...]]:
        """What tells the scopes around an op apart, and how each is entered."""
        openings: list[Opening] = []
        if not self._imported(op.graph):
            calls: tuple[object, ...]
            layers = calls = self._log.chain(op)
            if self.tapes.is_backward(op):
                forward = self.tapes.forward(op)
                layers = self._log.chain(op.graph.get_operation_by_name(forward)) if forward else ()
                calls = (_BACKWARD, *layers)
                name = f"{path}.{_BACKWARD}" if path else _BACKWARD
                openings.append(Opening(name, ScopeKind.BACKWARD, ""))
            for call in layers:
                path = f"{path}.{call.name}" if path else call.name
                openings.append(Opening(path, ScopeKind.MODULE, call.type))
            return calls, tuple(openings)
        names = _name_scopes(op)
        for name in names:
            path = f"{path}.{name}" if path else str(name)
            openings.append(Opening(path, ScopeKind.GROUP, ""))
        keys = tuple(names[: k + 1] for k in range(len(names)))
        return keys, tuple(openings)

    def _imported(self, graph: Any) -> bool:
        if self._log.knows(graph):
            return False
        if id(graph) not in self._origins:
            self._origins[id(graph)] = (graph, is_imported(graph))
        return self._origins[id(graph)][1]

    def constant(self, op: Any, path: str, around: str) -> int:
        """The external of a Const op in the body at `path`, named after the scope that reads it."""
        key = (path, op.name)
        if key not in self._constants:
            short = op.name.split("/")[-1 if self._imported(op.graph) else -2 :]
            name = "/".join([around, *short] if around else short)
            self._constants[key] = self._externals.add(ValueKind.CONSTANT, name, constant_of(op))
        return self._constants[key]

    def inside(self, op: Any, role: str, name: str, origins: list[int], path: str) -> Body:
        """The body of a function that `op` calls."""
        return self._body(self.graph(op, name), origins, path, "cond/" if role == "cond" else "")

    def graph(self, op: Any, name: str) -> Any:
        """The graph of a function that `op` calls."""
        return self._functions.get(op.graph, name)

    def frames(self, op: Any) -> tuple[SourceLine, ...]:
        """The user's frames of the call that made an op, innermost first; () where unknown."""
        return user_frames(op) or (self._saved.frames(op) if self._saved is not None else ())

    def is_variable(self, external: int) -> bool:
        """The external is the handle of a known variable."""
        return external >= 0 and self._externals.rows[external].variable is not None


class _BodyPlanner:
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
            if op.type not in _READS:
                planner.written.update(filter(planner.is_variable, origins))
            return self._plain(op, Role.OP)
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


def _name_scopes(op: Any) -> tuple[str, ...]:
    """Name scopes around an op, outermost first."""
    return tuple(op.name.split("/")[:-1])
