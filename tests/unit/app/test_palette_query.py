"""The palette speaks the query language: ops by filters, parameters, lines, completions, lights."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow

from opscope.app.action_set import ActionSet
from opscope.app.commands import When
from opscope.app.palette import Palette
from opscope.app.palette_search import PaletteSearch
from opscope.tracers.ir import Run, Selection
from opscope.widgets.run.finding import Finding
from opscope.widgets.run.found import Found

from ..widgets.graph_samples import gpt, paused
from .test_palette import Asked, texts


@pytest.fixture
def run() -> Run:
    return paused(gpt(4), 60)


@pytest.fixture
def window(qtbot) -> QMainWindow:
    made = QMainWindow()
    made.setCentralWidget(QLineEdit())
    qtbot.addWidget(made)
    made.resize(1200, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


@pytest.fixture
def finding(run: Run, window) -> Finding:
    made = Finding(window)
    made.show_run(run)
    return made


@pytest.fixture
def palette(qtbot, run: Run, window, finding: Finding) -> Palette:
    actions = ActionSet(window, Asked())
    actions.show_facts(When.ALWAYS | When.OPEN | When.MAPPED | When.PAUSED)
    made = Palette(actions, run, window, finding=finding)
    made.open()
    qtbot.waitUntil(lambda: made.results.rowCount() > 0)
    return made


def typed(qtbot, palette: Palette, text: str) -> list[str]:
    palette.edit.clear()
    qtbot.keyClicks(palette.edit, text)
    palette._finish()
    return texts(palette)


def listed(palette: Palette, kind: str) -> list[str]:
    rows = map(palette.results.entry, range(palette.results.rowCount()))
    return [entry.text for entry in rows if entry.kind == kind]


def current(palette: Palette) -> str:
    return palette.results.entry(palette.list.currentIndex().row()).text


def shown(finding: Finding) -> Found:
    assert finding.shown is not None
    return finding.shown


def test_a_filter_lists_ops_alone(qtbot, palette: Palette, run: Run) -> None:
    typed(qtbot, palette, "type:=softmax scope:h.2")
    assert listed(palette, "op") == ["softmax"]
    assert not listed(palette, "action") + listed(palette, "module")
    assert palette.count.text() == "1 found"
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    op = seen.args[0].op
    assert run.graph.op_label(op) == "softmax in transformer.h.2.attn"


def test_shapes_patterns_and_numbers(qtbot, palette: Palette) -> None:
    assert set(typed(qtbot, palette, "shape:*x50257")) == {"matmul"}
    assert set(typed(qtbot, palette, "/^soft.ax$/")) == {"softmax"}
    assert "softmax" in typed(qtbot, palette, "12x64x64")


def test_a_sentence_says_what_is_wrong(qtbot, palette: Palette, finding: Finding) -> None:
    typed(qtbot, palette, "nan:lots")
    assert palette.count.text() == "nan: wants a number, for example nan:>0, not lots."
    typed(qtbot, palette, "/(/")
    assert palette.count.text().startswith("/(/ is no pattern: ")
    assert finding.shown is None


def test_names_of_filters_are_completed(qtbot, palette: Palette) -> None:
    rows = typed(qtbot, palette, "sha")
    assert rows[0] == "shape:"
    assert current(palette) != "shape:", "Enter does not complete by accident"
    qtbot.keyClick(palette.edit, Qt.Key.Key_Tab)
    assert palette.edit.text() == "shape:"
    qtbot.keyClicks(palette.edit, "*x768")
    palette._finish()
    assert palette.count.text().endswith("found")


def test_values_of_filters_are_completed(qtbot, palette: Palette) -> None:
    rows = typed(qtbot, palette, "soft -type:ma")
    assert rows[0] == "matmul"
    qtbot.keyClick(palette.edit, Qt.Key.Key_Tab)
    assert palette.edit.text() == "soft -type:matmul "
    rows = typed(qtbot, palette, "phase:")
    assert rows == ["forward", "backward"]
    assert current(palette) == "forward"
    qtbot.keyClick(palette.edit, Qt.Key.Key_Down)
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert palette.edit.text() == "phase:backward "
    assert palette.isVisible()


def test_a_completion_is_clicked(qtbot, palette: Palette) -> None:
    typed(qtbot, palette, "dty")
    spot = palette.list.visualRect(palette.results.index(0)).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert palette.edit.text() == "dtype:"


def test_parameters_are_found(qtbot, palette: Palette, run: Run) -> None:
    rows = typed(qtbot, palette, "h.1.attn.c_attn.weight")
    at = rows.index("transformer.h.1.attn.c_attn.weight")
    palette.list.setCurrentIndex(palette.results.index(at))
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    value = run.graph.values[seen.args[0].value]
    assert value.name == "transformer.h.1.attn.c_attn.weight"


def test_lines_are_found_and_asked_for(qtbot, palette: Palette, run: Run, finding) -> None:
    line = run.graph.sources[run.graph.ops[30].source]
    rows = typed(qtbot, palette, f"model.py:{line.line}")
    palette.list.setCurrentIndex(palette.results.index(rows.index(f"model.py:{line.line}")))
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert run.graph.sources[run.graph.ops[seen.args[0].op].source] == line
    finding.finish()
    assert finding.text == f"line:model.py:{line.line}"
    assert shown(finding).holds(30)


def test_what_enter_would_go_to_is_lit(qtbot, palette: Palette, finding: Finding) -> None:
    typed(qtbot, palette, "softmax")
    assert len(shown(finding).ops) == 4
    typed(qtbot, palette, "step over")
    assert finding.shown is None, "nothing is lit for a command"
    typed(qtbot, palette, "type:matmul")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Escape)
    assert finding.shown is None
    assert finding.text == ""


def test_what_was_found_stays_after_one_is_picked(qtbot, palette, finding: Finding) -> None:
    typed(qtbot, palette, "type:=softmax")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert finding.text == "type:=softmax"
    assert len(shown(finding).ops) == 4
    assert not palette.isVisible()


def test_the_only_one_needs_no_lights_to_go_on(qtbot, palette, finding: Finding) -> None:
    typed(qtbot, palette, "type:=softmax scope:h.3")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert finding.shown is None


def test_it_opens_with_what_is_looked_for(qtbot, run: Run, window, finding: Finding) -> None:
    finding.find("type:=softmax")
    before = shown(finding)
    palette = Palette(ActionSet(window, Asked()), run, window, finding=finding)
    palette.open()
    qtbot.waitUntil(lambda: palette.results.rowCount() > 0)
    assert palette.edit.selectedText() == "type:=softmax"
    typed(qtbot, palette, "type:matmul")
    assert shown(finding) is not before
    qtbot.keyClick(palette.edit, Qt.Key.Key_Escape)
    assert shown(finding) is before
    assert finding.text == "type:=softmax"


def test_go_to_op_lights_nothing(qtbot, run: Run, window, finding: Finding) -> None:
    palette = Palette(ActionSet(window, Asked()), run, window, ops_only=True, finding=finding)
    palette.open()
    assert len(typed(qtbot, palette, "softmax")) == 4
    assert finding.shown is None
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert isinstance(seen.args[0], Selection)


def test_fifty_thousand_ops_are_searched_in_slices(qtbot, window) -> None:
    run = paused(gpt(1700), 0)
    parent = QObject()
    finding = Finding(parent)
    finding.show_run(run)
    actions = ActionSet(window, Asked())
    search = PaletteSearch(actions, run, finding, ops=False)
    steps: list[int] = []
    for text in ("", "attn softmax", "type:matmul"):
        search.begin(text, len(text))
        slices, done = 0, False
        while not done:
            done = search.advance(0.002)
            slices += 1
        steps.append(slices)
    assert max(steps) > 1
    assert search.entries()[0].text == "matmul"
