"""The watchpoints below the breakpoints: rows, hits, and what clicks and keys ask for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir.watch_result import WatchResult
from opscope.tracers.ir.watchpoint import WatchHit, Watchpoint
from opscope.widgets.overlays.amounts import Amounts
from opscope.widgets.overlays.watch import WatchOverlay
from opscope.widgets.run.timeline import Timeline
from opscope.widgets.run.timeline_watch import mark_places
from opscope.widgets.run.watchpoint_list import WatchpointList
from opscope.widgets.run.watchpoint_rows import MOST_HITS

from . import run_samples as samples

LARGE = Watchpoint("absmax>4 @ h.*")
QUIET = Watchpoint("nan", stop=False)
WRONG = Watchpoint("absmax<4")
HITS = [WatchHit(record, 0, f"{record} elements are so") for record in (3, 5, 8)]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def run():
    return samples.gpt2(20).run


@pytest.fixture
def panel(qtbot, run):
    made = WatchpointList()
    qtbot.addWidget(made)
    made.resize(304, 300)
    results = {LARGE.text: WatchResult(HITS, 3), QUIET.text: WatchResult(missed=2)}
    made.show_watchpoints([LARGE, QUIET], results, run)
    made.show()
    qtbot.waitExposed(made)
    return made


def spot(panel: WatchpointList, row: int, x: int = 120) -> QPoint:
    return QPoint(x, panel.rows.visualRect(panel.rows.model().index(row, 0)).center().y())


def spoken(panel: WatchpointList) -> list[str]:
    model = panel.rows.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.index(row, 0).data(role)) for row in range(model.rowCount())]


def test_rows_say_place_condition_and_count(panel):
    assert spoken(panel) == [
        "h.*, |x| > 4, 3 hits, stops",
        "all ops, NaN, no hit, lists only",
        "2 ops unchecked: values let go, check",
    ]


def test_a_click_opens_the_hits_and_one_on_a_hit_leads_there(panel, qtbot, run):
    low = panel.height()
    QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 0))
    assert panel.height() > low
    op = run.graph.ops[run.records[3].op]
    path = run.graph.scopes[op.scope].path
    place = f"{path}, " if path else ""
    assert spoken(panel)[1] == f"{op.type}, {place}3 elements are so, 4"
    with qtbot.waitSignal(panel.hit_activated, timeout=500) as told:
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 2))
    assert told.args == [5, 0, ()]
    QTest.keyClick(panel.rows, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.hit_activated, timeout=500) as told:
        QTest.keyClick(panel.rows, Qt.Key.Key_Return)
    assert told.args == [8, 0, ()]
    QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 0))
    assert panel.height() == low


def test_the_eye_and_the_keys_ask(panel, qtbot):
    with qtbot.waitSignal(panel.toggled, timeout=500) as told:
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 1, 20))
    assert told.args == [QUIET]
    for key, signal in (
        (Qt.Key.Key_Space, panel.toggled),
        (Qt.Key.Key_F2, panel.edit_wanted),
        (Qt.Key.Key_Delete, panel.removed),
    ):
        with qtbot.waitSignal(signal, timeout=500) as told:
            QTest.keyClick(panel.rows, key)
        assert told.args == [QUIET]
    with qtbot.waitSignal(panel.anew_wanted, timeout=500):
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 2))
    menu = panel.menu_for(0)
    stop = next(action for action in menu.actions() if action.text() == "Stop the Run There")
    assert stop.isChecked()
    with qtbot.waitSignal(panel.stop_toggled, timeout=500) as told:
        stop.trigger()
    assert told.args == [LARGE]
    menu.close()


def test_what_is_going_on_and_what_is_wrong_is_said(panel, run):
    results = {LARGE.text: WatchResult(left=5), QUIET.text: WatchResult(missed=1, problem="Why.")}
    off = Watchpoint("inf", enabled=False)
    panel.show_watchpoints([LARGE, QUIET, WRONG, off], results, run, anew=True)
    assert spoken(panel) == [
        "h.*, |x| > 4, checking 75%, stops",
        "all ops, NaN, no hit, lists only",
        "Why.",
        "Running the model again to check them…",
        "absmax<4, no hit, stops",
        "absmax is watched with >, as in absmax>10000.",
        "all ops, Inf, off",
    ]


def test_no_more_hits_are_listed_than_can_be_read(panel, run):
    hits = [WatchHit(3, 0, "so")] * (MOST_HITS + 10)
    panel.show_watchpoints([LARGE], {LARGE.text: WatchResult(hits, MOST_HITS + 40)}, run)
    panel.open(LARGE)
    assert len(spoken(panel)) == MOST_HITS + 2
    assert spoken(panel)[-1] == "and 40 more"


def test_hits_are_marked_over_their_bars(qtbot, run):
    assert mark_places([0, 3, 40], 20, 40, 400.0) == [19, 49]
    pane = Timeline()
    pane.resize(846, 98)
    qtbot.addWidget(pane)
    pane.show_run(run)
    pane.show()
    qtbot.waitExposed(pane)
    before = pane.grab().toImage()
    pane.show_hits([5])
    after = pane.grab().toImage()
    x = round((pane.x_of(5) + pane.x_of(6)) / 2)
    assert before.pixel(x, 54) != after.pixel(x, 54)
    assert before.pixel(x + 40, 54) == after.pixel(x + 40, 54)


def test_the_overlay_counts_the_hits_of_ops_and_groups(run):
    overlay = WatchOverlay(lambda: [3, 3, 5])
    amounts = Amounts(run.graph, summed=True)
    overlay.begin(run, amounts)
    for index in range(len(run.records)):
        overlay.take(run, index, amounts)
    assert amounts.ops[run.records[3].op] == 2
    assert amounts.scope(0) == 3
    assert [overlay.words(count) for count in (1.0, 1200.0)] == ["1 hit", "1,200 hits"]
