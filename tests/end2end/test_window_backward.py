"""Backward passes in the real window: run from an output, stepped, looked at, gone back in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.app.backward import NO_PASS
from opscope.app.backward_dialog import BackwardDialog
from opscope.app.edit_dialog import EditDialog
from opscope.tracers.ir import (
    Breakpoint,
    BreakpointKind,
    Form,
    Phase,
    RunState,
    Selection,
    TensorPiece,
    TensorRequest,
    ValueRef,
)
from opscope.widgets.graph.model import key_scope, key_value
from opscope.widgets.graph.scene import Look

from .conftest import Window

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
LEFT = Qt.MouseButton.LeftButton
FORWARD = ["linear", "tanh", "argmax", "square", "sum"]
BACKWARD = ["SumBackward", "PowBackward", "TanhBackward", "AddmmBackward"]


def dialog_of(window: Window) -> BackwardDialog:
    """The dialog that is open."""
    window.until(lambda: window.main.findChild(BackwardDialog) is not None)
    dialog = window.main.findChild(BackwardDialog)
    assert isinstance(dialog, BackwardDialog)
    return dialog


def closed(window: Window) -> None:
    window.until(lambda: window.main.findChild(BackwardDialog) is None)
    window.main.activateWindow()  # a desktop does so by itself
    window.until(window.main.isActiveWindow)


def start(window: Window, dialog: BackwardDialog) -> None:
    """Press OK, and wait until the run stands before the pass."""
    assert dialog.ok.isEnabled(), dialog.told.text()
    QTest.mouseClick(dialog.ok, LEFT)
    closed(window)
    window.until(lambda: window.run.state is RunState.PAUSED)
    window.arrive()


def value(window: Window, ref: ValueRef) -> Any:
    """All of a value."""
    request = TensorRequest(ref, Form.PLANE)
    pieces: list[TensorPiece] = []
    window.main.session.piece.connect(pieces.append)
    window.main.session.ask_piece(request)
    window.until(lambda: any(piece.request == request for piece in pieces))
    window.main.session.piece.disconnect(pieces.append)
    piece = next(piece for piece in pieces if piece.request == request)
    return np.frombuffer(piece.data, np.dtype(piece.code)).reshape(piece.shape)


def record_of(window: Window, type_: str, path: str | None = None) -> int:
    """The first execution of an op of a type, of its latest phase."""
    graph = window.run.graph
    for index, row in enumerate(window.run.records):
        op = graph.ops[row.op]
        if op.type == type_ and path in (None, graph.scopes[op.scope].path):
            return index
    raise AssertionError(f"no {type_} has run")


def select(window: Window, type_: str, path: str | None = None) -> int:
    """Select an executed op; its record."""
    record = record_of(window, type_, path)
    window.bench.select(Selection(op=window.run.records[record].op, record=record))
    window.settle()
    return record


def beside(window: Window) -> str:
    """What stands beside the value, once its slice has come."""
    strip = window.bench.inspector.gradient
    window.until(lambda: strip.other is None or strip.values is not None)
    return "" if strip.other is None else f"{strip.other.title}: {strip.other.words}"


def node(window: Window, index: int) -> tuple[Look, str]:
    """What a node of the graph is, and the name of what it stands for."""
    picture = window.bench.graph.canvas.picture
    assert picture is not None
    found = picture.scene.nodes[index]
    graph = window.run.graph
    if found.look is Look.OP:
        return found.look, graph.ops[found.key].type
    if found.look is Look.WEIGHT:
        return found.look, graph.values[key_value(found.key)].name
    return found.look, graph.scopes[key_scope(found.key)].path


def live(window: Window) -> tuple[Look, str]:
    return node(window, window.bench.graph.canvas.marks.live)


def switch(window: Window, phase: Phase) -> None:
    QTest.mouseClick(window.main.toolbar.passes.halves[phase], LEFT)


def test_a_pass_is_chosen_stepped_looked_at_and_its_gradients_edited(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("graded.py"))
    actions, passes, bench = window.main.actions_, window.main.toolbar.passes, window.bench
    back = passes.halves[Phase.BACKWARD]
    assert not actions["run.backward"].isEnabled()
    assert not back.isEnabled()
    assert "when the forward pass is over" in back.toolTip()
    assert bench.timeline.offer.text() == "Backward · not recorded"
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    forward = [value(window, ValueRef(record)) for record in range(len(FORWARD))]

    # The dialog: what can be chosen, and why something cannot.
    select(window, "argmax")
    bench.select(Selection(op=window.run.records[0].op, record=0))
    select(window, "argmax")
    QTest.keyClick(window.main, Qt.Key.Key_B, CTRL)
    dialog = dialog_of(window)
    assert dialog.told.text() == "argmax is int64; only floating-point values have a gradient."
    assert not dialog.ok.isEnabled()
    texts = [dialog.output.itemText(index) for index in range(dialog.output.count())]
    assert texts == ["argmax   5 int64", "sum   scalar float32"]
    dialog.output.setCurrentIndex(1)
    dialog.seed.setCurrentIndex(1)
    dialog.file.setText(str(tmp_path / "nowhere.npy"))
    QTest.mouseClick(dialog.ok, LEFT)
    window.until(lambda: "There is no file" in dialog.told.text())
    assert window.run.state is RunState.FINISHED
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    closed(window)

    # From the timeline, with what is proposed.
    bench.select(Selection(op=window.run.records[-1].op, record=len(FORWARD) - 1))
    window.settle()
    assert bench.timeline.offer.isEnabled()
    QTest.mouseClick(bench.timeline.offer, LEFT)
    start(window, dialog_of(window))
    assert window.next_op() == "[backward]"
    assert window.op_types() == FORWARD
    assert passes.shown is Phase.BACKWARD
    banner = bench.banners.banner("note")
    assert banner is not None
    assert banner.message.title.startswith("The backward pass starts here, from sum")
    assert not bench.timeline.offer.isVisible()

    # Steps go through forward nodes; what has come is lit.
    window.press(Qt.Key.Key_F11)
    assert window.next_op() == "SumBackward"
    assert live(window) == (Look.OP, "sum")
    for expected in ("square", "tanh"):
        window.press(Qt.Key.Key_F10)
        assert live(window) == (Look.OP, expected)
    marks = bench.graph.canvas.marks
    assert node(window, marks.pair) == (Look.GROUP, "backward")
    assert node(window, marks.selected) == (Look.OP, "square")
    picture = bench.graph.canvas.picture
    assert picture is not None
    ops = window.run.graph.ops
    assert {ops[op].type for op in picture.progress.lit} == {"sum", "square"}
    assert bench.timeline.subtitle().startswith("Backward pass")
    window.press(Qt.Key.Key_F10, ALT)
    assert node(window, bench.graph.canvas.marks.cursor) == (Look.OP, "square")
    window.press(Qt.Key.Key_Escape)
    assert live(window) == (Look.OP, "tanh")

    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert window.op_types()[:9] == FORWARD + BACKWARD
    assert passes.shown is Phase.BACKWARD

    # Gradients beside values: the derivative of a sum of squares.
    tanh = select(window, "tanh")
    assert passes.shown is Phase.FORWARD
    assert beside(window) == f"Gradient: PowBackward, op {record_of(window, 'PowBackward') + 1}"
    assert np.array_equal(bench.inspector.gradient.values, 2 * forward[tanh])
    QTest.keyClick(window.main, Qt.Key.Key_F12)
    window.settle()
    pow_ = record_of(window, "PowBackward")
    assert bench.selection == Selection(op=window.run.records[pow_].op, record=pow_)
    assert passes.shown is Phase.BACKWARD
    assert beside(window) == "Value: tanh, op 2"
    QTest.keyClick(window.main, Qt.Key.Key_F12, SHIFT)
    assert ops[bench.selection.op].type == "square", "the op whose gradient it computes"
    weight = next(i for i, v in enumerate(window.run.graph.values) if v.name == "line.weight")
    bench.select(Selection(value=weight))
    window.settle()
    assert beside(window).startswith("Gradient: AccumulateGrad")
    slope = 2 * forward[tanh] * (1 - forward[tanh] ** 2)
    inputs = value(window, ValueRef(0, 0, is_input=True))
    assert np.allclose(bench.inspector.gradient.values, slope.T @ inputs, atol=1e-5)
    switch(window, Phase.BACKWARD)
    assert ops[bench.selection.op].type == "AccumulateGrad"
    switch(window, Phase.FORWARD)
    assert bench.selection == Selection(value=weight)

    # A gradient that is edited changes what comes behind it.
    select(window, "PowBackward")
    QTest.keyClick(window.main, Qt.Key.Key_F2)
    edit = next(each for each in window.main.findChildren(EditDialog) if each.isVisible())
    edit.kind.setCurrentText("Zeros")
    QTest.mouseClick(edit.ok, LEFT)
    window.until(lambda: window.run.state is RunState.PAUSED and len(window.run.edits) == 1)
    window.arrive()
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)
    assert window.op_types()[-1] == "PowBackward", "it stands right behind the edited op"
    window.press(Qt.Key.Key_F5)
    bench.select(Selection(value=weight))
    window.settle()
    assert beside(window).startswith("Gradient: AccumulateGrad")
    assert not np.any(bench.inspector.gradient.values)


def test_breakpoints_hold_on_types_of_the_pass_and_a_seed_takes_its_shape(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("graded.py"))
    window.press(Qt.Key.Key_F5)
    window.main.points.add(Breakpoint(BreakpointKind.TYPE, "Tanh*"))
    seed = np.full((5, 4), 0.5, np.float32)
    seed[0] = 0
    np.save(tmp_path / "seed.npy", seed)
    tanh = select(window, "tanh")
    hidden = value(window, ValueRef(tanh))
    QTest.keyClick(window.main, Qt.Key.Key_B, CTRL)
    dialog = dialog_of(window)
    assert dialog.output.currentText() == "tanh   5×4 float32"
    assert "sum of its elements" in dialog.told.text()
    dialog.seed.setCurrentIndex(1)
    assert not dialog.ok.isEnabled(), "a file is to be named"
    dialog.file.setText(str(tmp_path / "seed.npy"))
    start(window, dialog)
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.PAUSED
    assert window.next_op() == "TanhBackward"
    assert live(window) == (Look.OP, "tanh")
    window.press(Qt.Key.Key_F10)
    given = value(window, ValueRef(len(FORWARD)))
    assert np.allclose(given, seed * (1 - hidden**2), atol=1e-6)
    assert window.main.actions_["run.backward"].isEnabled(), "another one can be run"


def test_a_training_step_is_stepped_through_its_own_pass(window: Window):
    window.open("sample:train_step")
    bench, passes = window.bench, window.main.toolbar.passes
    graph = window.run.graph
    assert passes.halves[Phase.BACKWARD].isEnabled(), "the map has it"
    assert not bench.timeline.offer.isVisible()
    gelu = next(i for i, op in enumerate(graph.ops) if op.type == "GeluBackward")
    switch(window, Phase.BACKWARD)
    assert passes.shown is Phase.BACKWARD
    assert window.run.records == []
    bench.select(Selection(op=gelu))
    QTest.keyClick(window.main, Qt.Key.Key_F10, CTRL)
    window.until(lambda: window.run.state is RunState.PAUSED and window.run.head.op == gelu)
    window.arrive()
    assert live(window) == (Look.OP, "gelu")
    gathers = window.run.records[-1]
    assert graph.ops[gathers.op].type == "AccumulateGrad"
    selected = bench.graph.canvas.marks.selected
    assert node(window, selected) == (Look.WEIGHT, graph.ops[gathers.op].note)
    window.press(Qt.Key.Key_F10)
    assert window.op_types()[-1] == "GeluBackward"
    assert passes.shown is Phase.BACKWARD
    window.press(Qt.Key.Key_F11, SHIFT)
    assert live(window)[1].startswith("model"), "out of the block, into the next one"
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert passes.shown is Phase.FORWARD, "the optimizer ran last"
    first = next(i for i, r in enumerate(window.run.records) if r.phase is Phase.BACKWARD)
    x = round(bench.timeline.x_of(first) + 2)
    QTest.mouseClick(bench.timeline, LEFT, pos=QPoint(x, 75))
    window.until(lambda: window.run.cursor is not None)
    assert passes.shown is Phase.BACKWARD
    assert bench.graph.canvas.marks.backward


def test_a_step_of_tensorflow_is_shown_alike(window: Window, model_file: Callable[..., str]):
    window.open(model_file("taped.py"))
    bench, passes = window.bench, window.main.toolbar.passes
    graph = window.run.graph
    grad = next(i for i, op in enumerate(graph.ops) if op.type == "ReluGrad")
    window.main.session.run_to(op=grad)
    window.until(lambda: window.run.head.op == grad)
    window.arrive()
    assert passes.shown is Phase.BACKWARD
    assert live(window) == (Look.OP, "Relu")
    assert node(window, bench.graph.canvas.marks.pair) == (Look.GROUP, "backward")
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    relu = select(window, "Relu")
    assert beside(window).startswith("Gradient: ")
    hidden = value(window, ValueRef(relu))
    assert np.allclose(bench.inspector.gradient.values, 2 * hidden)
    QTest.keyClick(window.main, Qt.Key.Key_F12)
    assert passes.shown is Phase.BACKWARD
    QTest.keyClick(window.main, Qt.Key.Key_F12, SHIFT)
    assert window.run.records[bench.selection.record].phase is Phase.FORWARD
    assert not window.main.actions_["run.backward"].isEnabled()
    window.main.control.run_backward()
    assert bench.status.left_parts()[0].text == NO_PASS
