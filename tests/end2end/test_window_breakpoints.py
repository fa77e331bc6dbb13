"""Conditions, hits, log messages, running to a line, and local variables, through the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from opscope.app.breakpoint_dialog import BreakpointDialog
from opscope.app.line_menu import LineMenu
from opscope.app.locals_desk import OVER, PAST
from opscope.tracers.ir import RunState, Selection
from opscope.tracers.protocol.messages import RAISED
from opscope.widgets.source.source_view import LOCALS, OUTPUT

from .conftest import Window

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


def asked(window: Window) -> BreakpointDialog:
    """The dialog that is open."""
    window.until(lambda: window.main.findChild(BreakpointDialog) is not None)
    dialog = window.main.findChild(BreakpointDialog)
    assert isinstance(dialog, BreakpointDialog)
    return dialog


def fill(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)
    completer = getattr(field, "completer_", None) or field.completer()
    if completer is not None:
        completer.popup().hide()


def add(window: Window, kind: int, pattern: str, **terms: str) -> None:
    """Set a breakpoint through the + of the list and its dialog."""
    QTest.mouseClick(window.bench.breakpoints.add_button, LEFT)
    dialog = asked(window)
    dialog.kind.setCurrentIndex(kind)
    fill(dialog.pattern, pattern)
    for name, text in terms.items():
        fill(getattr(dialog, name), text)
    assert dialog.ok.isEnabled(), (dialog.on_condition.text(), dialog.on_log.text())
    QTest.mouseClick(dialog.ok, LEFT)
    closed(window)


def closed(window: Window) -> None:
    """The dialog has gone, and the window has the keyboard again, as a desktop would see to."""
    window.until(lambda: window.main.findChild(BreakpointDialog) is None)
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)


def variables(window: Window) -> dict[str, str]:
    """What the Locals tab lists under its first heading."""
    groups = window.bench.source.locals.tree.variables.root.children
    return {item.name: item.value for item in groups[0].children} if groups else {}


def show_locals(window: Window) -> dict[str, str]:
    window.bench.source.tabs.setCurrentIndex(LOCALS)
    window.until(lambda: bool(variables(window)))
    return variables(window)


def line_of(file: str, text: str) -> int:
    lines = Path(file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def menu_of(window: Window) -> LineMenu:
    found = window.main.findChild(LineMenu)
    assert isinstance(found, LineMenu)
    return found


def choose(menu: QMenu, text: str) -> None:
    action = next(action for action in menu.actions() if action.text().startswith(text))
    assert action.isEnabled()
    action.trigger()
    menu.close()


def test_a_condition_stops_where_it_holds_and_is_edited(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("looping.py"))
    add(window, 0, "relu", condition="output.max() > 4")
    window.press(Qt.Key.Key_F5)
    assert window.op_types()[-1] == "relu"
    last = window.run.records[-1].outputs[0].maximum
    assert last is not None
    assert last > 4
    assert window.op_types().count("relu") > 1, "it did not hold at once"
    number = len(window.run.records)
    assert window.bench.status.lead() == ("current", f"Paused after op {number}, relu")
    rows = window.bench.breakpoints.rows
    model = rows.model()
    assert model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole) == (
        "any relu, all ops, if output.max() > 4, enabled"
    )
    spot = rows.visualRect(model.index(0, 0)).center()
    QTest.mouseDClick(rows.viewport(), LEFT, pos=QPoint(80, spot.y()))
    dialog = asked(window)
    assert dialog.condition.text() == "output.max() > 4"
    fill(dialog.condition, "output.max() >")
    assert not dialog.ok.isEnabled()
    fill(dialog.condition, "output.max() > 1e9")
    QTest.keyClick(dialog.condition, Qt.Key.Key_Return)
    closed(window)
    assert [point.condition for point in window.main.points.rows] == ["output.max() > 1e9"]
    graph = window.run.graph
    last_op = next(n for n, op in enumerate(graph.ops) if op.type == "sum")
    window.bench.select(Selection(op=last_op))
    QTest.keyClick(window.main, Qt.Key.Key_F9, SHIFT)
    dialog = asked(window)
    assert dialog.windowTitle() == "Add Breakpoint"
    assert dialog.pattern.text() == graph.ops[last_op].key
    fill(dialog.hits, ">= 1")
    QTest.mouseClick(dialog.ok, LEFT)
    closed(window)
    window.press(Qt.Key.Key_F5)
    assert window.next_op() == "sum"
    gate = next(n for n, scope in enumerate(graph.scopes) if scope.path == "gate")
    window.bench.select(Selection(scope=gate))
    QTest.keyClick(window.main, Qt.Key.Key_F9)
    assert [point.where for point in window.main.points.rows][2:] == ["gate"]
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED


def test_hits_and_conditions_on_modules_and_what_is_remembered(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("looping.py")
    window.open(spec)
    add(window, 1, "gate", condition="inputs[0].max() > 3", hits="=2")
    window.press(Qt.Key.Key_F5)
    assert window.next_op() == "[gate]"
    assert [window.run.graph.scopes[window.run.head.scope].call] == [3]
    window.open(spec)
    (point,) = window.main.points.rows
    assert (point.where, point.condition, point.hits) == ("gate", "inputs[0].max() > 3", "=2")
    window.press(Qt.Key.Key_F5)
    assert window.next_op() == "[gate]", "it stops the next time, too"


def test_what_is_logged_and_what_cannot_be_asked_is_said(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("looping.py"))
    add(window, 0, "relu", condition="inputs[3].max() > 0")
    add(window, 0, "mul", log="pass {hits}: {output}", hits="<= 2")
    window.press(Qt.Key.Key_F5)
    assert window.next_op() == "relu"
    banner = window.bench.banners.banner("note")
    assert banner is not None
    assert banner.message.title == "The condition of the breakpoint “any relu” cannot be asked"
    assert banner.message.text == "inputs[3].max() > 0: there is no item 3, only 1."
    model = window.bench.breakpoints.rows.model()
    told = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "There is no item 3" in told
    window.press(Qt.Key.Key_F10)
    assert window.bench.banners.banner("note") is None
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert window.bench.source.tabs.has_new(OUTPUT)
    said = window.bench.source.output.toPlainText().splitlines()
    assert said == ["op 2  pass 1: [0.5, -1]", "op 6  pass 2: [0, 0]"]
    window.bench.source.tabs.setCurrentIndex(OUTPUT)
    output = window.bench.source.output
    output.moveCursor(QTextCursor.MoveOperation.Start)
    at = output.cursorRect().center() + QPoint(8, 0)
    QTest.mouseClick(output.viewport(), LEFT, pos=at)
    assert window.bench.selection.record == 1


def test_breakpoints_on_lines_and_running_to_a_line(window: Window, model_file: Callable[..., str]):
    spec = model_file("looping.py")
    window.open(spec)
    file = spec.rpartition(":")[0]
    line, first = (line_of(file, text) for text in ("total = total + x", "total = torch.zeros"))
    add(window, 2, f"looping.py:{line}", condition="step == 3")
    window.press(Qt.Key.Key_F5)
    assert window.next_op() == "mul"
    assert show_locals(window)["step"] == "3"
    choose(menu_of(window).menu_for(file, line), f"Run to Line {line}")
    window.until(lambda: len(window.run.records) > 20)
    window.arrive()
    window.until(lambda: variables(window).get("step") == "4")
    (row,) = window.main.points.rows
    choose(menu_of(window).menu_for(file, line), "Edit Breakpoint…")
    dialog = asked(window)
    assert dialog.condition.text() == row.condition
    dialog.reject()
    closed(window)
    choose(menu_of(window).menu_for(file, line), "Remove Breakpoint")
    assert window.main.points.rows == []
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    choose(menu_of(window).menu_for(file, first), f"Run to Line {first}")
    window.until(lambda: window.run.cursor is not None)
    assert window.next_op() == "zeros", "looked back at"


def test_locals_follow_the_frame_and_open_tensors(window: Window, model_file: Callable[..., str]):
    window.open(model_file("looping.py"))
    source, bench = window.bench.source, window.bench
    add(window, 0, "relu", hits="2")
    window.press(Qt.Key.Key_F5)
    inner = show_locals(window)
    assert list(inner) == ["self", "x", "limit", "names", "y"]
    assert (inner["limit"], inner["names"]) == ("3", "['left', 'right']")
    assert source.locals.frames.currentText().startswith("gate (Gate)")
    tree = source.locals.tree
    y = next(item for item in tree.variables.root.children[0].children if item.name == "y")
    rect = tree.visualRect(tree.variables.index_of(y))
    QTest.mouseClick(tree.viewport(), LEFT, pos=rect.center())
    assert bench.selection.record == y.record
    assert window.run.graph.ops[bench.selection.op].type == "mul"
    window.settle()
    source.tabs.setCurrentIndex(1)
    stack = source.stack
    names = [frame.name for frame in stack.frames.frames]
    outer = next(n for n, name in enumerate(names) if name.startswith("Loop"))
    rect = stack.visualRect(stack.frames.index(outer, 0))
    QTest.mouseClick(stack.viewport(), LEFT, pos=rect.center())
    source.tabs.setCurrentIndex(LOCALS)
    window.until(lambda: "step" in variables(window))
    assert variables(window)["step"] == "1"
    tensors = [name for name, value in variables(window).items() if value.startswith("float32")]
    assert tensors == ["x", "total"]
    window.press(Qt.Key.Key_F10, ALT)
    assert source.locals.sentence.text() == PAST
    assert source.locals.tree.variables.rowCount(QModelIndex()) == 0
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    window.until(lambda: "limit" in variables(window))
    window.press(Qt.Key.Key_F5)
    assert source.locals.sentence.text() == OVER


def test_errors_that_are_caught_stop_when_they_are_asked_to(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("looping.py", "caught"))
    QTest.mouseClick(window.bench.breakpoints.errors.switch(RAISED), LEFT)
    assert RAISED in window.main.store.settings.errors
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.PAUSED
    assert window.run.records[-1].error.startswith("RuntimeError")
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
