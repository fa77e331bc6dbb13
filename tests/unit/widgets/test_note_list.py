"""The notes below the watchpoints: rows, and what clicks and keys ask for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.widgets.graph.note_signs import LETTERS, LINES, note_lines
from opscope.widgets.notes import Note
from opscope.widgets.run.note_list import NoteList

SOFTMAX = Note("/a/softmax:0", "Too flat.\nAsk why.", "softmax in a")
BLOCK = Note("/h.2", "Twice", "h.2", module=True)


@pytest.fixture
def panel(qtbot: QtBot) -> NoteList:
    made = NoteList()
    qtbot.addWidget(made)
    made.resize(304, 200)
    made.show_notes([SOFTMAX, BLOCK], ())
    made.show()
    qtbot.waitExposed(made)
    return made


def spot(panel: NoteList, row: int) -> QPoint:
    return QPoint(80, panel.rows.visualRect(panel.rows.model().index(row, 0)).center().y())


def spoken(panel: NoteList, row: int) -> str:
    index = panel.rows.model().index(row, 0)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_it_is_there_while_there_are_notes(panel: NoteList) -> None:
    assert panel.isVisible()
    high = panel.height()
    panel.show_notes([SOFTMAX], ())
    assert panel.height() < high
    panel.show_notes([], ())
    assert not panel.isVisible()


def test_rows_say_what_is_written_on_what(panel: NoteList) -> None:
    assert spoken(panel, 0) == "softmax, a, Too flat.\nAsk why."
    assert spoken(panel, 1) == "h.2, module, Twice"
    panel.show_notes([SOFTMAX, BLOCK], {"/h.2"})
    assert spoken(panel, 1) == "h.2, not in this graph, Twice"


def test_clicks_and_keys_show_edit_and_remove(panel: NoteList, qtbot: QtBot) -> None:
    rows = panel.rows
    with qtbot.waitSignal(panel.activated, timeout=500) as shown:
        QTest.mouseClick(
            rows.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            spot(panel, 1),
        )
    assert shown.args == [BLOCK]
    with qtbot.waitSignal(panel.edit_wanted, timeout=500) as edited:
        QTest.keyClick(rows, Qt.Key.Key_F2)
    assert edited.args == [BLOCK]
    with qtbot.waitSignal(panel.removed, timeout=500) as removed:
        QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert removed.args == [BLOCK]
    with qtbot.waitSignal(panel.activated, timeout=500) as again:
        QTest.keyClick(rows, Qt.Key.Key_Return)
    assert again.args == [BLOCK]


def test_a_row_has_a_menu(panel: NoteList, qtbot: QtBot) -> None:
    menu = panel.menu_for(0)
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Show", "Edit Note…\tF2", "Remove"]
    with qtbot.waitSignal(panel.removed, timeout=500) as removed:
        menu.actions()[2].trigger()
    assert removed.args == [SOFTMAX]
    menu.close()


def test_a_card_has_the_beginning_of_a_long_note() -> None:
    assert note_lines("one\n\ntwo\n") == ["one", "", "two"]
    lines = note_lines("word " * 400)
    assert len(lines) == LINES
    assert lines[-1].endswith(" …")
    assert max(map(len, lines)) <= LETTERS + 2
    assert note_lines("") == []
