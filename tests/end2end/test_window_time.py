"""Rewinding, bringing values back and keeping them, in the real window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from opscope.tracers.ir import (
    Form,
    OpRecord,
    RunState,
    Selection,
    TensorPiece,
    TensorRequest,
    ValueRef,
)

from .conftest import Window

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
MIB_OF_FOUR = 1  # MiB for kept values: room for four of the model's


def told(window: Window) -> list[OpRecord]:
    """What the records say once every statistic is there, times left out."""
    window.until(lambda: not any(o.pending for row in window.run.records for o in row.outputs))
    return [replace(record, duration=0.0) for record in window.run.records]


def bits(window: Window, record: int) -> bytes:
    """A value's elements."""
    request = TensorRequest(ValueRef(record), Form.PLANE)
    pieces: list[TensorPiece] = []
    window.main.session.piece.connect(pieces.append)
    window.main.session.ask_piece(request)
    window.until(lambda: any(piece.request == request for piece in pieces))
    window.main.session.piece.disconnect(pieces.append)
    return next(piece.data for piece in pieces if piece.request == request)


def open_menu(window: Window, widget: QWidget, at: QPoint) -> QMenu:
    """Press the right button on a widget; the menu that opens."""
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
    menus = [menu for menu in window.main.findChildren(QMenu) if menu.isVisible()]
    assert len(menus) == 1
    return menus[0]


def choose(window: Window, menu: QMenu, name: str) -> str:
    """Click an entry of a menu; its text."""
    action = next(action for action in menu.actions() if action.objectName() == name)
    text = action.text()
    window.until(action.isEnabled)
    spot = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=spot)
    window.until(lambda: QApplication.activePopupWidget() is None)
    window.main.activateWindow()  # a desktop does so by itself
    window.until(window.main.isActiveWindow)
    return text


def until_paused_at(window: Window, record: int) -> None:
    run = window.run
    window.until(
        lambda: (
            run.state is RunState.PAUSED
            and run.cursor is None
            and run.head.record == record
            and len(run.records) == record
            and not window.main.session.behind
        )
    )
    window.settle()


def test_a_finished_run_is_rewound_and_goes_on_bit_equal(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("restless.py"))
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    before, types = told(window), window.op_types()
    last = bits(window, len(before) - 2)
    second = [index for index, name in enumerate(types) if name == "dropout"][1]
    window.bench.select(Selection(op=window.run.records[second].op, record=second))
    rewind = window.main.actions_["run.rewind"]
    assert rewind.text() == f"Re&wind to Before Op {second + 1}, dropout"
    assert f"{len(before) - second} ops are forgotten" in rewind.statusTip()
    QTest.keyClick(window.main, Qt.Key.Key_F10, CTRL | SHIFT)
    until_paused_at(window, second)
    assert window.next_op() == "dropout"
    assert told(window) == before[:second]
    window.press(Qt.Key.Key_F10)
    assert told(window) == before[: second + 1], "the same random numbers"
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert told(window) == before
    assert bits(window, len(before) - 2) == last


def test_menus_of_the_timeline_the_list_and_the_graph_rewind(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    window.press(Qt.Key.Key_F5)
    before = told(window)
    bench = window.bench
    line = bench.timeline
    x = round((line.x_of(5) + line.x_of(6)) / 2)
    menu = open_menu(window, line, QPoint(x, 72))
    assert choose(window, menu, "run.rewind") == "Re&wind to Before Op 6, relu"
    until_paused_at(window, 5)
    assert bench.timeline.subtitle()

    graph = bench.graph
    third = window.run.records[3].op
    graph.go_to(Selection(op=third))
    rect = graph.node_rect(Selection(op=third))
    assert rect is not None
    where = graph.canvas.mapFrom(graph, rect.center())
    choose(window, open_menu(window, graph.canvas, where), "run.rewind")
    until_paused_at(window, 3)

    tree = bench.execution.tree
    bench.select(Selection(op=window.run.records[0].op))
    window.settle()
    window.until(lambda: tree.visualRect(tree.currentIndex()).isValid())
    spot = tree.visualRect(tree.currentIndex()).center()
    choose(window, open_menu(window, tree.viewport(), spot), "run.rewind")
    until_paused_at(window, 0)
    window.press(Qt.Key.Key_F5)
    assert told(window) == before


def test_a_place_looked_back_at_becomes_live(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    window.press(Qt.Key.Key_F5)
    before = told(window)
    for _ in range(3):
        window.press(Qt.Key.Key_F10, ALT)
    cursor = window.run.cursor
    assert cursor is not None
    banner = window.bench.banners.banner("past")
    assert banner is not None
    button = next(button for button in banner.buttons if button.text() == "Rewind to here")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    until_paused_at(window, cursor.record)
    assert window.bench.banners.banner("past") is None
    window.press(Qt.Key.Key_F5)
    assert told(window) == before


def test_a_module_is_rewound_to_its_door(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    window.press(Qt.Key.Key_F5)
    before = told(window)
    scopes = window.run.graph.scopes
    second = next(index for index, scope in enumerate(scopes) if scope.path == "second")
    window.bench.select(Selection(scope=second))
    assert window.main.actions_["run.rewind"].text() == "Re&wind to Before second"
    QTest.keyClick(window.main, Qt.Key.Key_F10, CTRL | SHIFT)
    until_paused_at(window, 4)
    assert window.next_op() == "[second]"
    window.press(Qt.Key.Key_F5)
    assert told(window) == before


def test_a_failed_run_is_rewound(window: Window, model_file: Callable[..., str]):
    window.open(model_file("restless.py", "failing"))
    window.press(Qt.Key.Key_F5)
    while window.run.state is RunState.PAUSED:
        window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FAILED
    window.bench.select(Selection(op=window.run.records[2].op, record=2))
    QTest.keyClick(window.main, Qt.Key.Key_F10, CTRL | SHIFT)
    until_paused_at(window, 2)
    assert window.run.message == ""
    assert window.bench.banners.banner("failed") is None


def test_a_value_that_was_let_go_comes_back_with_a_click(
    window: Window, model_file: Callable[..., str]
):
    window.main.store.settings.budget_mb = MIB_OF_FOUR
    window.open(model_file("restless.py"))
    window.press(Qt.Key.Key_F10)
    assert window.op_types()[-1] == "batch_norm"
    chosen, first = window.bench.selection, bits(window, 1)
    window.press(Qt.Key.Key_F5)
    before, place = told(window), window.run.place
    state = window.main.session.state
    assert state is not None
    assert state.dropped > 0
    window.bench.select(chosen)
    notice = window.bench.inspector.value.notice
    window.until(lambda: notice.button.isVisible())
    assert "was let go" in notice.sentence.text
    assert window.bench.inspector.value.stats.isVisible(), "the statistics remain"
    fetching: list[object] = []
    window.main.time.fetching.connect(lambda ref, _text: fetching.append(ref))
    QTest.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert notice.button.text() == "Cancel"
    window.until(lambda: window.bench.inspector.value.heat.isVisible())
    window.settle()
    assert fetching[0] == ValueRef(1)
    assert fetching[-1] is None
    assert bits(window, 1) == first
    assert (told(window), window.run.place) == (before, place), "the run stands as it stood"
    assert window.run.state is RunState.FINISHED


def test_a_kept_value_outlives_newer_ones(window: Window, model_file: Callable[..., str]):
    window.main.store.settings.budget_mb = MIB_OF_FOUR
    window.open(model_file("restless.py"))
    window.press(Qt.Key.Key_F10)
    chosen, first = window.bench.selection, bits(window, 1)
    QTest.keyClick(window.main, Qt.Key.Key_L, CTRL)
    window.until(lambda: window.main.time.kept == {(1, 0)})
    assert ("kept in memory", "accent") in window.bench.inspector.header.chips.chips
    assert window.main.actions_["edit.keep"].text() == "No Longer &Keep in Memory"
    window.press(Qt.Key.Key_F5)
    window.bench.select(chosen)
    window.settle()
    assert window.bench.inspector.value.heat.isVisible()
    assert bits(window, 1) == first
    QTest.keyClick(window.main, Qt.Key.Key_L, CTRL)
    window.until(lambda: not window.main.time.kept)
    assert window.main.actions_["edit.keep"].text() == "&Keep in Memory"


def test_the_budget_is_compared_with_what_a_recording_takes(
    window: Window, model_file: Callable[..., str]
):
    window.main.store.settings.budget_mb = MIB_OF_FOUR
    window.open(model_file("restless.py"))
    facts = window.main.session.facts
    assert facts is not None
    banner = window.bench.banners.banner("facts")
    assert banner is not None
    assert facts.recording_bytes is not None
    assert facts.recording_bytes > 1 << 20
    assert "will keep the newest 1 MiB of 3.76 MiB" in banner.message.text
