"""Going to elements, differences, percentiles and passes, on a real debuggee."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import PERCENTS, RunState, Selection
from opscope.widgets.tensor.tabs import View

from .conftest import MODELS, Window


def finish(window: Window) -> None:
    window.open(f"{MODELS / 'values.py'}:build")
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED


def look(window: Window, kind: str) -> None:
    """Select the op of a type, and wait for its value."""
    graph, inspector = window.run.graph, window.bench.inspector
    op = next(index for index, one in enumerate(graph.ops) if one.type == kind)
    window.bench.select(Selection(op=op))
    settled(window)
    assert inspector.header.subject.title == kind


def settled(window: Window) -> None:
    window.until(lambda: not window.bench.inspector.desk.busy)


def test_looking_into_values(window: Window):
    finish(window)
    look(window, "log")
    inspector = window.bench.inspector
    value = inspector.value
    heat = value.heat
    QTest.mouseClick(value.tabs.go, Qt.MouseButton.LeftButton)
    QTest.mouseClick(value.tabs.go, Qt.MouseButton.LeftButton)
    assert not value.bar.isVisible()
    QTest.keyClick(window.main, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert value.bar.index.hasFocus()
    QTest.mouseClick(value.bar.next, Qt.MouseButton.LeftButton)
    window.until(lambda: heat.mark is not None)
    settled(window)
    assert value.element == (1, 2, 30, 7)
    assert np.isnan(heat.value_at(heat.mark))
    assert value.shown.picks[:2] == (1, 2)

    value.bar.index.selectAll()
    QTest.keyClicks(value.bar.index, "[0, 1, ::2, 5:9]")
    QTest.keyClick(value.bar.index, Qt.Key.Key_Return)
    settled(window)
    assert heat.plane is not None
    assert heat.plane.values.shape == (20, 4)
    logs = heat.plane.values.copy()

    QTest.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)
    inspector.pins.tabs.setCurrentIndex(0)
    look(window, "sigmoid")
    sigmoids = heat.plane.values.copy()
    inspector.pins.difference_wanted.emit(0)
    settled(window)
    assert np.array_equal(heat.plane.values, logs - sigmoids)
    assert value.summary is not None
    assert value.summary.nan == 1, "statistics are of the difference"

    inspector.pins.difference_wanted.emit(-1)
    settled(window)
    QTest.mouseClick(value.stats, Qt.MouseButton.LeftButton)
    window.until(lambda: bool(value.details.values))
    assert len(value.details.values) == len(PERCENTS)
    assert list(value.details.values) == sorted(value.details.values)
    assert value.details.remark.startswith("rms 0.")

    graph = window.run.graph
    loop = [i for i, op in enumerate(graph.ops) if graph.sources[op.source].function == "drift"]
    window.bench.select(Selection(op=loop[-1]))
    settled(window)
    value.go_to((1,))
    QTest.mouseClick(value.tabs.tabs[View.PASSES], Qt.MouseButton.LeftButton)
    curve = value.stage.passes
    window.until(lambda: curve.isVisible())
    assert curve.plane is not None
    assert curve.plane.values[0].tolist() == [0.0, 1.5, 4.5, 9.0, 15.0, 22.5]
