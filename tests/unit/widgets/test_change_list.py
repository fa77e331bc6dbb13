"""What the edits changed: its tab, the marks in list and graph, and the inspector's chip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Change, Difference, Edit, EditKind, Run, Selection
from opscope.widgets.graph.view import GraphView
from opscope.widgets.run.change_list import ChangeList
from opscope.widgets.run.changed import Changed, hint
from opscope.widgets.run.execution_list import ExecutionList
from opscope.widgets.run.outline import Outline
from opscope.widgets.run.rows import Rows
from opscope.widgets.tensor.chip_words import change_chips

from . import run_samples as samples

CHANGES = [
    Change(20, 20, 20, Difference.EDITED, 7.0, "max 7 to 0"),
    Change(21, 21, 21, Difference.CHANGED, 0.5),
    Change(30, 30, -1, Difference.ADDED),
    Change(300, -1, 40, Difference.REMOVED),
]


@pytest.fixture
def run() -> Run:
    made = samples.gpt2(231).run
    made.edits = [Edit(1, made.graph.ops[20].key, EditKind.ZERO)]
    made.changes = list(CHANGES)
    return made


def test_every_change_is_a_row_that_selects_its_op(qtbot, run):
    pane = ChangeList()
    pane.resize(304, 400)
    qtbot.addWidget(pane)
    pane.show_run(run)
    pane.show()
    qtbot.waitExposed(pane)
    model = pane.rows.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    said = [str(row.data(Qt.ItemDataRole.AccessibleTextRole)) for row in rows]
    name = run.graph.ops[20].type
    assert said[0].startswith(f"21  {name}, ")
    assert "edited, max 7 to 0  ·  by 7 at most" in said[0]
    assert "changed, by 0.5 at most" in said[1]
    assert "new, Ran only with the edits" in said[2]
    assert "gone, Ran only without the edits" in said[3]
    with qtbot.waitSignal(pane.picked, timeout=500) as told:
        spot = pane.rows.visualRect(rows[1]).center()
        QTest.mouseClick(pane.rows.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert told.args == [Selection(op=21, record=21)]
    run.changes = []
    pane.show_changes()
    assert pane.empty.isVisible()
    assert "Nothing differs" in pane.empty.text()


def test_the_tab_is_there_while_there_are_edits_and_tells_of_new_changes(qtbot, run):
    panel = ExecutionList()
    qtbot.addWidget(panel)
    panel.show_run(run)
    assert [panel.tabs.tabText(n) for n in range(panel.tabs.count())] == [
        *("Execution", "Modules", "Changes"),
    ]
    assert panel.tabs.has_new(2)
    panel.go_to_changes()
    assert panel.tabs.currentIndex() == 2
    assert not panel.tabs.has_new(2)
    run.edits, run.changes = [], []
    panel.show_changes()
    assert panel.tabs.count() == 2
    panel.go_to_changes()
    assert panel.tabs.currentIndex() != 2


def test_an_op_has_its_strongest_sign_and_a_record_its_own(run):
    run.changes.append(Change(21, 99, 99, Difference.EDITED))
    changed = Changed(run)
    assert changed.ops[21].how is Difference.EDITED
    assert changed.of(21, 21).how is Difference.CHANGED
    assert changed.of(22, 22) is None
    assert changed.of(300, -1).how is Difference.REMOVED
    assert changed.of(21, -1) is None, "it has not run yet"


def test_rows_are_marked_and_closed_modules_tell_of_what_is_inside(qtbot, run):
    panel = ExecutionList()
    qtbot.addWidget(panel)
    panel.show_run(run)
    rows = Rows(Outline(run), panel._marked, set())
    assert rows.op(20, 0).changed == "edited"
    assert rows.op(21, 0).changed == "Δ"
    assert rows.op(30, 0).changed == "new"
    assert rows.op(22, 0).changed == ""
    assert "changed by an edit" in rows.op(21, 0).spoken()
    scope = run.graph.ops[20].scope
    assert rows.scope(scope, 0, opened=False).changed == "Δ"
    assert rows.scope(scope, 0, opened=True).changed == ""
    assert "You edited this op" in rows.op_hint(20)


def test_a_kept_value_has_a_lock(qtbot, run):
    panel = ExecutionList()
    qtbot.addWidget(panel)
    panel.show_run(run)
    panel.show_held({5})
    rows = Rows(Outline(run), panel._marked, set())
    assert rows.op(run.records[5].op, 0).held
    assert "kept in memory" in rows.op(run.records[5].op, 0).spoken()
    assert not rows.op(run.records[6].op, 0).held


def test_the_graph_marks_and_names_them(qtbot, run):
    view = GraphView()
    view.resize(800, 700)
    qtbot.addWidget(view)
    view.show_run(run)
    view.show()
    qtbot.waitExposed(view)
    view.go_to(Selection(op=20))
    view.canvas.zoom_to(1.0)
    view.go_to(Selection(op=20))
    before = view.canvas.grab().toImage()
    view.show_changes()
    assert set(view.canvas.marks.changes) == {20, 21, 30, 300}
    assert view.canvas.grab().toImage() != before, "an outline and a sign"
    run.changes = []
    view.show_changes()
    assert view.canvas.grab().toImage() == before, "and they go without a trace"
    run.changes = list(CHANGES)
    view.show_changes()
    view.show_selection(Selection(op=20))
    assert "You edited this op" in view.canvas.accessibleDescription()
    view.show_selection(Selection(op=22))
    assert "edit" not in view.canvas.accessibleDescription()


def test_the_inspector_says_it_of_the_shown_execution(run):
    assert change_chips(run, 20) == [("edited", "warn")]
    assert change_chips(run, 21) == [("changed by 0.5", "warn")]
    assert change_chips(run, 30) == [("new", "warn")]
    assert change_chips(run, 22) == []


def test_what_differs_is_said_in_a_tooltip():
    assert hint(CHANGES[1]) == "Differs from the run without edits: by 0.5 at most"
    assert hint(CHANGES[3]) == "Ran only without the edits"
