"""The card beside what the pointer rests on: its words, its place, and when it goes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run, RunState, Selection, TensorSummary
from opscope.widgets.graph.accessible import CanvasInterface
from opscope.widgets.graph.card import placed
from opscope.widgets.graph.card_words import CardText, CardWords
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import gpt, loop, paused, resnet
from tests.unit.widgets.keras_layers import graph_of, layers

Show = Callable[[Run], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(760, 780)  # inside the offscreen screen
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        return view

    return make


def measured(run: Run, record: int, **facts: object) -> None:
    """Let a record's first output have been measured so."""
    row = run.records[record]
    summary = replace(row.outputs[0], **facts)
    run.update_records({record: replace(row, outputs=(summary, *row.outputs[1:]))})


def words(view: GraphView, selection: Selection) -> dict[str, str]:
    stage = view._stage
    assert stage is not None
    return rows(CardWords(stage).node(stage.node_of(selection)))


def rows(text: CardText) -> dict[str, str]:
    return {row.name: row.text for part in text.parts for row in part}


def hover(view: GraphView, at: QPoint) -> None:
    """Rest the pointer."""
    canvas = view.canvas
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, event)


def rest(qtbot: QtBot, view: GraphView, at: QPoint) -> CardText:
    hover(view, at)
    qtbot.waitUntil(lambda: view.cards.shown is not None)
    text = view.cards.shown
    assert text is not None
    return text


def spot(view: GraphView, op: int) -> QPoint:
    view.canvas.reveal(view._stage.node_of(Selection(op=op)))
    rect = view.node_rect(Selection(op=op))
    assert rect is not None
    return rect.center() - view.canvas.pos()


def test_an_op_is_told_with_what_it_takes_and_gives(show: Show) -> None:
    run = paused(gpt(2), 5)
    op = next(i for i, row in enumerate(run.graph.ops) if row.type == "add")
    view = show(run)
    told = words(view, Selection(op=op))
    assert told["in"] == "transformer"
    assert told["note"] == "embeddings"
    assert told["line"].startswith("models/model.py : ")
    assert told["input"] == "embedding · 64×768 float32"
    assert told["output"] == "64×768 float32"
    measured(run, op, minimum=-1.5, maximum=2.25, mean=0.125, nbytes=196608)
    told = words(view, Selection(op=op))
    assert told["range"] == "−1.5 … 2.25"
    assert told["mean"] == "0.125"
    assert told["NaN, Inf"] == "none"
    assert told["bytes"] == "192 KiB"
    assert told["time"] == "100 µs"


def test_what_is_not_finite_is_counted_and_what_is_pending_said_to_be(show: Show) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    measured(run, 4, nan=3, posinf=0, neginf=2, minimum=-1.0, maximum=1.0)
    assert words(view, Selection(op=4))["not finite"] == "NaN × 3, −Inf × 2"
    measured(run, 4, nan=0, neginf=0, pending=True)
    told = words(view, Selection(op=4))
    assert told["range"] == "pending"
    assert "mean" not in told


def test_what_has_not_run_is_said_not_to_have(show: Show) -> None:
    run = paused(gpt(2), 3)
    view = show(run)
    told = words(view, Selection(op=4))
    assert told["state"] == "has not run"
    assert told["output"] == "64×768 float32"
    run.add_records([replace(run.records[0], op=3), replace(run.records[0], op=4)])
    run.head = replace(run.head, record=5)
    run.cursor = replace(run.head, record=2)
    assert words(view, Selection(op=4))["state"] == "has not run", "not where the user looks"
    run.cursor = None
    assert "state" not in words(view, Selection(op=4))


def test_an_error_is_told(show: Show) -> None:
    run = paused(gpt(2), 5)
    run.update_records({4: replace(run.records[4], error="ValueError: no fit", outputs=())})
    run.state = RunState.FAILED
    view = show(run)
    assert words(view, Selection(op=4))["failed"] == "ValueError: no fit"


def test_groups_folds_loops_and_values_are_told(show: Show) -> None:
    run = paused(resnet(), 40)
    view = show(run)
    stage = view._stage
    group = next(i for i, s in enumerate(run.graph.scopes) if s.path == "layer3")
    told = words(view, Selection(scope=group))
    assert told["path"] == "layer3"
    assert told["state"] == "none of 62 ops has run"
    assert told["input"].endswith("1×512×28×28 float32")
    assert told["output"] == "1×1024×14×14 float32"
    nodes = stage.picture.scene.nodes
    folds = [i for i, node in enumerate(nodes) if node.look is Look.FOLD]
    text = CardWords(stage).node(folds[0])
    assert "–" in text.title
    assert rows(text)["folded"].endswith("alike blocks in a row")
    value = next(i for i, node in enumerate(nodes) if node.look is Look.INPUT)
    text = CardWords(stage).node(value)
    assert (text.title, text.note) == ("x", "input")
    assert rows(text) == {"shape": "1×3×224×224 float32", "to": "conv2d in conv1"}
    looped = show(paused(loop(), 6))
    body = next(i for i, s in enumerate(looped._run.graph.scopes) if s.name == "while_body")
    stage = looped._stage
    assert CardWords(stage).node(stage.node_of(Selection(scope=body))).note == "loop body"


def test_a_name_group_is_said_to_be_one(show: Show) -> None:
    view = show(paused(graph_of(layers("ResNet50")), 0))
    stage = view._stage
    scene = stage.picture.scene
    index = next(
        i
        for i, n in enumerate(scene.nodes)
        if n.look is Look.GROUP and stage.model.title(-1 - n.key) == "conv2_block1"
    )
    told = rows(CardWords(stage).node(index))
    assert told["layers"] == "12, grouped by name"
    assert "path" not in told


def test_a_wire_is_told_from_where_to_where(show: Show) -> None:
    run = paused(gpt(2), 8)
    view = show(run)
    stage = view._stage
    op = next(i for i, row in enumerate(run.graph.ops) if row.type == "add")
    value = run.graph.ops[op].outputs[0]
    measured(run, op, minimum=0.0, maximum=1.0, nbytes=1024)
    text = CardWords(stage).wire(stage.picture.scene.by_value[value][0])
    told = [(row.name, row.text) for part in text.parts for row in part]
    assert text.title == "add"
    assert ("shape", "64×768 float32") in told
    assert ("range", "0 … 1") in told
    assert ("from", "add in transformer") in told
    assert ("to", "layer_norm in transformer.h.0.ln_1") in told
    assert ("", "add in transformer.h.0") in told


def test_it_comes_with_the_pointers_rest_and_goes_with_it(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    at = spot(view, 4)
    text = rest(qtbot, view, at)
    assert text.title == "add"
    card = view.cards.area
    node = view.node_rect(Selection(op=4))
    assert node is not None
    assert not card.intersects(node)
    assert view.rect().contains(card)
    hover(view, at + QPoint(3, 2))
    assert view.cards.shown is not None, "still on the node"
    hover(view, QPoint(2, at.y()))
    assert view.cards.shown is None
    rest(qtbot, view, at)
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Leave))
    assert view.cards.shown is None


@pytest.mark.parametrize("how", ["wheel", "key", "press", "camera", "picture"])
def test_whatever_the_user_does_takes_it_away(how: str, show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    at = spot(view, 4)
    rest(qtbot, view, at)
    if how == "wheel":
        none = Qt.MouseButton.NoButton
        wheel = QWheelEvent(
            QPointF(at),
            QPointF(view.canvas.mapToGlobal(at)),
            QPoint(0, -30),
            QPoint(0, -60),
            none,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view.canvas, wheel)
    elif how == "key":
        qtbot.keyClick(view.canvas, Qt.Key.Key_A)
    elif how == "press":
        qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    elif how == "camera":
        view.canvas.zoom_by(1.5)
    else:
        view.set_fold_shape_ops(False)
    assert view.cards.shown is None


def test_a_wire_under_the_pointer_has_one(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    made = run.graph.ops[2].outputs[0]
    scene = view.canvas.picture.scene
    ends = [pair for i in scene.by_value[made] for pair in pairwise(scene.wires[i].points)]
    middles = [view.canvas.to_widget((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in ends]
    free = [at for at in middles if view.canvas.node_at(at) < 0 and view.canvas.wire_at(at) >= 0]
    middle = free[0].toPoint()
    text = rest(qtbot, view, middle)
    assert (text.title, text.note) == (run.graph.ops[2].type, "tensor")
    point = middle + view.canvas.pos()
    assert not view.cards.area.contains(point)
    hover(view, QPoint(2, 2))
    assert view.cards.shown is None


def test_the_keyboard_has_it_too(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    view.cards.toggle()
    assert view.cards.shown is None, "nothing is selected"
    view.show_selection(Selection(op=4))
    view.canvas.setFocus()
    view.cards.toggle()
    assert view.cards.shown is not None
    assert view.cards.shown.title == "add"
    hover(view, QPoint(2, 2))
    assert view.cards.shown is not None, "the pointer is not what holds it"
    left: list[bool] = []
    view.canvas.left.connect(left.append)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert view.cards.shown is None
    assert not left, "Escape did nothing else"
    view.cards.toggle()
    view.cards.toggle()
    assert view.cards.shown is None


def test_statistics_that_come_are_written_into_it(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    measured(run, 4, pending=True)
    view = show(run)
    text = rest(qtbot, view, spot(view, 4))
    assert rows(text)["range"] == "pending"
    measured(run, 4, pending=False, minimum=1.0, maximum=2.0)
    view.show_updated({4})
    assert view.cards.shown is not None
    assert rows(view.cards.shown)["range"] == "1 … 2"


def test_a_screen_reader_is_told_on_request(show: Show) -> None:
    run = paused(gpt(2), 5)
    view = show(run)
    interface = CanvasInterface(view.canvas)
    node = interface.child(view._stage.node_of(Selection(op=4)))
    spoken = node.text(QAccessible.Text.Help)
    assert spoken.startswith("add")
    assert "input embedding · 64×768 float32" in spoken


def test_a_text_output_is_told(show: Show) -> None:
    run = paused(gpt(2), 5)
    row = run.records[4]
    made = TensorSummary((), "str", text="hello\nworld")
    run.update_records({4: replace(row, outputs=(made,))})
    assert words(show(run), Selection(op=4))["value"] == "hello"


@pytest.mark.parametrize("seed", range(40))
def test_it_never_covers_the_node_nor_leaves_the_bounds(seed: int) -> None:
    dice = random.Random(seed)
    bounds = QRect(0, 0, dice.randint(300, 1600), dice.randint(200, 1000))
    size = QSize(dice.randint(216, 380), dice.randint(60, 340))
    target = QRect(
        dice.randint(0, bounds.width()),
        dice.randint(0, bounds.height()),
        dice.randint(10, 700),
        dice.randint(10, 60),
    ).intersected(bounds)
    found = placed(size, target, bounds)
    if found is not None:
        card = QRect(found, size)
        assert bounds.contains(card)
        assert not card.intersects(target)
    elif size.width() + 24 < bounds.width():
        beneath, above = bounds.height() - target.bottom(), target.top()
        assert max(beneath, above) < size.height() + 40, "there was room"
