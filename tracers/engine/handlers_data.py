"""DAP's data breakpoints: watchpoints, for clients that know no others."""

from __future__ import annotations

from typing import Any, cast

from ..ir.watch_words import watch_text, watch_words
from ..ir.watchpoint import Watchpoint, parse_watch, problem_of
from ..protocol.refusal import Refusal
from .bytes_of import parse_reference
from .live import Live
from .server import Answer, Handlers, whole_number

Json = dict[str, Any]

_MOST = 1000  # variables of one scope that are looked through
_HOW = "write a watch such as absmax>100 @ h.*, or take a value of the run"


def _info(live: Live, arguments: Json) -> Answer:
    """What a variable, or a watch that is typed, may be watched by."""
    graph, name = live.loaded().run.graph, str(arguments.get("name", ""))
    text = name
    if arguments.get("variablesReference"):
        place = _place_of(live, whole_number(arguments, "variablesReference"), name)
        text = f"changes>0 @ {place}" if place else ""
    problem = problem_of(text) if text else f"{name} is no output of an op"
    if problem:
        told = f"{problem.rstrip('.')}; {_HOW}."
        return Answer({"dataId": None, "description": told})
    condition, place = watch_words(text, graph)
    body = {"dataId": text, "description": f"{condition} on {place}", "accessTypes": ["write"]}
    return Answer({**body, "canPersist": True})


def _set(live: Live, arguments: Json) -> Answer:
    rows = cast("list[Json]", arguments.get("breakpoints") or [])
    ids = cast("list[int]", arguments.get("ids") or range(1, len(rows) + 1))
    points: list[Watchpoint] = []
    told: list[Json] = []
    for number, row in zip(ids, rows, strict=True):
        text, problem = _watch_of(row)
        told.append({"id": number, "verified": not problem})
        if problem:
            told[-1]["message"] = problem
        else:
            points.append(Watchpoint(text))
    live.watched = points, live.watched[1]
    live.arm()
    return Answer({"breakpoints": told}, then=lambda: live.do(lambda: None))


def _watch_of(row: Json) -> tuple[str, str]:
    """The watch that a data breakpoint stands for, and what is wrong with it."""
    text, condition = str(row.get("dataId", "")), str(row.get("condition") or "")
    if row.get("hitCondition"):
        return text, "A data breakpoint takes a condition, and no rule over hits."
    problem = problem_of(text)
    if condition and not problem:
        text = watch_text(condition, parse_watch(text).where)
        problem = problem_of(text)
    return text, problem


def _place_of(live: Live, reference: int, name: str) -> str:
    """The op that made a variable's value, in all calls of its module; "" where none has."""
    run, children = live.still().run, live.references.get(reference)
    rows = children.rows(0, min(children.count, _MOST))
    found = (row.get("memoryReference") for row in rows if row.get("name") == name)
    try:
        record, _ = parse_reference(str(next(found, "")))
    except Refusal:
        return ""
    if not 0 <= record < len(run.records):
        return ""
    op = run.graph.ops[run.records[record].op]
    path = run.graph.scopes[op.scope].path
    return f"{path}.{op.type}" if path else op.type


READER: Handlers = {"setDataBreakpoints": _set}
MODEL: Handlers = {"dataBreakpointInfo": _info}
