"""What the model prints: all of it while that can be read, its end where it floods."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.widgets.run.input_line import InputLine
from opscope.widgets.run.output_view import MAX_LINES, MAX_PIECE, OutputView


@pytest.fixture
def view(qtbot: QtBot) -> OutputView:
    made = OutputView()
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.show()
    return made


def lines(view: OutputView) -> list[str]:
    return view.toPlainText().splitlines()


def test_a_few_lines_are_there_at_once(view: OutputView):
    view.add("stdout", "one\n")
    view.add("stderr", "two\nWidth? ")
    assert lines(view) == ["one", "two", "Width? "]
    assert view.last_line == "Width? "
    view.clear()
    assert lines(view) == []


def test_a_flood_is_shown_when_there_is_time(view: OutputView, qtbot: QtBot):
    for number in range(2000):
        view.add("stdout", f"line {number}\n")
    assert len(lines(view)) < 2000
    view.add("stderr", "prompt> ")
    assert view.last_line == "prompt> "
    qtbot.waitUntil(lambda: lines(view)[-1] == "prompt> ")
    assert lines(view)[:-1] == [f"line {number}" for number in range(2000)]


def test_of_a_flood_the_last_lines_are_kept(view: OutputView, qtbot: QtBot):
    for start in range(0, 100_000, 1000):
        view.add("stdout", "".join(f"line {n}\n" for n in range(start, start + 1000)))
    qtbot.waitUntil(lambda: "line 99999" in lines(view)[-1:])
    kept = lines(view)
    assert MAX_LINES - 1100 < len(kept) <= MAX_LINES
    assert kept == [f"line {n}" for n in range(100_000 - len(kept), 100_000)]


def test_one_piece_of_very_many_lines(view: OutputView, qtbot: QtBot):
    view.add("stdout", "".join(f"line {n}\n" for n in range(50_000)))
    qtbot.waitUntil(lambda: lines(view)[-1:] == ["line 49999"])
    assert len(lines(view)) >= MAX_LINES - 2


def test_a_very_long_line_is_cut_and_counted(view: OutputView):
    view.add("stdout", "before\n" + "x" * (MAX_PIECE + 1234))
    assert lines(view) == ["before", "x" * MAX_PIECE + "… (1,234 more characters)"]


def test_a_log_stands_behind_what_was_printed_before(view: OutputView):
    for number in range(1000):
        view.add("stdout", f"line {number}\n")
    view.add_log("reached\n", 4)
    assert lines(view)[-2:] == ["line 999", "op 5  reached"]


def test_nothing_waits_after_it_was_cleared(view: OutputView, qtbot: QtBot):
    for number in range(1000):
        view.add("stdout", f"line {number}\n")
    view.clear()
    view.add("stdout", "new\n")
    qtbot.waitUntil(lambda: lines(view) == ["new"])


def test_a_line_is_given_or_the_end(qtbot: QtBot):
    line = InputLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    line.ask("Width?")
    assert line.prompt.text() == "Width?"
    QTest.keyClicks(line.field, "12")
    QTest.keyClick(line.field, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert line.field.text() == "12", "not while something is typed"
    with qtbot.waitSignal(line.entered) as given:
        QTest.keyClick(line.field, Qt.Key.Key_Return)
    assert given.args == ["12"]
    with qtbot.waitSignal(line.ended):
        QTest.keyClick(line.field, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(line.ended):
        line.end.click()
