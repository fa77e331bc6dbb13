"""A run is saved from the window, and opened again in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from opscope.app.points import point_on_op
from opscope.app.save_dialog import SaveDialog
from opscope.tracers.ir import RunState, Selection

from .conftest import Window


def save(window: Window, path: Path, monkeypatch: pytest.MonkeyPatch, values: str = "all") -> None:
    """Ctrl+S, a choice, and a name."""

    def named(*_: object) -> tuple[str, str]:
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", named)
    QTest.keyClick(window.main, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    window.until(lambda: bool(window.main.findChildren(SaveDialog)))
    (dialog,) = window.main.findChildren(SaveDialog)
    dialog.choices[values].click()
    dialog.accept()
    window.until(path.exists)
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)


def test_a_saved_run_opens_with_its_values_breakpoints_and_source(
    window: Window,
    model_file: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    spec = model_file("chosen_logs.py", "kept")
    window.open(spec)
    window.main.points.add(point_on_op(window.run.graph, 0))
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    types, records = window.op_types(), list(window.run.records)
    save(window, tmp_path / "kept.opscope", monkeypatch)
    Path(spec.partition(":")[0]).unlink()  # neither model nor source is there any more

    window.open(str(tmp_path / "kept.opscope"))
    assert window.run.state is RunState.FINISHED
    assert window.op_types() == types
    assert window.run.records == records
    window.until(lambda: len(window.main.points.rows) == 1)
    window.until(lambda: window.bench.banners.banner("bad") is not None)
    window.press(Qt.Key.Key_F10, Qt.KeyboardModifier.AltModifier)  # step back
    assert window.run.cursor is not None
    window.bench.select(Selection(op=records[0].op, record=0))
    window.settle()
    assert window.bench.inspector.header.subject.title == types[0]
    window.until(lambda: "def keep" in window.bench.source.code.toPlainText())


def test_a_file_that_is_damaged_is_told_in_a_sentence(window: Window, tmp_path: Path):
    path = tmp_path / "broken.opscope"
    path.write_bytes(b"no run at all" * 40)
    refused: list[str] = []

    def told(why: str, _code: str) -> None:
        refused.append(why)

    window.main.session.refused.connect(told)
    window.main.open_spec(str(path))
    window.until(lambda: bool(refused))
    assert refused == ["broken.opscope is no recorded run of Opscope's."]
