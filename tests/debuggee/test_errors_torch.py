"""Errors of PyTorch models: where the run stops, what is alive there, and how it goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import RunState, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client

MODEL = """
import contextlib
import torch
from torch import nn


class Down(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(torch.relu(self.conv(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.down = Down()
        self.skip = nn.Conv2d(4, 4, 3, stride=2, padding=1)

    def forward(self, image):
        x = torch.relu(self.stem(image))
        small = self.down(x)
        other = self.skip(x)
        return (small + other).mean()


class Helper(nn.Module):
    def check(self, value, limit):
        doubled = limit * 2
        raise ValueError(f"over {doubled}")

    def forward(self, x):
        x = x * 2
        self.check(x, 3)
        return x


class Raises(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.helper = Helper()

    def forward(self, x):
        outer = "kept"
        return self.helper(self.fc(x))


class Catches(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how = how
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        y = x
        if self.how == "suppress":
            with contextlib.suppress(RuntimeError):
                y = x @ torch.ones(5, 2)
        elif self.how == "again":
            try:
                y = x @ torch.ones(5, 2)
            except RuntimeError as error:
                raise ValueError("no such width") from error
        elif self.how == "otherwise":
            try:
                y = x @ torch.ones(5, 2)
            except (KeyError, TypeError):
                y = x
        else:
            try:
                y = x @ torch.ones(5, 2)
            except RuntimeError:
                y = x * 2
        return self.fc(y)


def floor():
    torch.manual_seed(0)
    return Net().eval(), (torch.randn(1, 3, 8, 75),)


def raises():
    return Raises(), (torch.ones(2, 3),)


def root():
    def model(x):
        y = x + 1
        return [y][3]

    return model, (torch.ones(2),)


def script():
    class Inner(nn.Module):
        def forward(self, x):
            return torch.relu(x) @ torch.ones(5, 2)

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.jit.script(Inner())

        def forward(self, x):
            return self.inner(x) + 1

    return Outer(), (torch.ones(2, 3),)


def again():
    return Catches("again"), (torch.ones(2, 3),)


def catches():
    return Catches("plain"), (torch.ones(2, 3),)


def suppresses():
    return Catches("suppress"), (torch.ones(2, 3),)


def otherwise():
    return Catches("otherwise"), (torch.ones(2, 3),)
"""


WALK = (
    "Axis 3 of input 0 is 37, axis 3 of input 1 is 38.",
    "Input 0: 75 → 37 by a floor in max_pool2d in down.pool (op 5: kernel 2, stride 2);"
    " ceil would give 38.",
    "Input 1: 75 → 38 in conv2d in skip (op 6: kernel 3, stride 2, padding 1).",
    "Both come from axis 3 of relu (op 2), 75.",
)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "user_model.py"
    made.write_text(MODEL)
    return made


def opened(client: Client, file: Path, name: str) -> Client:
    client.launch({"spec": f"{file}:{name}", "python": sys.executable})
    client.wait_event("stopped")
    return client


def line_of(text: str) -> int:
    lines = MODEL.splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def types(client: Client) -> list[str]:
    return [client.run.graph.ops[record.op].type for record in client.run.records]


def frames(client: Client) -> list[dict[str, Any]]:
    return client.request("stackTrace", {"threadId": 1})["stackFrames"]


def local_names(client: Client, frame: dict[str, Any]) -> dict[str, str]:
    scopes = client.request("scopes", {"frameId": frame["id"]})["scopes"]
    (reference,) = [row["variablesReference"] for row in scopes if row["name"] == "Locals"]
    rows = client.request("variables", {"variablesReference": reference})["variables"]
    return {row["name"]: row["value"] for row in rows}


def test_an_op_that_raises_is_foreseen_by_the_map_and_stood_at(client: Client, file: Path):
    opened(client, file, "floor")
    run, graph, drawn = client.run, client.run.graph, client.mirror.map
    assert drawn.failure is not None
    op = graph.ops[drawn.failure.record]
    assert op.type == "add"
    assert [graph.values[index].shape for index in op.inputs] == [(1, 4, 4, 37), (1, 4, 4, 38)]
    assert drawn.failure.shapes == WALK
    assert run.foreseen == drawn.failure
    assert [row.type for row in graph.ops][-1] == "mean", "torch.fx knows what would follow"
    assert run.records == []

    stop = client.step("continue")
    assert (stop["reason"], run.state) == ("exception", RunState.PAUSED)
    assert run.graph.ops[run.head.op].type == "add"
    assert run.failing == run.head.record == len(run.records) - 1
    failed = run.records[run.failing]
    shapes = [
        client.tensor(TensorRequest(ValueRef(run.failing, n, True))).whole.shape for n in (0, 1)
    ]
    assert shapes == [(1, 4, 4, 37), (1, 4, 4, 38)]
    assert "must match the size" in failed.error
    assert frames(client)[0]["line"] == line_of("(small + other)")
    inner = next(frame for frame in frames(client) if frame["name"].startswith("Net"))
    assert {"small", "other", "x"} <= local_names(client, inner).keys()
    info = client.request("exceptionInfo", {"threadId": 1})
    assert (info["exceptionId"], info["breakMode"]) == ("RuntimeError", "unhandled")
    assert "ceil would give 38" in info["description"]
    assert run.failure is not None
    assert run.failure.shapes == WALK

    head = run.head
    client.step("stepBack")
    assert run.cursor is not None
    assert run.failing == -1, "the past has no error"
    assert client.step("next")["reason"] == "exception"
    assert (run.cursor, run.head) == (None, head)
    stop = client.step("continue")
    assert (stop["reason"], run.state) == ("exception", RunState.FAILED)
    assert types(client).count("add") == 1, "the error was recorded once"
    assert run.failure is not None
    assert run.failure.record == head.record


def test_a_model_that_raises_by_itself_is_stood_at_with_its_frames(client: Client, file: Path):
    opened(client, file, "raises")
    stop = client.step("continue")
    run = client.run
    assert (stop["reason"], run.state) == ("exception", RunState.PAUSED)
    assert run.message == "helper raised ValueError: over 6"
    assert run.failure is not None
    assert run.failure.record == -1
    stack = frames(client)
    assert [frame["line"] for frame in stack] == [
        line_of("raise ValueError(f"),
        line_of("self.check(x, 3)"),
        line_of("return self.helper(self.fc(x))"),
    ]
    assert local_names(client, stack[0])["doubled"] == "6"
    assert local_names(client, stack[2])["outer"] == "'kept'"
    assert client.tensor(TensorRequest(ValueRef(1))).shape == (2, 3)
    client.step("continue")
    assert run.state is RunState.FAILED
    assert "tracers" not in client.output


def test_an_error_outside_of_all_modules_is_stood_at(client: Client, file: Path):
    opened(client, file, "root")
    assert client.step("continue")["reason"] == "exception"
    assert client.run.state is RunState.PAUSED
    assert frames(client)[0]["line"] == line_of("return [y][3]")
    assert local_names(client, frames(client)[0]).keys() == {"x", "y"}


@pytest.mark.parametrize("name", ["catches", "suppresses"])
def test_what_the_model_catches_stops_nothing_unless_asked(client: Client, file: Path, name: str):
    opened(client, file, name)
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    assert [record.error != "" for record in client.run.records].count(True) == 1
    client.request("setExceptionBreakpoints", {"filters": ["raised", "uncaught"]})
    client.restart()
    client.wait_event("stopped")
    stop = client.step("continue")
    assert stop["reason"] == "exception"
    assert client.run.failure is not None
    assert client.run.failure.caught
    assert client.request("exceptionInfo", {"threadId": 1})["breakMode"] == "always"
    client.step("stepIn")
    assert client.run.state is RunState.PAUSED, "the model has gone on"
    assert client.run.failure is None
    graph = client.run.graph
    after = "mul" if name == "catches" else "linear"
    assert graph.ops[client.run.head.op].type == after, "and into nothing"
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_an_error_made_from_another_stops_once_where_that_was_raised(client: Client, file: Path):
    opened(client, file, "again")
    client.step("continue")
    assert client.run.message.startswith("matmul raised RuntimeError")
    stop = client.step("continue")
    assert (stop["reason"], client.run.state) == ("exception", RunState.FAILED)
    assert "ValueError: no such width" in client.run.message


def test_torchscripts_own_error_stops_at_the_op_and_not_again(client: Client, file: Path):
    opened(client, file, "script")
    client.step("continue")
    assert client.run.message.startswith("mm in inner raised RuntimeError")
    assert client.run.state is RunState.PAUSED
    client.step("continue")
    assert client.run.state is RunState.FAILED


def test_without_filters_the_run_ends_at_once_and_a_wrong_one_is_refused(
    client: Client, file: Path
):
    opened(client, file, "otherwise")
    with pytest.raises(Exception, match='"raised" and "uncaught"'):
        client.request("setExceptionBreakpoints", {"filters": ["sometimes"]})
    assert client.request("setExceptionBreakpoints", {"filters": []}) == {"breakpoints": []}
    client.step("continue")
    assert client.run.state is RunState.FAILED
