"""A user's own PyTorch script under the debugger: looked at, and never harmed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import Form, Phase, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import REWIND
from opscope.tracers.protocol.refusal import Refusal

from .scripts import attach, next_run, running

SCRIPT = """
import threading

import torch

import opscope

torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(6, 4)
Variable = torch.autograd.Variable
patches = torch.nn.Module.__call__, threading.Thread.start, Variable._execution_engine
print(opscope.debug(net, x).sum().item().hex())
for step in range(3):
    with opscope.debug(net):
        loss = net(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(step, loss.item().hex())
now = torch.nn.Module.__call__, threading.Thread.start, Variable._execution_engine
assert patches == now
print([p.sum().item().hex() for p in net.parameters()], torch.rand(1).item().hex())
"""
FAILS = """
import torch

import opscope


class Net(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x) @ torch.ones(5)


try:
    opscope.debug(Net(), torch.ones(2, 3))
except RuntimeError as error:
    print("caught", type(error).__name__)
"""
OVER = {"granularity": "instruction"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the script prints where nobody debugs it."""
    text = SCRIPT.replace("import opscope\n", "import contextlib\n").replace(
        "opscope.debug(net, x)", "net(x)"
    )
    file = tmp_path_factory.mktemp("plain") / "script.py"
    file.write_text(text.replace("opscope.debug(net)", "contextlib.nullcontext()"))
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def go_on(client: Client) -> None:
    """To the end of the run, and out of it."""
    client.request("continue")
    client.wait_state("finished")
    client.request("continue")


def test_a_call_and_training_steps_are_runs_and_the_script_gives_what_it_gives(
    tmp_path: Path, plain: str
):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        client.step("next", OVER)
        client.step("next", OVER)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear", "add_"]
        piece = client.tensor(TensorRequest(ValueRef(0, 0), Form.PLANE, axes=(0, 1)))
        assert piece.whole.shape == (6, 8)
        stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        assert stack[-1]["source"]["path"] == str(script.file)
        go_on(client)
        for _ in range(3):
            run = next_run(client)
            go_on(client)
            phases = {row.phase for row in run.records}
            assert phases == {Phase.FORWARD, Phase.BACKWARD}
            scopes = {row.path for row in run.graph.scopes}
            assert {"0", "1", "3", "optimizer.step"} <= scopes
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == plain


@pytest.mark.parametrize(
    "when",
    [
        pytest.param("before", marks=pytest.mark.long),
        "inside",
        pytest.param("backward", marks=pytest.mark.long),
        pytest.param("finished", marks=pytest.mark.long),
        "between",
    ],
)
def test_losing_the_window_lets_the_script_go_on_as_if_it_had_never_been(
    when: str, tmp_path: Path, plain: str
):
    with running(SCRIPT, tmp_path) as script:
        with Client.start() as client:
            attach(client, script)
            run = next_run(client)
            if when == "inside":
                client.step("next", OVER)
            elif when == "backward":
                go_on(client)
                run = next_run(client)
                while not run.records or run.records[-1].phase is Phase.FORWARD:
                    client.step("next", OVER)
            elif when == "finished":
                client.request("continue")
                client.wait_state("finished")
            elif when == "between":
                go_on(client)
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == plain


@pytest.mark.long
def test_to_end_it_is_to_let_go(tmp_path: Path, plain: str):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        client.request("terminate")
        assert script.ended()[:2] == (0, plain)
        told: dict[str, Any] = client.wait_event("exited", timeout=20)["opscope"]
        assert told["sentence"] == "The program has ended, or has let go of the debugger."


def test_what_would_run_it_once_more_is_refused_in_words(tmp_path: Path):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        client.step("next", OVER)
        with pytest.raises(Refusal, match="your program's own"):
            client.request(REWIND, {"record": 0})
        with pytest.raises(Refusal, match="run the program once more"):
            client.request("restart")


def test_an_error_stops_at_its_op_and_goes_on_to_the_script(tmp_path: Path):
    with running(FAILS, tmp_path) as script, Client.start() as client:
        attach(client, script)
        client.request("setExceptionBreakpoints", {"filters": ["raised", "uncaught"]})
        run = next_run(client)
        client.step("continue")
        state = client.mirror.state
        assert state is not None
        assert state.failure is not None
        assert state.failure.kind == "RuntimeError"
        assert run.graph.ops[run.records[-1].op].type == "matmul"
        client.request("continue")
        client.wait_state("failed")
        client.request("continue")
        assert script.ended() == (0, "caught RuntimeError\n", "")


def test_without_a_window_the_script_runs_as_ever(tmp_path: Path, plain: str):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    window = f"{sys.executable} -c pass"
    done = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OPSCOPE_WINDOW": window},
        check=False,
    )
    assert done.stdout == plain
    assert done.stderr == "opscope: no window came; everything runs as ever.\n"


def test_the_socket_is_the_users_alone(tmp_path: Path):
    with running(SCRIPT, tmp_path) as script:
        path = Path(script.socket)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with Client.start() as client:
            sent = client.send("attach", {"socket": str(path)})
            client.answer(sent)
            client.request("configurationDone")
            next_run(client)
            assert not path.exists()


def test_nobody_waits_at_a_path(tmp_path: Path):
    with Client.start() as client:
        with pytest.raises(Refusal, match="No program waits at"):
            client.answer(client.send("attach", {"socket": str(tmp_path / "none")}))
        (tmp_path / "file").write_text("")
        with pytest.raises(Refusal, match="is no socket"):
            client.answer(client.send("attach", {"socket": str(tmp_path / "file")}))
