"""Backward passes in real sessions: from an output of a finished run, and on the command line."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from opscope.app.cli import main
from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    Breakpoint,
    BreakpointKind,
    Edit,
    EditKind,
    Form,
    Phase,
    Run,
    TensorRequest,
    ValueRef,
)
from opscope.tracers.ir import RunState as State
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import BACKWARD, BREAKPOINTS, EDITS, REWIND
from opscope.tracers.protocol.refusal import Refusal

MODELS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(3, 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        print("said by the model")
        hidden = torch.tanh(self.drop(self.line(x)))
        best = hidden.argmax(1)
        return hidden.square().sum(), best

def net():
    torch.manual_seed(0)
    return Net().train(), (torch.randn(4, 3),)

class Spoils(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        y = torch.exp(x * self.weight)
        z = y.sum()
        y.add_(1)
        return z

def spoils():
    return Spoils(), (torch.ones(3),)

def alone(x):
    with torch.no_grad():
        return x * 2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backward_nets.py").write_text(MODELS)
    return tmp_path


@contextmanager
def finished(spec: str, folder: Path) -> Generator[Client]:
    """A session whose first run is over."""
    with Client.start() as made:
        launched = made.send("launch", {"spec": spec, "cwd": str(folder), "stopOnEntry": False})
        made.request("configurationDone")
        made.answer(launched, 60)
        made.follow_graph()
        made.wait_state("finished", timeout=60)
        made.request("threads")
        yield made


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    with finished("backward_nets.py:net", folder) as made:
        yield made


def types(run: Run) -> list[str]:
    return [run.graph.ops[record.op].type for record in run.records]


def step(client: Client, command: str) -> str:
    """What the run then stands before."""
    client.request(command, {"threadId": 1})
    client.wait_event("stopped", timeout=30)
    client.request("threads")
    run = client.mirror.run
    place = run.head
    return run.graph.ops[place.op].type if place.op >= 0 else run.graph.scopes[place.scope].path


def values(client: Client, record: int, slot: int = 0) -> tuple[float, ...]:
    """Smallest, largest and mean of an output."""
    whole = client.tensor(TensorRequest(ValueRef(record, slot), Form.SUMMARY)).whole
    assert whole.minimum is not None
    assert whole.maximum is not None
    assert whole.mean is not None
    return whole.minimum, whole.maximum, whole.mean


def to_backward(client: Client, record: int, seed: str = "") -> None:
    client.request(BACKWARD, {"record": record, "slot": 0, "seed": seed})
    assert client.wait_event("stopped", timeout=30)["reason"] == "goto"
    client.request("threads")


def test_a_backward_pass_is_stepped_looked_at_and_gone_back_in(client: Client):
    run = client.mirror.run
    forward = types(run)
    loss = forward.index("sum")
    with pytest.raises(Refusal, match="no scalar"):
        client.request(BACKWARD, {"record": forward.index("tanh"), "slot": 0})
    with pytest.raises(Refusal, match="only floating-point has a gradient"):
        client.request(BACKWARD, {"record": forward.index("argmax"), "slot": 0, "seed": "ones"})
    with pytest.raises(Refusal, match=r"There is no file nowhere\.npy"):
        client.request(BACKWARD, {"record": loss, "slot": 0, "seed": "nowhere.npy"})
    assert run.state is State.FINISHED, "a refusal changes nothing"

    kept = values(client, forward.index("dropout"))
    to_backward(client, loss)
    assert client.mirror.state is not None
    assert client.mirror.state.note.startswith("The backward pass starts here, from sum.")
    assert types(run) == forward, "the forward pass stands as it stood"
    assert values(client, forward.index("dropout")) == kept
    assert run.graph.scopes[run.head.scope].path == "backward"
    assert [step(client, "stepIn"), step(client, "next")] == ["SumBackward", "PowBackward"]
    assert step(client, "stepIn").startswith("aten.")
    assert step(client, "stepOut") == "TanhBackward"
    line = client.mirror.state.stack[0]
    assert MODELS.splitlines()[line.line - 1].strip() == (
        "hidden = torch.tanh(self.drop(self.line(x)))"
    )
    go_on(client)
    names = types(run)
    back = names.index("TanhBackward")
    assert run.records[back].phase is Phase.BACKWARD
    assert run.records[back].forward == forward.index("tanh")
    assert run.records[back].gradient_of == ((forward.index("dropout"), 0),)
    last = len(names) - 1
    found = {
        run.graph.values[ref[1]].name
        for row in run.records
        for ref in row.gradient_of
        if ref != NOTHING and ref[0] == OUTSIDE
    }
    assert found == {"line.weight", "line.bias"}
    weight = values(client, last)

    client.request(REWIND, {"record": back})
    client.wait_event("stopped", timeout=30)
    client.request("threads")
    assert run.graph.ops[run.head.op].type == "TanhBackward"
    go_on(client)
    assert types(run) == names
    assert values(client, last) == weight

    key = run.graph.ops[run.records[back].op].key
    edit = Edit(1, key, EditKind.EXPRESSION, "x * 2")
    client.request(EDITS, {"edits": [to_json(edit)]})
    client.wait_event("stopped", timeout=30)
    go_on(client)
    assert values(client, last) == tuple(2 * number for number in weight), "a gradient edited"

    to_backward(client, forward.index("square"), "ones")
    assert types(run) == forward, "another pass takes the place of the first"
    assert [step(client, "stepIn"), step(client, "next")] == ["PowBackward", "TanhBackward"]


def go_on(client: Client) -> None:
    client.request("continue", {"threadId": 1})
    client.wait_state("finished", timeout=30)
    client.request("threads")


def test_a_training_step_is_gone_back_in_to_any_op(folder: Path):
    with finished("sample:train_step", folder) as client:
        run = client.mirror.run
        names, outputs = types(run), [record.outputs for record in run.records]
        own = names.index("StraightThroughBackward")
        again = next(
            index
            for index, record in enumerate(run.records)
            if record.phase is Phase.FORWARD and "recomputed" in run.graph.ops[record.op].key
        )
        for record in (own, again, len(names) - 1):
            client.request(REWIND, {"record": record})
            client.wait_event("stopped", timeout=30)
            client.request("threads")
            assert client.mirror.state is not None
            assert client.mirror.state.note == ""
            assert run.graph.ops[run.head.op].type == names[record]
            go_on(client)
            assert types(run) == names
            assert [record.outputs for record in run.records] == outputs

        condition = 'phase == "backward" and inputs[0].abs().max() > 0'
        point = Breakpoint(BreakpointKind.TYPE, "*Backward", condition=condition)
        client.request(BREAKPOINTS, {"breakpoints": [to_json(point)]})
        client.request(REWIND, {"record": 0})
        client.wait_event("stopped", timeout=30)
        client.request("continue", {"threadId": 1})
        assert client.wait_event("stopped", timeout=30)["reason"] == "function breakpoint"
        client.request("threads")
        assert run.graph.ops[run.head.op].type == "NllLossBackward"


def traced(*words: str) -> tuple[int, dict[str, Any]]:
    code = main(["trace", *words, "--json", "out.json", "--records"])
    return code, json.loads(Path("out.json").read_text())


def test_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]):
    code, body = traced("backward_nets.py:net", "--backward", "--verify")
    assert code == 0
    assert body["verify"]["equal"]
    rows = [row for row in body["records"] if row["phase"] == "backward"]
    assert [row["type"] for row in rows][:2] == ["SumBackward", "PowBackward"]
    assert rows[0]["inputs"] == ["seed"]
    assert rows[1]["forward"] == "/square:0"
    assert rows[1]["gradient_of"] == ["/tanh:0:0"]
    assert capsys.readouterr().err.count("said by the model") == 1


def test_a_pass_that_fails_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["trace", "backward_nets.py:spoils", "--backward"]) == 1
    told = capsys.readouterr()
    assert "ExpBackward" in told.err
    assert "modified by an inplace operation" in told.err


def test_what_cannot_be_done_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]):
    spec = "backward_nets.py:alone"
    assert main(["trace", spec, "--input", "3x2", "--backward", "--seed", "ones"]) == 1
    assert "does not require grad" in capsys.readouterr().err
