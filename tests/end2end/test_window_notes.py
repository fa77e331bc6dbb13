"""Notes on ops: written in the window, kept with the model and in recorded runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from opscope.app.note_dialog import NoteDialog
from opscope.app.save_dialog import SaveDialog
from opscope.tracers.ir import RunState, Selection
from opscope.tracers.ir.watchpoint import Watchpoint
from opscope.widgets.notes import Note
from opscope.widgets.tensor.pins import pin_name

from .conftest import Window


def op_of(window: Window, type_: str) -> int:
    return next(at for at, row in enumerate(window.run.graph.ops) if row.type == type_)


def write(window: Window, op: int, text: str) -> None:
    """Select an op, press N in the graph, type and save."""
    window.bench.select(Selection(op=op))
    canvas = window.bench.graph.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_N)
    (dialog,) = window.main.findChildren(NoteDialog)
    dialog.text.selectAll()
    QTest.keyClicks(dialog.text, text)
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    window.until(lambda: not window.main.findChildren(NoteDialog))


def card(window: Window, op: int) -> str:
    """What the card of an op says, asked for by the keyboard."""
    window.bench.select(Selection(op=op))
    window.bench.graph.go_to(Selection(op=op))
    window.main.control.show_card()
    shown = window.bench.graph.cards.shown
    assert shown is not None
    window.bench.graph.cards.hide()
    return shown.spoken


def save(window: Window, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.main.control.save_run()
    window.until(lambda: bool(window.main.findChildren(SaveDialog)))
    window.main.findChildren(SaveDialog)[0].accept()
    window.until(path.exists)


def test_a_note_is_written_marked_changed_and_removed(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    op = op_of(window, "relu")
    write(window, op, "Dead from the start")
    assert [row.text for row in window.main.notes.rows] == ["Dead from the start"]
    assert window.bench.graph.canvas.marks.noted.ops == {op: "Dead from the start"}
    assert "your note Dead from the start" in card(window, op)
    rows = window.bench.notes.rows
    assert rows.isVisible()
    window.bench.select(Selection())
    QTest.mouseClick(
        rows.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        rows.visualRect(rows.model().index(0, 0)).center(),
    )
    assert window.bench.selection == Selection(op=op)
    write(window, op, "Fine again")
    assert [row.text for row in window.main.notes.rows] == ["Fine again"]
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert window.main.notes.rows == []
    assert not rows.isVisible()
    assert not window.bench.graph.canvas.marks.noted


def test_a_note_is_still_there_when_the_model_is_opened_again(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("small_net.py")
    window.open(spec)
    write(window, op_of(window, "relu"), "Still here")
    window.open(model_file("chosen_logs.py", "kept"))
    assert window.main.notes.rows == []
    assert not window.bench.notes.isVisible()
    window.open(spec)
    (note,) = window.main.notes.rows
    assert note.text == "Still here"
    noted = window.bench.graph.canvas.marks.noted
    assert noted.ops == {op_of(window, "relu"): "Still here"}


def test_a_saved_run_brings_notes_views_pins_and_watchpoints_along(
    window: Window,
    model_file: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    window.open(model_file("chosen_logs.py", "kept"))
    window.press(Qt.Key.Key_F5)
    log = op_of(window, "log")
    write(window, log, "Clamp before this")
    window.main.views.keep(3)
    window.main.watchpoints.put(Watchpoint("inf @ log", stop=False))
    window.bench.select(Selection(op=log, record=window.run.last_execution(log)))
    window.settle()
    window.bench.inspector.header.pinned.emit(True)
    names = [pin_name(pin) for pin in window.bench.inspector.pinning.subjects]
    assert len(names) == 1
    save(window, tmp_path / "kept.opscope", monkeypatch)

    window.open(str(tmp_path / "kept.opscope"))
    assert window.run.state is RunState.FINISHED
    window.until(lambda: bool(window.main.notes.rows))
    assert [row.text for row in window.main.notes.rows] == ["Clamp before this"]
    assert list(window.main.views.marks) == [3]
    assert [point.text for point in window.main.watchpoints.rows] == ["inf @ log"]
    window.until(lambda: bool(window.bench.inspector.pinning.subjects))
    assert [pin_name(pin) for pin in window.bench.inspector.pinning.subjects] == names
    assert "your note Clamp before this" in card(window, log)

    window.main.notes.load([Note(window.run.graph.ops[log].key, "My own")])
    window.open(str(tmp_path / "kept.opscope"))
    window.until(lambda: bool(window.main.notes.rows))
    assert [row.text for row in window.main.notes.rows] == ["My own"]


def test_a_note_stands_on_the_page_that_is_shared(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("small_net.py"))
    op = op_of(window, "relu")
    write(window, op, "Look here")
    window.bench.select(Selection(op=op))
    subject = window.main.sharing.selected()
    assert subject is not None
    window.main.sharing.share(tmp_path / "page.html", subject)
    window.until(lambda: not window.main.sharing.busy)
    page = (tmp_path / "page.html").read_text()
    assert "<h3>Note</h3>" in page
    assert "Look here" in page
