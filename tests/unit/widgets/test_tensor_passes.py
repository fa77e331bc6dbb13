"""One element over the executions of an op."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from opscope.tracers.ir import Category, Graph, Op, Scope, ScopeKind, Selection, ValueRef
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.over_passes import MOST
from opscope.widgets.tensor.pass_book import PassBook, alike
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import TensorServer, make_run, summarize


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def looped(values):
    """A run of one op that is executed once for each value."""
    run, arrays = make_run([("add", [values[0]])])
    first = run.records[0]
    more = [replace(first, outputs=(summarize(value),)) for value in values[1:]]
    run.add_records(more)
    arrays |= {ValueRef(number, 0): value for number, value in enumerate(values)}
    return run, arrays


VALUES = [
    np.full((4, 5), 10.0 * step, np.float32) + np.arange(20).reshape(4, 5) for step in range(7)
]


def look(inspector, values, at_once=True):
    run, arrays = looped(values)
    server = TensorServer(inspector, arrays, at_once)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=len(values) - 1))
    return run, server


def test_the_picked_element_is_followed_through_the_passes(inspector, qtbot):
    look(inspector, VALUES)
    value = inspector.value
    value.go_to((2, 3))
    qtbot.mouseClick(value.tabs.tabs[View.PASSES], Qt.MouseButton.LeftButton)
    curve = value.stage.passes
    assert curve.isVisible()
    assert curve.plane.values[0].tolist() == [float(array[2, 3]) for array in VALUES]
    curve.show_position(4)
    assert curve.accessibleDescription() == "53 at 5"


def test_the_menu_of_an_element(inspector):
    look(inspector, VALUES)
    menu = QMenu()
    inspector.menus.fill_element(menu)
    assert menu.isEmpty(), "no element is picked"
    inspector.value.go_to((2, 3))
    inspector.menus.fill_element(menu)
    rows = {action.text(): action for action in menu.actions()}
    assert {"Copy value 73", "Follow over runs"} <= set(rows)
    rows["Copy index [2, 3]"].trigger()
    assert QGuiApplication.clipboard().text() == "[2, 3]"
    rows["Plot over the passes"].trigger()
    assert inspector.value.view is View.PASSES


def test_the_right_button_opens_it_on_the_heat_map(inspector, qtbot):
    look(inspector, VALUES)
    heat = inspector.value.heat
    spot = heat.grid.cell(1, 2).center().toPoint()
    qtbot.mousePress(heat, Qt.MouseButton.RightButton, pos=spot)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(heat, QContextMenuEvent(reason, spot, heat.mapToGlobal(spot)))
    menus = [menu for menu in inspector.findChildren(QMenu) if menu.isVisible()]
    assert len(menus) == 1
    assert "Copy index [1, 2]" in [action.text() for action in menus[0].actions()]
    menus[0].close()


def test_an_op_that_ran_once_has_no_passes(inspector):
    look(inspector, VALUES[:1])
    assert not inspector.value.tabs.tabs[View.PASSES].isVisible()
    inspector.value.show_view(View.PASSES)
    assert inspector.value.view is View.HEAT


def test_a_number_has_passes_too_and_grows(inspector, qtbot):
    run, server = look(inspector, [np.array(float(step)) for step in range(3)])
    qtbot.mouseClick(inspector.value.tabs.tabs[View.PASSES], Qt.MouseButton.LeftButton)
    assert inspector.value.stage.passes.plane.values[0].tolist() == [0, 1, 2]
    server.arrays[ValueRef(3)] = np.array(9.0)
    run.add_records([replace(run.records[0], outputs=(summarize(np.array(9.0)),))])
    inspector.show_growth(3)
    assert inspector.value.stage.passes.plane.values[0].tolist() == [0, 1, 2, 9]


def test_many_passes_are_thinned(inspector):
    values = [np.array([float(step), 1.0]) for step in range(2 * MOST + 1)]
    _run, server = look(inspector, values, at_once=False)
    server.flush()
    inspector.value.show_view(View.PASSES)
    server.flush()
    plane = inspector.value.stage.passes.plane
    assert plane.values.shape[1] <= MOST
    assert plane.x.at(5) == plane.values[0, 5] + 1, "passes are counted from 1"


def test_another_view_is_not_overtaken_by_late_passes(inspector):
    _run, server = look(inspector, VALUES, at_once=False)
    server.flush()
    inspector.value.show_view(View.PASSES)
    inspector.value.show_view(View.TABLE)
    server.flush()
    assert inspector.value.table.isVisible()


def test_passes_that_cannot_be_read_are_left_out():
    run, _arrays = looped([*VALUES, np.zeros(3), VALUES[0], VALUES[1]])
    book = PassBook()
    assert book.passes(run, 0, ValueRef(9)).first == 8
    assert len(book.passes(run, 0, ValueRef(9)).refs) == 2
    gone = replace(run.records[8].outputs[0], kept=False)
    run.update_records({8: replace(run.records[8], outputs=(gone,))})
    assert book.passes(run, 0, ValueRef(9)).refs == (ValueRef(9),)
    assert book.passes(run, 0, ValueRef(9, 0, True)).refs == ()


def test_what_is_remembered_is_what_a_fresh_look_finds():
    run, _arrays = looped(VALUES)
    rows = list(run.records)
    book = PassBook()
    run.forget_from(2, 1)
    for row in rows[2:]:
        run.add_records([row])
        ref = ValueRef(len(run.records) - 1)
        found = book.passes(run, 0, ref)
        assert found == PassBook().passes(run, 0, ref)
        assert found.place(ref) == len(found.refs) - 1
        assert found.place(ValueRef(ref.record, 1)) == -1
    run.forget_from(3, 1)
    assert len(book.passes(run, 0, ValueRef(2)).refs) == 3
    assert book.passes(run, 0, ValueRef(5)).refs == ()


def graph_of(*rows):
    """A graph of ops given as (scope, type, source)."""
    graph = Graph()
    for name in ("gate", "gate#2", "gate#3"):
        graph.scopes.append(Scope(name, 0, name, "gate", "Gate", ScopeKind.MODULE))
    seen = {}
    for scope, kind, source in rows:
        number = seen[scope, kind] = seen.get((scope, kind), -1) + 1
        key = f"{graph.scopes[scope].key}/{kind}:{number}"
        graph.ops.append(Op(key, kind, scope, Category.OTHER, "", (), (), (), source))
    return graph


def test_a_loop_in_the_users_code_makes_alike_ops():
    body = [(0, "mul", 4), (0, "add", 4), (0, "add", 4), (0, "relu", 5)]
    graph = graph_of((0, "add", 3), *body, *body, *body)
    assert alike(graph, 2) == [2, 6, 10]
    assert alike(graph, 7) == [3, 7, 11]
    assert alike(graph, 9) == [1, 5, 9]
    assert alike(graph, 0) == [0]


def test_calls_of_a_module_are_matched_place_by_place():
    graph = graph_of(*((scope, "add", 7) for scope in (1, 1, 2, 2, 3, 3)), (0, "add", 7))
    assert alike(graph, 3) == [1, 3, 5]
    assert alike(graph, 6) == [6], "the same line, called from elsewhere"
    assert alike(graph_of((0, "add", -1), (0, "add", -1)), 1) == [1]


def test_a_late_picture_does_not_come_before_the_table(inspector):
    _run, server = look(inspector, VALUES, at_once=False)
    server.flush()
    inspector.value.show_all()
    inspector.value.label_axis(1, ("a", "b", "c", "d", "e"))
    inspector.value.show_view(View.TABLE)
    server.flush()
    assert inspector.value.table.isVisible()
