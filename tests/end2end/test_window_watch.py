"""Expressions evaluated and watched in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from opscope.app.settings_store import SettingsStore
from opscope.app.watch_desk import COMPUTING
from opscope.tracers.ir import Selection
from opscope.tracers.ir.run import RESULT
from opscope.widgets.source.source_view import WATCH
from opscope.widgets.source.watch_list import WatchRow

from .conftest import Window

MODEL = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(4, 4)

    def forward(self, x):
        a = torch.relu(self.fc(x))
        b = torch.softmax(a, dim=-1)
        return (a - b).sum()


class Large(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x).sum()


def large():
    torch.manual_seed(0)
    return Large(), (torch.randn(2200, 2200),)


def build():
    torch.manual_seed(0)
    return Net(), (torch.linspace(-1, 1, 12).reshape(3, 4),)
"""
LEFT = Qt.MouseButton.LeftButton


def opened(window: Window, folder: Path, entry: str = "build") -> str:
    file = folder / "watched.py"
    file.write_text(MODEL)
    spec = f"{file}:{entry}"
    window.open(spec)
    QTest.keyClick(window.main, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert window.bench.source.tabs.currentIndex() == WATCH
    assert window.bench.source.watch.field.hasFocus()
    return spec


def step_before(window: Window, type_: str) -> None:
    while window.next_op() != type_:
        window.press(Qt.Key.Key_F10)


def row_of(window: Window, text: str) -> WatchRow:
    """Once its value is known."""
    view = window.bench.source.watch

    def rows() -> list[WatchRow]:
        return [row for row in view.rows if row.expression == text]

    window.until(lambda: bool(rows()) and bool(rows()[0].value) and not rows()[0].waiting)
    return rows()[0]


def click(window: Window, number: int, double: bool = False) -> None:
    rows = window.bench.source.watch.list
    at = rows.visualRect(rows.watches.index(number)).center() + QPoint(-20, 0)
    act: Callable[..., None] = QTest.mouseDClick if double else QTest.mouseClick
    act(rows.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)


def test_evaluate_watch_and_look(window: Window, tmp_path: Path):
    spec = opened(window, tmp_path)
    view = window.bench.source.watch
    step_before(window, "softmax")
    QTest.keyClicks(view.field, "relu.max()")
    QTest.keyClick(view.field, Qt.Key.Key_Return)
    once = row_of(window, "relu.max()")
    assert not once.kept
    assert float(once.value) > 0
    view.field.clear()
    for text in ("softmax.sum()", "fc.weight - fc.weight.T", "a.shape", "softmx"):
        QTest.keyClicks(view.field, text)
        QTest.mouseClick(view.add, LEFT)
    assert row_of(window, "softmax.sum()").value == "softmax has not run yet."
    assert row_of(window, "softmax.sum()").failed
    assert row_of(window, "a.shape").value == "(3, 4)", "a variable of the user's frame"
    assert row_of(window, "softmx").value == "There is no softmx here. Did you mean softmax?"
    found = row_of(window, "fc.weight - fc.weight.T")
    assert found.value.startswith("float32[4×4]")
    assert found.place is not None
    assert found.place[0] == RESULT

    window.press(Qt.Key.Key_F10)  # evaluated anew at the stop
    window.until(lambda: row_of(window, "softmax.sum()").value == "3")
    click(window, [row.expression for row in view.rows].index("fc.weight - fc.weight.T"))
    inspector = window.bench.inspector
    window.until(lambda: inspector.subject.title == "fc.weight - fc.weight.T")
    window.settle()
    assert inspector.value.shape == (4, 4)
    assert inspector.value.summary is not None
    assert inspector.value.summary.maximum == -np.float64(inspector.value.summary.minimum or 0)
    assert window.bench.selection == Selection()
    window.press(Qt.Key.Key_F10)
    assert inspector.subject.title == "sub", "the next step shows its own"

    kept = ["softmax.sum()", "fc.weight - fc.weight.T", "a.shape", "softmx"]
    settings = window.main.store.settings
    assert settings.watches(spec) == kept
    window.main.store.save()
    assert SettingsStore(window.main.store.path).settings.watches(spec) == kept


def test_edit_remove_and_complete(window: Window, tmp_path: Path):
    spec = opened(window, tmp_path)
    view = window.bench.source.watch
    QTest.keyClicks(view.field, "x.max()")
    QTest.mouseClick(view.add, LEFT)
    assert row_of(window, "x.max()").value == "1"
    click(window, 0)
    click(window, 0, double=True)
    editor = view.list.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "x.min() * 2")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert row_of(window, "x.min() * 2").value == "-2"
    assert window.main.store.settings.watches(spec) == ["x.min() * 2"]
    view.list.setFocus()
    view.list.setCurrentIndex(view.list.watches.index(0))
    QTest.keyClick(view.list, Qt.Key.Key_Delete)
    assert view.rows == []
    assert window.main.store.settings.watches(spec) == []

    field = view.field
    field.setFocus()
    step_before(window, "softmax")
    QTest.keyClicks(field, "2 * fc.we")
    window.until(lambda: field.offered() == ["weight"])
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "2 * fc.weight"
    assert not view.rows, "Enter picked a name, and evaluated nothing"
    QTest.keyClicks(field, ".ma")
    window.until(lambda: "max()" in field.offered())
    field.clear()
    QTest.keyClicks(field, "sel")
    window.until(lambda: field.offered() == ["self"])

    field.clear()
    QTest.keyClicks(field, "relu")
    window.until(lambda: "relu" in field.offered())
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Return)  # typed in full: evaluated
    found = row_of(window, "relu")
    click(window, 0)
    record = window.run.records[found.place[0] if found.place else -1]
    assert window.run.graph.ops[record.op].type == "relu"
    window.until(lambda: window.bench.selection.op == record.op)


def test_one_that_takes_long_is_given_up_by_a_click(window: Window, tmp_path: Path):
    opened(window, tmp_path, "large")
    view = window.bench.source.watch
    QTest.keyClicks(view.field, "svdvals(x).max() + svdvals(x.T).max()")
    QTest.mouseClick(view.add, LEFT)
    window.until(lambda: view.rows[0].value == COMPUTING)
    click(window, 0)
    window.until(lambda: view.rows[0].value == "given up")
    assert not view.rows[0].waiting
