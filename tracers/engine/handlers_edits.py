"""The request that replaces the user's edits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ..ir import Edit
from ..protocol.json_ir import from_json
from ..protocol.messages import EDITS
from ..protocol.refusal import Refusal
from .edited_run import Return
from .handlers_time import back_goal
from .live import Live
from .loaded import Loaded
from .replay import Goal
from .server import Answer, Handlers

Json = dict[str, Any]

MOST = 1_000


def _edits(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    back = loaded.edited.plan(_rows(arguments))
    if back.record < 0 and not back.alone:  # the run stands as it stood
        return Answer(then=lambda: live.do(lambda: stay(loaded, back)))
    goal = goal_of(loaded, back)
    live.reruns.depart(goal)
    return Answer(then=lambda: live.go(goal))


def stay(loaded: Loaded, back: Return) -> None:
    """Take the edits, where the run goes back to nothing for them."""
    back.prepare()
    loaded.edited.tell()


def goal_of(loaded: Loaded, back: Return) -> Goal:
    """To where the run stands once the edits have fallen."""
    run = loaded.run
    if back.record < 0:
        return replace(back_goal(loaded, frozenset()), prepare=back.prepare)
    return Goal(
        back.record,
        -1 if back.after else run.records[back.record].op,
        after=back.after,
        fresh=back.after,
        state=run.state,
        prepare=back.prepare,
    )


def _rows(arguments: Json) -> list[Edit]:
    given = arguments.get("edits")
    if not isinstance(given, list):
        raise Refusal("bad-arguments", "The request needs a list of edits.")
    rows = cast("list[object]", given)
    if len(rows) > MOST:
        raise Refusal("bad-arguments", f"There cannot be more than {MOST:,} edits.")
    try:
        edits = [from_json(Edit, row) for row in rows]
    except ValueError as error:
        raise Refusal("bad-arguments", f"That is no edit: {error}.") from error
    if len({edit.id for edit in edits}) < len(edits):
        raise Refusal("bad-arguments", "Two edits have the same id.")
    return edits


HANDLERS: Handlers = {EDITS: _edits}
