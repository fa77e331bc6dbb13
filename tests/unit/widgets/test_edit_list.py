"""The edits below the breakpoints: rows, their signs, and what clicks and keys ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Edit, EditKind
from opscope.widgets.run.changed import edit_words
from opscope.widgets.run.edit_list import EditList

SOFTMAX = Edit(1, "/a/softmax:0", EditKind.EXPRESSION, "x * 2", label="output of softmax in a")
RELU = Edit(2, "/b/relu:0", EditKind.ZERO, enabled=False, label="output of relu in b")
RIGHT, LEFT = Qt.MouseButton.RightButton, Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot):
    made = EditList()
    qtbot.addWidget(made)
    made.resize(304, 200)
    made.show_edits([SOFTMAX, RELU], {}, {})
    made.show()
    qtbot.waitExposed(made)
    return made


def spot(panel: EditList, row: int, x: int) -> QPoint:
    return QPoint(x, panel.rows.visualRect(panel.rows.model().index(row, 0)).center().y())


def spoken(panel: EditList, row: int) -> str:
    index = panel.rows.model().index(row, 0)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_it_is_there_while_there_are_edits(panel):
    assert panel.isVisible()
    assert panel.rows.model().rowCount() == 2
    panel.show_edits([], {}, {})
    assert not panel.isVisible()


def test_rows_say_what_becomes_of_what(panel):
    assert spoken(panel, 0) == "output of softmax in a, x * 2"
    assert spoken(panel, 1) == "output of relu in b, zeros, off"


def test_a_problem_and_a_note_stand_below_their_rows(panel):
    low = panel.height()
    panel.show_edits([SOFTMAX, RELU], {1: "The expression gave 2×3."}, {})
    assert panel.height() > low
    assert spoken(panel, 0).endswith("The expression gave 2×3.")
    panel.show_edits([SOFTMAX, RELU], {}, {1: "Made by copy: it is a view.", 2: "Unseen."})
    assert spoken(panel, 0).endswith("Made by copy: it is a view.")
    assert spoken(panel, 1) == "output of relu in b, zeros, off", "it is not made"
    panel.show_edits([SOFTMAX, RELU], {1: "No."}, {1: "By copy."})
    assert spoken(panel, 0).endswith("x * 2, No."), "the problem goes first"


def test_the_sign_switches_and_the_row_goes_there(panel, qtbot):
    with qtbot.waitSignal(panel.toggled, timeout=500) as told:
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 1, 20))
    assert told.args == [RELU]
    with qtbot.waitSignal(panel.activated, timeout=500) as told:
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 0, 90))
    assert told.args == [SOFTMAX]


def test_a_double_click_changes(panel, qtbot):
    with qtbot.waitSignal(panel.change_wanted, timeout=500) as told:
        QTest.mouseClick(panel.rows.viewport(), LEFT, pos=spot(panel, 0, 90))
        QTest.mouseDClick(panel.rows.viewport(), LEFT, pos=spot(panel, 0, 90))
    assert told.args == [SOFTMAX]


@pytest.mark.parametrize(
    ("key", "signal"),
    [
        (Qt.Key.Key_Delete, "removed"),
        (Qt.Key.Key_Space, "toggled"),
        (Qt.Key.Key_Return, "activated"),
        (Qt.Key.Key_F2, "change_wanted"),
    ],
)
def test_keys_act_on_the_current_row(panel, qtbot, key, signal):
    panel.rows.setCurrentIndex(panel.rows.model().index(1, 0))
    with qtbot.waitSignal(getattr(panel, signal), timeout=500) as told:
        QTest.keyClick(panel.rows, key)
    assert told.args == [RELU]


def test_the_menu_offers_all_of_it(panel, qtbot):
    menu = panel.menu_for(1)
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Show", "Change…", "Switch On", "Remove"]
    with qtbot.waitSignal(panel.removed, timeout=500):
        menu.actions()[3].trigger()
    menu.close()


def test_the_current_row_stays_when_the_list_is_told_anew(panel):
    panel.rows.setCurrentIndex(panel.rows.model().index(1, 0))
    panel.show_edits([SOFTMAX, replace(RELU, enabled=True)], {}, {})
    assert panel.rows.currentIndex().row() == 1


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (EditKind.CONSTANT, "0.5", "= 0.5"),
        (EditKind.FILE, "/home/ada/mask.npy", "mask.npy"),
        (EditKind.NOISE, "0.1", "± noise 0.1"),
        (EditKind.ZERO, "", "zeros"),
        (EditKind.EXPRESSION, "x + 1", "x + 1"),
    ],
)
def test_what_a_value_becomes_in_a_word(kind, text, words):
    assert edit_words(Edit(1, "", kind, text)) == words
