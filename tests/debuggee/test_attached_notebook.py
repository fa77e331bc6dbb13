"""`opscope.debug` in the cells of a notebook, through a real Jupyter kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import BreakpointKind
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import BREAKPOINTS, RUN_TO

from .scripts import PATIENCE, next_run
from .test_attached_torch import OVER, go_on

pytestmark = pytest.mark.filterwarnings("ignore")  # jupyter_client's own

MODEL = """import torch
import opscope

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 3)

    def forward(self, x):
        h = self.linear(x)
        return torch.relu(h)

torch.manual_seed(0)
net = Net()
x = torch.ones(2, 4)"""
CALL = "out = opscope.debug(net, x)\nprint(torch.equal(out, net(x)))"


class Notebook:
    """A kernel under way, and its cells' outputs."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._client: Any = manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def begin(self, cell: str) -> None:
        """Run a cell, without waiting for its end."""
        self._client.execute(cell, stop_on_error=False)

    def said(self, stream: str) -> str:
        """The next line that a cell prints."""
        text = ""
        while not text.endswith("\n"):
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            content: dict[str, Any] = message["content"]
            if message["msg_type"] == "stream" and content["name"] == stream:
                text += content["text"]
            assert message["msg_type"] != "error", content["traceback"]
        return text

    def failed(self) -> str:
        """The name of the error that a cell ends with."""
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["msg_type"] == "error":
                return message["content"]["ename"]

    def interrupt(self) -> None:
        """As the button does."""
        self._manager.interrupt_kernel()

    def close(self) -> None:
        """End the kernel."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    """A kernel whose first cell has made a model."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name="python3")
    environment = {**os.environ, "OPSCOPE_WINDOW": "", "IPYTHONDIR": str(tmp_path)}
    manager.start_kernel(env=environment, cwd=str(tmp_path))
    made = Notebook(manager)
    try:
        made.begin(MODEL)
        yield made
    finally:
        made.close()


def attached(notebook: Notebook, client: Client) -> None:
    """A window comes to the cell that waits for one."""
    told = notebook.said("stderr")
    assert told.startswith("opscope: waiting for a window; open one with: opscope --attach /")
    client.answer(client.send("attach", {"socket": told.split()[-1]}))
    client.request("configurationDone")


def test_a_cell_is_stepped_and_its_source_is_shown(notebook: Notebook):
    notebook.begin(CALL)
    with Client.start() as client:
        attached(notebook, client)
        run = next_run(client)
        client.step("next", OVER)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear"]
        stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        paths = [row["source"]["path"] for row in stack]
        lines = [row["line"] for row in stack]
        assert lines[-1] == 1
        assert MODEL.splitlines()[lines[0] - 1] == "        return torch.relu(h)"
        texts = {
            path: client.request("source", {"source": {"path": path}, "sourceReference": 0})
            for path in set(paths)
        }
        assert texts[paths[0]]["content"].rstrip("\n") == MODEL
        assert texts[paths[-1]]["content"].rstrip("\n") == CALL
        go_on(client)
        assert notebook.said("stdout") == "True\n"

        # The window stays for the cells after it; lines of an earlier cell can be stopped at.
        notebook.begin(CALL)
        next_run(client)
        line = lines[0]
        where = {"kind": BreakpointKind.LINE.value, "where": f"{paths[0]}:{line}", "label": "cell"}
        told = client.request(BREAKPOINTS, {"breakpoints": [where]})
        assert told["lost"] == []
        client.step("continue")
        row = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
        assert (row["source"]["path"], row["line"]) == (paths[0], line)
        go_on(client)
        assert notebook.said("stdout") == "True\n"

        notebook.begin(CALL)
        next_run(client)
        client.request(BREAKPOINTS, {"breakpoints": []})
        client.step(RUN_TO, {"file": paths[0], "line": line})
        row = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
        assert (row["source"]["path"], row["line"]) == (paths[0], line)
        go_on(client)
        assert notebook.said("stdout") == "True\n"


@pytest.mark.long
def test_the_interrupt_button_ends_a_held_cell_and_no_more(notebook: Notebook):
    notebook.begin(CALL)
    with Client.start() as client:
        attached(notebook, client)
        next_run(client)
        notebook.interrupt()
        assert notebook.failed() == "KeyboardInterrupt"
        notebook.begin(CALL)
        run = next_run(client)
        go_on(client)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear", "relu"]
        assert notebook.said("stdout") == "True\n"
    notebook.begin(CALL)
    assert notebook.said("stdout") == "True\n"
