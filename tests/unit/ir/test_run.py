from __future__ import annotations

from opscope.tracers.ir import (
    Category,
    Frame,
    Graph,
    Op,
    OpRecord,
    Phase,
    Run,
    Scope,
    ScopeKind,
    TensorSummary,
    is_inlined,
    op_counts,
)


def record(op: int, frame: int = 0) -> OpRecord:
    return OpRecord(op, frame, Phase.FORWARD, 0.0, (), ())


def test_executions_are_found_by_op_and_by_time():
    run = Run()
    run.add_records([record(0), record(1), record(0)])
    assert run.executions(0) == [0, 2]
    assert run.executions(7) == []
    assert run.last_execution(0) == 2
    assert run.last_execution(0, before=2) == 0
    assert run.last_execution(1, before=1) == -1


def test_loop_passes_are_read_off_the_frames():
    run = Run(frames=[Frame(-1, 0), Frame(0, 1, 3), Frame(1, 2), Frame(2, 3, 0)])
    assert run.frame_chain(3) == (0, 1, 2, 3)
    assert run.turns(3) == (3, 0)
    assert run.turns(0) == ()


def test_a_module_around_one_op_is_inlined_and_a_function_is_not():
    graph = Graph()
    for parent, name, kind in (
        (0, "block", ScopeKind.MODULE),
        (1, "block.conv", ScopeKind.MODULE),
        (1, "call", ScopeKind.FUNCTION),
    ):
        graph.scopes.append(Scope(f"/{name}", parent, name, name, "", kind))
    for number, scope in enumerate((2, 3)):
        graph.ops.append(Op(f"{number}", "relu", scope, Category.POINTWISE, "", (), (), (), -1))
    counts = op_counts(graph)
    assert counts == [2, 2, 1, 1]
    assert [is_inlined(graph, counts, scope) for scope in range(4)] == [False, False, True, False]


def test_standard_deviation_comes_from_mean_and_rms():
    assert TensorSummary((2,), "float32", mean=3.0, rms=5.0).std == 4.0
    assert TensorSummary((2,), "float32").std is None
    rounding = TensorSummary((2,), "float32", mean=1.0, rms=0.9999999)
    assert rounding.std == 0.0, "never the root of a negative number"
