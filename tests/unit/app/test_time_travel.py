"""Where rewinding leads to, and what is asked of the debuggee."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opscope.app.rewinding import Target, pointed, record_of, target
from opscope.app.time_travel import RERUN, TimeTravel
from opscope.tracers.ir import RunState, Selection, ValueRef
from opscope.tracers.protocol.messages import FETCH, PIN, REWIND

from ..widgets import run_samples as samples
from .fake_session import FakeSession


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(samples.gpt2(231).run)


@pytest.fixture
def time(session: FakeSession) -> TimeTravel:
    return TimeTravel(session)  # type: ignore[arg-type]


# Where it leads to


def test_an_executed_op_is_gone_back_to():
    run = samples.gpt2(231).run
    place = target(run, Selection(op=12))
    assert place == Target(12)
    assert place.text(run) == f"Re&wind to Before Op 13, {run.graph.ops[12].type}"
    assert "219 ops are forgotten" in place.hint(run)
    assert target(run, Selection(op=400)) is None, "it has not run"
    assert target(run, Selection()) is None
    assert target(None, Selection(op=1)) is None


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.DIED, RunState.LOADING])
def test_only_a_run_that_stands_and_lives_goes_back(state):
    run = samples.gpt2(20).run
    run.state = state
    assert target(run, Selection(op=3)) is None
    assert pointed(run, Selection(op=3)) is None


def test_looking_back_the_place_looked_at_is_meant():
    run = samples.gpt2(231).run
    samples.look_back(run, 100)
    followed = Selection(op=run.records[99].op, record=99)
    assert target(run, followed) == Target(100)
    assert target(run, Selection()) == Target(100)
    assert pointed(run, followed) == Target(99), "a menu on the op means the op"
    assert target(run, Selection(op=12)) == Target(12), "chosen by the user"
    assert target(run, Selection(op=150)) is None, "it has not run at this place"
    assert target(run, Selection(op=run.records[150].op, record=150)) == Target(150)


def test_a_pass_of_a_loop_is_meant_where_it_is_named():
    run = samples.looped(3, done=True)
    add = next(index for index, op in enumerate(run.graph.ops) if op.type == "add")
    first, _, last = run.executions(add)
    assert record_of(run, Selection(op=add)) == last
    assert record_of(run, Selection(op=add, record=first)) == first


def test_a_module_is_gone_back_to_before_its_newest_call():
    run = samples.gpt2(231).run
    attn = next(i for i, scope in enumerate(run.graph.scopes) if scope.path == "h.1.attn")
    place = target(run, Selection(scope=attn))
    assert place is not None
    assert run.frames[place.frame].scope == attn
    inside = [
        index
        for index, record in enumerate(run.records)
        if attn in run.graph.scope_chain(run.graph.ops[record.op].scope)
    ]
    assert place.record == inside[0]
    assert place.text(run) == "Re&wind to Before h.1.attn"
    far = next(i for i, scope in enumerate(run.graph.scopes) if scope.path == "h.11")
    assert target(run, Selection(scope=far)) is None


def test_the_newest_pass_is_the_newest_call():
    run = samples.looped(3, done=True)
    body = next(i for i, scope in enumerate(run.graph.scopes) if scope.name == "refine")
    place = target(run, Selection(scope=body))
    assert place is not None
    assert (place.record, run.frames[place.frame].turn) == (8, 2)


# What is asked


def test_rewinding_asks_for_record_and_frame(session, time, qtbot):
    time.rewind(Target(12, 3))
    asked = session.asked[0]
    assert (asked.command, asked.arguments) == (REWIND, {"record": 12, "frame": 3})
    with qtbot.waitSignal(time.said, timeout=2000) as told:
        pass
    assert told.args == ["Running the model again…"], "a long way is spoken of"
    with qtbot.waitSignal(time.said, timeout=500) as told:
        asked.fail("There is no executed op 12 to go back to.")
    assert "no executed op" in told.args[0]


def test_a_value_is_fetched_once_at_a_time(session, time, qtbot):
    ref = ValueRef(3, 1)
    with qtbot.waitSignal(time.fetching, timeout=500) as told:
        time.fetch(ref)
    assert told.args[0] == ref
    time.fetch(ValueRef(4))
    assert [asked.command for asked in session.asked] == [FETCH]
    assert session.asked[0].arguments == {"record": 3, "slot": 1, "isInput": False}
    with qtbot.waitSignal(time.fetching, timeout=500) as told:
        session.asked[0].succeed()
    assert told.args == [None, ""]
    time.fetch(ValueRef(4))
    assert len(session.asked) == 2


def test_a_fetch_that_fails_says_why(session, time, qtbot):
    time.fetch(ValueRef(3))
    with qtbot.waitSignals([time.said, time.fetching], timeout=500):
        session.asked[0].fail("The value was let go once more.")


def test_waiting_for_a_value_can_be_given_up(session, time):
    time.cancel()
    assert session.commands == []
    time.fetch(ValueRef(3))
    time.cancel()
    assert session.commands == ["pause"]


def test_how_far_it_is_is_said(session, time, qtbot):
    time.rewind(Target(12))
    with qtbot.waitSignal(time.said, timeout=500) as told:
        session.progress.emit({"progressId": RERUN, "percentage": 40})
    assert told.args == ["Running the model again… 40 %"]
    time.fetch(ValueRef(3))
    with qtbot.waitSignal(time.fetching, timeout=500) as told:
        session.progress.emit({"progressId": RERUN, "percentage": 60})
    assert told.args == [ValueRef(3), "Running the model again to get it… 60 %"]
    with qtbot.assertNotEmitted(time.fetching, wait=10):
        session.progress.emit({"progressId": "opscope-load", "message": "Importing PyTorch"})


def test_nothing_is_asked_of_a_run_that_moves(session, time):
    session.run.state = RunState.RUNNING
    time.rewind(Target(1))
    time.fetch(ValueRef(1))
    time.keep(ValueRef(1), True)
    assert session.asked == []


def test_a_kept_value_is_named_by_what_made_it(session, time, qtbot):
    run = session.run
    run.records[5] = replace(run.records[5], inputs=((4, 0), (-1, 0)))
    time.keep(ValueRef(5, 0, is_input=True), True)
    asked = session.asked[0]
    assert asked.command == PIN
    assert asked.arguments == {"record": 4, "slot": 0, "isInput": False, "pinned": True}
    assert time.kept == set(), "not before it is answered"
    with qtbot.waitSignal(time.kept_changed, timeout=500):
        asked.succeed({"pins": [[4, 0]]})
    assert time.kept == {(4, 0)}
    time.keep(ValueRef(5, 1, is_input=True), True)
    assert len(session.asked) == 1, "what comes from outside is never let go"


def test_pins_hold_over_a_rewind_and_go_with_the_process(session, time, qtbot):
    time.keep(ValueRef(100), True)
    session.asked[0].succeed({"pins": [[100, 0]]})
    run = session.run
    rows = run.records[100:]
    with qtbot.waitSignal(time.kept_changed, timeout=500):
        run.forget_from(100, len(run.frames))
        session.rewound.emit()
    assert time.kept == set()
    with qtbot.waitSignal(time.kept_changed, timeout=500):
        run.add_records(rows)
        session.grown.emit(100)
    assert time.kept == {(100, 0)}
    with qtbot.waitSignal(time.kept_changed, timeout=500):
        session.opened.emit()
    assert time.kept == set()
