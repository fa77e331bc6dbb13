"""The real window on a whole script that `opscope run` runs: listed, stopped, let go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from opscope.tracers.ir import RunState

from ..debuggee.scripts import PATIENCE, Script, running
from .conftest import OPENING, Window

TRAIN = """
import sys

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 3)

    def forward(self, x):
        return torch.relu(self.linear(x))


torch.manual_seed(0)
net, loss_of = Net(), torch.nn.MSELoss()
for line in sys.argv[1:]:
    out = net(torch.ones(2, 4))
    loss = loss_of(out, torch.zeros(2, 3))
    print(line, loss.item().hex())
"""
RUN = ("-m", "opscope", "run")
WORDS = (*RUN, "train.py", "a", "b", "c", "d")


def arrive(window: Window, click: QPushButton | None = None, key: object = None) -> None:
    """Do something that has the program go on to a run, and wait until that stands."""
    before = window.main.session.run
    if click is not None:
        QTest.mouseClick(click, Qt.MouseButton.LeftButton)
    if key is not None:
        QTest.keyClick(window.main, *key)
    shown = window.main.pages
    window.until(
        lambda: (
            shown.currentWidget() is not window.main.program.page
            and window.main.session.run not in (None, before)
            and shown.currentWidget() is window.bench
        ),
        OPENING,
    )
    window.arrive()


def attach(window: Window, script: Script) -> None:
    path = script.socket
    window.main.attach(path)


def cells(window: Window) -> list[list[str]]:
    """What the page's table shows."""
    table = window.main.program.page.models.table
    return [
        [str(table.data(table.index(row, column))) for column in range(4)]
        for row in range(table.rowCount())
    ]


def test_a_script_stops_at_its_first_call_then_at_calls_that_are_chosen(
    window: Window, tmp_path: Path
):
    (tmp_path / "plain.py").write_text(TRAIN)
    plain = subprocess.run(
        [sys.executable, "plain.py", "a", "b", "c", "d"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout
    main, page = window.main, window.main.program.page
    line = TRAIN.splitlines().index("    out = net(torch.ones(2, 4))") + 1
    with running(TRAIN, tmp_path, WORDS, "train.py") as script:
        attach(window, script)
        arrive(window)
        assert page.first.isChecked()
        assert window.run.records == []
        assert main.windowTitle() == "train.py — Opscope"
        main.actions_["view.program"].trigger()
        assert main.pages.currentWidget() is page
        window.until(lambda: page.run.isVisible())
        assert cells(window) == [["Net", f"train.py:{line}", "1", "running"]]
        QTest.mouseClick(page.run, Qt.MouseButton.LeftButton)
        assert main.pages.currentWidget() is window.bench

        # The next call of the same model, by one command.
        window.press(Qt.Key.Key_F5)
        assert window.run.state is RunState.FINISHED
        assert main.actions_["run.next_call"].isEnabled()
        arrive(window, key=(Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier))
        assert window.run.records == []

        # A call of another model, which is chosen in the list while this run stands.
        main.actions_["view.program"].trigger()
        window.until(lambda: len(cells(window)) == 2 and cells(window)[0][2] == "2")
        page.models.selectRow(1)
        assert page.stop.text() == "Stop at next call of MSELoss"
        QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
        window.until(lambda: cells(window)[1][3] == "stops at next call")
        assert "stop at the next call of MSELoss" in page.line.text()
        QTest.mouseClick(page.run, Qt.MouseButton.LeftButton)
        window.press(Qt.Key.Key_F5)
        arrive(window, key=(Qt.Key.Key_F5,))
        assert main.session.facts is not None
        assert main.session.facts.name == "MSELoss"

        # And to the end: the page says so, and what was called.
        window.press(Qt.Key.Key_F5)
        QTest.keyClick(main, Qt.Key.Key_F5)
        window.until(lambda: main.pages.currentWidget() is page)
        assert script.ended() == (0, plain, "")
        window.until(lambda: page.line.text() == "Ended; 2 models called.")
        assert [row[2] for row in cells(window)] == ["4", "4"]
        assert not page.stop.isEnabled()
        QTest.mouseClick(page.close_, Qt.MouseButton.LeftButton)
        assert main.pages.currentWidget() is main.start


def test_whether_to_stop_first_is_remembered(window: Window, tmp_path: Path):
    main, page = window.main, window.main.program.page
    text = "import torch\n\nnet = torch.nn.ReLU()\n"
    with running(text, tmp_path, (*RUN, "--run", "train.py"), "train.py") as script:
        attach(window, script)
        window.until(lambda: main.pages.currentWidget() is page, OPENING)
        window.until(lambda: page.line.text().startswith("Ended"))
        assert page.line.text() == "Ended; no model called yet."
        assert page.none.isVisible()
        page.first.click()
        assert script.ended() == (0, "", "")
    main.close_model()
    assert main.store.settings.stop_first is False
    with running(TRAIN, tmp_path, WORDS, "train.py") as script:
        attach(window, script)
        window.until(lambda: page.line.text() == "Ended; 2 models called.", OPENING)
        assert not page.first.isChecked()
        assert main.session.run is None
        assert script.ended()[0] == 0
