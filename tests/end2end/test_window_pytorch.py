"""A PyTorch model in the real window: keys and clicks, and what the panes show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import RunState, Selection

from .conftest import OPENING, Window

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
WHOLE = ["conv2d", "conv2d", "relu", "add", "conv2d", "relu", "add", "mean", "linear"]


def test_a_model_is_stepped_looked_back_at_and_finished(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    assert window.main.pages.currentWidget() is window.bench
    assert window.next_op() == "conv2d"
    assert window.run.records == []
    facts = window.main.session.facts
    assert facts is not None
    assert facts.parameters == 3 * 4 * 9 + 4 + 2 * (4 * 4 * 9 + 4) + 4 * 2 + 2

    window.press(Qt.Key.Key_F10)
    assert window.op_types() == ["conv2d"]
    assert window.next_op() == "[first]", "the next block is about to be entered"
    chosen = window.bench.selection
    assert (chosen.op, chosen.record) == (window.run.records[0].op, 0)
    shown = window.bench.inspector.value.summary
    assert shown is not None
    assert shown.shape == (1, 4, 8, 8)

    window.press(Qt.Key.Key_F10)
    assert window.op_types() == WHOLE[:4], "over runs the whole block"
    window.press(Qt.Key.Key_F11)
    assert window.next_op() == "conv2d"
    window.press(Qt.Key.Key_F11, SHIFT)
    assert window.op_types() == WHOLE[:7], "out runs to the block's end"

    window.press(Qt.Key.Key_F10, ALT)
    assert window.run.cursor is not None
    assert window.run.state is RunState.PAUSED
    assert window.op_types() == WHOLE[:7], "looking back runs nothing"
    window.press(Qt.Key.Key_Escape)
    assert window.run.cursor is None

    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert window.op_types() == WHOLE
    assert not window.main.actions_["run.step_over"].isEnabled()
    window.press(Qt.Key.Key_F10, ALT)
    assert window.run.cursor is not None, "a finished run can be looked back at"


def test_the_source_pane_stands_at_the_line_of_the_next_op(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("small_net.py")
    window.open(spec)
    for _ in range(3):
        window.press(Qt.Key.Key_F11)
    place = window.run.place
    line = window.run.graph.sources[place.source]
    assert line.file == spec.rpartition(":")[0]
    text = Path(line.file).read_text().splitlines()[line.line - 1]
    assert "torch.relu" in text
    code = window.bench.source.code
    window.until(lambda: "torch.relu" in code.toPlainText())


def test_a_breakpoint_set_with_a_click_stops_the_run_and_is_kept(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    ops = window.run.graph.ops
    second = [index for index, op in enumerate(ops) if op.type == "relu"][1]
    window.bench.select(Selection(op=second))
    QTest.keyClick(window.main, Qt.Key.Key_F9)
    assert window.main.points.on_ops(window.run.graph) == {second}
    window.press(Qt.Key.Key_F5)
    assert window.run.head.op == second
    assert len(window.run.records) == 5
    assert window.main.store.settings.breakpoints(window.main.choice.spec)
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        QTest.keyClick(window.main, Qt.Key.Key_F5, CTRL | SHIFT)
    window.arrive()
    assert window.run.records == [], "restarted"
    window.press(Qt.Key.Key_F5)
    assert window.run.graph.ops[window.run.head.op].type == "relu"
    assert len(window.run.records) == 5, "the breakpoint is still there"


def test_run_to_here_stops_before_the_selected_op(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    mean = next(i for i, op in enumerate(window.run.graph.ops) if op.type == "mean")
    window.bench.select(Selection(op=mean))
    window.press(Qt.Key.Key_F10, CTRL)
    assert window.run.head.op == mean
    assert window.op_types() == WHOLE[:7]


def test_a_click_in_the_graph_selects_in_every_pane(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    window.press(Qt.Key.Key_F5)
    head = next(i for i, op in enumerate(window.run.graph.ops) if op.type == "linear")
    graph = window.bench.graph
    stem = window.run.records[0].op
    graph.go_to(Selection(op=stem))
    rect = graph.node_rect(Selection(op=stem))
    assert rect is not None
    where = graph.canvas.mapFrom(graph, rect.center())
    QTest.mouseClick(graph.canvas, Qt.MouseButton.LeftButton, pos=QPoint(where))
    assert window.bench.selection.op == stem
    window.settle()
    assert window.bench.inspector.value.summary is not None
    assert window.bench.inspector.value.summary.shape == (1, 4, 8, 8)
    assert head != stem


def test_a_model_that_raises_stops_at_the_op_with_its_inputs(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py", "broken"))
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.PAUSED
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FAILED
    last = window.run.records[-1]
    assert "RuntimeError" in last.error
    assert "RuntimeError" in window.run.message or "matmul" in window.run.message
    assert last.inputs
    failed = window.bench.banners.banner("failed")
    assert failed is not None
    assert window.run.records[0].outputs[0].neginf == 4


def test_a_killed_debuggee_leaves_the_window_with_restart(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py", "killed"))
    window.press(Qt.Key.Key_F10)
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.until(lambda: window.run.state is RunState.DIED)
    assert "SIGKILL" in window.run.message
    assert window.op_types()[:1] == ["add"], "what ran before is still there"
    died = window.bench.banners.banner("died")
    assert died is not None
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        died.buttons[0].click()
    window.arrive()
    assert window.run.records == []


def test_saving_the_source_offers_a_restart_with_the_edit(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("small_net.py")
    window.open(spec)
    file = Path(spec.rpartition(":")[0])
    file.write_text(file.read_text().replace("torch.relu(y)", "torch.tanh(y)"))
    window.until(lambda: window.bench.banners.banner("edited") is not None)
    banner = window.bench.banners.banner("edited")
    assert banner is not None
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        banner.buttons[0].click()
    assert {op.type for op in window.run.graph.ops} >= {"tanh"}
