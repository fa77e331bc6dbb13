"""Where an element came from, asked, followed back and left again in the real window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from opscope.app.origin_desk import NO_ELEMENT, NO_VALUE
from opscope.tracers.ir import OUTSIDE, Selection
from opscope.tracers.ir.provenance import Way, strongest
from opscope.widgets.health.drawer import ORIGIN
from opscope.widgets.tensor.origin_rows import row_words

from .conftest import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key.Key_O


@pytest.fixture
def finished(window: Window, model_file: Callable[..., str]) -> Window:
    """The small convolution, run to its end."""
    window.open(model_file("small_conv.py"))
    window.press(Qt.Key.Key_F5)
    return window


def pick(window: Window, type_: str, *index: int) -> int:
    """Select an op, and an element of its value; the op's record."""
    record = window.op_types().index(type_)
    window.bench.select(Selection(op=window.run.records[record].op, record=record))
    window.settle()
    value = window.bench.inspector.value
    if index:
        value.go_to(index)
        window.until(lambda: value.element == index and not window.bench.inspector.desk.busy)
    return record


def told(window: Window) -> list[str]:
    """What stands in the status line."""
    return [part.text for part in window.bench.status.left_parts()]


def asked(window: Window, type_: str, *index: int) -> int:
    """Press the key; the record that is told of."""
    record = pick(window, type_, *index)
    QTest.keyClick(window.main, KEY, CTRL | SHIFT)
    pane = window.bench.drawer.origin
    window.until(lambda: pane.found is not None and pane.found.ref == (record, 0))
    return record


def test_the_key_shows_what_an_element_came_from(finished: Window):
    record = asked(finished, "softmax", 1, 2)
    drawer, pane = finished.bench.drawer, finished.bench.drawer.origin
    assert drawer.shown == ORIGIN
    assert pane.sentence.text().startswith(f"[1, 2] of softmax, op {record + 1} = ")
    assert pane.how.text().startswith("Exact: All of the row")
    rows = pane.model.rows
    assert rows[0].heading
    sizes = [abs(row.source.contribution) for row in rows[1:]]
    assert sizes == sorted(sizes, reverse=True)
    assert {row.source.index for row in rows[1:]} == {(1, n) for n in range(4)}
    assert "contributes" in row_words(rows[1])
    assert pane.rows.hasFocus()
    assert not pane.back.isVisible()


def test_enter_follows_and_backspace_comes_back(finished: Window):
    asked(finished, "softmax", 1, 2)
    bench, pane = finished.bench, finished.bench.drawer.origin
    first = pane.model.rows[pane.rows.currentIndex().row()]
    assert first.source is not None
    QTest.keyClick(pane.rows, Qt.Key.Key_Return)
    finished.until(lambda: len(pane.path) == 2)
    record = finished.op_types().index("linear")
    assert pane.path[-1].ref == (record, 0)
    assert bench.selection == Selection(op=finished.run.records[record].op, record=record)
    value = bench.inspector.value
    finished.until(lambda: value.element == first.source.index and not bench.inspector.desk.busy)
    assert value.heat.value_at(value.heat.mark) == pytest.approx(first.source.value)
    finished.until(lambda: len(value.heat.sources) == 4)
    assert set(value.heat.sources) == {(1, n) for n in range(4)}, "the row that softmax read"
    assert max(value.heat.sources.values()) == 1.0
    lamp = bench.graph.lighting.lamp
    assert lamp is not None
    ops = {finished.run.graph.ops[op].type for op in lamp.ops}
    assert ops == {"softmax", "linear"}
    assert "softmax [1, 2]" in pane.way.text()
    QTest.keyClick(pane.rows, Qt.Key.Key_Backspace)
    finished.until(lambda: len(pane.path) == 1)
    assert finished.op_types()[bench.selection.record] == "softmax"
    assert bench.graph.lighting.lamp is None


def test_the_strongest_is_followed_to_what_no_op_made(finished: Window):
    asked(finished, "softmax", 0, 1)
    bench, pane = finished.bench, finished.bench.drawer.origin
    QTest.mouseClick(pane.strongest, LEFT)
    finished.until(lambda: len(pane.path) == 2)
    QTest.mouseClick(pane.to_end, LEFT)
    finished.until(lambda: bool(pane.path) and pane.path[-1].outside)
    for one, then in zip(pane.path, pane.path[1:], strict=False):
        assert strongest(one) == (then.ref, then.index)
    last = pane.path[-1]
    assert last.ref[0] == OUTSIDE
    assert "here the way ends" in pane.how.text()
    assert bench.selection == Selection(value=last.ref[1])
    assert not pane.strongest.isVisible()
    assert pane.back.isVisible()
    assert pane.back.hasFocus()
    pane.way.linkActivated.emit("0")
    finished.until(lambda: len(pane.path) == 1)
    assert pane.path[0].index == (0, 1)


def test_an_inputs_heat_map_marks_the_window_of_a_convolution(finished: Window):
    asked(finished, "conv2d", 1, 2, 3, 3)
    bench, pane = finished.bench, finished.bench.drawer.origin
    assert pane.found is not None
    assert pane.found.way is Way.EXACT
    picture = next(feed for feed in pane.found.feeds if feed.role == "input")
    bench.select(Selection(value=picture.ref[1]))
    finished.settle()
    value = bench.inspector.value
    value.go_to((1, 0, 3, 3))
    finished.until(lambda: len(value.heat.sources) == 9)
    assert set(value.heat.sources) == {(y, x) for y in (2, 3, 4) for x in (2, 3, 4)}
    value.go_to((0, 0, 3, 3))
    finished.until(lambda: not value.heat.sources)


def test_button_and_menu_ask_as_the_key_does(finished: Window):
    record = pick(finished, "relu", 0, 1, 2, 3)
    inspector, pane = finished.bench.inspector, finished.bench.drawer.origin
    QTest.mouseClick(inspector.value.tabs.origin, LEFT)
    finished.until(lambda: pane.found is not None and pane.found.ref == (record, 0))
    record = pick(finished, "max_pool2d", 0, 1, 1, 1)
    menu = QMenu()
    inspector.menus.fill_element(menu)
    next(each for each in menu.actions() if each.text() == "Where from?").trigger()
    finished.until(lambda: pane.found is not None and pane.found.ref == (record, 0))
    assert "greatest of the 4 elements" in pane.how.text()


def test_without_an_element_it_says_what_to_do(finished: Window):
    pick(finished, "softmax")
    finished.bench.inspector.value.heat.clear_mark()
    QTest.keyClick(finished.main, KEY, CTRL | SHIFT)
    assert NO_ELEMENT in told(finished)
    assert finished.bench.drawer.shown != ORIGIN


def test_what_has_not_run_came_from_nothing(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_conv.py"))
    run = window.run
    softmax = next(n for n, op in enumerate(run.graph.ops) if op.type == "softmax")
    window.bench.select(Selection(op=softmax))
    window.bench.inspector.menus.origin_wanted.emit()
    assert NO_VALUE in told(window)


def test_what_was_let_go_is_fetched_on_demand(window: Window, model_file: Callable[..., str]):
    window.main.store.settings.budget_mb = 1  # room for four of the model's values
    window.open(model_file("restless.py"))
    window.press(Qt.Key.Key_F5)
    types = window.op_types()
    record = len(types) - 1 - types[::-1].index("mul")  # the oldest that is held
    bench, pane = window.bench, window.bench.drawer.origin
    bench.select(Selection(op=window.run.records[record].op, record=record))
    window.settle()
    bench.inspector.value.go_to((3, 5))
    window.until(lambda: bench.inspector.value.element == (3, 5))
    window.settle()
    QTest.keyClick(window.main, KEY, CTRL | SHIFT)
    window.until(lambda: pane.found is not None and pane.found.ref == (record, 0))
    assert pane.found.missing
    assert "was let go" in pane.how.text()
    assert not pane.strongest.isVisible()
    QTest.mouseClick(pane.fetch, LEFT)
    window.until(lambda: pane.found is not None and not pane.found.missing)
    assert pane.found.ref == (record, 0)
    assert pane.model.rows


def test_a_rewind_forgets_a_way_through_what_is_no_more(finished: Window):
    asked(finished, "softmax", 0, 1)
    pane = finished.bench.drawer.origin
    conv = finished.op_types().index("conv2d")
    finished.bench.select(Selection(op=finished.run.records[conv].op, record=conv))
    finished.main.control.rewind()
    finished.until(lambda: not pane.path)
    assert pane.sentence.text().startswith("Pick an element")
