"""The page about a user's program: what it lists, what it asks, and the words that it finds."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from opscope.app.program import CalledModel, Program, decode_program, said_of
from opscope.app.program_page import ProgramPage
from opscope.app.program_table import CalledTable
from opscope.app.running import options_of, script_words

NET = CalledModel(0, "Net", "/p/train.py", 31, 1200, True)
LOSS = CalledModel(1, "MSELoss", "", 0, 4)


@pytest.fixture
def page(qtbot) -> ProgramPage:
    made = ProgramPage()
    qtbot.addWidget(made)
    made.resize(1200, 800)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize(
    ("program", "over", "said"),
    [
        (Program("a.py"), False, "Running, no model called yet."),
        (
            Program("a.py", first=True),
            False,
            "Running, no model called yet; it will stop at the first call of a model.",
        ),
        (
            Program("a.py", run=True, held=0, models=(NET, replace(LOSS, wanted=True))),
            False,
            "In the window stands a run of Net; 2 models called; it will stop at the next call of"
            " MSELoss.",
        ),
        (
            Program("a.py", any=True, models=(LOSS,)),
            False,
            "Running, 1 model called; it will stop at the next call of any model.",
        ),
        (
            Program("a.py", run=True, held=1, models=(NET, LOSS)),
            False,
            "In the window stands a run of MSELoss; 2 models called.",
        ),
        (Program("a.py", run=True), False, "In the window stands a run; no model called yet."),
        (Program("a.py", any=True, models=(NET, LOSS)), True, "Ended; 2 models called."),
    ],
)
def test_one_line_says_how_it_stands(program: Program, over: bool, said: str):
    assert said_of(program, over) == said


def test_what_the_debuggee_tells_is_read():
    row = {"number": 0, "name": "Net", "file": "/p/train.py", "line": 31, "calls": 1200}
    body = {"name": "a.py", "first": False, "any": False, "run": True, "held": 0}
    models = [{**row, "running": True, "wanted": False}]
    assert decode_program({**body, "models": models}) == Program(
        "a.py", run=True, held=0, models=(NET,)
    )


def test_rows_come_and_change(qtmodeltester, qtbot):
    table = CalledTable()
    table.show_rows((NET,))
    qtmodeltester.check(table)
    with qtbot.waitSignal(table.rowsInserted):
        table.show_rows((NET, LOSS))
    cells = [
        [table.data(table.index(row, column)) for column in range(4)]
        for row in range(table.rowCount())
    ]
    assert cells == [
        ["Net", "train.py:31", "1,200", "running"],
        ["MSELoss", "from a library", "4", ""],
    ]
    wanted = CalledModel(1, "MSELoss", "", 0, 5, wanted=True)
    with qtbot.waitSignal(table.dataChanged) as changed:
        table.show_rows((NET, wanted))
    assert changed.args[0].row() == 1
    assert table.data(table.index(1, 3)) == "stops at next call"
    assert table.data(table.index(0, 1), Qt.ItemDataRole.ToolTipRole) == "/p/train.py, line 31"
    with qtbot.waitSignal(table.modelReset):
        table.show_rows(())


def test_the_button_stops_at_what_is_selected_or_at_any(page: ProgramPage, qtbot):
    page.show_program(Program("a.py", models=(NET, LOSS)))
    assert not page.none.isVisible()
    assert (page.stop.text(), page.go.isVisible()) == ("Stop at next call", False)
    with qtbot.waitSignal(page.stop_wanted) as asked:
        QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    assert asked.args == [[]]
    page.models.selectRow(0)
    assert page.stop.text() == "Stop at next call of Net"
    with qtbot.waitSignal(page.stop_wanted) as asked:
        QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    assert asked.args == [[NET]]
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    page.models.selectionModel().select(page.models.table.index(1, 0), rows)
    assert page.stop.text() == "Stop at next call"
    with qtbot.waitSignal(page.stop_wanted) as asked:
        QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    assert asked.args == [[NET, LOSS]]


def test_a_stop_that_waits_can_be_taken_back_until_the_program_ends(page: ProgramPage, qtbot):
    program = Program("a.py", any=True, run=True, models=(NET,))
    page.show_program(program)
    with qtbot.waitSignal(page.go_wanted):
        QTest.mouseClick(page.go, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.run_wanted):
        QTest.mouseClick(page.run, Qt.MouseButton.LeftButton)
    page.show_program(program, over=True)
    assert not page.stop.isEnabled()
    assert not page.go.isVisible()
    assert not page.run.isVisible()
    with qtbot.waitSignal(page.close_wanted):
        QTest.mouseClick(page.close_, Qt.MouseButton.LeftButton)


def test_what_is_remembered_is_shown_without_an_echo(page: ProgramPage, qtbot):
    with qtbot.assertNotEmitted(page.first_wanted):
        page.show_first(True)
    with qtbot.waitSignal(page.first_wanted) as asked:
        page.first.click()
    assert asked.args == [False]


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (["run", "train.py", "--epochs", "3"], ["train.py", "--epochs", "3"]),
        (["run"], []),
        (["-m", "package.train", "a"], ["-m", "package.train", "a"]),
        (["train.py", "a"], ["train.py", "a"]),
        (["train.py", "--epochs", "3"], ["train.py", "--epochs", "3"]),
        (["train.py"], None),
        (["train.py", "--input", "2x3"], None),
        (["train.py", "--inp=2x3"], None),
        (["train.py", "--inptu", "2x3"], None),
        (["train.py:net", "a"], None),
        (["other.py", "a"], None),
        ([], None),
    ],
)
def test_which_words_are_a_script(
    words: list[str], script: list[str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "train.py").touch()
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    parser.add_argument("--input")
    parser.add_argument("--theme")
    assert script_words(words, options_of(parser)) == script
