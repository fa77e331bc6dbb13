"""Overlays and exports in the real window: by key, menu, mouse and file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QMenu

from opscope.app.picture_dialog import Part, PictureDialog
from opscope.tracers.ir import RunState, Selection
from opscope.widgets.graph.dress import Dress

from .conftest import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def finish(window: Window) -> None:
    window.press(Qt.Key.Key_F5)
    window.until(lambda: window.run.state is RunState.FINISHED)


def coloured(window: Window) -> Dress:
    """The colours on show, once all amounts are in."""
    desk = window.main.overlays
    window.until(lambda: not desk.busy and not desk._soon.isActive())
    picture = window.bench.graph.canvas.picture
    assert picture is not None
    assert picture.dress is not None
    return picture.dress


def node(window: Window, selection: Selection) -> int:
    stage = window.bench.graph._stage
    assert stage is not None
    return stage.node_of(selection)


def op_in(window: Window, path: str, type_: str) -> int:
    graph = window.run.graph
    return next(
        index
        for index, op in enumerate(graph.ops)
        if op.type == type_ and graph.scopes[op.scope].path == path
    )


def said(window: Window) -> str:
    """What the status line says first."""
    return window.bench.status.left_parts()[0].text


@pytest.fixture
def small(window: Window, model_file: Callable[..., str]) -> Window:
    window.open(model_file("small_net.py"))
    return window


def test_keys_go_round_the_overlays_and_the_button_offers_them(small: Window) -> None:
    finish(small)
    button = small.bench.graph.strip.overlay
    seen: list[str] = []
    for _ in range(6):
        QTest.keyClick(small.main, Qt.Key.Key_F7)
        seen.append(small.main.overlays.name)
        if seen[-1] != "none":
            coloured(small)
            assert button.isChecked()
    assert seen == ["health", "time", "bytes", "range", "gradient", "none"]
    assert not button.isChecked()
    QTest.keyClick(small.main, Qt.Key.Key_F7, SHIFT)
    assert small.main.overlays.name == "gradient"
    assert small.bench.graph.overlaid.legend.words() == "No backward pass has run"
    QTest.mouseClick(button, LEFT, pos=QPoint(20, 12))
    assert small.main.overlays.name == "none"
    QTest.mouseClick(button, LEFT, pos=QPoint(20, 12))
    assert small.main.overlays.name == "gradient", "the one that was on last"
    QTest.mouseClick(button, LEFT, pos=QPoint(20, 12))
    assert small.main.overlays.name == "none"
    QTest.mouseClick(button, LEFT, pos=QPoint(button.width() - 8, 12))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert texts[:6] == ["None", "Health", "Time", "Bytes", "Value Range", "Gradient Norm"]
    action = next(action for action in menu.actions() if "Range" in action.text())
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    assert small.main.overlays.name == "range"
    assert button.text() == "Value range"


def test_time_follows_the_run_step_by_step(small: Window) -> None:
    small.main.actions_.trigger("view.overlay_time")
    assert small.bench.graph.overlaid.legend.words() == "Nothing has run yet"
    small.press(Qt.Key.Key_F10)
    dress = coloured(small)
    ran = small.run.records[-1].op
    assert dress.words(node(small, Selection(op=ran))).endswith("s")
    small.press(Qt.Key.Key_F5)
    dress = coloured(small)
    whole = sum(record.duration for record in small.run.records)
    assert dress.shown.amounts.scope(0) == pytest.approx(whole)
    first = next(i for i, s in enumerate(small.run.graph.scopes) if s.path == "first")
    inside = sum(
        record.duration
        for record in small.run.records
        if first in small.run.graph.scope_chain(small.run.graph.ops[record.op].scope)
    )
    assert dress.amounts[node(small, Selection(scope=first))] == pytest.approx(inside)


def test_the_list_has_the_amounts_and_the_legend_its_buttons(small: Window) -> None:
    finish(small)
    small.main.actions_.trigger("view.overlay_bytes")
    dress = coloured(small)
    stem = op_in(small, "stem", "conv2d")
    model = small.bench.execution._model
    node_ = model.reveal(stem)
    assert node_ is not None
    row = model.row_of(node_, False)
    assert row.right == dress.shown.words(4 * 8 * 8 * 4)
    assert row.bar is not None
    legend = small.bench.graph.overlaid.legend
    assert legend.words().endswith(", log")
    QTest.mouseClick(legend.scale, LEFT)
    assert legend.words().startswith("0 B to ")
    assert legend.words().endswith(", linear")
    QTest.mouseClick(legend.close_button, LEFT)
    assert small.main.overlays.name == "none"
    assert not legend.isVisible()
    assert model.row_of(node_, False).bar is None


def test_health_comes_on_by_itself_where_a_value_goes_wrong(window: Window) -> None:
    window.open("sample:unstable_loss")
    assert window.main.overlays.name == "none"
    finish(window)
    window.until(lambda: window.main.overlays.name == "health")
    dress = coloured(window)
    log = next(r.op for r in window.run.records if any(not value.finite for value in r.outputs))
    assert dress.first == log
    assert dress.words(node(window, Selection(op=log))).startswith("−Inf")
    QTest.mouseClick(window.bench.graph.overlaid.legend.close_button, LEFT)
    window.press(Qt.Key.Key_F10, Qt.KeyboardModifier.AltModifier)
    assert window.main.overlays.name == "none", "the user wants none"


def test_numbers_from_a_file(
    small: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("path,type,score\nfirst,relu,-3\nsecond,1\nthird,1\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    small.main.actions_.trigger("view.overlay_load")
    small.until(lambda: small.main.overlays.name == "user")
    dress = coloured(small)
    assert said(small) == (
        'scores.csv: 1 of 3 lines are left out: line 4: the model has no op or module "third".'
    )
    relu = op_in(small, "first", "relu")
    assert dress.shown.amounts.ops[relu] == -3
    assert small.bench.graph.overlaid.legend.words() == "−3 to 3, linear"
    assert small.bench.graph.strip.overlay.text() == "score"
    file.write_text("nothing,1\n")
    small.main.actions_.trigger("view.overlay_load")
    small.until(lambda: "no line fits" in said(small))
    assert coloured(small).shown.amounts.ops[relu] == -3, "the last numbers stay"
    QTest.keyClick(small.main, Qt.Key.Key_F5, CTRL | SHIFT)
    small.until(lambda: small.run.state is RunState.PAUSED and not small.main.session.behind)
    assert coloured(small).shown.amounts.ops[relu] == -3, "a new run has them, too"
    small.main.close_model()
    assert small.main.overlays.shown is None
    assert not small.bench.graph.overlaid.legend.isVisible()


def choose(window: Window, part: Part, kind: str) -> None:
    """Ask for a picture by key, and answer the dialog."""
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)
    QTest.keyClick(window.main, Qt.Key.Key_E, CTRL | SHIFT)
    found = window.main.findChildren(PictureDialog)
    dialog = next(dialog for dialog in found if dialog.isVisible())
    dialog.part.setCurrentIndex(dialog.part.findData(part))
    dialog.kind.setCurrentIndex(dialog.kind.findData(kind))
    assert dialog.note.text()
    for button in dialog.buttons.buttons():
        if dialog.buttons.buttonRole(button) is QDialogButtonBox.ButtonRole.AcceptRole:
            QTest.mouseClick(button, LEFT)


def test_pictures_of_what_is_seen_and_of_everything(
    small: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def name(*given: object) -> tuple[str, str]:
        asked.append(str(given[2]))
        return str(tmp_path / asked[-1]), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    exports = small.main.exports
    for part, kind in ((Part.SEEN, "png"), (Part.OPENED, "svg"), (Part.WHOLE, "pdf")):
        with small.qtbot.waitSignal(exports.ended):
            choose(small, part, kind)
        assert said(small).startswith("Saved to ")
    png, svg, pdf = (tmp_path / text for text in asked)
    canvas = small.bench.graph.canvas
    image = QImage(str(png))
    assert abs(image.width() - 2 * canvas.width() / canvas.zoom) <= 2
    assert svg.read_text(encoding="utf-8").count(">relu<") == 2
    assert pdf.read_bytes().startswith(b"%PDF")
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "none" / "a.png"), "")
    )
    with small.qtbot.waitSignal(exports.ended):
        choose(small, Part.WHOLE, "png")
    assert said(small).endswith("a.png could not be saved: No such file or directory.")


def test_the_graph_for_other_programs(
    small: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(small)
    for name in ("net.json", "net.graphml"):
        path = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, p=path: (str(p), ""))
        with small.qtbot.waitSignal(small.main.exports.ended):
            small.main.actions_.trigger("file.export_graph")
        assert said(small) == f"Saved to {path}."
    data = json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))
    ran = [row for row in data["nodes"] if row.get("executions")]
    assert len(ran) == len(small.run.records)
    net = nx.read_graphml(tmp_path / "net.graphml")
    assert net.number_of_nodes() == len(data["nodes"])


def test_name_path_and_shape_are_copied(small: Window) -> None:
    finish(small)
    relu = op_in(small, "first", "relu")
    small.bench.graph.go_to(Selection(op=relu))
    clipboard = QGuiApplication.clipboard()
    texts: list[str] = []
    for action in ("edit.copy_name", "edit.copy_path", "edit.copy_shape"):
        rect = small.bench.graph.node_rect(Selection(op=relu))
        assert rect is not None
        canvas = small.bench.graph.canvas
        at = rect.center() - canvas.pos()
        canvas.menu_asked.emit(canvas.node_at(at.toPointF()), canvas.mapToGlobal(at))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        row = next(row for row in menu.actions() if row.objectName() == action)
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(row).center())
        texts.append(clipboard.text())
    assert texts == [small.run.graph.ops[relu].key, "first", "(1, 4, 8, 8)"]
    first = next(i for i, s in enumerate(small.run.graph.scopes) if s.path == "first")
    small.bench.select(Selection(scope=first))
    small.main.actions_.trigger("edit.copy_shape")
    assert said(small) == "What is selected has no shape to copy."
