"""Requests about watchpoints: which there are, and asking anew where values were let go."""

from __future__ import annotations

from typing import Any, cast

from ..ir.watchpoint import Watchpoint, problem_of
from ..protocol.json_ir import from_json
from ..protocol.messages import WATCH_ANEW, WATCHPOINTS
from ..protocol.refusal import Refusal
from .before import read_before
from .handlers_time import back_goal
from .live import Live
from .server import Answer, Handlers, Later, Reply

Json = dict[str, Any]


def _set(live: Live, arguments: Json) -> Answer:
    given = arguments.get("watchpoints")
    if not isinstance(given, list):
        raise Refusal("bad-arguments", "The watchpoints must be a list.")
    try:
        points = [from_json(Watchpoint, row) for row in cast("list[object]", given)]
    except ValueError as error:
        raise Refusal("bad-arguments", f"That is no watchpoint: {error}.") from error
    live.watched = points, read_before(arguments.get("before"))
    live.arm()
    wrong = ((number, problem_of(point.text)) for number, point in enumerate(points))
    problems = [[number, problem] for number, problem in wrong if problem]
    return Answer({"problems": problems}, then=lambda: live.do(_wake))


def _wake() -> None:
    """Has the model's thread look whether something is to be asked of what ran."""


def _anew(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    watchpoints = loaded.watchpoints
    if not watchpoints.missed():
        return Answer({"missed": 0})

    def begin(reply: Reply) -> None:
        def done(sentence: str) -> None:
            watchpoints.tell()
            if sentence:
                reply(Refusal("not-asked", sentence))
            else:
                reply(Answer({"missed": len(watchpoints.missed())}))

        goal = back_goal(loaded, frozenset(), done, watchpoints.anew())
        live.reruns.depart(goal)
        live.go(goal)

    raise Later(begin)


HANDLERS: Handlers = {WATCHPOINTS: _set, WATCH_ANEW: _anew}
