"""Turns a concrete function into a plan."""

from __future__ import annotations

from typing import Any

from ..ir import ScopeKind, SourceLine, ValueKind
from .body_planner import BodyPlanner
from .debug_info import DebugInfo
from .externals import Externals
from .flow_planner import FlowPlanner, has_flow
from .kernels import FunctionGraphs
from .kernels import constant as constant_of
from .layers import LayerLog
from .plan import Body, Opening
from .schedule import needed_ops, ordered
from .sources import is_imported, user_frames
from .tapes import TapeLog

_HIDDEN = frozenset({"Const", "Placeholder", "NoOp"})
_BACKWARD = "backward"


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

    def plan(self, graph: Any, origins: list[int], path: str = "") -> Body:
        """The plan of a graph whose inputs are the externals `origins`; `path`: of its scope."""
        given = len(self._externals.rows)
        while True:  # what is assigned further down decides how earlier reads are shown
            known = len(self.written)
            body = self._body(graph, origins, path, "")
            if len(self.written) == known:
                return body
            self._constants.clear()
            self._externals.truncate(given)

    def _body(self, graph: Any, origins: list[int], path: str, prefix: str) -> Body:
        kind = FlowPlanner if has_flow(graph) else BodyPlanner
        return kind(self, graph, path, prefix).build(origins)

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

    def variable_shape(self, external: int) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype of what a variable holds."""
        row = self._externals.rows[external]
        return row.shape, row.dtype

    def is_variable(self, external: int) -> bool:
        """The external is the handle of a known variable."""
        return external >= 0 and self._externals.rows[external].variable is not None


def _name_scopes(op: Any) -> tuple[str, ...]:
    """Name scopes around an op, outermost first."""
    return tuple(op.name.split("/")[:-1])
