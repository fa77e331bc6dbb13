"""The graph's canvas in the real window: seen, walked, lit and bookmarked, by mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QMenu

from opscope.app.settings_dialog import SettingsDialog
from opscope.app.settings_store import SettingsStore
from opscope.tracers.ir import Selection
from opscope.widgets import motion

from .conftest import Window

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
Key = Qt.Key


@pytest.fixture
def opened(window: Window, model_file: Callable[..., str]) -> Window:
    window.open(model_file("small_net.py"))
    at_rest(window)
    return window


def at_rest(window: Window) -> None:
    """Wait until nothing glides any more."""
    window.until(lambda: not window.bench.graph.canvas.gliding)


def op_at(window: Window, type_: str, path: str) -> int:
    graph = window.run.graph
    return next(
        i
        for i, op in enumerate(graph.ops)
        if op.type == type_ and graph.scopes[op.scope].path == path
    )


def select(window: Window, type_: str, path: str) -> int:
    """Open the way to an op, and click it."""
    op = op_at(window, type_, path)
    graph = window.bench.graph
    graph.go_to(Selection(op=op))
    at_rest(window)
    rect = graph.node_rect(Selection(op=op))
    assert rect is not None
    at = rect.center() - graph.canvas.pos()
    QTest.mouseClick(graph.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert window.bench.selection.op == op
    return op


def lit_types(window: Window) -> list[str]:
    """Types of the ops that stand lit."""
    lamp = window.bench.graph.lighting.lamp
    assert lamp is not None
    return [window.run.graph.ops[op].type for op in sorted(lamp.ops)]


def test_an_op_is_lit_with_what_stands_around_it_by_keys_and_menu(opened: Window) -> None:
    graph = opened.bench.graph
    select(opened, "add", "first")
    QTest.keyClick(opened.main, Key.Key_Up, ALT)
    assert lit_types(opened) == ["conv2d", "relu"]
    assert graph.lighting.chip.isVisible()
    QTest.keyClick(opened.main, Key.Key_Up, ALT | SHIFT)
    assert lit_types(opened) == ["conv2d", "conv2d", "relu"]
    QTest.keyClick(opened.main, Key.Key_Down, ALT)
    assert lit_types(opened) == ["conv2d", "add"]
    QTest.keyClick(opened.main, Key.Key_Down, ALT | SHIFT)
    assert lit_types(opened) == ["conv2d", "relu", "add", "mean", "linear"]
    assert graph.lighting.chip.words == "Descendants of add · 5 ops"
    QTest.keyClick(graph.canvas, Key.Key_Escape)
    assert graph.canvas.marks.light is None

    op = select(opened, "relu", "first")
    menus: list[QMenu] = []
    graph = opened.bench.graph
    rect = graph.node_rect(Selection(op=op))
    assert rect is not None
    graph.menu_wanted.emit(Selection(op=op), graph.mapToGlobal(rect.center()))
    opened.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menus += [action.menu() for action in menu.actions() if action.text() == "Highlight"]
    ancestors = menus[0].actions()[2]
    ancestors.trigger()
    menu.close()
    assert lit_types(opened) == ["conv2d", "conv2d"]


def test_keys_follow_edges_and_lead_up(opened: Window) -> None:
    canvas, graph = opened.bench.graph.canvas, opened.run.graph
    first = select(opened, "conv2d", "first.conv")
    canvas.setFocus()
    QTest.keyClick(canvas, Key.Key_Down)
    assert graph.ops[opened.bench.selection.op].type == "relu"
    QTest.keyClick(canvas, Key.Key_Up)
    assert opened.bench.selection.op == first
    QTest.keyClick(canvas, Key.Key_Escape)
    scope = opened.bench.selection.scope
    assert graph.scopes[scope].path == "first"
    assert opened.bench.graph.is_open(scope)
    QTest.keyClick(canvas, Key.Key_Return)
    assert not opened.bench.graph.is_open(scope)
    QTest.keyClick(canvas, Key.Key_Return)
    assert opened.bench.graph.is_open(scope)
    QTest.keyClick(canvas, Key.Key_Backspace)
    assert opened.bench.selection.scope == scope, "this is the outermost level"

    graph = opened.bench.graph
    select(opened, "relu", "first")
    crumbs = graph.strip.crumbs
    crumbs.setFocus(Qt.FocusReason.TabFocusReason)
    assert crumbs.hasFocus()
    QTest.keyClick(crumbs, Key.Key_Return)
    assert opened.run.graph.scopes[opened.bench.selection.scope].path == "first"
    QTest.keyClick(crumbs, Key.Key_Left)
    QTest.keyClick(crumbs, Key.Key_Return)
    assert opened.bench.selection == Selection(scope=0)
    at_rest(opened)
    picture = graph.canvas.picture
    assert picture is not None
    seen = graph.canvas.visible_area()
    assert seen.height() >= picture.scene.height
    assert seen.width() >= picture.scene.width


def test_the_camera_zooms_pans_goes_to_the_selection_and_glides_if_wanted(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = opened.bench.graph.canvas
    at = QPointF(260, 240)
    before = canvas.to_layout(at)
    zoom = canvas.zoom
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        CTRL,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
    assert canvas.gliding
    at_rest(opened)
    assert canvas.zoom == pytest.approx(zoom / 1.25**2)
    assert (canvas.to_layout(at) - before).manhattanLength() * canvas.zoom < 2
    origin = canvas.origin
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(20, 300))
    QTest.mouseMove(canvas, QPoint(60, 330))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 330))
    moved = (origin - canvas.origin) * canvas.zoom
    assert (moved - QPointF(40, 30)).manhattanLength() < 2

    op = select(opened, "add", "first")
    graph = opened.bench.graph
    QTest.keyClick(graph.canvas, Key.Key_Minus)
    QTest.keyClick(graph.canvas, Key.Key_Minus)
    at_rest(opened)
    QTest.keyClick(graph.canvas, Key.Key_Space, SHIFT)
    at_rest(opened)
    assert graph.canvas.zoom == 1.0
    rect = graph.node_rect(Selection(op=op))
    assert rect is not None
    off = rect.center() - graph.canvas.pos() - graph.canvas.rect().center()
    assert off.manhattanLength() <= 3
    QTest.keyClick(graph.canvas, Key.Key_Minus)
    QTest.keyClick(opened.main, Key.Key_0, CTRL)
    assert graph.canvas.zoom == 1.0

    assert motion.moves()

    def choose(dialog: SettingsDialog) -> int:
        box = next(box for box in dialog.findChildren(QCheckBox) if "animations" in box.text())
        box.setChecked(True)
        return 1

    monkeypatch.setattr(SettingsDialog, "exec", choose)
    opened.main.show_settings()
    assert not motion.moves()
    opened.bench.graph.canvas.fit()
    assert not opened.bench.graph.canvas.gliding
    assert opened.main.store.settings.reduced_motion


def test_the_run_is_followed_if_wanted_and_escape_ends_a_light_before_looking_back(
    opened: Window,
) -> None:
    graph = opened.bench.graph
    action = opened.main.actions_["view.follow"]
    assert action.isChecked()
    QTest.mouseClick(graph.strip.follow, Qt.MouseButton.LeftButton)
    assert not action.isChecked()
    graph.canvas.look_at(QPointF(-300, 900))
    before = graph.canvas.origin
    for _ in range(3):
        opened.press(Key.Key_F10)
    assert graph.canvas.origin == before, "the view stays where the user put it"
    QTest.keyClick(opened.main, Key.Key_L, CTRL | SHIFT)
    assert action.isChecked()
    assert graph.strip.follow.isChecked()
    at_rest(opened)
    live = graph.canvas.marks.live
    assert graph.canvas.rect().contains(graph.canvas.node_rect(live))

    opened.press(Key.Key_F10, ALT)
    assert opened.run.cursor is not None
    canvas = opened.bench.graph.canvas
    canvas.setFocus()
    QTest.keyClick(opened.main, Key.Key_Up, ALT)
    assert canvas.marks.light is not None
    QTest.keyClick(canvas, Key.Key_Escape)
    assert canvas.marks.light is None
    assert opened.run.cursor is not None
    opened.press(Key.Key_Escape)
    assert opened.run.cursor is None


def test_views_are_bookmarked_recalled_and_kept(opened: Window, tmp_path: Path) -> None:
    graph, main = opened.bench.graph, opened.main
    op = select(opened, "relu", "first")
    block = opened.run.graph.ops[op].scope
    spec = main.choice.spec
    QTest.keyClick(graph.canvas, Key.Key_Space, SHIFT)
    at_rest(opened)
    rect = graph.node_rect(Selection(op=op))
    QTest.keyClick(main, Key.Key_3, CTRL | SHIFT)
    assert list(main.views.marks) == [3]
    graph.set_open(block, False)
    QTest.keyClick(graph.canvas, Key.Key_Space)
    at_rest(opened)
    assert graph.node_rect(Selection(op=op)) != rect
    QTest.keyClick(main, Key.Key_3, CTRL)
    at_rest(opened)
    assert graph.is_open(block)
    found = graph.node_rect(Selection(op=op))
    assert found is not None
    assert rect is not None
    assert (found.topLeft() - rect.topLeft()).manhattanLength() <= 2
    QTest.keyClick(main, Key.Key_4, CTRL)
    assert list(main.views.marks) == [3], "4 is free"

    menu = main.views.menu()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names[0].startswith("&3   first · relu")
    menu.deleteLater()
    main.close()
    kept = json.loads((tmp_path / "settings.json").read_text())["models"][spec]["views"]
    assert [row["slot"] for row in kept] == [3]
    again = SettingsStore(tmp_path / "settings.json").settings.views(spec)
    assert again == [main.views.marks[3]]
    main.views.forget(3)
    assert main.store.settings.views(spec) == []
