"""Values edited in the real window: what then runs, what is listed, undone and made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from opscope.app.edit_dialog import EditDialog
from opscope.tracers.ir import Difference, EditKind, OpRecord, RunState, Selection

from .conftest import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def told(window: Window) -> list[tuple[str, OpRecord]]:
    """What the records say, with the op's key, once every statistic is there; no times."""
    window.until(lambda: not any(o.pending for row in window.run.records for o in row.outputs))
    ops = window.run.graph.ops
    return [(ops[row.op].key, replace(row, duration=0.0)) for row in window.run.records]


def record_of(window: Window, type_: str, path: str = "") -> int:
    """The first execution of an op of a type in a module."""
    graph = window.run.graph
    for index, row in enumerate(window.run.records):
        op = graph.ops[row.op]
        if op.type == type_ and graph.scopes[op.scope].path == path:
            return index
    raise AssertionError(f"no {type_} in {path} has run")


def choose(box: QComboBox, text: str) -> None:
    """As a user does with the keyboard."""
    found = next(i for i in range(box.count()) if box.itemText(i).startswith(text))
    box.setFocus()
    while box.currentIndex() != found:
        key = Qt.Key.Key_Down if box.currentIndex() < found else Qt.Key.Key_Up
        QTest.keyClick(box, key)


def ask(window: Window, record: int) -> EditDialog:
    """Select an executed op and press F2; the dialog."""
    window.bench.select(Selection(op=window.run.records[record].op, record=record))
    window.settle()
    QTest.keyClick(window.main, Qt.Key.Key_F2)
    return dialog_of(window)


def dialog_of(window: Window) -> EditDialog:
    """The dialog that is open."""
    shown = [each for each in window.main.findChildren(EditDialog) if each.isVisible()]
    assert len(shown) == 1
    return shown[0]


def press_ok(window: Window, dialog: EditDialog, records: int) -> None:
    """Make the edit, and wait until the run stands at it."""
    assert dialog.ok.isEnabled(), dialog.told.text()
    QTest.mouseClick(dialog.ok, LEFT)
    until_standing(window, records)


def until_standing(window: Window, records: int) -> None:
    """Wait until the run is paused, so many ops having run, and has told what differs."""
    session, run = window.main.session, window.run
    wanted = window.main.edits.rows
    window.until(
        lambda: (
            run.state is RunState.PAUSED
            and len(run.records) == records
            and not session.behind
            and run.edits == wanted
        )
    )
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)
    window.settle()


def go_on(window: Window) -> None:
    """Run to the end, and wait until what differs is known."""
    with window.qtbot.waitSignal(window.main.session.edited, timeout=20_000):
        window.press(Qt.Key.Key_F5)
        assert window.run.state is RunState.FINISHED
    window.settle()


def changes(window: Window, how: Difference) -> set[str]:
    """Keys of the ops that stand so against the run without edits."""
    ops = window.run.graph.ops
    return {ops[change.op].key for change in window.run.changes if change.how is how}


def test_an_edited_output_changes_the_routing_and_undo_brings_it_back(window: Window):
    window.open("sample:routing")
    window.press(Qt.Key.Key_F5)
    before = told(window)
    record = record_of(window, "topk", "layers.0.router")
    dialog = ask(window, record)
    choose(dialog.value, "output 1")
    QTest.keyClicks(dialog.text, "x * 0 + y")
    assert "There is no y" in dialog.told.text()
    assert not dialog.ok.isEnabled()
    choose(dialog.kind, "Zeros")
    press_ok(window, dialog, record + 1)

    bench = window.bench
    assert window.bench.edits.isVisible()
    assert window.main.edits.rows[0].label == "output 1 of topk in layers.0.router"
    assert bench.selection == Selection(op=window.run.records[record].op, record=record, slot=1)
    shown = bench.inspector.value.summary
    assert shown is not None
    assert (shown.minimum, shown.maximum) == (0, 0), "the edited value is on show"
    assert ("edited", "warn") in bench.inspector.header.chips.chips
    assert told(window)[:record] == before[:record]

    go_on(window)
    after = told(window)
    assert {key for key, _ in after} != {key for key, _ in before}, "other experts ran"
    ops = window.run.graph.ops
    topk = ops[window.run.records[record].op].key
    assert changes(window, Difference.EDITED) == {topk}
    gone = changes(window, Difference.REMOVED)
    assert any("/layers.0/experts.1/" in key for key in gone)
    assert not gone & {key for key, _ in after}
    assert changes(window, Difference.CHANGED)

    tabs = bench.execution.tabs
    assert tabs.tabText(2) == "Changes"
    window.main.actions_.trigger("view.changes")
    assert tabs.currentIndex() == 2
    rows = bench.execution.changes.rows
    QTest.mouseClick(rows.viewport(), LEFT, pos=rows.visualRect(rows.model().index(1, 0)).center())
    assert bench.selection.record == window.run.changes[1].record
    marked = bench.graph.canvas.marks.changes
    assert {ops[op].key for op in marked} >= {topk, *gone}

    assert window.main.actions_["edit.undo"].text() == (
        "&Undo Edit output 1 of topk in layers.0.router"
    )
    QTest.keyClick(window.main, Qt.Key.Key_Z, CTRL)
    assert window.main.edits.rows == []
    until_standing(window, record + 1)
    assert not bench.edits.isVisible()
    window.press(Qt.Key.Key_F5)
    window.until(lambda: not window.run.changes)
    assert told(window) == before, "the run without edits, bit for bit"
    assert tabs.count() == 2
    assert not bench.graph.canvas.marks.changes

    QTest.keyClick(window.main, Qt.Key.Key_Z, CTRL | SHIFT)
    until_standing(window, record + 1)
    go_on(window)
    assert told(window) == after, "and with them once more"


def test_an_edit_is_switched_changed_and_removed_in_its_list(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("edited.py"))
    window.press(Qt.Key.Key_F5)
    before = told(window)
    record = record_of(window, "sigmoid")
    dialog = ask(window, record)
    choose(dialog.kind, "Constant")
    QTest.keyClicks(dialog.text, "0.25")
    press_ok(window, dialog, record + 1)
    go_on(window)
    assert "relu" in window.op_types(), "the branch over its mean went the other way"
    assert "tanh" not in window.op_types()

    rows = window.bench.edits.rows
    middle = rows.visualRect(rows.model().index(0, 0)).center().y()
    QTest.mouseClick(rows.viewport(), LEFT, pos=QPoint(20, middle))
    assert not window.main.edits.rows[0].enabled
    until_standing(window, record + 1)
    window.press(Qt.Key.Key_F5)
    window.until(lambda: not window.run.changes)
    assert told(window) == before

    QTest.mouseClick(rows.viewport(), LEFT, pos=QPoint(20, middle))
    until_standing(window, record + 1)
    assert window.main.edits.rows[0].enabled
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_F2)
    dialog = dialog_of(window)
    assert dialog.windowTitle() == "Change Edit"
    assert (dialog.kind.currentData(), dialog.text.text()) == (EditKind.CONSTANT, "0.25")
    choose(dialog.kind, "Expression")
    QTest.keyClicks(dialog.text, "clamp(x, 0.6, 1)")
    press_ok(window, dialog, record + 1)
    shown = window.bench.inspector.value.summary
    assert shown is not None
    assert shown.minimum is not None
    assert shown.minimum >= np.float32(0.6)

    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    until_standing(window, record + 1)
    assert not window.bench.edits.isVisible()
    window.press(Qt.Key.Key_F5)
    assert told(window) == before


def test_an_input_is_edited_from_the_inspector(window: Window, model_file: Callable[..., str]):
    window.open(model_file("edited.py"))
    window.press(Qt.Key.Key_F5)
    before = told(window)
    record = record_of(window, "mul")
    inspector = window.bench.inspector
    window.bench.select(Selection(op=window.run.records[record].op, record=record))
    inspector.header.chosen.emit(2)  # input 1, in the picker's menu
    window.settle()
    QTest.mouseClick(inspector.header.edit, LEFT)
    dialog = dialog_of(window)
    assert dialog.value.currentText().startswith("input 1")
    QTest.keyClicks(dialog.text, "1 - x")
    assert "stands before op" in dialog.follows.text()
    press_ok(window, dialog, record)
    assert window.next_op() == "mul"
    assert told(window) == before[:record], "only this op reads another value"
    window.press(Qt.Key.Key_F10)
    window.until(lambda: bool(window.run.changes))
    assert told(window)[record] != before[record]
    assert changes(window, Difference.EDITED) == {before[record][0]}


def test_an_array_file_and_what_was_done_by_copy(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("edited.py"))
    window.press(Qt.Key.Key_F5)
    record = record_of(window, "add_")
    path = tmp_path / "row.npy"
    np.save(path, np.arange(6, dtype="f4"))
    dialog = ask(window, record)
    choose(dialog.kind, "Array")
    QTest.keyClicks(dialog.text, str(tmp_path / "none.npy"))
    assert "There is no file" in dialog.told.text()
    dialog.text.clear()
    QTest.keyClicks(dialog.text, str(path))
    assert dialog.told.text() == "6 float32, broadcast to 3×2×6."
    press_ok(window, dialog, record + 1)
    shown = window.bench.inspector.value.summary
    assert shown is not None
    assert (shown.minimum, shown.maximum, shown.mean) == (0, 5, 2.5)
    window.until(lambda: bool(window.main.edits.notes))
    edit = window.main.edits.rows[0]
    model = window.bench.edits.rows.model()
    row = str(model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert window.main.edits.notes[edit.id] in row


def test_what_cannot_be_done_is_said_beside_the_edit(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("edited.py"))
    window.press(Qt.Key.Key_F5)
    record = record_of(window, "sigmoid")
    dialog = ask(window, record)
    QTest.keyClicks(dialog.text, "x.sum(5)")
    assert dialog.ok.isEnabled(), "only the debuggee knows"
    press_ok(window, dialog, record + 1)
    window.until(lambda: bool(window.main.edits.problems))
    edit = window.main.edits.rows[0]
    sentence = window.main.edits.problems[edit.id]
    assert sentence.endswith(".")
    model = window.bench.edits.rows.model()
    assert sentence in str(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))


def test_the_input_that_an_op_fails_over_is_edited_and_the_run_goes_on(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py", "broken"))
    window.press(Qt.Key.Key_F5)
    record = window.run.failing
    assert window.run.records[record].error
    QTest.keyClick(window.main, Qt.Key.Key_F2)
    dialog = dialog_of(window)
    choose(dialog.value, "input 1")
    QTest.keyClicks(dialog.text, "x[:2]")
    press_ok(window, dialog, record)
    assert window.run.failing < 0
    assert window.bench.banners.banner("failed") is None
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert window.run.records[record].outputs[0].shape == (2, 5)


def test_edits_are_made_again_after_a_restart(window: Window, model_file: Callable[..., str]):
    window.open(model_file("edited.py"))
    window.press(Qt.Key.Key_F5)
    record = record_of(window, "sigmoid")
    dialog = ask(window, record)
    choose(dialog.kind, "Zeros")
    press_ok(window, dialog, record + 1)
    go_on(window)
    after = told(window)
    with window.qtbot.waitSignal(window.main.model_shown, timeout=40_000):
        QTest.keyClick(window.main, Qt.Key.Key_F5, CTRL | SHIFT)
    window.arrive()
    assert window.bench.edits.isVisible()
    window.until(lambda: window.run.edits == window.main.edits.rows)
    assert window.run.records == []
    window.press(Qt.Key.Key_F5)
    assert [row.outputs for _, row in told(window)] == [row.outputs for _, row in after]
