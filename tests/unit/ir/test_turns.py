"""The passes of loops: their records, the visit that is looked at, an op's record in a pass."""

from __future__ import annotations

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.ir import (
    Frame,
    Graph,
    OpRecord,
    Phase,
    Place,
    Run,
    RunState,
    ScopeKind,
    Selection,
    Turns,
    in_loop,
)


def nested() -> tuple[Graph, int, int]:
    """An op, then a loop of an op and an inner loop of one op, then an op."""
    builder = GraphBuilder()
    builder.op(0, "before", "before:0")
    while_ = builder.op(0, "While", "While:0")
    outer = builder.scope(0, "outer", ScopeKind.LOOP, "body", op=while_)
    builder.op(outer, "first", "first:0")
    again = builder.op(outer, "While", "While:0")
    inner = builder.scope(outer, "outer.inner", ScopeKind.LOOP, "body", op=again)
    builder.op(inner, "deep", "deep:0")
    builder.op(0, "after", "after:0")
    return builder.graph, outer, inner


def walk(outer_passes: int, inner_passes: int) -> tuple[Run, int, int]:
    """A finished run through both loops."""
    graph, outer, inner = nested()
    run = Run(graph, state=RunState.FINISHED)
    number = {op.type: index for index, op in enumerate(graph.ops)}

    def did(kind: str, frame: int) -> None:
        run.add_records([OpRecord(number[kind], frame, Phase.FORWARD, 0.0, (), ())])

    did("before", 0)
    for turn in range(outer_passes):
        run.frames.append(Frame(0, outer, turn))
        around = len(run.frames) - 1
        did("first", around)
        for deeper in range(inner_passes):
            run.frames.append(Frame(around, inner, deeper))
            did("deep", len(run.frames) - 1)
    did("after", 0)
    run.head = Place(len(run.records))
    return run, outer, inner


def at(run: Run, record: int) -> Place:
    row = run.records[record]
    return Place(record, row.op, run.graph.ops[row.op].scope, row.frame)


def test_each_pass_has_its_records() -> None:
    run, outer, inner = walk(3, 2)
    turns = Turns(run)
    shown = turns.shown(outer, run.head)
    assert shown is not None
    assert shown.at == -1
    assert shown.over
    assert [list(turns.span(frame)) for frame in shown.frames] == [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
    ]
    deeper = turns.shown(inner, run.head)
    assert deeper is not None
    assert [list(turns.span(frame)) for frame in deeper.frames] == [[8], [9]], "the newest visit"


def test_the_visit_that_is_looked_at() -> None:
    run, outer, inner = walk(3, 2)
    turns = Turns(run)
    place = at(run, 6)
    shown, deeper = turns.shown(outer, place), turns.shown(inner, place)
    assert shown is not None
    assert deeper is not None
    assert (shown.at, deeper.at) == (1, 1)
    assert [list(turns.span(frame)) for frame in deeper.frames] == [[5], [6]]
    before = turns.shown(inner, at(run, 4))
    assert before is not None
    assert before.at == -1
    assert before.frames == deeper.frames, "of the outer pass that is looked at"
    assert turns.shown(0, place) is None


def test_an_op_in_a_pass_keeps_to_the_inner_pass() -> None:
    run, outer, _ = walk(3, 2)
    turns = Turns(run)
    shown = turns.shown(outer, run.head)
    assert shown is not None
    deep = run.records[2].op
    assert turns.record(shown.frames[2], deep, near=3) == 9
    assert turns.record(shown.frames[2], deep, near=2) == 8
    assert turns.record(shown.frames[2], deep) == 8
    assert turns.record(shown.frames[0], run.records[0].op) == -1


def test_passes_come_as_the_run_grows_and_go_as_it_is_rewound() -> None:
    whole, outer, _ = walk(3, 2)
    run = Run(whole.graph, state=RunState.PAUSED)
    turns = Turns(run)
    assert turns.shown(outer, run.head) is None
    for record in whole.records[:6]:
        run.frames[len(run.frames) : record.frame + 1] = whole.frames[
            len(run.frames) : record.frame + 1
        ]
        run.add_records([record])
        turns.grow()
    run.head = at(run, 5)
    shown = turns.shown(outer, run.head)
    assert shown is not None
    assert (shown.at, len(shown.frames), shown.over) == (1, 2, False)
    assert list(turns.span(shown.frames[1])) == [4, 5]
    run.forget_from(3, 4)
    run.head = at(run, 2)
    turns.rewind()
    shown = turns.shown(outer, run.head)
    assert shown is not None
    assert len(shown.frames) == 1
    assert list(turns.span(shown.frames[0])) == [1, 2]


def test_the_loop_of_what_is_selected() -> None:
    run, outer, inner = walk(2, 2)
    turns = Turns(run)
    ops = {op.type: index for index, op in enumerate(run.graph.ops)}
    assert turns.loop_of(Selection(op=ops["deep"]), run.head) == inner
    assert turns.loop_of(Selection(op=ops["first"]), run.head) == outer
    assert turns.loop_of(Selection(scope=inner), run.head) == inner
    assert turns.loop_of(Selection(op=run.graph.scopes[outer].op), run.head) == outer
    assert turns.loop_of(Selection(op=ops["before"]), run.head) == -1
    assert turns.loop_of(Selection(), at(run, 2)) == inner
    assert in_loop(run, Selection(op=ops["deep"]))
    assert in_loop(run, Selection(scope=outer))
    assert not in_loop(run, Selection(op=ops["after"]))
    run.cursor = at(run, 2)
    assert in_loop(run, Selection(op=ops["after"]))
