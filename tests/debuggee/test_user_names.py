"""A model whose files have the names of the debugger's own parts, in a real debuggee."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.protocol.client import Client

NET = """
import os
import sys
from pathlib import Path

import app
import opscope_utils
import resources
import torch
import tracers
import widgets.heat
from torch import nn

assert app.NAME + tracers.NAME + widgets.heat.NAME + resources.NAME == "app tracers heat r "
assert not any("boot" in word for word in sys.argv), sys.argv
assert "OPSCOPE_FDS" not in os.environ


class Net(nn.Module):
    def forward(self, x):
        return (x * opscope_utils.SCALE).relu()


def build():
    size = int(Path("data/size.txt").read_text())
    argv = [os.path.basename(word) for word in sys.argv]
    print("told", argv, __name__, os.path.basename(os.getcwd()))
    return Net(), (torch.ones(size),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    for name in ("data", "widgets", "package"):
        (made / name).mkdir(parents=True)
    (made / "data" / "size.txt").write_text("3")
    for name, told in (("app", "app "), ("tracers", "tracers "), ("resources", "r ")):
        (made / f"{name}.py").write_text(f"NAME = {told!r}\n")
    (made / "widgets" / "__init__.py").touch()
    (made / "widgets" / "heat.py").write_text("NAME = 'heat '\n")
    (made / "opscope_utils.py").write_text("SCALE = 2.0\n")
    (made / "net.py").write_text(NET)
    (made / "package" / "__init__.py").touch()
    (made / "package" / "net.py").write_text("from net import Net, build\n")
    (made / "opscope.py").write_text(NET)
    return made


@pytest.mark.parametrize(
    ("spec", "argv", "name"),
    [
        ("net.py:build", "['net.py']", "net"),
        ("package.net:build", "['']", "net"),
        ("opscope.py:build", "['opscope.py']", "opscope_file"),
    ],
)
def test_names_of_the_debuggers_parts_are_the_users(
    client: Client, folder: Path, spec: str, argv: str, name: str
):
    client.launch({"spec": spec, "cwd": str(folder), "stopOnEntry": False})
    assert client.wait_state("finished").state.value == "finished"
    run = client.run
    assert [run.graph.ops[record.op].type for record in run.records] == ["mul", "relu"]
    assert run.records[-1].outputs[0].shape == (3,)
    (told,) = (line for line in client.output.splitlines() if line.startswith("told"))
    assert told == f"told {argv} {name} project"
    sources = {Path(source.file).name for source in run.graph.sources}
    assert sources <= {"net.py", "opscope.py"}


def test_a_script_of_such_a_name_is_run_as_plain_python_runs_it(client: Client, folder: Path):
    text = "import sys, app, opscope_utils\nprint('told', sys.argv, __name__, app.NAME.strip())\n"
    (folder / "tracers.py").write_text(text)
    for launch in (
        {"program": "tracers.py", "args": ["--a", "b c"]},
        {"module": "package.told", "args": ["--a", "b c"]},
    ):
        (folder / "package" / "told.py").write_text(text)
        sent = client.send("launch", {**launch, "cwd": str(folder), "python": sys.executable})
        client.request("configurationDone")
        client.answer(sent)
        client.wait_event("terminated")
        assert "'--a', 'b c'] __main__ app" in client.output
        client.output = ""
