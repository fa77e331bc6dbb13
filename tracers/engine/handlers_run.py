"""Requests that move: the run at its head, the cursor over what has run. On the reader's thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..ir import Place, RunState
from ..protocol.messages import RUN_TO, SEEK, THREAD, encode_state
from ..protocol.refusal import Refusal
from .gate import Command, Move
from .live import Live, same_line
from .loaded import Loaded
from .places import Past
from .points import code_lines, line_with_code
from .server import Answer, Handlers, whole_number

Json = dict[str, Any]
Forward = Callable[[Past, Place], Place | None]
Back = Callable[[Past, Place], Place]

_BACK: dict[str, Back] = {"into": Past.back_into, "over": Past.back_over, "out": Past.back_out}


def _initialize(live: Live, arguments: Json) -> Answer:
    live.client = arguments
    return Answer({})


def _configuration_done(live: Live, arguments: Json) -> Answer:
    def configured() -> None:
        live.configured = True
        live.begin_if_ready()

    return Answer(then=lambda: live.do(configured))


def _next(live: Live, arguments: Json) -> Answer:
    return _step(live, arguments, Past.over, Command(Move.OVER))


def _step_in(live: Live, arguments: Json) -> Answer:
    return _step(live, arguments, Past.into, Command(Move.INTO))


def _step_out(live: Live, arguments: Json) -> Answer:
    return _step(live, arguments, Past.out, Command(Move.OUT))


def _step(live: Live, arguments: Json, move: Forward, command: Command) -> Answer:
    loaded = live.still()
    by_line = _by_line(live, arguments)
    start = loaded.run.cursor
    if start is None:
        live.resume(command, by_line and command.move is not Move.OUT)
        return Answer(then=lambda: live.go(command))
    place = _moved(loaded, start, move)
    while by_line and place is not None and same_line(place, start):
        place = _moved(loaded, place, move)
    return Answer(then=lambda: live.look(place))


def _moved(loaded: Loaded, start: Place, move: Forward) -> Place | None:
    """Where a move ends: where it leads to, or at a breakpoint on the way."""
    target = move(loaded.past, start)
    stop = loaded.past.onward(start, loaded.gate.breakpoints)
    if stop is None or (target is not None and not loaded.past.is_before(stop, target)):
        return target
    return stop


def _continue(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    body = {"allThreadsContinued": True}
    if loaded.run.cursor is not None:
        place = loaded.past.onward(loaded.run.cursor, loaded.gate.breakpoints)
        ends = loaded.run.state is not RunState.PAUSED or live.hits_at_head()
        if place is not None or ends:
            return Answer(body, then=lambda: live.look(place))
    elif loaded.run.state is RunState.FAILED and not live.is_opscope:
        return Answer(body, then=live.end)  # on from an error is the end, as plain clients know it
    command = Command(Move.CONTINUE)
    live.resume(command)
    return Answer(body, then=lambda: live.go(command))


def _step_back(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    move = _BACK.get(str(arguments.get("move", "over")), Past.back_over)
    start = loaded.run.place
    place = move(loaded.past, start)
    while _by_line(live, arguments) and same_line(place, start) and place != start:
        start, place = place, move(loaded.past, place)
    return Answer(then=lambda: live.look(place))


def _reverse_continue(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    place = loaded.past.backward(loaded.run.place, loaded.gate.breakpoints)
    return Answer(then=lambda: live.look(place))


def _run_to(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    op, scope = whole_number(arguments, "op", -1), whole_number(arguments, "scope", -1)
    graph = loaded.run.graph
    line = _line(arguments)
    if not (line or 0 <= op < len(graph.ops) or 0 <= scope < len(graph.scopes)):
        raise Refusal("no-such-op", "The graph has no such op or scope to run to.")
    place = loaded.past.to(loaded.run.place, op, scope, line)
    if place is not None:
        return Answer(then=lambda: live.look(place, "goto"))
    command = Command(Move.RUN_TO, op, scope, line)
    live.resume(command)
    return Answer(then=lambda: live.go(command))


def _line(arguments: Json) -> str:
    """The line to run to: the one named, else the next one in that file that code stands on."""
    file = arguments.get("file")
    if not isinstance(file, str):
        return ""
    file, line = os.path.abspath(file), whole_number(arguments, "line")
    if not any(other >= line for other in code_lines(file)):
        name = os.path.basename(file)
        raise Refusal("no-such-line", f"No code stands on line {line} of {name} or below it.")
    return f"{file}:{line_with_code(file, line)}"


def _seek(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    head = len(loaded.run.records)
    record = head if arguments.get("record") is None else whole_number(arguments, "record")
    if record == head:
        live.aim(None)
    elif 0 <= record < head:
        live.aim(loaded.past.before(record))
    else:
        raise Refusal("not-run", f"There is no executed op {record}.")
    return Answer({"state": encode_state(live.state())})


def _pause(live: Live, arguments: Json) -> Answer:
    live.pause()
    return Answer()


def _terminate(live: Live, arguments: Json) -> Answer:
    return Answer(then=live.end)


def _threads(live: Live, arguments: Json) -> Answer:
    return Answer({"threads": [{"id": THREAD, "name": "model"}]})


def _by_line(live: Live, arguments: Json) -> bool:
    """DAP's default is to step by statement; Opscope's own client means ops."""
    given = arguments.get("granularity")
    if given is None:
        return not live.is_opscope
    return given != "instruction"


HANDLERS: Handlers = {
    "initialize": _initialize,
    "configurationDone": _configuration_done,
    "next": _next,
    "stepIn": _step_in,
    "stepOut": _step_out,
    "continue": _continue,
    "stepBack": _step_back,
    "reverseContinue": _reverse_continue,
    "pause": _pause,
    "terminate": _terminate,
    "threads": _threads,
    RUN_TO: _run_to,
    SEEK: _seek,
}
