"""A model on another machine, chosen, run, lost and found again in the window."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.app.choice import LaunchChoice
from opscope.app.host_browser import HostBrowser
from opscope.app.host_dialog import HostDialog
from opscope.app.open_dialog import OpenDialog
from opscope.app.remote.host import Host, plain_host
from opscope.app.remote.hosts import read_hosts, write_hosts
from opscope.app.where_picker import WherePicker
from opscope.tracers.ir import RunState
from tests import ssh_stand_in
from tests.debuggee.scripts import running
from tests.end2end.conftest import OPENING, Window
from tests.faults.processes import all_gone, family

MODEL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = nn.Linear(size, size)

    def forward(self, x):
        return self.fc(x).relu()


def build():
    with open("size.txt") as file:
        return Net(int(file.read())), (torch.ones(1, 4),)
"""
PROGRAM = """
import torch
import opscope

net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU())
opscope.debug(net, torch.ones(2, 4))
"""
GPU = Host("gpu", "me@stand.in", folder="~/work")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder at the far end, and a host named gpu."""
    made = tmp_path / "far"
    monkeypatch.setenv("OPSCOPE_SSH", ssh_stand_in.command(made))
    monkeypatch.setenv("OPSCOPE_HOSTS", str(tmp_path / "hosts.json"))
    write_hosts([GPU])
    (made / "bin").mkdir()
    python = made / "bin" / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (made / "work" / "deep").mkdir(parents=True)
    (made / "work" / "net.py").write_text(MODEL)
    (made / "work" / "size.txt").write_text("4")
    return made


@pytest.fixture
def dialog(qtbot: QtBot, home: Path) -> Iterator[OpenDialog]:
    """The open dialog."""
    made = OpenDialog(LaunchChoice())
    qtbot.addWidget(made)
    made.show()
    yield made
    made.done(0)


def ssh_of(adapter: int) -> int:
    """The stand-in for ssh is the relay's only child."""
    (found,) = (
        int(child)
        for task in Path(f"/proc/{adapter}/task").iterdir()
        for child in (task / "children").read_text().split()
    )
    return found


def choose(dialog: OpenDialog, qtbot: QtBot) -> LaunchChoice:
    """Pick the host, browse to the model, and wait until everything is known."""
    dialog.place.pick(1)
    look = dialog.place.look
    assert look is not None
    assert dialog.missing_text() == "Connecting to gpu…"
    qtbot.waitUntil(lambda: look.standing, timeout=OPENING)
    browser = HostBrowser(look, dialog.model.near, parent=dialog)
    browser.show()
    rows = browser.rows
    qtbot.waitUntil(lambda: rows.count() == 3, timeout=5000)
    assert [rows.item(row).text().split()[0] for row in range(3)] == ["deep", "net.py", "size.txt"]
    rows.setCurrentRow(1)
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert browser.path == str(look_home(dialog) / "net.py")
    dialog.show_path(browser.path)
    browser.close()
    box = dialog.interpreter.box
    qtbot.waitUntil(lambda: dialog.entry.currentText() == "build", timeout=5000)
    qtbot.waitUntil(lambda: "PyTorch 2." in box.currentText(), timeout=OPENING)
    assert dialog.about.text() == "Python code with PyTorch"
    assert dialog.entry_about.text() == "Line 15: makes the model and its inputs"
    assert dialog.missing_text() == ""
    return dialog.choice()


def look_home(dialog: OpenDialog) -> Path:
    return Path(os.environ["OPSCOPE_HOSTS"]).parent / "far" / "work"


def test_a_model_there_is_chosen_run_lost_and_run_again(
    window: Window, dialog: OpenDialog, home: Path, qtbot: QtBot
):
    main = window.main
    choice = choose(dialog, qtbot)
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert dialog.result() == 1
    assert (choice.host, choice.python) == (GPU, "")
    main.activateWindow()  # from the dialog, as the system does
    window.open(choice.spec, host=choice.host)
    assert main.windowTitle() == "net.py on gpu — Opscope"
    there = family(int((home / "far-pid").read_text()))
    window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F11)
    assert "fc" in [scope.path for scope in window.run.graph.scopes]
    window.until(lambda: "return self.fc(x).relu()" in window.bench.source.code.toPlainText())
    saved = home.parent / "here.opscope"
    main.saving.save(saved, "all")
    window.until(saved.exists)
    assert saved.read_bytes().startswith(b"\x89OPSRUN\n")
    kept = len(window.run.records)
    assert main.session._wire is not None
    os.kill(ssh_of(main.session._wire.pid), signal.SIGKILL)
    window.until(lambda: window.run.state is RunState.DIED and not main.session.active)
    assert window.run.message == "The connection to gpu was lost; restart to connect anew."
    assert len(window.run.records) == kept
    assert all_gone(there)
    main.control.restart()
    window.until(lambda: window.run.state is RunState.PAUSED, OPENING)
    window.arrive()
    assert not window.run.records
    (recent,) = main.store.settings.recents
    assert recent.spec == f"gpu:{choice.spec}"
    assert main.store.settings.choice(recent.spec).host == GPU
    there = family(int((home / "far-pid").read_text()))
    main.close_model()
    assert all_gone(there)


@pytest.mark.long
def test_a_program_there_is_attached_to_and_outlives_the_line(
    window: Window, home: Path, tmp_path: Path
):
    with running(PROGRAM, tmp_path) as script:
        main = window.main
        main.attach(script.socket, GPU)
        window.until(lambda: main.session.run is not None, OPENING)
        window.arrive()
        assert window.next_op() == "linear"
        window.press(Qt.Key.Key_F10)
        assert main.session._wire is not None
        os.kill(ssh_of(main.session._wire.pid), signal.SIGKILL)
        window.until(lambda: window.run.state is RunState.DIED)
        assert window.run.message.startswith("The connection to gpu was lost")
        assert script.process.wait(20) == 0


def test_a_host_that_refuses_is_told_in_the_window(window: Window, home: Path):
    window.main.open_choice(LaunchChoice(spec="net.py:build", host=plain_host("nokey@stand.in")))
    window.until(lambda: "could not be opened" in window.main.loading.title.text())
    assert "refuses the login" in window.main.loading.sentence.text()
    assert window.main.loading.change.isVisible()
    assert not window.main.session.active


@pytest.mark.long
def test_a_dialog_says_what_a_host_says(dialog: OpenDialog, qtbot: QtBot):
    dialog.place.pick(1)
    qtbot.waitUntil(lambda: bool(dialog.place.look and dialog.place.look.standing), timeout=OPENING)
    dialog.where.setText("nothing.py")
    qtbot.waitUntil(lambda: "no file" in dialog.about.text(), timeout=5000)
    assert dialog.missing_text() == "The model is not found."
    dialog.where.setText("net.py")
    qtbot.waitUntil(dialog.open_button.isEnabled, timeout=5000)
    dialog.where.setText("./net.py")
    QTest.keyClick(dialog.where, Qt.Key.Key_Return)  # the host is asked what that is
    qtbot.waitUntil(lambda: dialog.result() == 1, timeout=5000)
    assert dialog.choice().spec == "./net.py:build"


def test_hosts_are_made_changed_and_forgotten(home: Path, qtbot: QtBot):
    picker = WherePicker(None)
    qtbot.addWidget(picker)
    picker.show()
    picker.pick(2)
    made = picker.findChild(HostDialog)
    made.address.setText("-x")
    assert "is no address" in made.problem.text()
    made.address.setText("nobody@stand.in")
    made.name.setText("gpu")
    assert "called gpu already" in made.problem.text()
    made.name.setText("")
    made.options.setText("-J 'a b")
    assert "cannot be read" in made.problem.text()
    made.options.setText("-J gateway")
    made.environment.setPlainText("A=1\n\nB=x=y")
    made.accept()
    expected = Host(
        "nobody@stand.in",
        "nobody@stand.in",
        environment=(("A", "1"), ("B", "x=y")),
        options=("-J", "gateway"),
    )
    assert read_hosts() == (GPU, expected)
    assert picker.host == expected
    qtbot.waitUntil(lambda: "is not found" in picker.problem, timeout=OPENING)
    QTest.mouseClick(picker.edit, Qt.MouseButton.LeftButton)
    (shown,) = (each for each in picker.findChildren(HostDialog) if each.isVisible())
    shown._remove()
    assert read_hosts() == (GPU,)
    assert picker.host is None
    assert picker.problem == ""
    picker.stop()
