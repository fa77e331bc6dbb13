"""What is lit: an op's inputs, outputs, ancestors and descendants, and wires under the pointer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run, Selection
from opscope.widgets.graph.light import Reach, lamp_for
from opscope.widgets.graph.model import key_scope
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.tracing import wires_at, wires_of
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import flat, gpt, paused


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[GraphView]:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(844, 900)
    with qtbot.waitExposed(view):
        view.show()
    yield view
    view.show_run(None)


def scope_of(run: Run, path: str) -> int:
    return next(i for i, scope in enumerate(run.graph.scopes) if scope.path.endswith(path))


def op_in(run: Run, path: str, type_: str) -> int:
    graph = run.graph
    return next(
        i
        for i, op in enumerate(graph.ops)
        if op.type == type_ and graph.scopes[op.scope].path.endswith(path)
    )


def lit_ops(view: GraphView) -> set[int]:
    """Ops whose own nodes are lit."""
    light, picture = view.canvas.marks.light, view.canvas.picture
    assert light is not None
    assert picture is not None
    nodes = picture.scene.nodes
    return {node.key for at, node in enumerate(nodes) if light.nodes[at] and node.look is Look.OP}


def open_block(view: GraphView, run: Run) -> int:
    """The fourth block's attention opened; its softmax selected."""
    softmax = op_in(run, "h.3.attn", "softmax")
    view.go_to(Selection(op=softmax))
    view.show_selection(Selection(op=softmax))
    return softmax


@pytest.mark.parametrize(
    ("reach", "types"),
    [
        (Reach.INPUTS, {"softmax", "where"}),
        (Reach.OUTPUTS, {"softmax", "matmul"}),
    ],
)
def test_what_stands_next_to_an_op_is_lit(shown: GraphView, reach: Reach, types: set[str]) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    open_block(shown, run)
    shown.light(reach)
    assert {run.graph.ops[op].type for op in lit_ops(shown)} == types
    light, picture = shown.canvas.marks.light, shown.canvas.picture
    assert light is not None
    assert picture is not None
    lit = [wire for at, wire in enumerate(picture.scene.wires) if light.wires[at]]
    assert len({wire.value for wire in lit}) == 1
    assert shown.lighting.chip.isVisible()
    assert shown.lighting.chip.words == f"{reach.value} of softmax dim=-1 · 1 op"


def test_all_before_and_all_after_go_through_closed_groups(shown: GraphView) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    softmax = open_block(shown, run)
    picture = shown.canvas.picture
    assert picture is not None

    def lit_groups() -> set[int]:
        light = shown.canvas.marks.light
        assert light is not None
        rows = enumerate(picture.scene.nodes)
        shut = (node for at, node in rows if light.nodes[at] and node.look is Look.GROUP)
        return {key_scope(node.key) for node in shut}

    shown.light(Reach.ANCESTORS)
    before = {scope_of(run, f"h.{number}") for number in (0, 1, 2)}
    assert before - lit_groups() <= {s for s in before if not picture.scene.at.get(-1 - s)}
    assert scope_of(run, "h.3.mlp") not in lit_groups()
    wanted = shown._stage.model.flow.ancestors([softmax])  # type: ignore[union-attr]
    assert shown.lighting.lamp is not None
    assert shown.lighting.lamp.ops == wanted
    shown.light(Reach.DESCENDANTS)
    assert scope_of(run, "h.3.mlp") in lit_groups()
    assert softmax in lit_ops(shown)
    assert run.graph.ops[max(shown.lighting.lamp.ops)].note == "lm_head"


def test_the_same_again_and_escape_end_it(shown: GraphView, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    open_block(shown, run)
    shown.light(Reach.INPUTS)
    shown.light(Reach.INPUTS)
    assert shown.canvas.marks.light is None
    assert not shown.lighting.chip.isVisible()
    shown.light(Reach.INPUTS)
    override = QKeyEvent(
        QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier
    )
    override.ignore()
    QApplication.sendEvent(shown.canvas, override)
    assert override.isAccepted(), "or Return to Live would take the key"
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Escape)
    assert shown.canvas.marks.light is None
    shown.light(Reach.INPUTS)
    qtbot.mouseClick(shown.lighting.chip, Qt.MouseButton.LeftButton)
    assert shown.canvas.marks.light is None


def test_the_light_stays_when_a_group_is_opened_and_ends_with_the_run(shown: GraphView) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    open_block(shown, run)
    shown.light(Reach.DESCENDANTS)
    mlp = scope_of(run, "h.3.mlp")
    before = len(lit_ops(shown))
    shown.set_open(mlp, True)
    assert len(lit_ops(shown)) > before
    tanh = op_in(run, "h.3.mlp", "tanh")
    assert tanh in lit_ops(shown)
    shown.show_run(paused(gpt(3), 0))
    assert shown.lighting.lamp is None
    assert shown.canvas.marks.light is None


def test_a_module_stands_for_all_its_ops() -> None:
    run = paused(gpt(), 0)
    from opscope.widgets.graph.model import GraphModel

    model = GraphModel(run.graph)
    block = scope_of(run, "h.2")
    lamp = lamp_for(model, Selection(scope=block), Reach.OUTPUTS)
    assert lamp is not None
    assert not lamp.ops & lamp.core
    paths = {run.graph.scopes[run.graph.ops[op].scope].path for op in lamp.ops}
    assert paths
    assert all(".h.3" in path for path in paths)
    assert lamp_for(model, Selection(), Reach.INPUTS) is None


def test_what_is_not_lit_is_painted_dim(shown: GraphView) -> None:
    run = paused(gpt(), 10_000)
    shown.show_run(run)
    shown.show_selection(Selection(op=0))

    def strongest() -> int:
        rect = shown.node_rect(Selection(scope=scope_of(run, "ln_f")))
        assert rect is not None
        image = shown.grab(rect).toImage()
        return max(
            image.pixelColor(x, y).lightness()
            for x in range(image.width())
            for y in range(image.height())
        )

    shown.go_to(Selection(scope=scope_of(run, "ln_f")))
    before = strongest()
    shown.light(Reach.INPUTS)
    assert strongest() < before * 0.6


def test_fifty_thousand_ops_are_lit_beside_the_gui_thread(shown: GraphView, qtbot: QtBot) -> None:
    run = paused(flat(50_000), 0)
    shown.show_run(run)
    qtbot.waitUntil(lambda: not shown.busy, timeout=60_000)
    shown.show_selection(Selection(op=25_000))
    shown.light(Reach.ANCESTORS)
    assert shown.lighting.busy
    qtbot.waitUntil(lambda: not shown.lighting.busy, timeout=10_000)
    assert shown.lighting.chip.words.endswith("· 25,000 ops")
    light = shown.canvas.marks.light
    assert light is not None
    assert int(light.nodes.sum()) == 25_002, "with the op itself and the model's input"


# Wires under the pointer.


def rest(view: GraphView, qtbot: QtBot, at: QPoint) -> None:
    with qtbot.waitSignal(view.canvas.rested, timeout=2000):
        qtbot.mouseMove(view.canvas, at + QPoint(1, 0))
        qtbot.mouseMove(view.canvas, at)


def test_wires_of_the_node_under_the_pointer_stand_out(shown: GraphView, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    add = op_in(run, "transformer", "add")
    rect = shown.node_rect(Selection(op=add))
    assert rect is not None
    rest(shown, qtbot, rect.center() - shown.canvas.pos())
    picture = shown.canvas.picture
    assert picture is not None
    values = {picture.scene.wires[index].value for index in shown.canvas.marks.apart}
    op = run.graph.ops[add]
    assert values == {*op.inputs, *op.outputs}
    rest(shown, qtbot, QPoint(3, shown.canvas.height() - 3))
    assert shown.canvas.marks.apart == frozenset()


def test_the_tensor_under_the_pointer_stands_out(shown: GraphView, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    picture = shown.canvas.picture
    assert picture is not None
    scene = picture.scene
    add = op_in(run, "transformer", "add")
    value = run.graph.ops[add].outputs[0]
    (a, b), *_ = (
        (scene.wires[i].points[0], scene.wires[i].points[1]) for i in scene.by_value[value]
    )
    middle = shown.canvas.to_widget((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    rest(shown, qtbot, (middle + QPointF(2, 0)).toPoint())
    assert shown.canvas.marks.apart == frozenset(scene.by_value[value])


def test_a_tensor_is_followed_through_borders(shown: GraphView) -> None:
    run = paused(gpt(), 0)
    shown.show_run(run)
    shown.set_open(scope_of(run, "h.0"), True)
    picture = shown.canvas.picture
    assert picture is not None
    scene = picture.scene
    norm = scene.at[op_in(run, "h.0.ln_1", "layer_norm")]
    found = wires_at(scene, norm)
    taken = run.graph.ops[scene.nodes[norm].key].inputs[0]
    pieces = [index for index in found if scene.wires[index].value == taken]
    assert len(pieces) == 2, "to the frame's border, and on from it"
    assert set(pieces) < set(wires_of(scene, pieces[0])), "the residual's piece is not on the way"
