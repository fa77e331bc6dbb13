"""Moves over the records of a run whose process is gone."""

from __future__ import annotations

from opscope.app.looking import moved, place_at, place_of
from opscope.tracers.ir import RunState
from tests.unit.widgets.run_samples import gpt2


def dead(records: int):
    run = gpt2(records).run
    run.state = RunState.DIED
    return run


def test_every_record_is_a_place():
    run = dead(12)
    place = place_at(run, 5)
    assert place is not None
    assert (place.record, place.op) == (5, run.records[5].op)
    assert place.source == run.records[5].source
    assert place_at(run, None) is None
    assert place_at(run, len(run.records)) is None


def test_steps_go_one_record_and_end_where_the_run_ended():
    run = dead(12)
    last = len(run.records) - 1
    run.cursor = moved(run, "stepBack")
    assert run.cursor is not None
    assert run.cursor.record == last
    run.cursor = moved(run, "stepBack")
    assert run.cursor is not None
    assert run.cursor.record == last - 1
    run.cursor = moved(run, "next")
    assert run.cursor is not None
    assert run.cursor.record == last
    assert moved(run, "stepIn") is None, "the end"
    assert moved(run, "continue") is None
    first = moved(run, "reverseContinue")
    assert first is not None
    assert first.record == 0
    run.cursor = first
    assert moved(run, "stepBack") == first, "nothing is before the first"


def test_an_op_or_a_module_is_found_where_it_first_ran():
    run = dead(40)
    op = run.records[30].op
    place = place_of(run, op, -1)
    assert place is not None
    assert place.op == op
    scope = run.graph.ops[op].scope
    inside = place_of(run, -1, scope)
    assert inside is not None
    assert inside.record <= place.record
    never = len(run.graph.ops) - 1
    assert place_of(run, never, -1) is run.cursor
