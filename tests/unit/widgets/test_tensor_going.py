"""Indices that are typed, and elements that are gone to."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from opscope.tracers.ir import Form, Sought
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.axes import default_slice
from opscope.widgets.tensor.indexing import parse_index, reaching
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import attention
from tests.unit.widgets.test_tensor_inspector import show

SHAPE = (2, 12, 64, 48)
NOW = default_slice(SHAPE).at_index(1, 5)


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


@pytest.mark.parametrize(
    ("text", "picks", "axes"),
    [
        ("[0, 3, :, ::2]", (0, 3, (0, 64, 1), (0, 48, 2)), (2, 3)),
        ("-1, -2", (1, 10, (0, 64, 1), (0, 48, 1)), (2, 3)),
        ("[1]", (1, 5, (0, 64, 1), (0, 48, 1)), (2, 3)),
        ("...", (0, 5, (0, 64, 1), (0, 48, 1)), (2, 3)),
        ("[..., 7]", (0, 5, (0, 64, 1), 7), (1, 2)),
        ("[:, 2:8:3, 4, 5,]", ((0, 2, 1), (2, 8, 3), 4, 5), (0, 1)),
        ("0, 1, 2, 3", (0, 1, 2, 3), (-1, -1)),
        ("0, 1, 2, 3:4", (0, 1, 2, 3), (-1, -1)),
        ("0, 1, -9:, 3", (0, 1, (55, 64, 1), 3), (-1, 2)),
    ],
)
def test_an_index_is_read_as_numpy_reads_it(text, picks, axes):
    shown = parse_index(text, SHAPE, NOW)
    if text == "[..., 7]":
        picks = (0, (0, 12, 1), (0, 64, 1), 7)
    assert shown.picks == picks
    assert (shown.y, shown.x) == axes
    array = np.empty(SHAPE)
    index = tuple(p if isinstance(p, int) else slice(*p) for p in shown.picks)
    assert array[index].ndim == sum(axis >= 0 for axis in axes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[0, 99]", "Axis 1 has 12 elements, so none is at 99"),
        ("[0, 1, 2, 3, 4]", "has 4 axes, and 5 were given"),
        ("[0, 1", "bracket is missing"),
        ("..., ...", "one ... only"),
        ("::-1", "Steps go forward"),
        ("0, 5:5", "5:5 picks nothing of axis 1"),
        ("0, a", "“a” is no index"),
        ("0,,1", "“” is no index"),
        ("0:1, 2:5, :, :", "give axis 1 a number"),
    ],
)
def test_what_is_no_index_is_said(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_index(text, SHAPE, NOW)


def test_swapped_axes_stay_swapped():
    swapped = NOW.spread(2, "x", 64)
    shown = parse_index("[0, 3, :8, :9]", SHAPE, swapped)
    assert (shown.y, shown.x) == (swapped.y, swapped.x) == (3, 2)


def test_the_way_to_an_element_is_short():
    near = reaching(NOW, SHAPE, (1, 5, 63, 47), (400, 400))
    assert near.picks == (1, 5, (0, 64, 1), (0, 48, 1))
    part = NOW.at_range(2, (0, 8, 1))
    assert reaching(part, SHAPE, (0, 5, 20, 1), (400, 400)).picks[2] == (0, 64, 1)
    small = reaching(default_slice((3000, 5000)), (3000, 5000), (2990, 7), (300, 300))
    assert small.picks == ((2936, 3000, 1), (0, 64, 1))


def open_bar(inspector, qtbot):
    qtbot.mouseClick(inspector.value.tabs.go, Qt.MouseButton.LeftButton)
    assert inspector.value.bar.isVisible()
    return inspector.value.bar


def test_a_typed_index_is_shown_and_a_wrong_one_marked(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    bar = open_bar(inspector, qtbot)
    assert bar.index.text() == "[0, 0, 0:64, 0:64]"
    bar.index.selectAll()
    qtbot.keyClicks(bar.index, "0, 3, :, ::2")
    qtbot.keyClick(bar.index, Qt.Key.Key_Return)
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 3, :, ::2])
    assert bar.index.text() == "[0, 3, 0:64, 0:64:2]"
    bar.index.selectAll()
    qtbot.keyClicks(bar.index, "0, 33")
    with qtbot.waitSignal(inspector.noted) as said:
        qtbot.keyClick(bar.index, Qt.Key.Key_Return)
    assert said.args == ["Axis 1 has 12 elements, so none is at 33."]
    assert inspector.value.shown.picks[1] == 3
    assert bar.index.accessibleDescription() == said.args[0]


def test_n_goes_from_nan_to_nan_through_the_whole_value(inspector, qtbot):
    array = np.zeros((2, 3, 40, 50), np.float32)
    array[0, 1, 4, 6] = array[1, 2, 39, 0] = np.nan
    show(inspector, [("log", [array])])
    assert inspector.value.bar.sought is Sought.NAN
    heat = inspector.value.heat
    heat.setFocus()
    for spot in ((0, 1, 4, 6), (1, 2, 39, 0), (0, 1, 4, 6)):
        qtbot.keyClick(heat, Qt.Key.Key_N)
        assert inspector.value.element == spot
        assert inspector.value.shown.picks[:2] == spot[:2]
        assert np.isnan(heat.value_at(heat.mark))
    qtbot.keyClick(heat, Qt.Key.Key_Left)
    assert inspector.value.element == (0, 1, 4, 5)


def test_the_greatest_of_a_large_value_is_shown_element_by_element(inspector, qtbot):
    array = np.random.default_rng(0).normal(size=(3000, 2000)).astype(np.float32)
    _run, server = show(inspector, [("matmul", [array])])
    assert inspector.value.heat.plane.reduced
    bar = open_bar(inspector, qtbot)
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    spot = np.unravel_index(array.argmax(), array.shape)
    assert inspector.value.element == spot
    assert not inspector.value.heat.plane.reduced
    assert inspector.value.heat.value_at(inspector.value.heat.mark) == array.max()
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert array[inspector.value.element] == np.sort(array.ravel())[-2]
    assert len(server.asked_for(Form.FIND)) == 2


def test_over_a_threshold_in_a_plot_and_in_the_table(inspector, qtbot):
    array = np.arange(300, dtype=np.float32)
    show(inspector, [("relu", [array])])
    bar = open_bar(inspector, qtbot)
    bar._choose(Sought.ABOVE)
    bar.limit.setText("250.5")
    qtbot.keyClick(bar.limit, Qt.Key.Key_Return)
    assert inspector.value.curve.position == 251
    inspector.value.show_view(View.TABLE)
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert inspector.value.table.cell == (251, 0)
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert inspector.value.table.cell == (252, 0)
    bar.limit.setText("much")
    with qtbot.waitSignal(inspector.noted) as said:
        qtbot.keyClick(bar.limit, Qt.Key.Key_Return)
    assert "no number" in said.args[0]
    bar.limit.setText("1000")
    with qtbot.waitSignal(inspector.noted) as said:
        qtbot.keyClick(bar.limit, Qt.Key.Key_Return)
    assert said.args == ["No element is x > 1000."]


def test_commands_reach_the_value(inspector):
    pattern = attention()
    with_axes = [("softmax", [pattern]), ("sum", [np.array(2.0)])]
    show(inspector, with_axes)
    value = inspector.value
    inspector.menus.do("index")
    assert value.bar.isVisible()
    assert value.tabs.go.isChecked()
    inspector.menus.do("next")
    assert pattern[value.element] == pattern.max()
    value.show_slice(value.shown.at_index(1, 7))
    inspector.menus.do("all")
    assert value.shown == default_slice(pattern.shape, value.names)
    inspector.menus.do("percentiles")
    assert value.details.isVisible()


def test_commands_without_axes_say_so(inspector, qtbot):
    show(inspector, [("sum", [np.array(2.0)])])
    with qtbot.waitSignal(inspector.noted) as said:
        inspector.menus.do("next")
    assert "no value that has axes" in said.args[0]
