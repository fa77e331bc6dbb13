"""A client's copy of a run that goes on."""

from __future__ import annotations

from opscope.tracers.ir import OpRecord, Place, RunState
from opscope.tracers.protocol.messages import RECORDS, State
from opscope.tracers.protocol.mirror import Mirror
from tests.unit.widgets.run_samples import gpt2


def mirror() -> tuple[Mirror, list[OpRecord]]:
    whole = gpt2(20).run
    made = Mirror()
    made.begun = True
    made.run.graph = whole.graph
    made.run.frames = whole.frames
    return made, whole.records


def tell(made: Mirror, state: RunState, head: Place) -> None:
    made.show(State(state=state, head=head))


def test_a_running_models_head_stands_behind_the_newest_record():
    made, records = mirror()
    tell(made, RunState.RUNNING, Place(0, op=records[0].op))
    body = {"first": 0, "firstFrame": len(made.run.frames)}
    made.follow(RECORDS, body, (records[:7], []))
    head = made.run.head
    assert (head.record, head.op) == (7, -1), "which op comes next is not known"
    assert head.source == records[6].source
    paused = Place(7, op=records[7].op)
    tell(made, RunState.PAUSED, paused)
    assert made.run.head == paused
    assert not made.behind


def test_a_paused_models_head_is_as_told():
    made, records = mirror()
    told = Place(3, op=records[3].op)
    tell(made, RunState.PAUSED, told)
    body = {"first": 0, "firstFrame": len(made.run.frames)}
    made.follow(RECORDS, body, (records[:7], []))
    assert made.run.head == told
