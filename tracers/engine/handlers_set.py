"""DAP's setVariable: a value that an op reads or gives, replaced by the user's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir.edit import Edit
from ..protocol.refusal import Refusal
from .handlers_edits import goal_of, stay
from .live import Live
from .loaded import Loaded
from .replacements import CODE, replacement
from .server import Answer, Handlers, Later, Reply, whole_number
from .spots import Spot, edit_of, with_edit
from .variables import Shown, summary_text

Json = dict[str, Any]

_NOT_HERE = (
    "Only what an op reads or gives can be set: a row of Inputs, Outputs or Parameters of the op's"
    " frame, or an element of one."
)


def _set(live: Live, arguments: Json) -> Answer:
    live.still()
    children = live.references.get(whole_number(arguments, "variablesReference"))
    spot = children.spot(str(arguments.get("name")))
    if spot is None:
        raise Refusal("not-settable", _NOT_HERE)
    text = arguments.get("value")
    if not isinstance(text, str):
        raise Refusal("bad-arguments", "The request needs a value as text.")

    def begin(reply: Reply) -> None:
        def work() -> None:
            try:
                reply(_carried_out(live, spot, text))
            except Refusal as error:
                reply(error)

        live.do(work)

    raise Later(begin)


def _carried_out(live: Live, spot: Spot, text: str) -> Answer:
    """On the model's thread: the edit is tried on the value first, so that a bad one changes
    nothing."""
    loaded = live.still()
    edits = loaded.run.edits
    edit = edit_of(spot, text, 1 + max((each.id for each in edits), default=0))
    body = _preview(live, loaded, spot, edit)
    rows = with_edit(spot, edit, edits)
    back = loaded.edited.plan(rows, compare=live.is_opscope)
    if back.record < 0 and not back.alone:
        stay(loaded, back)
        return Answer(body, then=lambda: _renew(live))
    goal = goal_of(loaded, back)
    if goal.back:

        def done(_sentence: str) -> None:
            _renew(live, told=True)

        goal = replace(goal, done=done)
    live.reruns.depart(goal)
    return Answer(body, then=lambda: live.go(goal))


def _preview(live: Live, loaded: Loaded, spot: Spot, edit: Edit) -> Json:
    """What is shown of the new value. Raises Refusal where there can be none."""
    backend, shown = loaded.program.backend, Shown(live, loaded)
    value, _ = shown.read(spot)
    given = shown.given(spot) if "inputs" in edit.text else []
    try:
        made = replacement(edit, value, given, backend)
        summary = backend.summarize(backend.keep(made))
    except Refusal:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise Refusal(CODE, f"The new value cannot be made: {reason}.") from error
    if spot.at and len(spot.at) == len(summary.shape):
        return {"value": _number(edit), "type": summary.dtype, "variablesReference": 0}
    return {"value": summary_text(summary), "type": summary.dtype, "variablesReference": 0}


def _number(edit: Edit) -> str:
    """The number that an element is set to."""
    return edit.text.partition("=")[2].strip()


def _renew(live: Live, told: bool = False) -> None:
    """What was given out of the stop is stale: a client that has no word for that is told that
    the run stands. `told`: one that has it was told already."""
    live.references.renew()
    if live.is_opscope and live.client.get("others") is not True:
        return
    if live.client.get("supportsInvalidatedEvent") is True:
        if not told:
            live.wire.event("invalidated", {"areas": ["stacks", "variables"]})
    else:
        live.look(live.still().run.cursor, "goto")


HANDLERS: Handlers = {"setVariable": _set}
