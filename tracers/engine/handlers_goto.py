"""DAP's goto: back to an op that has run. The model runs anew up to it, so that all is as it was.

Nothing is ever skipped: where ops have not run yet there is nothing to go to.
"""

from __future__ import annotations

import os
from typing import Any, cast

from ..ir import Run
from ..protocol.messages import FIRST_ADDRESS
from ..protocol.refusal import Refusal
from .backend import ReadOnly
from .handlers_time import rewind_goal
from .live import Live
from .server import Answer, Handlers, whole_number

Json = dict[str, Any]

_MOST = 50


def _targets(live: Live, arguments: Json) -> Answer:
    """The first op of each visit of a line, the newest visits first."""
    loaded = live.still()
    source, run = arguments.get("source"), loaded.run
    path = cast(Json, source).get("path") if isinstance(source, dict) else None
    if not isinstance(path, str):
        raise Refusal("no-path", "A place to go to needs the path of its source.")
    line = whole_number(arguments, "line")
    if isinstance(loaded.program, ReadOnly):
        return Answer({"targets": []})
    found = _visits(run, os.path.abspath(path), line)
    return Answer({"targets": [_target(run, record, line) for record in found[::-1][:_MOST]]})


def _visits(run: Run, path: str, line: int) -> list[int]:
    """Records that begin a stretch of ops from a line."""
    rows = run.graph.sources
    here = {n for n, row in enumerate(rows) if row.line == line and row.file == path}
    found: list[int] = []
    before = False
    for record, row in enumerate(run.records):
        inside = row.source in here
        if inside and not before:
            found.append(record)
        before = inside
    return found


def _target(run: Run, record: int, line: int) -> Json:
    row = run.records[record]
    turn = run.frames[row.frame].turn
    words = f"Back to {run.graph.op_label(row.op)}"
    if turn >= 0:
        words += f", pass {turn + 1}"
    address = hex(FIRST_ADDRESS + row.op)
    return {
        "id": record,
        "label": f"{words} (op {record + 1})",
        "line": line,
        "instructionPointerReference": address,
    }


def _goto(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    goal = rewind_goal(loaded, whole_number(arguments, "targetId"))
    if goal is None:
        return Answer(then=lambda: live.look(None, "goto"))
    live.reruns.depart(goal)
    return Answer(then=lambda: live.go(goal))


HANDLERS: Handlers = {"gotoTargets": _targets, "goto": _goto}
