"""Statistics that are put off on real tensors: cheap while the model runs, the same at the end."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Form, Run, TensorRequest, TensorSummary, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import SETTLE
from opscope.tracers.pytorch.backend import TorchBackend

from .torch_runs import open_model

MODELS = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, bad=False):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(40))
        self.bad = bad

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = torch.tanh(layer(x))
            if self.bad and number == 20:
                x = x / (x - x)
                x = torch.nan_to_num(x, 0.0, 1.0, -1.0)
        return x


def net():
    torch.manual_seed(0)
    return Net(), (torch.randn(64, 64),)


def bad():
    torch.manual_seed(0)
    return Net(True), (torch.randn(64, 64),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def models(tmp_path: Path) -> Path:
    file = tmp_path / "models.py"
    file.write_text(MODELS)
    return file


def recorded(
    target: Any, *args: Any, late: bool = True, budget: int = 1 << 30
) -> tuple[Recorder, History]:
    """A free run of a model."""
    program = open_model(target, *args)
    history = History(budget)
    recorder = Recorder(program.backend, GraphBuilder(), keeper=history)
    if late:
        recorder.late = putting_off(program.backend, recorder.run, history)
    program.execute(recorder)
    return recorder, history


def outputs(run: Run) -> list[TensorSummary]:
    return [summary for record in run.records for summary in record.outputs]


def known(client: Client, models: Path, name: str, **more: Any) -> Run:
    client.launch({"spec": f"{models}:{name}", "python": sys.executable, **more})
    client.wait_event("stopped")
    return client.run


class Odd(nn.Module):
    """One value of every kind that statistics treat in a way of its own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        half = x.half() * 100  # its sum is past what float16 holds
        brain = x.bfloat16().t()
        number = (x * 10).int()
        flag = x > 0
        wave = torch.complex(x, x).conj()
        minus = wave.imag  # a negated view of what `wave` has
        wide = x.double()[:, ::2]
        spread = x[:, :1].expand(40, 7)
        sparse = x.relu().to_sparse()
        nothing = x[:0]
        huge = x.abs() * 1e38
        tiny = x[0, 0] * 0.5
        kinds = (half, brain, number, flag, minus, wide, spread, sparse, nothing, huge)
        return sum((kind.float().sum() for kind in kinds[:-1]), tiny) + wave.real.sum()


def close(one: TensorSummary, other: TensorSummary) -> bool:
    for name in ("minimum", "maximum", "mean", "rms"):
        left, right = getattr(one, name), getattr(other, name)
        if (left is None) != (right is None):
            return False
        if left is not None and not math.isclose(left, right, rel_tol=1e-5, abs_tol=1e-7):
            return False
    blank = dict.fromkeys(("minimum", "maximum", "mean", "rms"))
    return replace(one, **blank) == replace(other, **blank)


def test_late_statistics_are_those_of_a_run_that_computes_them_at_once():
    torch.manual_seed(0)
    x = torch.rand(40, 60) + 0.5
    at_once, _ = recorded(Odd(), x, late=False)
    recorder, _ = recorded(Odd(), x)
    waiting = [summary for summary in outputs(recorder.run) if summary.pending]
    assert len(waiting) > len(outputs(recorder.run)) / 2
    assert recorder.late is not None
    recorder.late.settle()
    assert not any(summary.pending for summary in outputs(recorder.run))
    pairs = list(zip(outputs(recorder.run), outputs(at_once.run), strict=True))
    assert [pair for pair in pairs if not close(*pair)] == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_one_element_that_is_not_finite_is_found_as_the_op_runs(bad: float, dtype: torch.dtype):
    def model(x: torch.Tensor) -> torch.Tensor:
        return x.neg().t()

    x = torch.rand(300, 200, dtype=dtype)
    x[123, 45] = bad
    recorder, _ = recorded(model, x)
    for summary in outputs(recorder.run):
        assert not summary.pending
        assert (summary.nan, summary.posinf + summary.neginf) == (
            (1, 0) if math.isnan(bad) else (0, 1)
        )


def test_finite_values_whose_sum_runs_over_are_finite():
    recorder, _ = recorded(lambda x: x * 3e38, torch.ones(16))
    (summary,) = outputs(recorder.run)
    assert summary.finite
    assert not summary.pending
    assert summary.maximum == pytest.approx(3e38)


def test_a_value_written_to_later_keeps_its_own_statistics():
    def model(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        y.mul_(10)
        y[0] = -5.0
        return y

    recorder, _ = recorded(model, torch.ones(3, 4))
    assert recorder.late is not None
    recorder.late.settle()
    found = [(row.minimum, row.maximum) for row in outputs(recorder.run)]
    assert found[0] == (2.0, 2.0)
    assert found[1] == (20.0, 20.0)
    assert found[-1] == (-5.0, 20.0)


def test_reading_a_kept_value_copies_no_memory():
    recorder, history = recorded(
        lambda x: (x + 1).view(-1)[7:900].view(47, 19).t(), torch.rand(40, 40)
    )
    assert recorder.late is not None
    recorder.late.settle()
    kept: list[Any] = [history.get(ref) for ref in history]
    assert len({tensor.const_data_ptr() - 4 * tensor.storage_offset() for tensor in kept}) == 1
    assert all(torch._C._is_cow_tensor(tensor) for tensor in kept)


def test_under_a_small_budget_every_statistic_is_there():
    layers = nn.Sequential(*(nn.Linear(64, 64) for _ in range(30)))
    recorder, history = recorded(layers, torch.rand(8, 64), budget=5 * 8 * 64 * 4)
    assert history.dropped == 25
    waiting = [n for n, summary in enumerate(outputs(recorder.run)) if summary.pending]
    assert waiting == [25, 26, 27, 28, 29]
    assert recorder.late is not None
    recorder.late.settle()
    assert all(summary.mean is not None for summary in outputs(recorder.run))


def test_inside_vmap_and_under_other_modes_nothing_is_touched_that_cannot_be():
    seen: list[str] = []

    class Spy(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
            seen.append(getattr(function, "__name__", ""))
            return function(*args, **(kwargs or {}))

    def model(x: torch.Tensor) -> torch.Tensor:
        return torch.vmap(lambda row: row.sin().sum())(x) + 1

    with Spy():
        recorder, _ = recorded(model, torch.rand(5, 6))
    names = [recorder.run.graph.ops[record.op].type for record in recorder.run.records]
    assert "add" in names
    assert seen.count("sum") == names.count("sum")  # none of ours
    assert recorder.late is not None
    assert recorder.late.settle()
    assert recorder.run.records[-1].outputs[0].mean is not None


def test_a_session_tells_all_statistics_once_it_stands(client: Client, models: Path):
    run = known(client, models, "net")
    client.step("continue")
    client.request(SETTLE)
    assert len(run.records) == 80
    assert not any(summary.pending for summary in outputs(run))
    assert all(summary.rms for summary in outputs(run))
    updates = [event for event in client.events if event["event"] == "opscope/summaries"]
    told = [index for event in updates for index in event["body"]["index"]]
    assert len(told) == len(set(told))  # each once


def test_a_step_comes_with_its_statistics_and_a_look_gives_them(client: Client, models: Path):
    run = known(client, models, "net")
    for _ in range(4):
        client.step("stepIn", {"granularity": "instruction"})
    assert run.records
    assert not any(summary.pending for summary in outputs(run))
    client.step("continue")
    for index in (0, 39, 79):
        piece = client.tensor(TensorRequest(ValueRef(index), Form.HISTOGRAM))
        assert not piece.whole.pending
        assert piece.low == piece.whole.minimum == run_minimum(client, run, index)


def run_minimum(client: Client, run: Run, index: int) -> float | None:
    client.request(SETTLE)
    return run.records[index].outputs[0].minimum


def test_what_is_not_finite_arrives_with_its_record(client: Client, models: Path):
    known(client, models, "bad")
    client.step("continue")
    events = [event for event in client.events if event["event"] == "opscope/records"]
    columns = [event["body"]["records"]["outputs"]["of"] for event in events]
    counted = sum(
        nan + up + down
        for rows in columns
        for nan, up, down in zip(rows["nan"], rows["posinf"], rows["neginf"], strict=True)
    )
    assert counted == 64 * 64


def test_a_condition_needs_no_statistics(client: Client, models: Path):
    known(client, models, "bad")
    point = {"kind": "type", "where": "div", "condition": "not isfinite(output).all()"}
    client.request("opscope/breakpoints", {"breakpoints": [point]})
    body = client.step("continue")
    assert body["reason"] == "function breakpoint"
    last = client.run.records[-1]
    assert client.run.graph.ops[last.op].type == "div"
    assert not last.outputs[0].finite


def test_an_op_that_moves_finite_elements_is_not_looked_at_again_but_new_dtypes_are():
    backend = TorchBackend()
    bits = torch.tensor([0x7F800000, 0], dtype=torch.int32)  # the first is +Inf as float32
    whole = backend.take(bits)[1]
    assert whole.pending
    told = backend.take(bits.view(torch.float32), whole.dtype)[1]
    assert (told.pending, told.posinf) == (False, 1)
    taken = backend.take(torch.tensor([float("inf")]), "float32")[1]
    assert taken.pending, "known already, so nothing looks"
    assert {"relu", "view", "transpose"} <= backend.moving
    assert not {"add", "mul", "exp", "to", "masked_fill"} & backend.moving
