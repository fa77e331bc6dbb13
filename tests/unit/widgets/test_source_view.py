"""The source pane: text, marks, notes, clicks, the call stack."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Breakpoint, BreakpointKind, Place, Run, RunState, Selection
from opscope.widgets.run.row import Dot
from opscope.widgets.source.code_view import LINE_HEIGHT
from opscope.widgets.source.python_tokens import Span, Word, spans
from opscope.widgets.source.source_view import NO_LINE, NOT_YET, OUTPUT, SourceView

from . import run_samples as samples


@pytest.fixture
def pane(qtbot):
    widget = SourceView()
    widget.resize(640, 900)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def reading(pane):
    """A pane that gets every file it asks for."""
    pane.source_wanted.connect(lambda path: pane.show_text(path, samples.SOURCE))
    return pane


def at(pane: SourceView, line: int, x: int = 150) -> QPoint:
    """Where a line is in the viewport."""
    return QPoint(x, round(pane.code._top(line) + LINE_HEIGHT / 2))


def test_words_of_python():
    found = spans('x = self.f(1.5, "a")  # why\nif not x:\n    pass\n')
    assert found[0] == [
        Span(2, 1, Word.OPERATOR),
        Span(4, 4, Word.SELF),
        Span(8, 1, Word.OPERATOR),
        Span(9, 1, Word.CALL),
        Span(10, 1, Word.OPERATOR),
        Span(11, 3, Word.NUMBER),
        Span(14, 1, Word.OPERATOR),
        Span(16, 3, Word.STRING),
        Span(19, 1, Word.OPERATOR),
        Span(22, 5, Word.COMMENT),
    ]
    assert [span.word for span in found[1]] == [Word.KEYWORD, Word.KEYWORD, Word.OPERATOR]


def test_strings_over_lines_and_broken_source():
    found = spans('"""one\ntwo"""\ny = (\n')
    assert found[0] == [Span(0, 6, Word.STRING)]
    assert found[1] == [Span(0, 6, Word.STRING)]
    assert Span(2, 1, Word.OPERATOR) in found[2]


def test_a_file_is_asked_for_once(pane, qtbot):
    runner = samples.gpt2(230)
    with qtbot.waitSignal(pane.source_wanted, timeout=1000) as seen:
        pane.show_run(runner.run)
    assert seen.args == [samples.FILE]
    with qtbot.assertNotEmitted(pane.source_wanted):
        pane.show_growth(runner.step(1))
        pane.show_place()
    assert pane.tabs.tail() == "models/gpt2.py : 36"


def test_unavailable_file_says_why(pane):
    pane.show_run(samples.gpt2(230).run)
    pane.show_unavailable(samples.FILE, "The file is gone.")
    assert pane.sentence.isVisible()
    assert pane.sentence.text() == "The file is gone."


def test_marks_and_notes(reading):
    run = samples.gpt2(230).run
    reading.show_run(run)
    reading.show_selection(Selection(op=229))
    marks, notes = reading.code._marks, reading.code._notes
    assert (marks.next, marks.cursor, marks.selected) == (35, 0, 32)
    assert [note.text for note in notes[32]] == ["1×12×64×64"]
    assert [note.text for note in notes[29]] == ["max 94.06"]
    assert 37 not in notes, "what an earlier block gave there is no news"


def test_looking_back(reading):
    run = samples.gpt2(230).run
    reading.show_run(run)
    samples.look_back(run, 227)
    reading.show_place()
    marks = reading.code._marks
    assert (marks.next, marks.cursor) == (35, 30)
    assert reading.tabs.tail() == "models/gpt2.py : 30"


def test_an_op_that_no_line_ran_says_so(reading):
    runner = samples.gpt2(230)
    run = runner.run
    reading.show_run(run)
    last = replace(run.records[-1], source=-1, error="RuntimeError: no")
    run.records[-1] = last
    run.state, run.head = RunState.FAILED, Place(230)
    reading.show_place()
    assert reading.sentence.isVisible()
    assert reading.sentence.text() == NO_LINE


def test_before_anything_ran_it_speaks_of_what_comes(pane):
    pane.show_run(Run())
    assert pane.sentence.text() == NOT_YET
    graph = samples.many(3)
    graph.ops[0] = replace(graph.ops[0], source=-1)
    run = Run(graph, state=RunState.PAUSED, head=Place(0))
    pane.show_run(run)
    assert pane.sentence.text() == NOT_YET
    run.head = Place(0, op=0)
    pane.show_place()
    assert pane.sentence.text() == NO_LINE


def test_not_finite_values_are_noted(reading):
    reading.show_run(samples.not_finite())
    reading.show_selection(Selection(op=1))
    assert [note.text for note in reading.code._notes[32]] == ["256×64", "NaN × 613"]
    assert reading.code._marks.bad == "inf"


def test_failed_line(reading):
    reading.show_run(samples.failed())
    reading.show_place()
    assert reading.code._marks.failed == 35
    assert "cannot be multiplied" in reading.code._notes[35][0].text


def test_line_click_picks_its_newest_op_and_then_the_one_before(reading, qtbot):
    run = samples.gpt2(230).run
    reading.show_run(run)
    picked: list[Selection] = []
    reading.picked.connect(picked.append)
    for _ in range(2):
        QTest.mouseClick(reading.code.viewport(), Qt.MouseButton.LeftButton, pos=at(reading, 29))
    assert [run.graph.ops[one.op].type for one in picked] == ["matmul", "transpose"]
    assert [one.record for one in picked] == [226, 225]


def test_line_to_come_picks_the_op_of_the_map(reading, qtbot):
    run = samples.gpt2(3).run
    reading.show_run(run)
    with qtbot.waitSignal(reading.picked, timeout=1000) as seen:
        QTest.mouseClick(reading.code.viewport(), Qt.MouseButton.LeftButton, pos=at(reading, 32))
    assert run.graph.ops[seen.args[0].op].type == "softmax"


def test_gutter_click_toggles_a_line(reading, qtbot):
    reading.show_run(samples.gpt2(230).run)
    with qtbot.waitSignal(reading.line_breakpoint_toggled, timeout=1000) as seen:
        QTest.mouseClick(reading.code.gutter, Qt.MouseButton.LeftButton, pos=at(reading, 33, 15))
    assert seen.args == [samples.FILE, 33]


def test_breakpoint_dots(reading):
    run = samples.gpt2(230).run
    reading.show_run(run)
    reading.show_breakpoints(
        [
            Breakpoint(BreakpointKind.OP, run.graph.ops[230].key),
            Breakpoint(BreakpointKind.LINE, f"{samples.FILE}:30", enabled=False),
        ]
    )
    assert reading.code._dots == {35: Dot.ON, 30: Dot.OFF}


def test_scrolls_only_if_hidden(reading):
    reading.resize(640, 260)
    run = samples.gpt2(230).run
    reading.show_run(run)
    reading.show_place()
    before = reading.code.verticalScrollBar().value()
    assert before > 0
    first = before // LINE_HEIGHT + 1
    assert before % LINE_HEIGHT == 0, "the top line is whole"
    assert reading.code.lines()[0] == first
    current = run.graph.sources[run.place.source].line
    shown = reading.code.viewport().height() // LINE_HEIGHT
    assert current - first == shown // 3, "a third of the lines stand above"
    samples.look_back(run, 229)
    reading.show_place()
    assert run.graph.sources[run.place.source].line != current
    assert reading.code.verticalScrollBar().value() == before
    reading.show_selection(Selection(op=250))
    assert reading.code.verticalScrollBar().value() != before


def test_call_stack(reading, qtbot):
    reading.show_run(samples.gpt2(230).run)
    reading.show_stack(
        [
            {"name": "forward", "file": samples.FILE, "line": 35, "scope": "h.5.attn"},
            {"name": "<module>", "file": "/home/ada/run.py", "line": 7, "scope": 0},
        ]
    )
    model = reading.stack.model()
    assert [frame.scope for frame in model.frames] == ["h.5.attn", ""]
    with qtbot.waitSignal(reading.source_wanted, timeout=1000) as seen:
        reading.stack.clicked.emit(model.index(1, 0))
    assert seen.args == ["/home/ada/run.py"]
    assert reading.tabs.currentIndex() == 0


def test_stack_model(reading, qtmodeltester):
    reading.show_stack([{"name": "forward", "file": samples.FILE, "line": 35, "scope": ""}])
    qtmodeltester.check(reading.stack.model())


def test_open_elsewhere(reading, qtbot):
    reading.show_run(samples.gpt2(230).run)
    with qtbot.waitSignal(reading.open_wanted, timeout=1000) as seen:
        QTest.mouseClick(reading.open_button, Qt.MouseButton.LeftButton)
    assert seen.args == [samples.FILE, 35]


def test_many_steps_are_followed(reading):
    runner = samples.gpt2(2000, blocks=119)
    reading.show_run(runner.run)
    before = reading.grab().toImage()
    for _ in range(60):
        first = runner.step(1)
        reading.show_growth(first)
        reading.show_place()
    assert reading.grab().toImage() != before


def test_output_that_nobody_saw_marks_its_tab(reading):
    tabs = reading.tabs
    reading.show_output("stdout", "epoch 1\n")
    assert tabs.has_new(OUTPUT)
    assert tabs.accessibleTabName(OUTPUT) == "Output, new"
    tabs.setCurrentIndex(OUTPUT)
    assert not tabs.has_new(OUTPUT)
    assert tabs.accessibleTabName(OUTPUT) == ""
    reading.show_output("stdout", "epoch 2\n")
    assert not tabs.has_new(OUTPUT), "it is being looked at"
    assert reading.output.toPlainText() == "epoch 1\nepoch 2\n"


def test_the_keyboard_goes_into_the_open_page(reading):
    run = samples.gpt2(230).run
    assert reading.focus_target() is reading.tabs, "there is no code yet"
    reading.show_run(run)
    assert reading.focus_target() is reading.code
    reading.tabs.setCurrentIndex(1)
    assert reading.focus_target() is reading.stack


def test_before_a_module_whose_ops_have_no_line_it_says_so(pane):
    runner = samples.gpt2(3)
    run = runner.run
    run.records = [replace(record, source=-1) for record in run.records]
    run.state, run.head = RunState.PAUSED, Place(3, scope=1)
    pane.show_run(run)
    pane.show_place()
    assert pane.sentence.text() == NO_LINE
