"""An element that is followed over the runs of a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu

from opscope.tracers.ir import Edit, EditKind, RunState, Selection, ValueRef
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.over_runs import MOST, anchor_of
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import TensorServer, make_run, summarize

EDIT = Edit(1, "h.5.attn/relu:0", EditKind.EXPRESSION, "x * 2", label="output of relu")


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 700)
    made.show()
    made.server = TensorServer(made)
    return made


def serve(inspector, arrays):
    """Answer from these arrays alone."""
    inspector.server.arrays = arrays
    inspector.server.asked.clear()
    return inspector.server


def values(scale):
    return np.arange(20, dtype=np.float32).reshape(4, 5) * scale


def show(inspector, scale, weight=1.0):
    """A run of two ops; its server."""
    relu, add = values(scale), values(scale) + 1
    weights = {"fc.weight": np.full((2, 2), weight, np.float32)}
    run, arrays = make_run([("relu", [relu]), ("add", [add])], weights)
    server = serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_place()
    inspector.show_selection(Selection(op=1, record=1))
    return run, server


def rows(inspector):
    """What the table says, row by row."""
    table = inspector.value.stage.runs.table
    return [
        tuple(table.item(row, column).text() for column in range(4))
        for row in range(table.rowCount())
    ]


def row(menu, text):
    return next(action for action in menu.actions() if action.text() == text)


def follow(inspector, element):
    inspector.value.go_to(element)
    inspector.menus.do("follow")


def again(inspector, run, server, scale, edits=()):
    """The run is rewound to its second op and goes on with other values."""
    record = run.records[1]
    run.forget_from(1, 1)
    run.edits = list(edits)
    inspector.show_rewound()
    after = values(scale) + 1
    server.arrays[ValueRef(1)] = after
    run.add_records([replace(record, outputs=(summarize(after),))])
    inspector.show_growth(1)
    inspector.show_place()


def test_a_restart_adds_a_run(inspector):
    show(inspector, 1.0)
    follow(inspector, (2, 3))
    assert inspector.value.view is View.RUNS
    show(inspector, 2.0)
    inspector.value.show_view(View.RUNS)
    assert rows(inspector) == [
        ("1", "14", "", "followed from here"),
        ("2", "27", "+13", "restarted"),
    ]
    curve = inspector.value.stage.runs.curve
    assert curve.plane.values[0].tolist() == [14.0, 27.0]
    assert [curve.plane.x.at(place) for place in (0, 1)] == [1, 2]


def test_a_rewind_with_an_edit_adds_a_run_and_names_the_edit(inspector):
    run, server = show(inspector, 1.0)
    follow(inspector, (0, 1))
    again(inspector, run, server, 3.0, [EDIT])
    assert rows(inspector)[1] == ("2", "4", "+2", "run again; output of relu = x * 2")
    again(inspector, run, server, 3.0, [EDIT])
    assert len(rows(inspector)) == 2, "a run that gives the same is no news"
    again(inspector, run, server, 1.0, [replace(EDIT, enabled=False)])
    assert rows(inspector)[2] == ("3", "2", "\u22122", "run again")


def test_while_the_model_runs_nothing_is_read(inspector):
    show(inspector, 1.0)
    follow(inspector, (0, 1))
    relu, add = values(2.0), values(2.0) + 1
    run, arrays = make_run([("relu", [relu]), ("add", [add])])
    run.state = RunState.RUNNING
    server = serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_place()
    inspector.show_growth(0)
    assert server.asked == []
    run.state = RunState.PAUSED
    inspector.show_place()
    inspector.show_selection(Selection(op=1, record=1))
    assert len(rows(inspector)) == 2


def test_an_op_that_has_not_run_yet_is_read_when_it_has(inspector):
    show(inspector, 1.0)
    follow(inspector, (0, 1))
    run, arrays = make_run([("relu", [values(2.0)]), ("add", [values(2.0) + 1])], executed=1)
    record = make_run([("relu", [values(2.0)]), ("add", [values(2.0) + 1])])[0].records[1]
    serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_place()
    (anchor,) = inspector.following.runs.anchors
    assert len(inspector.following.runs.readings(anchor)) == 1
    run.add_records([record])
    inspector.show_growth(1)
    assert [each.value for each in inspector.following.runs.readings(anchor)] == [2.0, 3.0]


def test_another_shape_and_a_lost_value_are_said(inspector):
    show(inspector, 1.0)
    follow(inspector, (3, 4))
    run, arrays = make_run([("relu", [values(1.0)]), ("add", [np.ones((2, 2), np.float32)])])
    serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_place()
    inspector.show_selection(Selection(op=1, record=1))
    assert rows(inspector)[1] == ("2", "–", "", "its shape is 2×2")
    run, arrays = make_run([("relu", [values(1.0)]), ("add", [values(1.0) + 1])])
    del arrays[ValueRef(1)]
    serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_place()
    inspector.show_selection(Selection(op=1, record=1))
    assert rows(inspector)[2] == ("3", "–", "", "There is no such value.")
    assert inspector.value.stage.runs.curve.plane.values[0].tolist() == [20.0]


def test_a_weight_is_followed_by_its_name(inspector):
    run, _server = show(inspector, 1.0, weight=1.0)
    inspector.show_selection(Selection(value=0))
    follow(inspector, (1, 0))
    show(inspector, 1.0, weight=0.5)
    inspector.show_selection(Selection(value=0))
    inspector.value.show_view(View.RUNS)
    assert [row[1] for row in rows(inspector)] == ["1", "0.5"]
    assert anchor_of(run, ValueRef(-1, 0), (1, 0)).where == "fc.weight"


def test_the_menu_follows_and_leaves(inspector):
    show(inspector, 1.0)
    inspector.value.go_to((2, 3))
    menu = QMenu()
    inspector.menus.fill_element(menu)
    row(menu, "Follow over runs").trigger()
    assert inspector.following.on
    assert inspector.value.tabs.tabs[View.RUNS].isVisible()
    menu.clear()
    inspector.menus.fill_element(menu)
    row(menu, "Follow over runs no longer").trigger()
    assert not inspector.value.tabs.tabs[View.RUNS].isVisible()
    assert inspector.value.view is View.HEAT


def test_without_a_picked_element_it_says_what_to_do(inspector, qtbot):
    show(inspector, 1.0)
    with qtbot.waitSignal(inspector.noted) as said:
        inspector.menus.do("follow")
    assert said.args == ["Pick an element first: click a cell, or type its index."]


def test_the_oldest_makes_room_and_another_model_forgets_all(inspector):
    show(inspector, 1.0)
    for place in range(MOST + 1):
        follow(inspector, divmod(place, 5))
    anchors = inspector.following.runs.anchors
    assert len(anchors) == MOST
    assert anchors[0].element == (0, 1)
    inspector.following.runs.forget()
    assert inspector.following.runs.anchors == ()


def test_a_single_number_is_followed_and_nan_stays_nan(inspector):
    for value in (1.0, np.nan, np.nan):
        run, arrays = make_run([("sum", [np.array(value, np.float32)])])
        serve(inspector, arrays)
        inspector.show_run(run)
        inspector.show_place()
        inspector.show_selection(Selection(op=0, record=0))
        if not inspector.following.runs.anchors:
            inspector.menus.do("follow")
    assert [row[1:3] for row in rows(inspector)] == [("1", ""), ("NaN", ""), ("NaN", "same")]
