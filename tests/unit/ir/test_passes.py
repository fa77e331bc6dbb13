from __future__ import annotations

import pytest

from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    Category,
    Graph,
    Op,
    OpRecord,
    Passes,
    Phase,
    Run,
    Scope,
    ScopeKind,
    Selection,
    TensorSummary,
    Value,
    ValueKind,
    gradient_of_value,
    to_forward,
    to_gradient,
    value_of_gradient,
)

SCALAR = TensorSummary((), "float32")


def op(key: str, type_: str, scope: int, forward: int = -1, note: str = "") -> Op:
    made = f"{key}/{type_}:0"
    return Op(made, type_, scope, Category.OTHER, note, (), (), (), -1, forward=forward)


@pytest.fixture
def graph() -> Graph:
    """A linear layer and a loss; the pass back computes the layer once more."""
    made = Graph()
    for key, parent, path, kind, host in (
        ("/fc", 0, "fc", ScopeKind.MODULE, -1),
        ("/backward", 0, "backward", ScopeKind.BACKWARD, -1),
        ("/backward/fc", 2, "fc", ScopeKind.MODULE, -1),
        ("/backward/fc/recomputed", 3, "recomputed", ScopeKind.GROUP, 3),
        ("/backward/fc/recomputed/fc", 4, "fc", ScopeKind.MODULE, -1),
        ("/backward/fc/AddmmBackward", 3, "AddmmBackward", ScopeKind.FUNCTION, 3),
    ):
        made.scopes.append(Scope(key, parent, path, path, "", kind, 1, host))
    made.values.append(Value(ValueKind.PARAMETER, -1, 0, "fc.bias", (2,), "float32"))
    made.ops += [
        op("/fc", "linear", 1),
        op("", "mse_loss", 0),
        op("/backward", "MseLossBackward", 2, forward=1),
        op("/backward/fc", "AddmmBackward", 3, forward=0),
        op("/backward/fc/recomputed/fc", "linear", 5),
        op("/backward/fc/AddmmBackward", "aten.sum", 6),
        op("/backward/fc", "AccumulateGrad", 3, note="fc.bias"),
    ]
    return made


def record(
    op: int, forward: int = -1, of: tuple[tuple[int, int], ...] = (), outputs: int = 1
) -> OpRecord:
    phase = Phase.BACKWARD if op > 1 else Phase.FORWARD
    rows = (SCALAR,) * outputs
    return OpRecord(op, 0, phase, 0.0, (), rows, forward=forward, gradient_of=of)


@pytest.fixture
def run(graph: Graph) -> Run:
    made = Run(graph=graph)
    made.add_records(
        [
            record(0),
            record(1),
            record(2, 1, ((0, 0),)),
            record(3, 0, ((OUTSIDE, 0), NOTHING), outputs=2),
            record(6, -1, ((OUTSIDE, 0),)),
        ]
    )
    return made


def test_ops_in_a_backward_pass_belong_to_forward_ones(graph: Graph):
    passes = Passes(graph)
    assert passes.any_backward
    assert [passes.is_backward(index) for index in range(7)] == [False] * 2 + [True] * 5
    assert [passes.forward(index) for index in range(7)] == [0, 1, 1, 0, 0, 0, -1]
    assert passes.gathered(6) == 0
    assert [passes.gathered(index) for index in range(6)] == [-1] * 6
    assert passes.backward(0) == [3]
    assert passes.forward_scope(3) == 1
    assert passes.forward_scope(2) == -1, "the pass itself stands for no module"


def test_what_a_graph_gains_is_taken_in(graph: Graph):
    rest = graph.ops[2:]
    del graph.ops[2:], graph.scopes[2:]
    passes = Passes(graph)
    assert not passes.any_backward
    assert passes.backward(0) == []
    graph.scopes.append(Scope("/backward", 0, "backward", "backward", "", ScopeKind.BACKWARD))
    graph.ops.append(rest[0])
    assert passes.any_backward
    assert passes.roots == [2]
    assert passes.backward(1) == [2]


def test_a_pass_inside_another_belongs_to_the_outer_one(graph: Graph):
    graph.scopes.append(Scope("/backward/backward", 2, "", "backward", "", ScopeKind.BACKWARD))
    graph.ops.append(op("/backward/backward", "PowBackward", 7, forward=2))
    passes = Passes(graph)
    assert passes.root(7) == 2
    assert passes.roots == [2]
    assert passes.forward(7) == 1, "through the op that it differentiates"


def test_gradients_are_found_by_value_and_forgotten_with_their_records(run: Run):
    assert run.gradients((OUTSIDE, 0)) == [(3, 0), (4, 0)]
    assert gradient_of_value(run, (OUTSIDE, 0)) == (4, 0)
    assert gradient_of_value(run, (0, 0)) == (2, 0)
    assert gradient_of_value(run, (1, 0)) is None
    assert run.backward_of(0) == [3]
    run.forget_from(3, 1)
    assert gradient_of_value(run, (OUTSIDE, 0)) is None
    assert run.backward_of(0) == []
    assert run.backward_of(1) == [2]
    run.add_records([record(3, 0, ((OUTSIDE, 0), NOTHING), outputs=2)])
    assert run.gradients((OUTSIDE, 0)) == [(3, 0)]


def test_an_output_says_which_value_it_is_a_gradient_of(run: Run):
    assert value_of_gradient(run, (2, 0)) == (0, 0)
    assert value_of_gradient(run, (3, 0)) == (OUTSIDE, 0)
    assert value_of_gradient(run, (3, 1)) is None
    assert value_of_gradient(run, (0, 0)) is None
    assert value_of_gradient(run, (OUTSIDE, 0)) is None


def test_selections_lead_from_values_to_gradients_and_back(run: Run):
    passes = Passes(run.graph)
    assert to_gradient(run, passes, Selection(op=0)) == Selection(op=2, record=2)
    assert to_gradient(run, passes, Selection(op=1)) == Selection(op=2, record=2), (
        "no gradient of a loss is computed; its node is what belongs to it"
    )
    assert to_gradient(run, passes, Selection(value=0)) == Selection(op=6, record=4)
    assert to_gradient(run, passes, Selection(op=3)).empty
    assert to_forward(run, passes, Selection(op=2)) == Selection(op=1, record=1)
    assert to_forward(run, passes, Selection(op=3)) == Selection(op=0, record=0)
    assert to_forward(run, passes, Selection(op=6)) == Selection(value=0)
    assert to_forward(run, passes, Selection(op=0)).empty
    assert to_forward(run, passes, Selection(scope=3)) == Selection(scope=1)


def test_before_anything_ran_the_map_leads_the_way(graph: Graph):
    run, passes = Run(graph=graph), Passes(graph)
    assert to_gradient(run, passes, Selection(op=0)) == Selection(op=3)
    assert to_forward(run, passes, Selection(op=3)) == Selection(op=0)
    assert to_forward(run, passes, Selection(op=6)) == Selection(value=0)
    assert to_gradient(run, passes, Selection(value=0)).empty
