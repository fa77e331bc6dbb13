"""Stepping into ops: the aten ops inside them, and that the answer stays the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from opscope.app.cli import main
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import OUTSIDE, Presence, RunState, ScopeKind, ValueKind
from opscope.tracers.protocol.client import Client
from opscope.tracers.pytorch.aten import parts_of

from .torch_runs import open_model, same_bits

MODEL = """
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5, num_layers=2, batch_first=True)
        self.fc = nn.Linear(5, 8)

    def forward(self, x):
        y, _ = self.lstm(x)
        y = torch.relu(self.fc(y))
        y = F.scaled_dot_product_attention(y, y, y)
        return y.softmax(-1)


def build():
    torch.manual_seed(0)
    return Net().eval(), (torch.randn(2, 7, 4),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "user_model.py"
    file.write_text(MODEL)
    return f"{file}:build"


def deep(target, *args):
    """A run with every op entered; its recorder and result."""
    program = open_model(target, *args)
    history = History(1 << 30)
    recorder = Recorder(program.backend, GraphBuilder(), keeper=history)
    recorder.deep = True
    result, _ = program.timed(recorder)
    recorder.finish()
    return recorder, history, result


def keys(recorder) -> list[str]:
    return [recorder.run.graph.ops[record.op].key for record in recorder.run.records]


def head(client: Client) -> str:
    run = client.run
    if run.head.op >= 0:
        return run.graph.ops[run.head.op].key
    return f"[{run.graph.scopes[run.head.scope].path}]"


def test_an_ops_parts_stand_in_a_scope_of_its_own():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    recorder, history, result = deep(model, torch.randn(5, 3))
    assert keys(recorder) == [
        "/0/linear:0/aten.t:0",
        "/0/linear:0/aten.addmm:0",
        "/0/linear:0",
        "/1/linear:0/aten.t:0",
        "/1/linear:0/aten.addmm:0",
        "/1/linear:0",
    ]
    run, graph = recorder.run, recorder.run.graph
    linear = graph.ops[run.records[2].op]
    scope = graph.scopes[linear.inner]
    assert (scope.kind, scope.op, scope.path) == (
        ScopeKind.FUNCTION,
        run.records[2].op,
        "0.linear:0",
    )
    assert run.frames[run.records[0].frame].scope == linear.inner
    assert {op.presence for op in graph.ops} == {Presence.EXPECTED}
    # The parts read each other's outputs and the weights; what follows reads the op's own.
    names = [graph.values[slot].name for record, slot in run.records[1].inputs if record == OUTSIDE]
    assert names == ["0.bias", "input"]
    assert (0, 0) in run.records[1].inputs
    assert (2, 0) in run.records[4].inputs
    assert not [value for value in graph.values if value.kind is ValueKind.CONSTANT]
    kept, inside = history.get((5, 0)), history.get((4, 0))
    assert isinstance(kept, torch.Tensor)
    assert isinstance(inside, torch.Tensor)
    assert same_bits(kept, inside)
    assert same_bits(kept, result.detach())


class Zoo(nn.Module):
    """Ops whose inside is of every kind."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True, bidirectional=True)
        self.norm = nn.BatchNorm1d(12)
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True)
        self.script = torch.jit.script(nn.Sequential(nn.Linear(12, 12), nn.GELU()))

    def forward(self, x):
        y, _ = self.gru(x)
        y = self.norm(y.transpose(1, 2)).transpose(1, 2)
        y, _ = self.attention(y, y, y)
        y = self.script(F.dropout(y, 0.2, True))
        y[:, 0] += 1
        with torch.autocast("cpu", torch.bfloat16):
            z = y @ y.mT
        w = torch.vmap(lambda row: torch.dot(row, row) * 2)(y[0])
        low, high = torch.aminmax(z.float())
        return y.cumsum(1), low, high, w, torch.std(y, 1)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
def test_the_inside_changes_nothing():
    torch.manual_seed(0)
    model, x = Zoo().train(), torch.randn(2, 7, 4)
    program = open_model(model, x)

    def recorder() -> Recorder:
        made = Recorder(program.backend, GraphBuilder(), keeper=History(1 << 30))
        made.deep = True
        return made

    assert program.verify(recorder, 1).equal
    found = recorder()
    program.execute(found)
    types = {found.run.graph.ops[record.op].type for record in found.run.records}
    assert {"aten.bernoulli_", "aten._to_copy", "aten.bmm", "gelu"} <= types
    assert "aten.detach" not in types, "autograd's own"
    norm = next(r for r in found.run.records if found.run.graph.ops[r.op].type == "batch_norm")
    assert len(norm.outputs) == 3, "running statistics too"


def test_gradients_are_those_of_a_plain_run():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.LayerNorm(8), nn.Linear(8, 1))
    x = torch.randn(5, 3)
    model(x).sum().backward()
    plain = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad(set_to_none=True)
    _, _, result = deep(model, x)
    result.sum().backward()
    for weight, gradient in zip(model.parameters(), plain, strict=True):
        assert same_bits(weight.grad, gradient)


def test_what_is_inside_is_foreseen_without_computing():
    x, weight = torch.ones(2, 3), torch.ones(4, 3)
    before = torch.get_rng_state()
    assert parts_of(F.linear, (x, weight, torch.ones(4)), {}) == ["aten.t", "aten.addmm"]
    assert parts_of(torch.relu, (x,), {}) == ["aten.relu"]
    assert "aten.bernoulli_" in (parts_of(F.dropout, (x, 0.5, True), {}) or [])
    assert parts_of(torch.Tensor.add_, (x, 5), {}) == ["aten.add_"]
    assert parts_of(torch.Tensor.apply_, (x, lambda value: 1 / 0), {}) is None
    assert torch.equal(x, torch.ones(2, 3))
    assert torch.equal(torch.get_rng_state(), before)


def test_step_into_out_and_over_an_op(client: Client, spec: str):
    client.launch({"spec": spec, "python": sys.executable})
    client.wait_event("stopped")
    client.step("stepIn")
    client.step("stepIn")
    client.step("stepIn")
    assert head(client) == "/lstm/lstm:0"
    client.step("stepIn")
    assert head(client).startswith("/lstm/lstm:0/aten.")
    assert client.run.graph.scopes[client.run.head.scope].op >= 0
    stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    assert [frame["name"].partition(" ")[0] for frame in stack][:2] == [
        head(client).rpartition("/")[2].partition(":")[0],
        "lstm.lstm:0",
    ]
    inside = len(client.run.records)
    client.step("next")
    assert len(client.run.records) == inside + 1
    client.step("stepOut")
    assert head(client) == "/fc/linear:0"
    lstm = next(r for r in client.run.records if client.run.graph.ops[r.op].type == "lstm")
    assert [output.shape for output in lstm.outputs] == [(2, 7, 5), (2, 2, 5), (2, 2, 5)]
    client.step("next")
    assert head(client) == "/relu:0"
    client.step("stepIn")
    assert head(client) == "/scaled_dot_product_attention:0", "one part: nothing to enter"
    client.step("stepBack")
    assert client.run.cursor is not None
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    assert client.request("opscope/verify", {"repeats": 1})["equal"]

    client.request("setFunctionBreakpoints", {"breakpoints": [{"name": "aten.mm"}]})
    client.restart()
    client.wait_event("stopped")
    stop = client.step("continue")
    assert (stop["reason"], head(client)) == ("function breakpoint", "/fc/linear:0/aten.mm:0")
    types = [client.run.graph.ops[record.op].type for record in client.run.records]
    assert types[-4:] == ["lstm", "aten.t", "aten.clone", "aten._unsafe_view"]
    assert not [name for name in types[:-3] if "." in name], "no other op was entered"
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_trace_down_to_aten(spec: str, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", spec, "--level", "aten", "--verify"]) == 0
    told = capfd.readouterr().out
    assert "aten.mkldnn_rnn_layer" in told or "aten.lstm" in told or "aten.sigmoid" in told
    assert "aten._softmax" in told, "ops with one part as well"
    assert "equal bit for bit" in told
