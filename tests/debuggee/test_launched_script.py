"""A plain script that a DAP client launches: stopped at, left alone, failing, and ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.protocol.sharing_messages import OPEN_WINDOW, SHARE, SHARED_POINTS
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


def test_a_window_joins_and_follows_from_run_to_run(client: Client, script: str, tmp_path: Path):
    launch(client, script)
    client.wait_event("stopped")
    path = client.request(SHARE)["socket"]
    join = [sys.executable, "-m", "opscope.tracers.adapter", "--join", path]
    with Client.start(join) as window:
        window.request("attach", {})
        window.request("configurationDone")
        run = window.follow_graph()
        window.wait_state("paused")
        assert run.records == []
        window.step("next")
        client.wait_event("stopped")
        client.request("continue", {"threadId": 1})
        window.wait_state("finished")
        over = client.wait_event("stopped")
        assert over["text"] == "The run is over. Continue lets the program go on."
        assert [run.graph.ops[row.op].type for row in run.records] == ["relu", "ones", "matmul"]

        function = {"breakpoints": [{"name": "relu"}]}
        client.request("setFunctionBreakpoints", function)
        window.wait_event(SHARED_POINTS)
        client.request("continue", {"threadId": 1})
        window.wait_event(NEW_RUN)
        window.mirror.forget()
        second = window.follow_graph()
        window.wait_state("paused")
        assert second is not run
        assert client.wait_event("stopped")["reason"] == "function breakpoint"
    client.request("continue", {"threadId": 1})
    assert exit_code(client) == 0
    assert client.output.count("__main__") == 2


@pytest.mark.parametrize("how", ["before a run", "none can be opened"])
def test_a_launch_opens_a_window(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
):
    told = tmp_path / "told"
    stand_in = f'{sys.executable} -c \'import sys; open("{told}", "w").write(sys.argv[-1])\''
    monkeypatch.setenv("OPSCOPE_WINDOW", stand_in if how == "before a run" else "")
    with Client.start(client={"opscope": False}) as client:
        launch(client, script, window=True)
        client.wait_event("stopped")
        path = client.request(OPEN_WINDOW)["socket"]
        if how == "before a run":
            while not (told.exists() and told.read_text()):
                client.request("threads")
            assert told.read_text() == path
        else:
            assert f"one can join with: opscope join {path}" in client.output
