"""The range of the colours, dragged by its ends and fitted again."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.colours import Palette, Range
from opscope.widgets.tensor.scales import bar_beside
from tests.unit.widgets.test_tensor_inspector import show


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def drag(heat, start, end):
    QTest.mouseMove(heat, start + QPoint(1, 1))
    QTest.mouseMove(heat, start)
    QTest.mousePress(heat, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(heat, end)
    QTest.mouseRelease(heat, Qt.MouseButton.LeftButton, pos=end)


def ends(heat):
    bar = bar_beside(heat.grid.area)
    x = round(bar.center().x())
    return QPoint(x, round(bar.top())), QPoint(x, round(bar.bottom())), round(bar.height())


def test_the_upper_end_comes_down_and_is_fitted_again(inspector, qtbot):
    show(inspector, [("linear", [np.linspace(1, 9, 64 * 64).reshape(64, 64).astype("f4")])])
    value = inspector.value
    top, bottom, height = ends(value.heat)
    low, high = value.heat.norm.low, value.heat.norm.high
    before = value.heat._image.pixelColor(0, 40).lightness()
    drag(value.heat, top, top + QPoint(0, height // 2))
    assert value.look.range is Range.CHOSEN
    assert value.heat.norm.low == low
    assert value.heat.norm.high == pytest.approx(low + (high - low) / 2, rel=0.02)
    assert value.heat._image.pixelColor(0, 40).lightness() > before
    assert value.heat.mark is None, "no element was meant"
    drag(value.heat, bottom, bottom - QPoint(0, height // 4))
    assert value.heat.norm.low == pytest.approx(low + (high - low) / 8, rel=0.05)
    QTest.mouseMove(value.heat, top)
    qtbot.mouseDClick(value.heat, Qt.MouseButton.LeftButton, pos=top)
    assert value.look.range is Range.AUTO
    assert (value.heat.norm.low, value.heat.norm.high) == (low, high)


def test_the_ends_never_meet_and_can_leave_the_bar(inspector):
    show(inspector, [("linear", [np.linspace(1, 9, 64 * 64).reshape(64, 64).astype("f4")])])
    heat = inspector.value.heat
    top, bottom, height = ends(heat)
    high = heat.norm.high
    drag(heat, top, bottom + QPoint(0, 30))
    assert heat.norm.low < heat.norm.high < high
    inspector.value.show_look(inspector.value.look.__class__())
    drag(heat, top, top - QPoint(0, height // 20))
    assert heat.norm.high > high


def test_a_symmetric_range_stays_symmetric(inspector):
    show(inspector, [("linear", [np.random.default_rng(0).normal(size=(64, 64))])])
    heat = inspector.value.heat
    assert heat.norm.palette is Palette.DIVERGING
    high = heat.norm.high
    top, _bottom, height = ends(heat)
    drag(heat, top, top + QPoint(0, height // 4))
    assert heat.norm.low == -heat.norm.high
    assert heat.norm.high == pytest.approx(high / 2, rel=0.05)
