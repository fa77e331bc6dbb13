"""The breakpoint dialog: what a breakpoint asks, checked and completed as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.app.breakpoint_dialog import BreakpointDialog, ask_for_breakpoint
from opscope.app.breakpoint_place import Places
from opscope.app.expression_field import ExpressionField
from opscope.app.points import Points, point_on_line, point_on_module, point_on_type
from opscope.tracers.ir import (
    Breakpoint,
    BreakpointKind,
    Category,
    Graph,
    Op,
    Scope,
    ScopeKind,
    SourceLine,
)

TYPE, MODULE, LINE, OP = range(4)


@pytest.fixture
def graph() -> Graph:
    made = Graph()
    for number, file in enumerate(("/u/a/net.py", "/u/b/net.py", "/u/b/loss.py")):
        made.scopes.append(Scope(f"/h.{number}", 0, "", f"h.{number}", "", ScopeKind.MODULE))
        made.sources.append(SourceLine(file, 10 + number, "forward"))
        key = f"/h.{number}/softmax:0"
        row = Op(key, "softmax", number + 1, Category.REDUCE, "", (), (), (), number)
        made.ops.append(row)
    return made


@pytest.fixture
def dialog(qtbot: QtBot, graph: Graph) -> BreakpointDialog:
    made = BreakpointDialog(graph)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.pattern.setText("softmax")
    return made


def type_into(field: ExpressionField, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)
    field.completer_.popup().hide()


@pytest.mark.parametrize(
    ("condition", "sentence", "fine"),
    [
        ("output.max() > 5", "Asked after the op; the run then stops right behind it.", True),
        ("index > 5", "Asked before the op.", True),
        ("output.max() >", "This is no expression: invalid syntax.", False),
        ("loss > 5", "There is no loss here; known are output, outputs, shape", False),
        ("__import__('os')", "__import__ is no function that an expression may call.", False),
        ("output = 3", "An expression cannot assign; use == to compare two values.", False),
    ],
)
def test_a_condition_is_checked_as_it_is_typed(
    dialog: BreakpointDialog, condition: str, sentence: str, fine: bool
):
    type_into(dialog.condition, condition)
    assert dialog.on_condition.text().startswith(sentence)
    assert dialog.ok.isEnabled() is fine
    assert bool(dialog.condition.property("wrong")) is not fine
    assert dialog.on_condition.property("kind") == ("text3" if fine else "error")


@pytest.mark.parametrize(
    ("hits", "sentence"),
    [
        ("", "Counted where the condition holds."),
        ("3", "Only the 3rd time."),
        ("=3", "Only the 3rd time."),
        (">2", "Every time after the 2nd."),
        (">= 11", "From the 11th time on."),
        ("%5", "Every 5th time."),
        ("<= 1", "The first time."),
        ("<= 1000", "The first 1,000 times."),
    ],
)
def test_a_rule_over_hits_is_told_in_words(dialog: BreakpointDialog, hits: str, sentence: str):
    dialog.hits.setText(hits)
    assert dialog.on_hits.text() == sentence
    assert dialog.ok.isEnabled()


@pytest.mark.parametrize(
    ("hits", "sentence"),
    [
        ("0", "Hits are counted from 1, so 0 is no rule for them."),
        ("often", "often is no rule for hits; write 5 (the fifth), >= 5 or % 10 (every tenth)."),
    ],
)
def test_a_rule_that_is_none_is_refused(dialog: BreakpointDialog, hits: str, sentence: str):
    dialog.hits.setText(hits)
    assert dialog.on_hits.text() == sentence
    assert not dialog.ok.isEnabled()


def test_a_log_message_is_checked(dialog: BreakpointDialog):
    type_into(dialog.log, "x is {output.max(")
    assert dialog.on_log.text() == "The message has a { without its }."
    assert not dialog.ok.isEnabled()
    type_into(dialog.log, "x is {output.max()}")
    assert dialog.on_log.text() == "Says this under Output, and goes on."
    assert dialog.breakpoint() == Breakpoint(
        BreakpointKind.TYPE, "softmax", "any softmax", log="x is {output.max()}"
    )


def test_a_module_has_no_output_when_it_is_entered(dialog: BreakpointDialog):
    type_into(dialog.condition, "output.max() > 5")
    dialog.kind.setCurrentIndex(MODULE)
    assert dialog.on_condition.text().startswith("output is not known as a module is entered")
    assert not dialog.ok.isEnabled()
    type_into(dialog.condition, "inputs[0].max() > 5")
    assert dialog.on_condition.text() == "Asked as the module is entered."


def test_a_line_may_ask_about_local_variables(dialog: BreakpointDialog):
    dialog.kind.setCurrentIndex(LINE)
    dialog.pattern.setText("loss.py:12")
    type_into(dialog.condition, "step == 3")
    assert dialog.ok.isEnabled()
    point = dialog.breakpoint()
    assert (point.kind, point.where) == (BreakpointKind.LINE, "/u/b/loss.py:12")
    assert point.condition == "step == 3"


def test_names_are_completed_where_the_word_ends(dialog: BreakpointDialog):
    QTest.keyClicks(dialog.condition, "1 < out")
    assert dialog.condition.offered() == ["output", "outputs"]
    QTest.keyClick(dialog.condition.completer_.popup(), Qt.Key.Key_Return)
    assert dialog.condition.text() == "1 < output"
    QTest.keyClicks(dialog.condition, ".is")
    assert dialog.condition.offered() == ["isclose()", "isfinite()", "isinf()", "isnan()"]
    QTest.keyClick(dialog.condition.completer_.popup(), Qt.Key.Key_Down)
    QTest.keyClick(dialog.condition.completer_.popup(), Qt.Key.Key_Return)
    assert dialog.condition.text() == "1 < output.isfinite()"
    assert dialog.isVisible(), "Return in the list takes the name and leaves the dialog open"


def test_nothing_is_offered_in_quotes_after_numbers_or_outside_braces(dialog: BreakpointDialog):
    QTest.keyClicks(dialog.condition, "op == 'out")
    assert dialog.condition.offered() == []
    dialog.condition.clear()
    QTest.keyClicks(dialog.condition, "1e")
    assert dialog.condition.offered() == []
    QTest.keyClicks(dialog.log, "out")
    assert dialog.log.offered() == []
    QTest.keyClicks(dialog.log, " {ou")
    assert dialog.log.offered() == ["output", "outputs"]
    dialog.log.completer_.popup().hide()


def test_a_breakpoint_that_is_set_is_edited_in_its_place(qtbot: QtBot, graph: Graph):
    points = Points()
    points.put(Breakpoint(BreakpointKind.TYPE, "softmax", "any softmax", enabled=False, hits="3"))
    points.put(point_on_module("h.2"))
    dialog = ask_for_breakpoint(None, graph, points, point_on_type("softmax"))
    qtbot.addWidget(dialog)
    assert dialog.windowTitle() == "Edit Breakpoint"
    assert (dialog.pattern.text(), dialog.hits.text()) == ("softmax", "3")
    dialog.condition.setText("index > 2")
    dialog.hits.clear()
    dialog.accept()
    assert points.rows == [
        Breakpoint(
            BreakpointKind.TYPE, "softmax", "any softmax", enabled=False, condition="index > 2"
        ),
        point_on_module("h.2"),
    ]


def test_what_a_text_names(graph: Graph, tmp_path: Path):
    places = Places(graph)
    assert places.about(BreakpointKind.TYPE, "soft*") == ("3 ops in this graph.", False)
    assert places.about(BreakpointKind.MODULE, "h.1") == ("1 module call in this graph.", False)
    assert places.about(BreakpointKind.OP, "/h.2/softmax:0") == ("Op 3 of this graph.", False)
    two = "There are 2 files of that name; write more of the path."
    assert places.about(BreakpointKind.LINE, "net.py:10") == (two, True)
    assert places.point(BreakpointKind.LINE, "net.py:10") is None
    assert places.about(BreakpointKind.LINE, "b/net.py:10") == ("/u/b/net.py", False)
    gone = "No op of this graph comes from a file other.py."
    assert places.about(BreakpointKind.LINE, "other.py:10") == (gone, True)
    assert places.about(BreakpointKind.LINE, "loss.py")[1]
    assert places.about(BreakpointKind.LINE, "loss.py:0")[1]
    other = tmp_path / "other.py"
    other.write_text("x = 1\n")
    assert places.point(BreakpointKind.LINE, f"{other}:1") == point_on_line(str(other), 1)
    line = point_on_line("/u/b/net.py", 11)
    assert places.text_of(line) == "b/net.py:11"
    assert places.point(BreakpointKind.LINE, places.text_of(line)) == line
