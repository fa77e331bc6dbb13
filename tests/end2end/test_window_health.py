"""The overview of a run's numbers, and why a value is as it is, in the real window."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from opscope.tracers.ir import Selection
from opscope.tracers.ir.reason import Question
from opscope.widgets.health.drawer import EXPLAIN, HEALTH
from opscope.widgets.health.words import COLUMNS

from .conftest import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def finished(window: Window, model_file: Callable[..., str]) -> Window:
    """The small model, run to its end."""
    window.open(model_file("reasons.py"))
    window.press(Qt.Key.Key_F5)
    return window


def opened(window: Window) -> None:
    QTest.keyClick(window.main, Qt.Key.Key_H, CTRL)
    health = window.bench.drawer.health
    window.until(lambda: health.isVisible() and not health.busy)


def cells(window: Window, column: str) -> list[str]:
    table = window.bench.drawer.health.table.table
    place = COLUMNS.index(column)
    return [str(table.index(row, place).data()) for row in range(table.rowCount())]


def record_of(window: Window, type_: str) -> int:
    return window.op_types().index(type_)


def select(window: Window, type_: str) -> int:
    record = record_of(window, type_)
    window.bench.select(Selection(op=window.run.records[record].op, record=record))
    window.settle()
    return record


def test_the_overview_lists_every_output(finished: Window):
    opened(finished)
    assert finished.bench.drawer.shown == HEALTH
    assert cells(finished, "Op") == finished.op_types()
    exp = record_of(finished, "exp")
    assert cells(finished, "Dtype")[record_of(finished, "half")] == "float16"
    assert cells(finished, "Dtype change")[record_of(finished, "half")] == "float32 → float16"
    assert cells(finished, "Max")[exp] == "3.269e6"
    assert cells(finished, "float16")[exp] == "49.9×"
    QTest.keyClick(finished.main, Qt.Key.Key_H, CTRL)
    assert finished.bench.drawer.shown == -1


def test_a_row_and_a_column_of_the_picture_select_their_op(finished: Window):
    opened(finished)
    health, bench = finished.bench.drawer.health, finished.bench
    relu = record_of(finished, "relu")
    table = health.table
    place = table.visualRect(table.table.index(table.table.place_of(relu), 1)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)
    assert bench.selection.record == relu
    exp = record_of(finished, "exp")
    x, y = health.strip.place_of(exp)
    assert "exp" in health.strip.hint_at(x, y)
    QTest.mouseClick(health.strip, LEFT, pos=QPoint(round(x), round(y)))
    assert bench.selection.record == exp
    assert table.currentIndex().row() == table.table.place_of(exp)
    select(finished, "linear")
    assert table.currentIndex().row() == table.table.place_of(0)


def test_the_table_is_sorted_and_filtered(finished: Window):
    opened(finished)
    health = finished.bench.drawer.health
    health.table.sortByColumn(COLUMNS.index("Max"), Qt.SortOrder.DescendingOrder)
    assert cells(finished, "Op")[0] in ("exp", "sum", "add")
    QTest.keyClicks(health.filter, "type:relu")
    finished.until(lambda: cells(finished, "Op") == ["relu"])
    assert health.told.text().startswith("1 of ")
    health.filter.clear()
    finished.until(lambda: len(cells(finished, "Op")) == len(finished.run.records))
    QTest.mouseClick(health.marked, LEFT)
    assert set(cells(finished, "Op")) == {"half", "float", "exp", "sum", "add"}


def test_zeros_are_counted_on_request(finished: Window):
    opened(finished)
    health = finished.bench.drawer.health
    assert set(cells(finished, "Zeros")) == {""}
    QTest.mouseClick(health.zeros, LEFT)
    finished.until(lambda: not finished.main.numbers.counting and not health.busy)
    relu = record_of(finished, "relu")
    assert cells(finished, "Zeros")[relu] == "75 %"
    assert cells(finished, "Zeros")[record_of(finished, "exp")] == "0 %"
    assert health.uncounted() == []


def test_the_table_is_saved_as_csv(
    finished: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "numbers.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    opened(finished)
    health = finished.bench.drawer.health
    QTest.keyClicks(health.filter, "type:exp")
    finished.until(lambda: cells(finished, "Op") == ["exp"])
    QTest.mouseClick(health.export, LEFT)
    finished.until(lambda: path.exists() and not finished.main.numbers.busy)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["op"] for row in rows] == ["exp"]
    assert float(rows[0]["max"]) == pytest.approx(3269017.5, rel=1e-4)
    assert rows[0]["pass"] == "forward"


def answered(window: Window, question: Question) -> str:
    pane = window.bench.drawer.reason
    window.until(lambda: pane.reason is not None and pane.reason.question is question)
    return pane.sentence.text()


def test_an_op_is_explained_by_the_key(finished: Window):
    select(finished, "exp")
    QTest.keyClick(finished.main, Qt.Key.Key_W, CTRL | SHIFT)
    assert finished.bench.drawer.shown == EXPLAIN
    said = answered(finished, Question.LARGE)
    assert said.startswith("exp reaches 3.26902e+06: exp makes 3.26902e+06 of 15")
    pane = finished.bench.drawer.reason
    assert not pane.questions[Question.CONSTANT].isVisible()


def test_a_picked_element_is_explained_from_its_menu(
    finished: Window, monkeypatch: pytest.MonkeyPatch
):
    record = select(finished, "t")
    inspector = finished.bench.inspector
    inspector.value.go_to((1, 0))
    finished.until(lambda: inspector.value.heat.mark is not None and not inspector.desk.busy)
    menu = QMenu()
    inspector.menus.fill_element(menu)
    action = next(each for each in menu.actions() if each.text() == "Explain this value")
    action.trigger()
    said = answered(finished, Question.ZERO)
    assert said.startswith("t at [1, 0] is 0: relu at [0, 1], 2 ops before it,")
    assert "reads no number" not in said
    assert "cuts its input −101 off at 0" in said
    pane = finished.bench.drawer.reason
    assert [finished.op_types()[step.record] for step in pane.reason.steps] == [
        "t",
        "half",
        "relu",
    ]
    assert pane.reason.steps[0].record == record
    pane.steps.scrollToBottom()
    last = pane.steps.visualRect(pane.steps.model().index(2, 0)).center()
    QTest.mouseClick(pane.steps.viewport(), LEFT, pos=last)
    assert finished.bench.selection.record == record_of(finished, "relu")
    finished.settle()
    finished.until(lambda: inspector.value.element == (0, 1))


def test_another_question_is_asked_by_its_button(finished: Window):
    select(finished, "relu")
    QTest.keyClick(finished.main, Qt.Key.Key_W, CTRL | SHIFT)
    answered(finished, Question.LARGE)
    pane = finished.bench.drawer.reason
    QTest.mouseClick(pane.questions[Question.ZERO], LEFT)
    said = answered(finished, Question.ZERO)
    assert said.endswith("3 of 4 elements are 0.")


def test_what_has_not_run_is_not_explained(window: Window, model_file: Callable[..., str]):
    window.open(model_file("reasons.py"))
    op = next(n for n, op in enumerate(window.run.graph.ops) if op.type == "exp")
    window.bench.select(Selection(op=op))
    QTest.keyClick(window.main, Qt.Key.Key_W, CTRL | SHIFT)
    pane = window.bench.drawer.reason
    assert pane.reason is None
    assert "Not run yet" in pane.sentence.text()
