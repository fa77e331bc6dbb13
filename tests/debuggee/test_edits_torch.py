"""Edits in the live tracer: what an op gives or reads is replaced, and gradients go on through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.edits import Edits
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Edit, EditKind, MapFacts
from tests.debuggee.torch_runs import Traced, open_model, same_bits

EXPRESSION, CONSTANT, FILE = EditKind.EXPRESSION, EditKind.CONSTANT, EditKind.FILE
NOISE, ZERO = EditKind.NOISE, EditKind.ZERO


class Edited:
    """One traced run with edits."""

    def __init__(self, target: Any, args: Sequence[Any], edits: Sequence[Edit]) -> None:
        program = open_model(target, *args)
        recorder = Recorder(program.backend, GraphBuilder(), None, History(1 << 30))
        self.edits = recorder.edits = Edits(recorder.run, program.backend)
        self.edits.replace(edits)
        self.traced = Traced(
            program, MapFacts("recorded"), recorder.builder.graph, recorder.run, recorder.keeper
        )
        self.result, _ = program.timed(recorder)

    @property
    def problems(self) -> dict[int, str]:
        return self.edits.problems(True)

    def value(self, key: str, slot: int = 0) -> Any:
        """Of an op's last execution."""
        index = max(i for i, each in enumerate(self.traced.keys) if each == key)
        return self.traced.value(index, slot)


def edited(target: Any, *args: Any, edits: Sequence[Edit] = ()) -> Edited:
    return Edited(target, args, edits)


def sole(target: Any, arg: Any, edit: Edit) -> str:
    """The one problem of an edit that changes nothing."""
    plain, run = edited(target, arg), edited(target, arg, edits=[edit])
    assert same_bits(torch.as_tensor(plain.result), torch.as_tensor(run.result))
    (problem,) = run.problems.values()
    return problem


def layers() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))


X = torch.linspace(-1, 1, 12).reshape(3, 4)


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (EXPRESSION, "x * 2 + inputs[0].min()", lambda x, seen: x * 2 + seen.min()),
        (EXPRESSION, "x.T.reshape(3, 6)", lambda x, seen: x.T.reshape(3, 6)),
        (EXPRESSION, "(0, 1, 2, 3, 4, 5)", lambda x, seen: torch.arange(6.0).expand(3, 6)),
        (CONSTANT, "-0.5", lambda x, seen: torch.full_like(x, -0.5)),
        (CONSTANT, "inf", lambda x, seen: torch.full_like(x, float("inf"))),
        (ZERO, "", lambda x, seen: torch.zeros_like(x)),
    ],
)
def test_an_output_is_replaced(kind, text, wanted):
    model = layers()
    run = edited(model, X, edits=[Edit(1, "/1/relu:0", kind, text)])
    assert not run.problems
    hidden = model[0](X)
    new = wanted(torch.relu(hidden), hidden)
    assert same_bits(run.value("/1/relu:0"), new.detach())
    assert same_bits(run.result.detach(), model[2](new).detach())
    (record,) = [row for _, row in run.traced.records("relu")]
    assert record.outputs[0].maximum == (None if text == "inf" else pytest.approx(new.max().item()))


def test_an_array_from_a_file(tmp_path: Path):
    array = np.arange(6, dtype=np.float64)
    np.save(tmp_path / "new.npy", array)
    run = edited(layers(), X, edits=[Edit(1, "/1/relu:0", FILE, str(tmp_path / "new.npy"))])
    assert torch.equal(run.value("/1/relu:0"), torch.arange(6.0).expand(3, 6))


def test_noise_is_the_same_every_time_and_differs_between_edits():
    def noisy(number: int) -> Any:
        run = edited(layers(), X, edits=[Edit(number, "/1/relu:0", NOISE, "0.5")])
        return run.value("/1/relu:0")

    plain = edited(layers(), X).value("/1/relu:0")
    assert same_bits(noisy(1), noisy(1))
    assert not torch.equal(noisy(1), noisy(2))
    gap = torch.cat([(noisy(number) - plain).flatten() for number in range(20)])
    assert 0.4 < gap.std().item() < 0.6


def test_only_the_op_sees_a_replaced_input():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.eye(4))

        def forward(self, x):
            hidden = torch.relu(x)
            first = torch.matmul(hidden, self.weight)
            second = torch.matmul(hidden, self.weight)
            return first, second, torch.cat([hidden, hidden])

    model = Net()
    rows = [
        Edit(1, "/matmul:0", CONSTANT, "1", is_input=True),
        Edit(2, "/matmul:0", EXPRESSION, "x * 3", slot=1, is_input=True),
        Edit(3, "/cat:0", ZERO, slot=1, is_input=True),
    ]
    run = edited(model, X, edits=rows)
    assert not run.problems
    first, second, both = run.result
    hidden = torch.relu(X)
    assert torch.equal(first, torch.full((3, 4), 3.0))
    assert torch.equal(second, hidden)
    assert torch.equal(both, torch.cat([hidden, torch.zeros(3, 4)]))
    assert torch.equal(model.weight, torch.eye(4))


def test_gradients_go_on_through_an_edit_as_if_the_old_value_stood_there():
    """Straight through: what comes to the new value goes on to the old one."""
    model = layers()
    rows = [
        Edit(1, "/1/relu:0", EXPRESSION, "x + 5"),
        Edit(2, "/2/linear:0", EXPRESSION, "x * 0.5", slot=1, is_input=True),
    ]
    edited(model, X, edits=rows).result.square().sum().backward()
    found = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()

    hidden = torch.relu(model[0](X))
    hidden = hidden + 5  # a shift has the gradient of the identity
    weight = model[2].weight + (model[2].weight * 0.5 - model[2].weight).detach()
    nn.functional.linear(hidden, weight, model[2].bias).square().sum().backward()
    for parameter, gradient in zip(model.parameters(), found, strict=True):
        assert torch.allclose(parameter.grad, gradient)
        assert gradient.abs().sum() > 0


def test_several_edits_of_one_op_and_of_one_value():
    rows = [
        Edit(1, "/1/relu:0", CONSTANT, "2", is_input=True),
        Edit(2, "/1/relu:0", EXPRESSION, "x * 10"),
        Edit(3, "/1/relu:0", EXPRESSION, "x + inputs[0]"),
        Edit(4, "/1/relu:0", ZERO, enabled=False),
    ]
    run = edited(layers(), X, edits=rows)
    assert torch.equal(run.value("/1/relu:0"), torch.full((3, 6), 22.0))


def test_one_execution_of_an_op_that_runs_in_a_loop():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.line = nn.Linear(4, 4)

        def forward(self, x):
            seen = []
            for _ in range(3):
                seen.append(self.line(x))
            return torch.stack(seen)

    model = Loop()
    plain = edited(model, X)
    keys = [key for key in plain.traced.keys if key.endswith("linear:0")]
    assert len(set(keys)) == 3  # each call is an op of its own
    run = edited(model, X, edits=[Edit(1, keys[1], CONSTANT, "7")])
    assert torch.equal(run.result[1], torch.full((3, 4), 7.0))
    assert same_bits(run.result[::2], plain.result[::2])
    missed = edited(model, X, edits=[Edit(1, keys[1], CONSTANT, "7", turn=1)])
    assert missed.problems == {1: "linear in line ran once, so its execution 2 never came."}


def test_numbers_and_truths_that_steer_the_model_can_be_replaced():
    class Steered(nn.Module):
        def forward(self, x):
            count = int(x.argmax().item())
            if x.sum() > 100:
                return torch.full((1,), -1.0)
            return torch.zeros(count)

    rows = [Edit(1, "/item:0", EXPRESSION, "x - 9")]
    assert len(edited(Steered(), X).result) == 11
    assert len(edited(Steered(), X, edits=rows).result) == 2
    run = edited(Steered(), X, edits=[Edit(1, "/bool:0", CONSTANT, "true")])
    assert not run.problems
    assert run.result.tolist() == [-1.0]
    assert run.traced.records("bool")[0][1].outputs[0].text == "True"
    assert "one number" in sole(Steered(), X, Edit(1, "/item:0", EXPRESSION, "(1, 2)"))
    assert "not whole" in sole(Steered(), X, Edit(1, "/item:0", CONSTANT, "1.5"))
    assert "0, 1" in sole(Steered(), X, Edit(1, "/bool:0", CONSTANT, "7"))
    assert "no file" in sole(Steered(), X, Edit(1, "/bool:0", FILE, __file__ + ".npy"))


class InPlace(nn.Module):
    def forward(self, x):
        y = x * 1
        whole = y
        y.mul_(2)
        y[0].fill_(3)
        return whole.clone()


def test_an_in_place_result_is_written_where_it_stands():
    x = X.clone().requires_grad_()
    run = edited(InPlace(), x, edits=[Edit(1, "/mul_:0", EXPRESSION, "x + 1")])
    wanted = X * 2 + 1
    wanted[0] = 3
    assert torch.equal(run.result, wanted)
    assert "copied into it" in run.edits.notes()[1]
    run.result.sum().backward()


def test_an_in_place_op_that_reads_another_value_still_writes_its_own_tensor():
    run = edited(InPlace(), X, edits=[Edit(1, "/mul_:0", CONSTANT, "5", is_input=True)])
    wanted = torch.full((3, 4), 10.0)
    wanted[0] = 3
    assert torch.equal(run.result, wanted)
    assert "copied back" in run.edits.notes()[1]


def test_a_view_becomes_a_copy_and_its_base_stays():
    class Views(nn.Module):
        def forward(self, x):
            y = x * 1
            turned = y.transpose(0, 1)
            turned.add_(1)
            return y, turned

    x = X.clone().requires_grad_()
    run = edited(Views(), x, edits=[Edit(1, "/transpose:0", ZERO)])
    base, turned = run.result
    assert torch.equal(base, X)
    assert torch.equal(turned, torch.ones(4, 3))
    assert "copy of its own" in run.edits.notes()[1]
    turned.sum().backward()


def test_running_statistics_of_a_norm_are_written_though_it_read_others():
    class Norm(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(4, momentum=0.5)

        def forward(self, x):
            y = self.norm(x)
            return y, self.norm.running_mean.clone()

    model = Norm().train()
    run = edited(
        model, X, edits=[Edit(1, "/norm/batch_norm:0", CONSTANT, "8", slot=1, is_input=True)]
    )
    assert not run.problems
    assert torch.allclose(run.result[1], 4 + X.mean(0) / 2)


def test_values_of_other_dtypes():
    class Kinds(nn.Module):
        def forward(self, x):
            half = x.to(torch.bfloat16)
            whole = (x * 4).to(torch.int64)
            wave = torch.complex(x, x)
            return half, whole, wave

    rows = [
        Edit(1, "/to:0", EXPRESSION, "x * 3 + 0.001"),
        Edit(2, "/to:1", EXPRESSION, "x // 2"),
        Edit(3, "/complex:0", CONSTANT, "2j"),
    ]
    half, whole, wave = edited(Kinds(), X, edits=rows).result
    assert half.dtype is torch.bfloat16
    assert torch.equal(half, X.to(torch.bfloat16) * 3 + 0.001)
    assert torch.equal(whole, (X * 4).to(torch.int64) // 2)
    assert torch.equal(wave, torch.full((3, 4), 2j))
    assert "not whole" in sole_of(Kinds(), Edit(1, "/to:1", EXPRESSION, "x / 3"))
    assert "complex" in sole_of(Kinds(), Edit(1, "/to:0", CONSTANT, "2j"))
    assert "Noise" in sole_of(Kinds(), Edit(1, "/to:1", NOISE, "1"))


def sole_of(model: Any, edit: Edit) -> str:
    (problem,) = edited(model, X, edits=[edit]).problems.values()
    return problem


def test_no_grad_and_inference_mode():
    class Bare(nn.Module):
        def __init__(self, context):
            super().__init__()
            self.context = context

        def forward(self, x):
            with self.context():
                y = x * 2
                y.add_(1)
                return y.clone()

    for context in (torch.no_grad, torch.inference_mode):
        run = edited(
            Bare(context), X, edits=[Edit(1, "/mul:0", ZERO), Edit(2, "/add_:0", CONSTANT, "4")]
        )
        assert not run.problems
        assert torch.equal(run.result, torch.full((3, 4), 4.0))
        back = edited(Bare(context), X, edits=[Edit(2, "/add_:0", CONSTANT, "4", is_input=True)])
        assert torch.equal(back.result, torch.full((3, 4), 5.0))


def test_namedtuples_and_lists_of_outputs():
    class Top(nn.Module):
        def forward(self, x):
            values, indices = x.topk(2, dim=1)
            left, right = x.chunk(2, dim=1)
            return values, indices, left, right, x.max(dim=1).indices

    rows = [
        Edit(1, "/topk:0", ZERO, slot=1),
        Edit(2, "/chunk:0", CONSTANT, "9", slot=1),
        Edit(3, "/max:0", CONSTANT, "2", slot=1),
    ]
    values, indices, left, right, most = edited(Top(), X, edits=rows).result
    assert torch.equal(values, X.topk(2, dim=1).values)
    assert torch.equal(indices, torch.zeros(3, 2, dtype=torch.int64))
    assert torch.equal(left, X[:, :2])
    assert torch.equal(right, torch.full((3, 2), 9.0))
    assert most.tolist() == [2, 2, 2]


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_scripted_modules():
    class Inner(nn.Module):
        def forward(self, x):
            return torch.relu(x) * 2

    model = nn.Sequential(torch.jit.script(Inner()))
    x = X.clone().requires_grad_()
    plain = edited(model, x)
    (key,) = [key for key in plain.traced.keys if "relu" in key]
    run = edited(model, x, edits=[Edit(1, key, CONSTANT, "3")])
    assert not run.problems
    assert torch.equal(run.result, torch.full((3, 4), 6.0))
    run.result.sum().backward()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(1, "/1/relu:0", EXPRESSION, "x +"), "This is no expression"),
        (Edit(1, "/1/relu:0", EXPRESSION, "y * 2"), "There is no y here"),
        (Edit(1, "/1/relu:0", EXPRESSION, "x.sum(dim=7)"), "x.sum(dim=7)"),
        (Edit(1, "/1/relu:0", EXPRESSION, "x[:, :4]"), "3×4 does not broadcast to 3×6"),
        (Edit(1, "/1/relu:0", EXPRESSION, "'a'"), "no number and no tensor"),
        (Edit(1, "/1/relu:0", CONSTANT, "four"), "four is no number"),
        (Edit(1, "/1/relu:0", NOISE, "-1"), "0 or more"),
        (Edit(1, "/1/relu:0", FILE, "/nowhere/new.npy"), "There is no file /nowhere/new.npy"),
        (Edit(1, "/1/relu:0", FILE, "/nowhere/new.txt"), ".npy"),
        (Edit(1, "/1/relu:0", ZERO, slot=3), "gives 1 value; it has no output 3"),
        (Edit(1, "/1/relu:0", ZERO, slot=1, is_input=True), "reads 1 value; it has no input 1"),
        (Edit(1, "/1/gelu:0", ZERO), "The model has no op /1/gelu:0"),
        (Edit(1, "/1/relu:0", ZERO, turn=2), "execution 3 never came"),
    ],
)
def test_what_is_wrong_is_said_and_the_run_goes_on(edit, words):
    problem = sole(layers(), X, edit)
    assert words in problem
    assert problem.endswith(".")


def test_files_that_hold_no_array_of_numbers(tmp_path: Path):
    for name, content in {"empty.npy": b"", "text.npy": b"hello"}.items():
        (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "long.npy", np.zeros(99))
    for name, words in {
        "empty.npy": "no .npy file",
        "text.npy": "no .npy file",
        "words.npy": "no numbers",
        "objects.npy": "no .npy file",
        "long.npy": "99 does not broadcast to 3×6",
    }.items():
        assert words in sole(layers(), X, Edit(1, "/1/relu:0", FILE, str(tmp_path / name)))


def test_values_that_cannot_be_replaced():
    class Odd(nn.Module):
        def forward(self, x):
            thin = x.relu().to_sparse()
            mapped = torch.vmap(torch.sin)(x)
            return thin.to_dense() + mapped

    plain = edited(Odd(), X)
    sine = next(key for key in plain.traced.keys if key.endswith("sin:0"))
    for key, words in {"/to_sparse:0": "sparse", sine: "vmap"}.items():
        assert words in sole(Odd(), X, Edit(1, key, ZERO))


def test_an_input_may_get_another_shape_for_an_op_that_fails_over_it():
    class Crossed(nn.Module):
        def forward(self, x):
            wide = x * 1
            return torch.matmul(wide, wide)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        edited(Crossed(), X)
    mended = Edit(1, "/matmul:0", EXPRESSION, "x.T", slot=1, is_input=True)
    x = X.clone().requires_grad_()
    run = edited(Crossed(), x, edits=[mended])
    assert torch.allclose(run.result, X @ X.T)
    assert run.edits.notes() == {
        1: "The new value has the shape 4×3, not 3×4: no gradient goes back through it."
    }
    run.result.sum().backward()


class Step:
    """Forward and backward; gives the gradients of the weights."""

    def __init__(self) -> None:
        self.model = layers()

    def __call__(self, x: torch.Tensor) -> list[Any]:
        self.model.zero_grad()
        self.model(x).square().sum().backward()
        return [parameter.grad.clone() for parameter in self.model.parameters()]


@pytest.mark.parametrize("is_input", [False, True])
def test_a_gradient_is_replaced_on_its_way(is_input):
    step = Step()
    plain = edited(step, X)
    (key,) = [key for key in plain.traced.keys if "ReluBackward" in key]
    run = edited(step, X, edits=[Edit(1, key, EXPRESSION, "x * 2", is_input=is_input)])
    assert not run.problems
    for number, (mine, other) in enumerate(zip(run.result, plain.result, strict=True)):
        assert torch.equal(mine, other * 2 if number < 2 else other)
    assert any(run.edits.edited(index) for index, _ in run.traced.records("ReluBackward"))


def test_a_forward_edit_stands_on_the_path_of_a_recorded_backward_pass():
    step = Step()
    run = edited(step, X, edits=[Edit(1, "/model/1/relu:0", EXPRESSION, "x + 1")])
    assert not run.problems
    passed = run.traced.records("EditBackward")
    assert len(passed) == 1
    assert run.result[0].abs().sum() > 0
    shifted = step.model[2].weight.detach()
    hidden = torch.relu(step.model[0](X)).detach() + 1
    wanted = 2 * nn.functional.linear(hidden, shifted, step.model[2].bias.detach())
    assert torch.allclose(run.result[3], wanted.sum(0))


def test_ops_inside_an_op_are_edited():
    class Into:
        """A gate that steps into every op."""

        def at_scope(self, place: Any, leaf: bool) -> None:
            """Never stops."""

        def at_op(self, place: Any, can_enter: bool) -> bool:
            return can_enter

        def left(self, frame: int) -> None:
            """Nothing to do."""

    def traced(*rows: Edit) -> tuple[Edits, list[str], Any]:
        program = open_model(layers(), X)
        recorder = Recorder(program.backend, GraphBuilder(), Into(), History(1 << 30))
        edits = recorder.edits = Edits(recorder.run, program.backend)
        edits.replace(rows)
        result, _ = program.timed(recorder)
        graph = recorder.builder.graph
        return edits, [graph.ops[row.op].key for row in recorder.run.records], result

    _, keys, _ = traced()
    inner = next(key for key in keys if "aten.addmm" in key)
    edits, again, result = traced(Edit(1, inner, ZERO), Edit(2, "/2/linear:0", EXPRESSION, "x + 1"))
    assert again == keys
    assert edits.problems(True) == {}
    assert edits.edited(keys.index(inner))
    assert edits.edited(keys.index("/2/linear:0"))
    model = layers()
    assert torch.equal(result, (model[2].bias + 1).expand(3, 2))
