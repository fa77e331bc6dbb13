"""`opscope run`: a whole program as plain Python runs it, with its calls counted and stopped at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN, PROGRAM, STOP_AT

from .scripts import PATIENCE, attach, next_run, running

RUN = ("-m", "opscope", "run")

TRAIN = """
import os
import pickle
import sys

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout())

    def forward(self, x):
        return self.inner(x)


print(sys.argv[1:], __name__, os.path.basename(__file__), sys.path[0] == os.path.dirname(__file__))
print(__spec__ and __spec__.name, __package__)
print(sorted(name for name in globals() if name.startswith("__")))
print(open("data.txt").read(), sys.stdin.read())
torch.manual_seed(0)
net = Net()
assert type(pickle.loads(pickle.dumps(net))) is Net
for step in range(3):
    out = net(torch.randn(2, 4))
    loss = torch.nn.MSELoss()(out, torch.zeros(2, 4))
    print(step, loss.item().hex())
    loss.backward()
assert torch.nn.Module.__call__.__name__ == "_wrapped_call_impl"
print(torch.rand(1).item().hex())
sys.exit(7)
"""
RAISES = """
import threading
import traceback

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 4)

    def forward(self, x):
        try:
            return self.linear(x)
        except RuntimeError:
            traceback.print_exc()
            raise


try:
    Net()(torch.ones(2, 5))
except RuntimeError:
    traceback.print_exc()
Net()(torch.ones(2, 6))
"""


def plainly(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What Python does with these words, where nobody attaches."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "OPSCOPE_WINDOW": f"{sys.executable} -c pass"},
    )


def program(client: Client, **expected: Any) -> dict[str, Any]:
    """The newest that is told of the program, once it is as expected of its first model."""
    while True:
        body = client.wait_event(PROGRAM, timeout=PATIENCE)
        row = body["models"][0] if body["models"] else {}
        if expected.items() <= {**body, **row}.items():
            return body


def without_notice(errors: str) -> str:
    return errors.replace("opscope: no window came; everything runs as ever.\n", "")


@pytest.mark.parametrize("way", ["file", "module", "folder"])
def test_a_program_runs_as_plain_python_runs_it(way: str, tmp_path: Path):
    (tmp_path / "package").mkdir()
    (tmp_path / "data.txt").write_text("data")
    name = {"file": "train.py", "module": "package/train.py", "folder": "package/__main__.py"}[way]
    (tmp_path / name).write_text(TRAIN)
    words = {"file": ["train.py"], "module": ["-m", "package.train"], "folder": ["package"]}[way]
    words += ["a", "--b", "-m"]
    plain = plainly(tmp_path, *words, given="typed")
    ours = plainly(tmp_path, *RUN, *words, given="typed")
    assert plain.returncode == ours.returncode == 7
    assert "['a', '--b', '-m'] __main__" in plain.stdout
    assert ours.stdout == plain.stdout
    assert ours.stderr == "opscope: no window came; everything runs as ever.\n"


@pytest.mark.parametrize("words", [["fails.py"], ["-m", "fails"], ["broken.py"], ["-m", "none"]])
def test_errors_look_as_in_plain_python(words: list[str], tmp_path: Path):
    (tmp_path / "fails.py").write_text(RAISES)
    (tmp_path / "broken.py").write_text("a = (1,\n")
    plain, ours = plainly(tmp_path, *words), plainly(tmp_path, *RUN, *words)
    assert plain.returncode == ours.returncode == 1
    assert without_notice(ours.stderr) == plain.stderr


def test_errors_of_counted_calls_show_no_frame_of_ours(tmp_path: Path):
    (tmp_path / "plain.py").write_text(RAISES)
    plain = plainly(tmp_path, "plain.py").stderr.replace("plain.py", "script.py")
    assert plain.count("Traceback") == 4
    with (
        running(RAISES, tmp_path, (*RUN, "--run", "script.py")) as script,
        Client.start() as client,
    ):
        attach(client, script, stopFirst=True)
        code, _, errors = script.ended()
    assert code == 1
    assert errors == plain


def test_it_stops_at_the_first_call_and_then_where_it_is_asked_to(tmp_path: Path):
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "plain.py").write_text(TRAIN)
    plain = plainly(tmp_path, "plain.py", "a").stdout.replace("plain.py", "script.py")
    line = TRAIN.splitlines().index("    out = net(torch.randn(2, 4))") + 1
    words = (*RUN, "script.py", "a")
    with running(TRAIN, tmp_path, words) as script, Client.start() as client:
        attach(client, script, stopFirst=True)
        run = next_run(client)
        body = program(client, calls=1, running=True, run=True)
        assert body["name"] == "script.py"
        assert (body["first"], body["run"], body["held"]) == (False, True, 0)
        assert body["models"] == [
            {
                "number": 0,
                "name": "Net",
                "file": str(script.file),
                "line": line,
                "calls": 1,
                "running": True,
                "wanted": False,
            }
        ]
        assert not run.records
        stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        assert {row["source"]["path"] for row in stack} == {str(script.file)}
        client.request(STOP_AT, {"models": [0]})
        client.request("continue")
        client.wait_state("finished")
        client.request("continue")
        next_run(client)
        body = program(client, calls=2)
        assert [(row["name"], row["calls"]) for row in body["models"]] == [
            ("Net", 2),
            ("MSELoss", 1),
        ]
        client.request(STOP_AT, {"any": True})
        client.request("continue")
        client.wait_state("finished")
        client.request("continue")
        name = client.wait_event(NEW_RUN, timeout=PATIENCE)["name"]
        assert name == "MSELoss"
        client.mirror.forget()
        client.follow_graph()
        client.wait_state("paused", timeout=PATIENCE)
        client.request("continue")
        client.wait_state("finished")
        client.request("continue")
        code, out, errors = script.ended()
        body = program(client, calls=3, running=False)
        assert [row["calls"] for row in body["models"]] == [3, 3]
    assert (code, errors) == (7, "")
    assert out == plain
