"""The window and an editor on one debuggee: the editor is a client that knows DAP alone."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from opscope.app.join_dialog import JoinDialog
from opscope.app.points import point_on_line
from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.sharing_messages import SHARE

from .conftest import OPENING, STILL, Window

EDITOR = {"opscope": False, "clientID": "vscode"}


@contextmanager
def editor(command: list[str] | None = None) -> Generator[Client]:
    with Client.start(command, client=EDITOR) as client:
        yield client


def set_lines(client: Client, file: str, *lines: int) -> list[dict[str, Any]]:
    body = {"source": {"path": file}, "breakpoints": [{"line": line} for line in lines]}
    return client.request("setBreakpoints", body)["breakpoints"]


def lines(window: Window, file: str) -> set[int]:
    return window.main.points.on_lines().get(file, set())


def line_of(file: str, text: str) -> int:
    rows = Path(file).read_text().splitlines()
    return next(number for number, row in enumerate(rows, 1) if text in row)


def op_of(client: Client) -> str:
    return client.request("stackTrace", {"threadId": 1})["stackFrames"][0]["name"].split()[0]


def shown_dialog(window: Window) -> JoinDialog:
    window.main.actions_["file.connect_editor"].trigger()
    window.until(lambda: window.main.findChild(JoinDialog) is not None)
    dialog = window.main.findChild(JoinDialog)
    assert isinstance(dialog, JoinDialog)
    return dialog


def close(window: Window, dialog: JoinDialog) -> None:
    dialog.done(QDialog.DialogCode.Rejected)
    window.until(lambda: window.main.findChild(JoinDialog) is None)
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)


def arrive(window: Window) -> None:
    window.until(lambda: window.run.state in STILL and not window.main.session.behind)
    window.settle()


def test_a_window_joins_what_an_editor_debugs(window: Window, model_file: Callable[..., str]):
    spec = model_file("small_net.py")
    file = spec.rpartition(":")[0]
    relu, fc = line_of(file, "relu("), line_of(file, "self.head(")
    with editor() as client:
        client.launch({"spec": spec}, timeout=OPENING / 1000)
        client.wait_event("stopped")
        set_lines(client, file, relu)
        path = client.request(SHARE)["socket"]

        with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
            window.main.joining.join(path)
        window.arrive()
        assert window.main.windowTitle() == "With an editor — Opscope"
        assert lines(window, file) == {relu}
        assert window.run.records == []

        window.press(Qt.Key.Key_F10)
        assert client.wait_event("stopped")["reason"] == "step"
        assert op_of(client) == window.next_op().strip("[]")

        client.step("continue")
        window.until(lambda: window.next_op() == "relu")
        arrive(window)
        state = window.main.session.state
        assert state is not None
        assert state.hits == (0,)

        window.main.points.toggle(point_on_line(file, fc))
        new = client.wait_event("breakpoint", where={"reason": "new"})["breakpoint"]
        assert (new["line"], new["source"]["path"]) == (fc, file)
        window.main.points.toggle(point_on_line(file, relu))
        client.wait_event("breakpoint", where={"reason": "removed"})
        set_lines(client, file)
        window.until(lambda: lines(window, file) == set())

        client.step("stepBack")
        window.until(lambda: window.run.cursor is not None)
        QTest.keyClick(window.main, Qt.Key.Key_Escape)
        window.until(lambda: window.run.cursor is None)

        client.request("disconnect")
        window.until(lambda: window.main.joining.others == 0)
        window.press(Qt.Key.Key_F5)
        assert window.run.state is RunState.FINISHED
        window.main.close()
        assert client.process.wait(30) == 0, "nobody is left"


def test_an_editor_comes_to_the_window_and_goes(window: Window, model_file: Callable[..., str]):
    spec = model_file("small_net.py")
    file = spec.rpartition(":")[0]
    relu = line_of(file, "relu(")
    window.open(spec)
    window.main.points.toggle(point_on_line(file, relu))
    dialog = shown_dialog(window)
    with editor(shlex.split(dialog.command.toPlainText())) as client:
        client.request("attach", {})
        client.request("configurationDone")
        assert client.wait_event("stopped")["reason"] == "goto"
        told = client.wait_event("breakpoint", where={"reason": "new"})["breakpoint"]
        assert told["line"] == relu
        window.until(lambda: window.main.joining.others == 1)
        assert dialog.others.text() == "One client has joined."
        close(window, dialog)

        window.press(Qt.Key.Key_F5)
        assert window.next_op() == "relu"
        client.wait_event("stopped", where={"reason": "breakpoint"})
        assert op_of(client) == "relu"
    window.until(lambda: window.main.joining.others == 0)
    window.press(Qt.Key.Key_F5)
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED


def test_the_window_closes_and_the_editor_goes_on(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    dialog = shown_dialog(window)
    with editor(shlex.split(dialog.command.toPlainText())) as client:
        client.request("attach", {})
        client.request("configurationDone")
        client.wait_event("stopped")
        window.until(lambda: window.main.joining.others == 1)
        close(window, dialog)
        adapter = window.main.session.adapter
        window.main.close()
        client.request("continue", {"threadId": 1})
        assert client.wait_event("exited", 60)["exitCode"] == 0
    window.until(lambda: not Path(f"/proc/{adapter}").exists())


def test_where_nobody_is_the_window_says_so(window: Window, tmp_path: Path):
    told: list[str] = []

    def refused(why: str, _code: str) -> None:
        told.append(why)

    window.main.session.refused.connect(refused)
    window.main.joining.join(str(tmp_path / "none"))
    window.until(lambda: bool(told))
    assert told == [f"No program waits at {tmp_path / 'none'}: No such file or directory."]
