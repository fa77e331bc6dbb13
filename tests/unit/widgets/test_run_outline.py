"""How the list counts ops whose inside is shown."""

from __future__ import annotations

from opscope.tracers.ir import Category, Graph, Op, OpRecord, Phase, Run, Scope, ScopeKind
from opscope.widgets.run.outline import Outline


def with_a_loop() -> Graph:
    """before, while (three ops inside), after."""
    graph = Graph()
    graph.scopes.append(Scope("/while", 0, "while", "while", "", ScopeKind.LOOP, op=1))
    for scope, kind in ((0, "before"), (0, "While"), (1, "a"), (1, "b"), (1, "c"), (0, "after")):
        inner = 1 if kind == "While" else -1
        graph.ops.append(
            Op(f"/{kind}", kind, scope, Category.OTHER, "", (), (), (), -1, inner=inner)
        )
    return graph


def after_running(*ops: int) -> Outline:
    run = Run(graph=with_a_loop())
    run.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, (), ()) for op in ops])
    return Outline(run)


def test_an_op_with_an_inside_does_not_count_beside_it():
    assert after_running().progress(0) == (0, 5)
    assert after_running(0, 2, 3).progress(0) == (3, 5)
    assert after_running(0, 2, 3).progress(1) == (2, 3)


def test_one_that_ran_as_a_whole_counts_as_one():
    assert after_running(0, 1).progress(0) == (2, 3)
    assert after_running(0, 1, 5).progress(0) == (3, 3)
