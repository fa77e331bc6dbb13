"""A plain script that a DAP client launches: stopped at, left alone, failing, and ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests.boundary.dap_schema import Checker

SCRIPT = """\
import os
import sys
import time

import torch


class Net(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x) @ torch.ones(int(os.environ.get("WIDTH", "2")))


net = Net()
for _ in range(2):
    print(net(torch.ones(3, 2)).sum().item(), __name__, os.path.basename(sys.argv[0]), flush=True)
while "wait" in sys.argv:
    time.sleep(0.01)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    checker = Checker()
    plain = {"opscope": False}
    with Client.start(heard=checker.check, client=plain) as made:
        yield made
    assert not checker.faults


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return str(path)


def launch(client: Client, script: str, **more: Any) -> None:
    seq = client.send("launch", {"program": script, "python": sys.executable, **more})
    client.request("configurationDone")
    client.answer(seq)


def exit_code(client: Client) -> int:
    code = client.wait_event("exited")["exitCode"]
    client.wait_event("terminated")
    return code


def test_the_first_call_is_stopped_at_and_the_rest_runs(client: Client, script: str):
    launch(client, script)
    assert client.wait_event("stopped")["reason"] == "entry"
    frames = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    assert [frame["name"] for frame in frames] == ["relu", "forward", "Net"]
    client.request("continue", {"threadId": 1})
    assert exit_code(client) == 0
    assert client.output.count("6.0 __main__ train.py\n") == 2


def test_it_runs_as_ever_where_nothing_is_to_be_debugged(client: Client, script: str):
    client.request("setFunctionBreakpoints", {"breakpoints": [{"name": "*"}]})
    launch(client, script, noDebug=True)
    assert exit_code(client) == 0
    assert not [event for event in client.events if event["event"] == "stopped"]


def test_an_error_stops_it_and_is_told_as_python_tells_it(client: Client, script: str):
    launch(client, script, stopOnEntry=False, env={"WIDTH": "5"})
    stop = client.wait_event("stopped")
    assert stop["reason"] == "exception"
    info = client.request("exceptionInfo", {"threadId": 1})
    assert info["exceptionId"] == "RuntimeError"
    client.request("continue", {"threadId": 1})
    assert exit_code(client) == 1
    traceback = client.output[client.output.index("Traceback (most recent call last)") :]
    assert traceback.count(f'File "{script}"') == 2
    assert "tracers" not in traceback


def test_it_restarts_and_is_ended(client: Client, script: str):
    launch(client, script, stopOnEntry=False, args=["wait"])
    for _ in range(2):
        while client.output.count("6.0 __main__") < 2:
            client.wait_event("output")
        client.output = ""
        client.request("restart", {})
    client.request("terminate", {})
    assert exit_code(client) in (1, 128 + 2, 128 + 9)
    assert client.request("disconnect", {}) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"program": "/nowhere/train.py"}, r"^There is no script /nowhere/train\.py\.$"),
        ({"program": "a.py", "spec": "a.py:b"}, r"^Name one: a \"spec\", a \"program\" or"),
        ({"program": os.__file__, "args": "one"}, r"its args by a list\.$"),
    ],
)
def test_what_cannot_be_launched_is_said(client: Client, arguments: Any, sentence: str):
    with pytest.raises(Refusal, match=sentence):
        client.request("launch", arguments)
