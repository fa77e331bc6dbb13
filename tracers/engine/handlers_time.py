"""Requests that go back in time: rewind the run, fetch values that were let go, pin others."""

from __future__ import annotations

from typing import Any

from ..ir import OUTSIDE, Place, Ref, RunState, ValueRef
from ..ir.run import RESULT
from ..protocol.messages import FETCH, PIN, REWIND, encode_state
from ..protocol.refusal import Refusal
from .live import Live
from .loaded import Loaded
from .recorder import Observer
from .replay import Done, Goal
from .server import Answer, Handlers, Later, Reply, whole_number

Json = dict[str, Any]


def _rewind(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    goal = rewind_goal(
        loaded, whole_number(arguments, "record", -1), whole_number(arguments, "frame", -1)
    )
    if goal is None:
        return Answer(then=lambda: live.look(None, "goto"))
    live.reruns.depart(goal)
    return Answer(then=lambda: live.go(goal))


def _fetch(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    ref = _ref(loaded, arguments)
    if ref[0] == OUTSIDE or loaded.history.get(ref) is not None:
        return Answer({"state": encode_state(live.state())})
    size = loaded.run.records[ref[0]].outputs[ref[1]].nbytes
    if size > loaded.history.budget:
        raise Refusal(
            "too-large",
            f"{loaded.values.name(ref)} takes {size:,} bytes, more than the"
            f" {loaded.history.budget:,} that kept values may take; raise that in the settings.",
        )

    def begin(reply: Reply) -> None:
        def done(sentence: str) -> None:
            if loaded.history.get(ref) is not None:
                reply(Answer({"state": encode_state(live.state())}))
            else:
                reply(Refusal("not-fetched", sentence or "The value was let go once more."))

        goal = back_goal(loaded, frozenset((ref, *_beside(loaded, ref))), done)
        live.reruns.depart(goal)
        live.go(goal)

    raise Later(begin)


def _pin(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    ref = _ref(loaded, arguments)
    if ref[0] != OUTSIDE:
        if arguments.get("pinned") is False:
            loaded.pins.remove(ref)
            loaded.history.unpin()
        elif loaded.history.get(ref) is None:
            name = loaded.values.name(ref)
            raise Refusal("not-kept", f"{name} was let go; fetch it to pin it.")
        else:
            loaded.pins.add(ref)
    state = encode_state(live.state())
    return Answer({"pins": [list(pinned) for pinned in loaded.pins.refs()], "state": state})


def rewind_goal(loaded: Loaded, record: int, frame: int = -1) -> Goal | None:
    """To stand before a record, or before the scope of a frame; None where the run does.

    Raises Refusal where there is no such record or frame.
    """
    run = loaded.run
    starts = loaded.watch.log.starts
    if frame >= len(run.frames):
        raise Refusal("no-such-frame", "There is no such call of a module in this run.")
    if frame > 0:
        record = starts[frame]
    elif record == len(run.records) and run.state is RunState.PAUSED:
        return None
    elif not 0 <= record < len(run.records):
        raise Refusal("not-run", f"There is no executed op {record} to go back to.")
    if frame > 0:
        return Goal(record, frame=frame, state=run.state)
    return Goal(record, run.records[record].op, state=run.state)


def back_goal(
    loaded: Loaded,
    wanted: frozenset[Ref],
    done: Done | None = None,
    seen: Observer | None = None,
) -> Goal:
    """To where the run stands, with values that were let go; `seen` as in Goal."""
    run, head = loaded.run, loaded.run.head
    record, op, frame, after = len(run.records), -1, -1, False
    failed = run.state is RunState.PAUSED and run.failure is not None
    if run.state is RunState.PAUSED and not failed:
        op = head.op
        if op < 0 and _enters(loaded, head):
            frame = head.frame
        elif op < 0 and record:  # between two ops
            record, after = record - 1, True
    return Goal(
        record,
        op,
        frame,
        after,
        back=True,
        failed=failed,
        state=run.state,
        wanted=wanted,
        done=done,
        seen=seen,
    )


def _enters(loaded: Loaded, place: Place) -> bool:
    """A scope is about to be entered there."""
    return place.frame > 0 and loaded.watch.log.starts[place.frame] == place.record


def _beside(loaded: Loaded, ref: Ref) -> list[Ref]:
    """What is most likely wanted next: what else its op gave, and what it read."""
    row, history = loaded.run.records[ref[0]], loaded.history
    room = history.budget // 2
    found: list[Ref] = []
    for other in (*((ref[0], slot) for slot in range(len(row.outputs))), *row.inputs):
        if other == ref or other[0] < 0 or history.get(other) is not None:
            continue
        room -= loaded.run.records[other[0]].outputs[other[1]].nbytes
        if room >= 0:
            found.append(other)
    return found


def _ref(loaded: Loaded, arguments: Json) -> Ref:
    record, slot = whole_number(arguments, "record"), whole_number(arguments, "slot", 0)
    if record == RESULT:
        raise Refusal(
            "no-such-value",
            "The result of an expression cannot be pinned or fetched; evaluate it again.",
        )
    return loaded.values.ref(ValueRef(record, slot, arguments.get("isInput") is True))


HANDLERS: Handlers = {REWIND: _rewind, FETCH: _fetch, PIN: _pin}
