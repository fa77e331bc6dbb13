"""Percentiles and distinct integers, on demand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from opscope.tracers.ir import PERCENTS, Form, Selection
from opscope.widgets.tensor import TensorInspector
from tests.unit.widgets.tensor_server import attention
from tests.unit.widgets.test_tensor_inspector import show


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def test_nothing_is_sorted_before_it_is_asked_for(inspector, qtbot):
    pattern = attention()
    _run, server = show(inspector, [("softmax", [pattern])])
    assert not server.asked_for(Form.PERCENTILES)
    assert not inspector.value.details.isVisible()
    qtbot.mouseClick(inspector.value.stats, Qt.MouseButton.LeftButton)
    details = inspector.value.details
    assert details.isVisible()
    assert details.values == pytest.approx(np.percentile(pattern, PERCENTS), rel=1e-6)
    assert "99 %" in details.accessibleName()
    qtbot.keyClick(inspector.value.stats, Qt.Key.Key_Space)
    assert not details.isVisible()


def test_of_the_slice_they_follow_the_picks(inspector, qtbot):
    pattern = attention()
    _run, server = show(inspector, [("softmax", [pattern])])
    inspector.value.more.want(True)
    details = inspector.value.details
    inspector.value.show_slice(inspector.value.shown.at_index(1, 4))
    assert len(server.asked_for(Form.PERCENTILES)) == 1
    qtbot.mouseClick(details.part, Qt.MouseButton.LeftButton)
    assert details.values == pytest.approx(np.percentile(pattern[0, 4], PERCENTS), rel=1e-6)
    inspector.value.show_slice(inspector.value.shown.at_index(1, 6))
    assert details.values == pytest.approx(np.percentile(pattern[0, 6], PERCENTS), rel=1e-6)


def test_integers_are_counted_and_samples_say_so(inspector):
    show(
        inspector, [("embedding", [np.arange(1200) % 37]), ("relu", [np.ones((1200, 1800), "f4")])]
    )
    menu = QMenu()
    inspector.header.more_wanted.emit(menu)
    next(action for action in menu.actions() if action.text() == "Percentiles").trigger()
    assert inspector.value.details.remark == "rms 20.8 · 37 distinct"
    inspector.show_selection(Selection(op=1))
    assert inspector.value.details.remark == "rms 1 · ≈ of 1 in 7 elements"
    inspector.show_selection(Selection(op=0))
    assert inspector.value.details.remark == "rms 20.8 · 37 distinct"


def test_words_have_none(inspector):
    show(inspector, [("split", [np.array(["a", "b"], object)])])
    inspector.value.more.want(True)
    assert not inspector.value.details.isVisible()
