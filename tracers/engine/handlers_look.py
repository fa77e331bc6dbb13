"""Requests that look at the run. Those that touch values are the model thread's."""

from __future__ import annotations

import os
from typing import Any

from ..ir import Run, RunState, ValueRef
from ..ir.watch_words import arising_of
from ..protocol.json_ir import decode_request, encode_piece, to_json, with_data
from ..protocol.messages import (
    DEVIATION,
    FIRST_ADDRESS,
    GRAPH,
    RECORDS,
    SETTLE,
    TENSOR,
    VERIFY,
    StackLine,
)
from ..protocol.refusal import Refusal
from .backend import Deviating
from .builder import GraphBuilder
from .bytes_of import parse_reference, read_bytes
from .handlers_modules import module_id
from .history import History
from .late import putting_off
from .live import Live
from .pair import PairBackend, paired
from .pieces import cut_piece
from .recorder import Recorder
from .server import Answer, Handlers, whole_number
from .user_frames import Framed, is_live
from .variables import Group, Shown

Json = dict[str, Any]

MOST_RECORDS = 20_000
MOST_ROWS = 1_000


def _graph(live: Live, arguments: Json) -> Answer:
    loaded = live.loaded()
    body = {
        "map": to_json(loaded.map),
        "facts": to_json(loaded.program.facts),
        "graph": loaded.publisher.subscribe(),
    }
    return Answer(body, then=loaded.publisher.subscribed)


def _records(live: Live, arguments: Json) -> Answer:
    loaded = live.loaded()
    first = max(0, whole_number(arguments, "first", 0))
    count = min(whole_number(arguments, "count", MOST_RECORDS), MOST_RECORDS)
    frames = (
        1
        if first == 0
        else 1 + max((record.frame for record in loaded.run.records[:first]), default=0)
    )
    return Answer(loaded.publisher.records(first, first + count, frames))


def _tensor(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    try:
        request = decode_request(arguments)
    except ValueError as error:
        raise Refusal("bad-arguments", f"That names no piece of a value: {error}.") from error
    value, whole = loaded.values.get(loaded.values.ref(request.ref))
    backend = loaded.program.backend
    if request.minus is None:
        piece = cut_piece(backend, value, whole, request)
    else:
        other = loaded.values.get(loaded.values.ref(request.minus))
        pair, whole = paired(backend, (value, whole), other)
        piece = cut_piece(PairBackend(backend), pair, whole, request)
    body = encode_piece(piece)
    if arguments.get("binary") is True:
        return Answer(body, piece.data)
    return Answer(with_data(body, piece.data))


def _settle(live: Live, arguments: Json) -> Answer:
    live.still().settle()
    return Answer({})


def _verify(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    if loaded.run.state not in (RunState.FINISHED, RunState.FAILED):
        raise Refusal("mid-run", "The model can be verified once its run is over.")
    backend = loaded.program.backend

    def recorder() -> Recorder:
        history = History(loaded.history.budget)
        made = Recorder(backend, GraphBuilder(), keeper=history)
        made.deep = loaded.gate.deep
        made.late = putting_off(backend, made.run, history)
        return made

    repeats = max(1, whole_number(arguments, "repeats", 3))
    return Answer(to_json(loaded.program.verify(recorder, repeats)))


def _deviation(live: Live, _: Json) -> Answer:
    loaded = live.still()
    program = loaded.program
    if loaded.run.state is not RunState.FINISHED or not isinstance(program, Deviating):
        return Answer({"largest": None})
    return Answer({"largest": program.deviation()})


def _stack_trace(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    stack = [level.line for level in live.levels()]
    loaded.publisher.name_files(line.file for line in stack if line.file)
    start = whole_number(arguments, "startFrame", 0)
    levels = whole_number(arguments, "levels", 0) or len(stack)
    shown = list(enumerate(stack))[start : start + levels]
    frames = [_frame(live, loaded.run, level, line) for level, line in shown]
    return Answer({"stackFrames": frames, "totalFrames": len(stack)})


def _frame(live: Live, run: Run, level: int, line: StackLine) -> Json:
    frame: Json = {
        "id": live.references.frame(level),
        "name": line.name,
        "line": line.line,
        "column": 1 if line.line else 0,
    }
    if line.file:
        frame["source"] = {"name": os.path.basename(line.file), "path": line.file}
    if module := module_id(live.loaded(), line.scope):
        frame["moduleId"] = module
    if level == 0 and run.place.op >= 0:
        frame["instructionPointerReference"] = hex(FIRST_ADDRESS + run.place.op)
    return frame


def _scopes(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    level = live.references.level(whole_number(arguments, "frameId"))
    stack = live.levels()
    if level >= len(stack):
        raise Refusal("stale", "There is no such frame.")
    shown = Shown(live, loaded)
    place, line, frame = loaded.run.place, stack[level].line, stack[level].frame
    groups: list[Group] = []
    if frame is not None:
        groups.append(shown.locals_group(frame))
    if level == 0 and place.op >= 0 and line.scope >= 0:
        groups += shown.op_groups(place)
    elif line.scope >= 0:
        groups += shown.last_outputs(place) if level == 0 else []
        groups += shown.scope_groups(line.scope)
        if not is_live(loaded.run) and isinstance(loaded.program, Framed):
            groups.append(shown.locals_group(None))
    rows = [
        {
            "name": group.name,
            "presentationHint": group.hint,
            "variablesReference": live.references.put(group.children),
            "namedVariables": group.children.count,
            "expensive": False,
        }
        for group in groups
    ]
    return Answer({"scopes": rows})


def _variables(live: Live, arguments: Json) -> Answer:
    live.still()
    children = live.references.get(whole_number(arguments, "variablesReference"))
    start = max(0, whole_number(arguments, "start", 0))
    count = whole_number(arguments, "count", 0) or MOST_ROWS
    stop = min(children.count, start + min(count, MOST_ROWS))
    rows = children.rows(start, stop) if start < stop else []
    return Answer({"variables": rows})


def _read_memory(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    record, slot = parse_reference(str(arguments.get("memoryReference")))
    value, _ = loaded.values.get(loaded.values.ref(ValueRef(record, slot)))
    offset, count = whole_number(arguments, "offset", 0), whole_number(arguments, "count")
    return Answer(read_bytes(loaded.program.backend, value, offset, max(0, count)))


def _exception_info(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    failure = loaded.run.failure
    why = live.standing.why
    if failure is None and loaded.run.cursor is None and (arisen := arising_of(why)):
        return Answer({"exceptionId": arisen, "description": f"{why}.", "breakMode": "always"})
    if failure is None:
        raise Refusal("no-error", "The run stands at no error.")
    words = " ".join([loaded.run.message, *failure.shapes])
    mode = "always" if failure.caught else "unhandled"
    body = {"exceptionId": failure.kind, "description": words, "breakMode": mode}
    return Answer({**body, "details": {"typeName": failure.kind, "message": failure.message}})


def _loaded_sources(live: Live, arguments: Json) -> Answer:
    files = sorted({row.file for row in live.loaded().run.graph.sources})
    return Answer({"sources": [{"name": os.path.basename(f), "path": f} for f in files]})


READER: Handlers = {
    GRAPH: _graph,
    RECORDS: _records,
    "stackTrace": _stack_trace,
    "scopes": _scopes,
    "exceptionInfo": _exception_info,
    "loadedSources": _loaded_sources,
}

MODEL: Handlers = {
    TENSOR: _tensor,
    SETTLE: _settle,
    VERIFY: _verify,
    DEVIATION: _deviation,
    "variables": _variables,
    "readMemory": _read_memory,
}
