"""Requests about breakpoints, and the listing of ops that they may stand in."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

from ..ir import Graph
from ..protocol.messages import ARISING, BREAKPOINTS, FIRST_ADDRESS, INF, NAN, RAISED, UNCAUGHT
from ..protocol.refusal import Refusal
from .live import Live
from .points import Points
from .server import Answer, Handler, Handlers, whole_number

Json = dict[str, Any]

MOST_LINES = 10_000


def _setting(choose: Callable[[Points, Json], list[Json]]) -> Handler:
    def handle(live: Live, arguments: Json) -> Answer:
        told = choose(live.points, arguments)
        live.arm()
        return Answer({"breakpoints": told})

    return handle


def _window(live: Live, arguments: Json) -> Answer:
    told = live.points.set_window(arguments.get("breakpoints"))
    live.arm()
    return Answer(told)


def _exceptions(live: Live, arguments: Json) -> Answer:
    given = arguments.get("filters")
    names = {str(name) for name in cast("list[object]", given)} if isinstance(given, list) else None
    if names is None or not names <= {RAISED, UNCAUGHT, *ARISING}:
        raise Refusal(
            "bad-arguments",
            f'The filters are "{RAISED}" and "{UNCAUGHT}" for errors, and "{NAN}" and "{INF}" for'
            " values.",
        )
    live.filters = frozenset(names)
    live.arm()
    return Answer({"breakpoints": [{"verified": True} for _ in cast("list[object]", given)]})


def _disassemble(live: Live, arguments: Json) -> Answer:
    graph = live.loaded().run.graph
    try:
        base = int(str(arguments.get("memoryReference")), 0) + whole_number(arguments, "offset", 0)
    except ValueError as error:
        raise Refusal("bad-arguments", "A listing starts at an address such as 0x10000.") from error
    first = base - FIRST_ADDRESS + whole_number(arguments, "instructionOffset", 0)
    count = min(whole_number(arguments, "instructionCount"), MOST_LINES)
    lines = [_instruction(graph, ordinal) for ordinal in range(first, first + count)]
    return Answer({"instructions": lines})


def _instruction(graph: Graph, ordinal: int) -> Json:
    address = hex(max(0, FIRST_ADDRESS + ordinal))
    if not 0 <= ordinal < len(graph.ops):
        return {"address": address, "instruction": "", "presentationHint": "invalid"}
    op = graph.ops[ordinal]
    words = [op.type, op.note, graph.scopes[op.scope].path]
    line: Json = {"address": address, "instruction": "  ".join(word for word in words if word)}
    if op.source >= 0:
        row = graph.sources[op.source]
        line["location"] = {"name": os.path.basename(row.file), "path": row.file}
        line["line"] = row.line
    return line


HANDLERS: Handlers = {
    "setBreakpoints": _setting(Points.set_lines),
    "setFunctionBreakpoints": _setting(Points.set_functions),
    "setInstructionBreakpoints": _setting(Points.set_instructions),
    "setExceptionBreakpoints": _exceptions,
    BREAKPOINTS: _window,
    "disassemble": _disassemble,
}
