"""Values that stay at hand in tabs, and the difference of one of them and what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QTabBar

from opscope.tracers.ir import Selection, ValueRef
from opscope.widgets.tensor import TensorInspector
from tests.unit.widgets.tensor_server import make_run
from tests.unit.widgets.test_tensor_inspector import show

RANDOM = np.random.default_rng(0)
ONE, OTHER = (RANDOM.normal(size=(4, 30, 20)).astype(np.float32) for _ in range(2))
ROW = RANDOM.normal(size=20).astype(np.float32)
ODD = np.ones((3, 7), np.float32)
OPS = [("matmul", [ONE]), ("add", [OTHER]), ("bias", [ROW]), ("odd", [ODD])]


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def pin(inspector, qtbot, op):
    inspector.show_selection(Selection(op=op))
    qtbot.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)


def plane(inspector):
    return inspector.value.heat.plane.values


def subtract(inspector, text):
    menu = QMenu()
    inspector.pins.fill_menu(menu)
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_pins_are_tabs_beside_the_selection(inspector, qtbot):
    show(inspector, OPS)
    assert not inspector.pins.isVisible()
    pin(inspector, qtbot, 0)
    assert inspector.pins.names == ("matmul, op 1",)
    inspector.show_selection(Selection(op=1))
    assert np.array_equal(plane(inspector), ONE[0]), "the pinned one stays"
    inspector.pins.tabs.setCurrentIndex(0)
    assert np.array_equal(plane(inspector), OTHER[0])
    assert not inspector.header.pin.isChecked()
    qtbot.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)
    assert inspector.pins.names == ("matmul, op 1", "add, op 2")
    inspector.pins.tabs.setCurrentIndex(1)
    assert np.array_equal(plane(inspector), ONE[0])
    close = inspector.pins.tabs.tabButton(1, QTabBar.ButtonPosition.RightSide)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert inspector.pins.names == ("add, op 2",)
    assert np.array_equal(plane(inspector), OTHER[0])
    assert not inspector.pinned


def test_a_difference_goes_with_the_selection(inspector, qtbot):
    show(inspector, OPS)
    pin(inspector, qtbot, 0)
    inspector.pins.tabs.setCurrentIndex(0)
    inspector.show_selection(Selection(op=1))
    subtract(inspector, "A = matmul, op 1")
    assert np.array_equal(plane(inspector), (ONE - OTHER)[0])
    assert inspector.value.summary.maximum == pytest.approx(float((ONE - OTHER).max()))
    assert inspector.header.chips.chips[0] == ("matmul, op 1 − this", "accent")
    inspector.show_selection(Selection(op=2))
    assert inspector.value.shape == (4, 30, 20)
    assert np.array_equal(plane(inspector), (ONE - ROW)[0])
    inspector.show_selection(Selection(op=3))
    assert "4×30×20 and 3×7 cannot be subtracted" in inspector.value.notice.sentence.text
    inspector.show_selection(Selection(op=1))
    subtract(inspector, "No difference")
    assert np.array_equal(plane(inspector), OTHER[0])
    assert inspector.header.chips.chips[0][1] == ""


def test_a_difference_is_saved_as_such(inspector, qtbot, tmp_path):
    show(inspector, OPS)
    pin(inspector, qtbot, 0)
    inspector.pins.tabs.setCurrentIndex(0)
    inspector.show_selection(Selection(op=1))
    subtract(inspector, "A = matmul, op 1")
    inspector.save_to(str(tmp_path / "difference.npy"))
    assert np.array_equal(np.load(tmp_path / "difference.npy"), ONE - OTHER)


def test_without_its_pin_a_difference_ends(inspector, qtbot):
    _run, server = show(inspector, OPS)
    pin(inspector, qtbot, 0)
    subtract(inspector, "A = matmul, op 1")
    assert not plane(inspector).any()
    qtbot.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)
    assert inspector.desk.against is None
    assert server.asked[-1].minus is None
    assert not inspector.pins.isVisible()


def test_pins_end_with_their_run_and_with_their_rows(inspector, qtbot):
    run, _server = show(inspector, OPS)
    pin(inspector, qtbot, 0)
    inspector.pins.tabs.setCurrentIndex(0)
    pin(inspector, qtbot, 3)
    run.forget_from(2, 0)
    inspector.show_rewound()
    assert inspector.pins.names == ("matmul, op 1",)
    assert not inspector.pinned
    other, _arrays = make_run([("relu", [ONE])])
    inspector.show_run(other)
    assert inspector.pins.names == ()
    assert inspector.subject.choice is None or inspector.subject.choice.ref != ValueRef(0)
