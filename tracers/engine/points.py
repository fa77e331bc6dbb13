"""Breakpoints from all sides: those of the window, and those set by DAP's four requests."""

from __future__ import annotations

import fnmatch
import os
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from ..ir import Breakpoint, BreakpointKind, Graph
from ..ir.conditions import problem_of
from ..protocol.json_ir import from_json
from ..protocol.messages import FIRST_ADDRESS
from ..protocol.refusal import Refusal
from .typed import texts_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """A breakpoint of a DAP client.

    Attributes:
        key: which request set it, with the file for a source line.
        kinds: what it may stand for; a function breakpoint is an op type or a module path.
        where: as in Breakpoint, "" where it cannot stop anything yet.
        shown: what DAP tells of it besides id and whether it is verified.
        terms: condition, hits and message, as in Breakpoint.
    """

    id: int
    key: tuple[str, str]
    kinds: tuple[BreakpointKind, ...]
    where: str
    shown: Json
    terms: tuple[str, str, str] = ("", "", "")
    address: int = -1

    def on(self, kind: BreakpointKind) -> Breakpoint:
        """As one of the kinds that it may stand for."""
        condition, hits, log = self.terms
        return Breakpoint(kind, self.where, condition=condition, hits=hits, log=log)


class Points:
    """All breakpoints. DAP's are checked against the graph once there is one.

    A breakpoint of DAP's that stands where the window has one is that one: the window's terms hold
    for it, and it is not asked twice.
    """

    def __init__(self) -> None:
        self._window: list[Breakpoint] = []
        self._dap: list[Point] = []
        self._graph: Graph | None = None

    def know(self, graph: Graph) -> list[Json]:
        """The graph is there; every DAP breakpoint, as it stands now."""
        self._graph = graph
        self._dap = [self._with_address(point) for point in self._dap]
        return [self._told(point) for point in self._dap]

    def all(self) -> list[Breakpoint]:
        """For the gate, the window's first: the same order as `owners`."""
        found = [replace(row, enabled=False) if problem_of(row) else row for row in self._window]
        found += [point.on(kind) for point, kind in self._armed()]
        return found

    def owners(self, hits: Iterable[int]) -> tuple[tuple[int, ...], list[int]]:
        """Of indices into `all`: indices into the window's list, and ids of DAP breakpoints."""
        hits = [*hits]
        own = tuple(dict.fromkeys(hit for hit in hits if hit < len(self._window)))
        armed = [point.id for point, _ in self._armed()]
        rest = [armed[hit - len(self._window)] for hit in hits if hit >= len(self._window)]
        hit_places = {_place(self._window[hit]) for hit in own}
        if hit_places:
            rest += [
                point.id
                for point in self._dap
                if any(_place(point.on(kind)) in hit_places for kind in point.kinds)
            ]
        return own, list(dict.fromkeys(rest))

    def set_window(self, rows: object) -> Json:
        """Replace the window's: those that name nothing in the graph, and what is wrong with
        which one's terms."""
        if not isinstance(rows, list):
            raise Refusal("bad-arguments", "The breakpoints must be a list.")
        try:
            self._window = [from_json(Breakpoint, row) for row in cast("list[object]", rows)]
        except ValueError as error:
            raise Refusal("bad-arguments", f"That is no breakpoint: {error}.") from error
        lost = [point.where for point in self._window if not self._names_something(point)]
        problems = [[n, problem_of(row)] for n, row in enumerate(self._window) if problem_of(row)]
        return {"lost": lost, "problems": problems}

    def set_lines(self, arguments: Json) -> list[Json]:
        """`setBreakpoints`: lines of one file."""
        source = arguments.get("source")
        path = cast(Json, source).get("path") if isinstance(source, dict) else None
        if not isinstance(path, str):
            raise Refusal("no-path", "Line breakpoints need the path of their source.")
        path = os.path.abspath(path)
        points: list[Point] = []
        for number, row in _numbered(arguments):
            line = line_with_code(path, int(row["line"]))
            where = f"{path}:{line}"
            shown = {"line": line, "source": {"name": os.path.basename(path), "path": path}}
            key = ("setBreakpoints", path)
            points.append(Point(number, key, (BreakpointKind.LINE,), where, shown, _terms(row)))
        return self._replace(("setBreakpoints", path), points)

    def set_functions(self, arguments: Json) -> list[Json]:
        """`setFunctionBreakpoints`: globs over op types or module paths."""
        key = ("setFunctionBreakpoints", "")
        kinds = (BreakpointKind.TYPE, BreakpointKind.MODULE)
        points = [
            Point(number, key, kinds, str(row["name"]), {}, _terms(row))
            for number, row in _numbered(arguments)
        ]
        return self._replace(key, points)

    def set_instructions(self, arguments: Json) -> list[Json]:
        """`setInstructionBreakpoints`: ops by their address in the listing."""
        key = ("setInstructionBreakpoints", "")
        points: list[Point] = []
        for number, row in _numbered(arguments):
            reference = str(row["instructionReference"])
            try:
                address = int(reference, 0) + int(row.get("offset") or 0)
            except ValueError as error:
                raise Refusal("bad-arguments", f"{reference} is no address.") from error
            shown = {"instructionReference": reference}
            point = Point(number, key, (BreakpointKind.OP,), "", shown, _terms(row), address)
            points.append(self._with_address(point))
        return self._replace(key, points)

    def _replace(self, key: tuple[str, str], points: list[Point]) -> list[Json]:
        self._dap = [point for point in self._dap if point.key != key] + points
        return [self._told(point) for point in points]

    def _with_address(self, point: Point) -> Point:
        ordinal = point.address - FIRST_ADDRESS
        if self._graph is None or not 0 <= ordinal < len(self._graph.ops):
            return point
        return replace(point, where=self._graph.ops[ordinal].key)

    def _armed(self) -> list[tuple[Point, BreakpointKind]]:
        taken = {_place(row) for row in self._window}
        return [
            (point, kind)
            for point in self._dap
            if point.where
            for kind in point.kinds
            if _place(point.on(kind)) not in taken and not problem_of(point.on(kind))
        ]

    def _told(self, point: Point) -> Json:
        """For the client; "opscope" has what it is in the window's words."""
        rows = [point.on(kind) for kind in point.kinds] if self._graph or point.key[1] else []
        rows = [row for row in rows if point.where and self._names_something(row)]
        named = [{"kind": row.kind.value, "where": row.where} for row in rows]
        body = {"id": point.id, **point.shown, "opscope": {"rows": named}}
        if self._graph is None:
            problems = [problem_of(point.on(kind)) for kind in point.kinds]
            why = problems[0] if all(problems) else "the model is not loaded yet"
            return {**body, "verified": False, "message": why}
        points = [point.on(kind) for kind in point.kinds]
        named = [item for item in points if point.where and self._names_something(item)]
        if any(not problem_of(item) for item in named):
            return {**body, "verified": True}
        problems = [problem_of(item) for item in named or points]
        why = next((text for text in problems if text), "nothing of that name in the graph")
        return {**body, "verified": False, "message": why}

    def _names_something(self, point: Breakpoint) -> bool:
        graph = self._graph
        if graph is None:
            return True
        if point.kind is BreakpointKind.OP:
            # Of an op inside another there may be no row before that one is entered.
            return any(f"{point.where}/".startswith(f"{op.key}/") for op in graph.ops)
        if point.kind is BreakpointKind.TYPE:
            inside = "." in point.where  # aten's: known once an op is entered
            return inside or any(fnmatch.fnmatchcase(op.type, point.where) for op in graph.ops)
        if point.kind is BreakpointKind.MODULE:
            return any(fnmatch.fnmatchcase(row.path, point.where) for row in graph.scopes[1:])
        file, _, line = point.where.rpartition(":")
        return line.isdigit() and int(line) in code_lines(file)


def _place(row: Breakpoint) -> tuple[BreakpointKind, str]:
    return row.kind, row.where


def _terms(row: Json) -> tuple[str, str, str]:
    """What DAP calls condition, hitCondition and logMessage."""
    condition, hits, log = (
        str(row.get(name) or "") for name in ("condition", "hitCondition", "logMessage")
    )
    return condition, hits, log


def _numbered(arguments: Json) -> list[tuple[int, Json]]:
    """The request's breakpoints with the ids that the adapter gave them."""
    rows = cast("list[Json]", arguments.get("breakpoints") or [])
    ids = cast("list[int]", arguments.get("ids") or range(1, len(rows) + 1))
    return list(zip(ids, rows, strict=True))


def line_with_code(path: str, line: int) -> int:
    """The line itself, else the next one that can be stopped on."""
    return min((other for other in code_lines(path) if other >= line), default=line)


@lru_cache(maxsize=64)
def code_lines(path: str) -> frozenset[int]:
    """Lines of a Python file that code stands on; none where it cannot be read."""
    try:
        typed = texts_of([path])
        if path in typed:
            code = compile(typed[path], path, "exec", dont_inherit=True)
        else:
            with tokenize.open(path) as text:
                code = compile(text.read(), path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found: set[int] = set()
    waiting = [code]
    while waiting:
        code = waiting.pop()
        found.update(line for _, _, line in code.co_lines() if line)
        waiting += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return frozenset(found)
