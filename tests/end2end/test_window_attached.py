"""The real window on what a user's own script runs, from its first model to the script's end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Phase, RunState

from ..debuggee.scripts import running
from .conftest import OPENING, Window

SCRIPT = """
import torch

import opscope

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU())
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.ones(2, 4)
for step in range(3):
    with opscope.debug(net):
        loss = net(x).sum()
        opscope.breakpoint(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(step, loss.item().hex())
"""


def plainly(folder: Path) -> str:
    """What the script prints where nobody debugs it."""
    text = SCRIPT.replace("import opscope\n", "import contextlib\n")
    text = text.replace("        opscope.breakpoint(loss)\n", "")
    file = folder / "plain.py"
    file.write_text(text.replace("opscope.debug(net)", "contextlib.nullcontext()"))
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    return done.stdout


def arrive_at_next_run(window: Window, act: Callable[[], object]) -> None:
    """Do something that has the program go on to its next run."""
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        act()
    window.arrive()


def test_a_script_is_stepped_let_go_on_and_outlives_the_window(window: Window, tmp_path: Path):
    told: list[str] = []
    window.main.session.stage.connect(told.append)
    with running(SCRIPT, tmp_path) as script:
        path = script.socket
        arrive_at_next_run(window, lambda: window.main.attach(path))
        assert "Waiting for the program to run a model" in told
        assert window.main.pages.currentWidget() is window.bench
        assert window.main.windowTitle() == "Your program — Opscope"
        assert window.run.records == []
        assert window.next_op() == "linear"
        back = window.main.toolbar.passes.halves[Phase.BACKWARD]
        assert not back.isEnabled()
        assert "your program's own" in back.toolTip()

        window.press(Qt.Key.Key_F10)
        assert window.op_types() == ["linear"]
        shown = window.bench.inspector.value.summary
        assert shown is not None
        assert shown.shape == (2, 3)
        code = window.bench.source.code
        window.until(lambda: "opscope.debug(net)" in code.toPlainText())

        window.press(Qt.Key.Key_F5)
        assert window.op_types()[-1] == "breakpoint"
        assert window.run.state is RunState.PAUSED
        state = window.main.session.state
        assert state is not None
        assert state.note == "breakpoint in script.py:13 asks to stop here."
        window.press(Qt.Key.Key_F5)
        assert window.run.state is RunState.FINISHED
        phases = [record.phase for record in window.run.records]
        assert set(phases) == {Phase.FORWARD, Phase.BACKWARD}, "the whole step is one run"
        assert back.isEnabled(), "its own pass is shown"
        assert not window.main.actions_["run.backward"].isEnabled(), "and none is run after it"

        first_run = window.run
        arrive_at_next_run(window, lambda: QTest.keyClick(window.main, Qt.Key.Key_F5))
        assert window.run is not first_run
        assert window.run.records == []
        window.press(Qt.Key.Key_F10)
        assert window.op_types() == ["linear"]

        window.main.close()
        assert script.ended() == (0, plainly(tmp_path), "")


def test_between_two_runs_the_window_says_that_the_program_goes_on(window: Window, tmp_path: Path):
    text = SCRIPT.replace("range(3)", "range(1)") + "import signal\nsignal.pause()\n"
    with running(text, tmp_path) as script:
        path = script.socket
        arrive_at_next_run(window, lambda: window.main.attach(path))
        window.press(Qt.Key.Key_F5)
        window.press(Qt.Key.Key_F5)
        assert window.run.state is RunState.FINISHED
        QTest.keyClick(window.main, Qt.Key.Key_F5)
        window.until(lambda: window.run.state is RunState.RUNNING)
        state = window.main.session.state
        assert state is not None
        assert state.note == "The program goes on by itself until its next run."
        assert not window.main.actions_["run.step_over"].isEnabled()
