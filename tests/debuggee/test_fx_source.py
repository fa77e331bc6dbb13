"""Runs written as source: what a file replays has the bits of the run that it was written from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from opscope.app.cli import main
from opscope.tracers.protocol.refusal import Refusal

from ..zoo import flow_models, kind_models
from . import torch_zoo
from .torch_runs import open_model, same_bits

ROWS = {**flow_models.ROWS, **kind_models.ROWS}
REFUSED = {
    "vmap": "at linear in line: it runs inside vmap or another transform.",
    "transforms": "at requires_grad: it runs inside vmap or another transform.",
    "quantised": "at linear_dynamic in body.0: it takes an argument of type ScriptObject.",
    "nested tensors": "a constant (float32 nested) cannot stand in a source file",
    "tensor subclass": "at mul: it reads a tensor made where no call is seen.",
}
NAMES = [*torch_zoo.ZOO, *(name for name in ROWS if name not in REFUSED)]


def make(name: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    return ROWS[name].build() if name in ROWS else torch_zoo.make(name)


def source_of(model: Any, *args: Any, **kwargs: Any) -> str:
    return open_model(model, *args, **kwargs).fx_source()


def loaded(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "recorded"}
    exec(compile(source, "recorded.py", "exec"), space)
    return space


def tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value.to_dense() if value.layout is not torch.strided else value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in tensors(part)]
    return tensors(vars(value)) if hasattr(value, "__dict__") else []


def ready(name: str) -> tuple[Any, list[Any], dict[str, Any]]:
    """A fresh copy; its lazy layers have their weights."""
    model, args, kwargs = make(name)
    if name == "lazy layers":
        model(*args)
        model[1].reset_running_stats()
    return model, args, kwargs


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_file_replays_the_run_on_another_copy_of_the_model(name):
    model, args, kwargs = make(name)
    space = loaded(source_of(model, *args, **kwargs))
    model, args, kwargs = ready(name)
    torch.manual_seed(7)
    replay = space["build"](model)
    assert isinstance(replay, torch.fx.GraphModule)
    replay.graph.lint()
    if "seed" in space:
        space["seed"]()
    got = tensors(replay(*tensors([args, kwargs])))
    model, args, kwargs = ready(name)
    expected = tensors(model(*args, **kwargs))
    pairs = zip(got, expected, strict=True)
    assert all(same_bits(a.resolve_conj(), b.resolve_conj()) for a, b in pairs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_has_no_source_is_refused_by_name(name):
    model, args, kwargs = make(name)
    with pytest.raises(Refusal) as error:
        source_of(model, *args, **kwargs)
    sentence = str(error.value)
    assert sentence.startswith("The run cannot be written as torch.fx source")
    assert REFUSED[name] in sentence
    assert sentence.endswith(".")


def test_the_file_reads_like_the_model():
    model, args, _ = make("recursive tree")
    lines = source_of(model, *args).splitlines()
    at = lines.index("    # leaf: Linear, call 2 (flow_models.py:45)")
    assert lines[at + 1] == (
        '    linear_1 = call(F.linear, getitem_3, held("leaf.weight"), held("leaf.bias"))'
    )
    assert "    # bool(lt) was False here" in lines
    assert any("Python read a value from a tensor 7 times" in line for line in lines)
    assert "    input_1  x: float32 8×4" in lines
    assert max(len(line) for line in lines) <= 100


def test_autocast_and_gradient_modes_are_entered_and_left():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.line = nn.Linear(4, 4)

        def forward(self, x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                x = self.line(x)
                with torch.autocast("cpu", enabled=False):
                    x = x.float() @ x.float().T
            with torch.no_grad():
                self.line.bias.mul_(2)
            return x + 1

    source = source_of(Model(), torch.ones(2, 4))
    rows = [line.strip() for line in source.splitlines() if "autocast" in line or "_set" in line]
    home = "torch.amp.autocast_mode"
    assert rows == [
        f'autocast_1 = call({home}._enter_autocast, "cpu", torch.bfloat16, True, True)'.replace(
            "autocast_1", "autocast"
        ),
        f"call({home}._exit_autocast, autocast)",
        "call(torch._C._set_grad_enabled, False)",
        "call(torch._C._set_grad_enabled, True)",
    ]


def test_large_constants_and_used_generators_are_packed():
    table = np.arange(120.0, dtype=np.float32).reshape(3, 40)
    gap = np.array([[np.nan], [-np.inf], [-0.0]], dtype=np.float32)
    torch.manual_seed(3)
    torch.rand(5)

    def model(x):
        return x @ torch.from_numpy(table) + torch.from_numpy(gap) + torch.rand(3, 40)

    x = torch.ones(3, 3)
    state = torch.get_rng_state()
    expected = model(x)
    torch.set_rng_state(state)
    space = loaded(source_of(model, x))
    space["seed"]()
    assert same_bits(space["build"]()(x), expected)
    assert set(space["CONSTANTS"]) == {"constant", "constant_1"}


def test_a_training_step_is_written_with_its_backward_pass():
    def made():
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = made()

        def forward(self, x):
            loss = self.net(x).square().mean()
            loss.backward()
            with torch.no_grad():
                for weight in self.net.parameters():
                    weight -= 0.1 * weight.grad
                    weight.grad = None
            return loss

    step, x = Step(), torch.ones(2, 4)
    source = source_of(step, x)
    assert 'method("backward", mean' in source
    replay = loaded(source)["build"](step)
    losses = [replay(x).item() for _ in range(3)]
    other = Step()
    assert losses == [other(x).item() for _ in range(3)]
    assert losses[2] < losses[0]


def test_a_constant_that_is_too_large_is_refused_with_what_to_do():
    table = np.ones((3000, 1000), dtype=np.float32)
    with pytest.raises(Refusal) as error:
        source_of(lambda x: x @ torch.from_numpy(table), torch.ones(2, 3000))
    assert "at matmul: a constant (float32 3000×1000) cannot stand in" in str(error.value)
    assert "make it a buffer of the model" in str(error.value)


def test_what_a_function_uses_is_handed_to_the_builder_by_name():
    line, table = nn.Linear(3, 3), torch.randn(3, 3)
    inner = [nn.Linear(3, 2)]
    x = torch.ones(2, 3)

    def model(x):
        return inner[0](line(x) @ table)

    space = loaded(source_of(model, x))
    replay = space["build"]({"line": line, "table": table, "inner.0": inner[0]})
    assert same_bits(replay(x).detach(), model(x).detach())


def test_a_model_that_hides_what_it_does_is_not_written():
    def model(x):
        y = x * 1
        y.numpy()[:] = 5
        return y + 1

    with pytest.raises(Refusal, match="its output has other bits"):
        source_of(model, torch.ones(2))


def test_the_command_line_writes_the_file(tmp_path: Path, capfd):
    target = tmp_path / "run.py"
    assert main(["trace", "sample:routing", "--fx", str(target)]) == 0, capfd.readouterr()
    space = loaded(target.read_text(encoding="utf-8"))
    assert "build" in space
    assert main(["trace", "sample:routing", "--fx", str(tmp_path / "no" / "run.py")]) == 2
    assert f"There is no folder {tmp_path / 'no'} to write into." in capfd.readouterr().err
