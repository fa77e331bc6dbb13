"""Which outputs a backward pass is proposed to start from, and why one cannot be taken."""

from __future__ import annotations

import pytest

from opscope.app.backward_roots import MOST, can_start, root_of, roots
from opscope.tracers.ir import (
    Category,
    Graph,
    Op,
    OpRecord,
    Passes,
    Phase,
    Place,
    Ref,
    Run,
    RunState,
    Scope,
    ScopeKind,
    TensorSummary,
)


def made(*rows: tuple[str, str, tuple[int, ...], tuple[Ref, ...]]) -> Run:
    """A finished run of ops: type, dtype, shape of the one output, what it read."""
    run = Run(graph=Graph(), state=RunState.FINISHED)
    for number, (type_, dtype, shape, reads) in enumerate(rows):
        category = Category.LOSS if "loss" in type_ else Category.OTHER
        run.graph.ops.append(Op(f"/{type_}:{number}", type_, 0, category, "", (), (), (), -1))
        output = TensorSummary(shape, dtype)
        run.add_records([OpRecord(number, 0, Phase.FORWARD, 0.0, reads, (output,))])
    run.head = Place(len(rows))
    return run


def proposed(run: Run) -> list[str]:
    return [root.label for root in roots(run, Passes(run.graph))]


def test_what_the_model_gives_back_comes_first_and_losses_before_all():
    run = made(
        ("linear", "float32", (4, 2), ()),
        ("mean", "float32", (), ((0, 0),)),
        ("mse_loss", "float32", (), ((0, 0),)),
        ("log", "float32", (), ((1, 0),)),
        ("relu", "bfloat16", (4, 2), ((0, 0),)),
        ("argmax", "int64", (), ((0, 0),)),
    )
    assert proposed(run) == ["mse_loss", "log", "relu", "mean"]
    best = roots(run, Passes(run.graph))[0]
    assert (best.scalar, best.unread, best.loss, best.problem) == (True, True, True, "")
    assert best.form == "scalar float32"


def test_one_element_is_a_scalar_whatever_its_shape():
    run = made(("sum", "complex64", (1, 1), ()))
    (root,) = roots(run, Passes(run.graph))
    assert root.scalar


def test_many_outputs_are_not_all_proposed():
    run = made(*[("mul", "float32", (), ())] * (MOST + 30))
    found = roots(run, Passes(run.graph))
    assert len(found) == MOST
    assert found[0].record == MOST + 29, "the newest first"


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex", "str", "uint8"])
def test_what_is_not_floating_point_has_no_gradient(dtype):
    run = made(("op", dtype, (), ()))
    assert proposed(run) == []
    assert root_of(run, 0, 0).problem == (
        f"op is {dtype}; only floating-point values have a gradient."
    )


def with_pass() -> Run:
    run = made(("linear", "float32", (), ()))
    run.graph.scopes.append(Scope("/backward", 0, "backward", "backward", "", ScopeKind.BACKWARD))
    for type_, scope, phase in (
        ("AddmmBackward", 1, Phase.BACKWARD),
        ("add_", 0, Phase.FORWARD),
    ):
        number = len(run.graph.ops)
        key = f"/{type_}:0"
        run.graph.ops.append(Op(key, type_, scope, Category.OTHER, "", (), (), (), -1))
        output = TensorSummary((), "float32")
        run.add_records([OpRecord(number, 0, phase, 0.0, (), (output,))])
    return run


def test_gradients_and_what_an_optimizer_does_are_no_start():
    run = with_pass()
    assert proposed(run) == ["linear"]
    assert "is a gradient" in root_of(run, 1, 0).problem
    assert "behind a backward pass" in root_of(run, 2, 0).problem
    assert root_of(run, 0, 0).problem == ""


def test_a_pass_can_be_run_once_the_forward_pass_is_over():
    assert not can_start(None)
    run = made(("linear", "float32", (), ()))
    assert can_start(run)
    for state in (RunState.PAUSED, RunState.RUNNING, RunState.FAILED, RunState.DIED):
        run.state = state
        assert not can_start(run)
    run = with_pass()
    run.state = RunState.PAUSED
    run.forget_from(2, 1)
    assert can_start(run), "it stands in the pass back"
    run.forget_from(1, 1)
    assert not can_start(run)
    run.head = Place(1, -1, 1)
    assert can_start(run), "it stands before the pass back"
