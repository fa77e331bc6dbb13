"""Errors in the window: foreseen by the map, stood at live, passed on; and the inside of ops."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import RunState, Selection

from .conftest import Window

WALK = "Input 0: 75 → 37 by a floor in max_pool2d in down.pool"
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def said(window: Window, kind: str) -> str:
    """Title and text of a banner."""
    banner = window.bench.banners.banner(kind)
    assert banner is not None, kind
    return f"{banner.message.title}\n{banner.message.text}"


def test_a_shape_error_is_foreseen_stood_at_and_passed_on(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("failing.py"))
    told = said(window, "foreseen")
    assert "A run without data stopped at add" in told
    assert "Axis 3 of input 0 is 37, axis 3 of input 1 is 38." in told
    assert WALK in told
    banner = window.bench.banners.banner("foreseen")
    assert banner is not None
    banner.buttons[0].click()
    add = next(n for n, op in enumerate(window.run.graph.ops) if op.type == "add")
    assert window.bench.selection == Selection(op=add)
    inputs = window.bench.inspector.inputs
    assert [text.split()[2] for text in inputs.texts()] == ["1×4×4×37", "1×4×4×38"]

    window.press(Qt.Key.Key_F5)
    run = window.run
    assert run.state is RunState.PAUSED
    assert window.next_op() == "add"
    assert window.bench.banners.banner("foreseen") is None
    told = said(window, "failed")
    assert told.startswith("add raised RuntimeError: The size of tensor a (37)")
    assert WALK in told
    assert "The model still stands here" in told
    assert window.bench.status.lead() == ("breakpoint", "Stopped at an error in op 7, add")
    assert (window.bench.selection.op, window.bench.selection.record) == (add, 6)
    rows = window.bench.inspector.inputs
    assert rows.isVisible()
    rows.chosen.emit(1)
    window.settle()
    shown = window.bench.inspector.value.summary
    assert shown is not None
    assert shown.shape == (1, 4, 4, 38)
    assert add in window.bench.graph._stage.progress.errors

    window.press(Qt.Key.Key_F10, ALT)
    assert run.cursor is not None
    assert window.bench.banners.banner("failed") is None, "the past has no error"
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    window.until(lambda: run.cursor is None)
    assert window.bench.banners.banner("failed") is not None
    window.press(Qt.Key.Key_F5)
    assert run.state is RunState.FAILED
    assert "The model still stands here" not in said(window, "failed")
    assert window.bench.status.lead() == ("breakpoint", "Failed in op 7, add")


def test_a_models_own_check_is_stood_at_with_its_variables(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("failing.py", "checked"))
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.PAUSED
    told = said(window, "failed")
    assert told.startswith("0 raised ValueError: fewer than 7 values")
    assert "Raised by the model itself" in told
    state = window.main.session.state
    assert state is not None
    text = window.bench.source.code.toPlainText().splitlines()
    assert "raise ValueError" in text[state.stack[0].line - 1]
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FAILED


def test_f11_goes_into_an_op_and_shift_f11_out(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    while window.next_op() != "linear":
        window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F11)
    assert window.next_op() == "aten.t"
    window.press(Qt.Key.Key_F11)
    assert window.next_op() == "aten.addmm"
    run = window.run
    scope = run.graph.scopes[run.head.scope]
    assert run.graph.ops[scope.op].type == "linear"
    node = window.bench.graph.node_rect(Selection(op=run.head.op))
    assert node is not None, "the inside is drawn"
    window.press(Qt.Key.Key_F11, SHIFT)
    assert run.state is RunState.FINISHED
    assert window.op_types()[-3:] == ["aten.t", "aten.addmm", "linear"]
    assert run.records[-1].outputs == run.records[-2].outputs
