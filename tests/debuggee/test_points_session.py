"""Breakpoints' conditions and Python's local variables in real sessions of both frameworks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal

TORCH = '''
import torch
from collections import namedtuple

Pair = namedtuple("Pair", "left right")


class Loud:
    """Everything that a debugger might call by accident."""

    def __init__(self):
        self.inside = 7

    def __repr__(self):
        raise SystemExit("the user's __repr__ ran")

    def __getattr__(self, name):
        raise SystemExit(f"the user's __getattr__ ran for {name}")

    def __hash__(self):
        raise SystemExit("the user's __hash__ ran")

    __eq__ = __len__ = __bool__ = __iter__ = __hash__


class Block(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = torch.nn.Linear(size, size)
        self.scale = 0.5

    def attend(self, query, heads):
        scores = torch.matmul(query, query.transpose(0, 1))
        return torch.softmax(scores * self.scale, dim=-1)

    def forward(self, x):
        loud = Loud()
        loop = [1, 2]
        loop.append(loop)
        text = "t" * 5000
        table = {"rows": [x, 3], "pair": Pair(1, "two"), 5: None}
        weights = self.attend(x, heads=4)
        return torch.relu(self.fc(weights @ x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList(Block(6) for _ in range(3))

    def forward(self, x):
        for number, block in enumerate(self.blocks):
            x = block(x) + number
        return x.sum()


def build():
    torch.manual_seed(0)
    return Net(), (torch.linspace(-1, 1, 24).reshape(4, 6),)
'''

KERAS = """
import tensorflow as tf


@tf.function
def model(x):
    for number in tf.range(5):
        x = tf.nn.relu(x * 2.0) - 1.0
    return tf.reduce_sum(x)


def build():
    return model, (tf.constant([[1.0, 2.0, 3.0]]),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


def opened(client: Client, folder: Path, text: str) -> Path:
    file = folder / "user_model.py"
    file.write_text(text)
    client.launch({"spec": f"{file}:build", "python": sys.executable})
    client.wait_event("stopped")
    return file


def line_of(text: str, whole: str) -> int:
    return next(n for n, line in enumerate(whole.splitlines(), 1) if text in line)


def rows(client: Client, reference: int, **page: int) -> dict[str, dict[str, Any]]:
    body = {"variablesReference": reference, **page}
    return {row["name"]: row for row in client.request("variables", body)["variables"]}


def frames(client: Client) -> list[dict[str, Any]]:
    return client.request("stackTrace", {"threadId": 1})["stackFrames"]


def scopes(client: Client, frame: dict[str, Any]) -> dict[str, int]:
    found = client.request("scopes", {"frameId": frame["id"]})["scopes"]
    return {scope["name"]: scope["variablesReference"] for scope in found}


def stop_at(client: Client, file: Path, text: str, **terms: str) -> dict[str, Any]:
    point = {"line": line_of(text, file.read_text()), **terms}
    body = {"source": {"path": str(file)}, "breakpoints": [point]}
    (told,) = client.request("setBreakpoints", body)["breakpoints"]
    assert told["verified"], told
    return client.step("continue")


def test_locals_of_the_users_frames(client: Client, tmp_path: Path):
    file = opened(client, tmp_path, TORCH)
    stop_at(client, file, "torch.softmax(scores", condition="heads == 4 and self is not None")
    shown = frames(client)
    names = [frame["name"].partition(" (")[0] for frame in shown]
    assert names[:3] == ["mul", "attend", "blocks.0"]
    assert shown[1]["line"] == line_of("torch.softmax(scores", TORCH)
    assert shown[2]["line"] == line_of("weights = self.attend", TORCH)
    assert shown[3]["line"] == line_of("x = block(x) + number", TORCH)

    inner = scopes(client, shown[1])
    assert list(inner) == ["Locals"]
    attend = rows(client, inner["Locals"])
    assert list(attend) == ["self", "query", "heads", "scores"]
    assert attend["heads"]["value"] == "4"
    scores = attend["scores"]
    assert scores["value"].startswith("float32[4×4] ")
    record = scores["opscope"]["record"]
    assert client.run.graph.ops[client.run.records[record].op].type == "matmul"
    assert scores["memoryReference"] == f"record:{record}:0"
    assert client.request(
        "readMemory", {"memoryReference": scores["memoryReference"], "count": 64}
    )["data"]
    first = rows(client, scores["variablesReference"], start=0, count=1)
    assert first["[0]"]["value"] == "float32[4]"

    own = rows(client, attend["self"]["variablesReference"])
    assert list(own)[:1] == ["fc"]
    assert own["scale"]["value"] == "0.5"
    assert not any(name.startswith("_") for name in own)
    linear = rows(client, own["fc"]["variablesReference"])
    assert linear["weight"]["value"].startswith("float32[6×6]")
    assert linear["weight"]["opscope"]["record"] == -1

    outer = scopes(client, shown[2])
    assert list(outer) == ["Locals", "Parameters", "Attributes"]
    assert "weights" not in rows(client, outer["Locals"])


def test_locals_never_run_the_users_code(client: Client, tmp_path: Path):
    file = opened(client, tmp_path, TORCH)
    stop_at(client, file, "torch.softmax(scores")
    found = rows(client, scopes(client, frames(client)[2])["Locals"])
    assert found["loud"]["value"] == "<Loud>"
    assert rows(client, found["loud"]["variablesReference"])["inside"]["value"] == "7"
    assert found["text"]["value"] == "'" + "t" * 198 + "…"
    loop = found["loop"]
    for _ in range(5):
        loop = rows(client, loop["variablesReference"])["[2]"]
        assert loop["value"] == "list of 3 items"
    table = rows(client, found["table"]["variablesReference"])
    assert table["'rows'"]["value"] == "list of 2 items"
    pair = rows(client, table["'pair'"]["variablesReference"])
    assert {name: row["value"] for name, row in pair.items()} == {"left": "1", "right": "'two'"}
    client.step("continue")
    assert client.run.state in (RunState.PAUSED, RunState.FINISHED)


def test_looking_back_says_that_there_are_no_locals(client: Client, tmp_path: Path):
    file = opened(client, tmp_path, TORCH)
    stop_at(client, file, "torch.softmax(scores")
    client.step("stepBack")
    shown = next(frame for frame in frames(client) if frame["name"].startswith("blocks.0"))
    (note,) = rows(client, scopes(client, shown)["Locals"]).values()
    assert "only where the run stands" in note["value"]


def test_conditions_in_a_torch_model(client: Client, tmp_path: Path):
    file = opened(client, tmp_path, TORCH)
    (told,) = client.request(
        "setFunctionBreakpoints",
        {
            "breakpoints": [
                {"name": "soft*", "condition": "output.max() > 0.26", "hitCondition": "2"}
            ]
        },
    )["breakpoints"]
    assert told["verified"]
    client.step("continue")
    last = client.run.records[-1]
    assert client.run.graph.ops[last.op].type == "softmax"
    maxima = [
        record.outputs[0].maximum
        for record in client.run.records
        if client.run.graph.ops[record.op].type == "softmax"
    ]
    assert [number > 0.26 for number in maxima].count(True) == 2
    assert maxima[-1] > 0.26
    assert scopes(client, frames(client)[0]).keys() >= {"Locals"}

    client.request("setFunctionBreakpoints", {"breakpoints": []})
    client.restart()
    client.wait_event("stopped")
    stop_at(client, file, "x = block(x) + number", condition="number == 2 and x.shape[1] == 6")
    outer = next(f for f in frames(client) if f["line"] == line_of("x = block(x)", TORCH))
    assert rows(client, scopes(client, outer)["Locals"])["number"]["value"] == "2"

    client.request("setBreakpoints", {"source": {"path": str(file)}, "breakpoints": []})
    (told,) = client.request(
        "setFunctionBreakpoints",
        {"breakpoints": [{"name": "blocks.2", "condition": "inputs[0].sum() > 0"}]},
    )["breakpoints"]
    client.restart()
    client.wait_event("stopped")
    assert client.step("continue")["hitBreakpointIds"] == [told["id"]]
    assert client.run.graph.scopes[client.run.head.scope].path == "blocks.2"


def test_going_on_from_the_past_ends_at_the_breakpoint_that_the_run_stands_at(
    client: Client, tmp_path: Path
):
    file = opened(client, tmp_path, TORCH)
    asked = {"name": "blocks.*", "condition": "inputs[0].sum() > 0", "hitCondition": "=2"}
    (told,) = client.request("setFunctionBreakpoints", {"breakpoints": [asked]})["breakpoints"]
    client.step("continue")
    head = client.run.head
    client.step("stepBack")
    client.step("stepBack")
    assert client.run.place != head
    assert client.step("continue")["hitBreakpointIds"] == [told["id"]]
    assert client.run.cursor is None
    assert client.run.place == head
    stop_at(client, file, "return x.sum()")
    assert client.run.graph.ops[client.run.head.op].type == "sum"


def test_hits_are_counted_anew_from_where_the_run_was_rewound_to(client: Client, tmp_path: Path):
    opened(client, tmp_path, TORCH)
    asked = {"name": "relu", "hitCondition": "=3"}
    client.request("setFunctionBreakpoints", {"breakpoints": [asked]})
    client.step("continue")
    head = client.run.head
    second = next(
        index
        for index, record in enumerate(client.run.records)
        if client.run.graph.scopes[client.run.frames[record.frame].scope].path == "blocks.1"
    )
    for record in (second, 0):
        client.request("opscope/rewind", {"record": record})
        client.wait_event("stopped")
        assert len(client.run.records) == record
        client.step("continue")
        assert client.run.head.record == head.record, "the third time is where it was"


def test_running_to_a_line(client: Client, tmp_path: Path):
    file = opened(client, tmp_path, TORCH)
    line = line_of("torch.softmax(scores", TORCH)

    def run_to(number: int) -> str:
        client.request("opscope/runTo", {"file": str(file), "line": number})
        client.wait_event("stopped")
        place = client.run.place
        return client.run.graph.scopes[place.scope].path

    assert [run_to(line) for _ in range(3)] == ["blocks.0", "blocks.1", "blocks.2"]
    assert client.run.graph.ops[client.run.head.op].type == "mul"
    assert run_to(line_of("return x.sum()", TORCH)) == ""
    assert client.run.graph.ops[client.run.head.op].type == "sum"
    nowhere = "No code stands on line 9000 of user_model[.]py or below it"
    with pytest.raises(Refusal, match=nowhere):
        run_to(9000)


def test_conditions_never_change_the_answer(client: Client, tmp_path: Path):
    opened(client, tmp_path, TORCH)
    client.step("continue")
    plain = client.run.records[-1].outputs[0]
    client.restart()
    client.wait_event("stopped")
    before = len(client.run.graph.ops)
    client.request(
        "setFunctionBreakpoints",
        {"breakpoints": [{"name": "*", "condition": "softmax(output.float()).isnan().any()"}]},
    )
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    assert client.run.records[-1].outputs[0] == plain
    assert len(client.run.graph.ops) == before
    assert client.request("opscope/verify", {"repeats": 1})["equal"]


def test_conditions_in_a_tensorflow_function(client: Client, tmp_path: Path):
    opened(client, tmp_path, KERAS)
    (told,) = client.request(
        "setFunctionBreakpoints",
        {
            "breakpoints": [
                {"name": "Relu", "condition": "output.max() > 10 and inputs[0].size == 3"}
            ]
        },
    )["breakpoints"]
    assert told["verified"]
    stop = client.step("continue")
    assert stop["hitBreakpointIds"] == [told["id"]], stop
    last = client.run.records[-1]
    assert client.run.graph.ops[last.op].type == "Relu"
    assert last.outputs[0].maximum > 10
    earlier = [
        record.outputs[0].maximum
        for record in client.run.records[:-1]
        if client.run.graph.ops[record.op].type == "Relu"
    ]
    assert earlier
    assert max(earlier) <= 10
