"""The graph in the real window: cards, motion, and blocks that only layers' names tell of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from opscope.tracers.ir import Selection
from opscope.widgets import motion
from opscope.widgets.graph.model import key_scope
from opscope.widgets.graph.scene import Look

from .conftest import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def opened(window: Window, model_file: Callable[..., str]) -> Window:
    window.open(model_file("small_net.py"))
    at_rest(window)
    return window


def at_rest(window: Window) -> None:
    """Wait until nothing glides any more."""
    window.until(lambda: not window.bench.graph.canvas.gliding)


def point(window: Window, at: QPoint) -> None:
    """Move the pointer over the canvas."""
    canvas, none = window.bench.graph.canvas, Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    where = QPointF(canvas.mapToGlobal(at))
    kind = QEvent.Type.MouseMove
    QApplication.sendEvent(canvas, QMouseEvent(kind, QPointF(at), where, none, none, plain))


def told(window: Window) -> dict[str, str]:
    """What the card says."""
    text = window.bench.graph.cards.shown
    assert text is not None
    return {row.name: row.text for part in text.parts for row in part}


def titles(window: Window) -> list[str]:
    """Titles of the groups that are drawn."""
    stage = window.bench.graph._stage
    scene = stage.picture.scene
    groups = [node for node in scene.nodes if node.look in (Look.FRAME, Look.GROUP, Look.FOLD)]
    keys = [key for node in groups for key in node.members]
    return [stage.model.title(key_scope(key)) for key in keys]


def test_a_card_tells_of_what_the_pointer_rests_on(opened: Window) -> None:
    graph, cards = opened.bench.graph, opened.bench.graph.cards
    opened.press(Key.Key_F11)
    opened.press(Key.Key_F11)
    at_rest(opened)
    ran = opened.run.records[0]
    graph.go_to(Selection(op=ran.op))
    at_rest(opened)
    rect = graph.node_rect(Selection(op=ran.op))
    assert rect is not None
    at = rect.center() - graph.canvas.pos()
    point(opened, at)
    opened.until(lambda: cards.shown is not None)
    opened.until(lambda: told(opened)["range"] != "pending")
    summary = opened.run.records[0].outputs[0]
    rows = told(opened)
    low, high = rows["range"].replace("−", "-").split(" … ")
    assert float(low) == pytest.approx(summary.minimum, rel=1e-3)
    assert float(high) == pytest.approx(summary.maximum, rel=1e-3)
    assert rows["NaN, Inf"] == "none"
    assert rows["time"]
    assert "small_net.py" in rows["line"]
    node = graph.canvas.node_rect(graph._stage.node_of(Selection(op=ran.op)))
    corner = graph.canvas.mapTo(opened.main, QPoint())
    assert not cards.area.intersects(node.translated(corner))
    assert opened.main.rect().contains(cards.area)
    point(opened, QPoint(2, 2))
    assert cards.shown is None

    QTest.mouseClick(graph.canvas, Qt.MouseButton.LeftButton, pos=at)
    QTest.keyClick(opened.main, Key.Key_F1, SHIFT)
    assert cards.shown is not None
    place = opened.run.place
    QTest.keyClick(graph.canvas, Key.Key_Escape)
    assert cards.shown is None
    assert opened.bench.selection.op == ran.op
    assert opened.run.place == place
    QTest.keyClick(opened.main, Key.Key_F1, SHIFT)
    QTest.keyClick(opened.main, Key.Key_F1, SHIFT)
    assert cards.shown is None, "the same key takes it away"


def test_a_group_opens_and_closes_on_its_way(opened: Window) -> None:
    graph = opened.bench.graph
    canvas = graph.canvas
    assert motion.moves()
    scope = next(i for i, row in enumerate(opened.run.graph.scopes) if row.path == "first")
    graph.go_to(Selection(scope=scope))
    at_rest(opened)
    rect = graph.node_rect(Selection(scope=scope))
    assert rect is not None
    at = rect.center() - canvas.pos()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    at_rest(opened)
    before = graph.is_open(scope)
    shown = canvas.node_rect(canvas.marks.selected)
    for open_ in (not before, before, not before):
        QTest.keyClick(canvas, Key.Key_Return)
        assert graph.is_open(scope) is open_
        assert canvas.gliding, "also where the one before has not arrived"
        assert canvas.node_rect(canvas.marks.selected).topLeft() == shown.topLeft()
    frames: list[float] = []
    canvas.rearranging.valueChanged.connect(frames.append)
    at_rest(opened)
    assert len(frames) > 1
    opened.press(Key.Key_F10)
    at_rest(opened)


def test_blocks_in_the_names_of_layers_are_groups(
    window: Window, model_file: Callable[..., str]
) -> None:
    window.open(model_file("flat_net.py"))
    at_rest(window)
    graph, canvas = window.bench.graph, window.bench.graph.canvas
    blocks = [f"block{number}" for number in range(1, 8)]
    assert [title for title in titles(window) if title in blocks] == blocks
    assert len(canvas.picture.scene.nodes) < 20
    inner = next(
        i
        for i, op in enumerate(window.run.graph.ops)
        if window.run.graph.scopes[op.scope].path.endswith("block5_project")
    )
    key = window.run.graph.ops[inner].key
    graph.breakpoint_toggled.emit(inner)
    window.press(Key.Key_F5)
    assert window.run.head.op == inner
    at_rest(window)
    live = canvas.picture.scene.nodes[canvas.marks.live]
    assert live.key == inner, "the way to it was opened"
    frame = canvas.picture.scene.nodes[live.parent]
    assert frame.look is Look.FRAME
    assert graph.strip.crumbs._parts[-1][0] == "block5"

    assert window.main.actions_["view.group_by_name"].isChecked()
    QTest.keyClick(window.main, Key.Key_N, CTRL | SHIFT)
    assert not window.main.actions_["view.group_by_name"].isChecked()
    assert not window.main.store.settings.group_by_name
    assert not set(titles(window)) & set(blocks)
    assert canvas.picture.scene.nodes[canvas.marks.live].key == inner
    assert canvas.marks.stops == {inner}
    QTest.keyClick(window.main, Key.Key_N, CTRL | SHIFT)
    assert "block5" in titles(window)
    assert window.run.graph.ops[inner].key == key
    assert [row.where for row in window.main.points.rows] == [key]
    window.press(Key.Key_F5)
    assert len(window.run.records) == len(window.run.graph.ops)
