"""The graph pane as the user meets it: it shows, follows, picks, opens and walks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Frame, OpRecord, Phase, Place, Run, RunState, Selection
from opscope.widgets.graph.export import export_picture
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from opscope.widgets.theme import DARK, LIGHT, hub
from tests.unit.widgets.graph_samples import advance, flat, gpt, loop, paused, resnet

Show = Callable[[Run], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[GraphView] = []  # a view nobody holds may be collected while it paints

    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        made.append(view)
        return view

    yield make
    made.clear()


def op_of(run: Run, path: str, type_: str, number: int = 0) -> int:
    graph = run.graph
    found = [
        index
        for index, op in enumerate(graph.ops)
        if op.type == type_ and graph.scopes[op.scope].path.endswith(path)
    ]
    return found[number]


def scope_of(run: Run, path: str) -> int:
    return next(i for i, scope in enumerate(run.graph.scopes) if scope.path.endswith(path))


def centre(view: GraphView, selection: Selection) -> QPoint:
    rect = view.node_rect(selection)
    assert rect is not None
    return rect.center() - view.canvas.pos()


def click(qtbot: QtBot, view: GraphView, at: QPoint, double: bool = False) -> None:
    button = Qt.MouseButton.LeftButton
    if double:
        qtbot.mouseClick(view.canvas, button, pos=at)
        qtbot.mouseDClick(view.canvas, button, pos=at)
    else:
        qtbot.mouseClick(view.canvas, button, pos=at)


def inside(view: GraphView, selection: Selection) -> bool:
    rect = view.node_rect(selection)
    return rect is not None and view.rect().contains(rect)


def test_arrives_readable_at_the_first_op(show: Show) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    assert view.canvas.zoom == 1.0
    assert inside(view, Selection(op=0))
    picture = view.canvas.picture
    assert picture is not None
    assert 4 < len(picture.scene.nodes) < 60


def test_a_shape_the_map_did_not_know_is_told_once_its_op_ran(show: Show, qtbot: QtBot) -> None:
    graph = flat(6)
    made = graph.ops[1].outputs[0]
    known = graph.values[made].shape
    graph.values[made] = replace(graph.values[made], shape=(-1, 4))
    run = paused(graph, 1)
    view = show(run)
    view.canvas.grab()
    picture = view.canvas.picture
    assert picture is not None
    index = picture.scene.by_value[made][0]
    assert picture.wires.told(index) == "?×4"
    graph.values[made] = replace(graph.values[made], shape=known)
    first = advance(run, 2)
    graph.values[made] = replace(graph.values[made], shape=(-1, 4))
    view.show_growth(first)
    view.show_place()
    view.canvas.grab()
    assert picture.wires.told(index) == "8"


def test_a_loop_that_was_stepped_into_and_left_has_made_its_output(show: Show) -> None:
    graph = loop()
    call = next(i for i, op in enumerate(graph.ops) if op.type == "While")
    after = next(i for i, op in enumerate(graph.ops) if op.type == "PartitionedCall")
    body = next(i for i, scope in enumerate(graph.scopes) if scope.op == call)
    inner = next(i for i, op in enumerate(graph.ops) if op.scope == body)
    run = Run(graph, state=RunState.PAUSED)
    run.frames.append(Frame(0, body, 0))
    run.head = Place(0, inner, body, 1)
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    made = graph.ops[call].outputs[0]
    wire = picture.scene.wires[picture.scene.by_value[made][0]]
    view.show_place()
    assert picture.wires.style(wire, -1) == 0, "the loop goes on"
    run.add_records([OpRecord(inner, 1, Phase.FORWARD, 1e-4, (), ())])
    view.show_growth(0)
    view.show_place()
    assert picture.wires.style(wire, -1) == 0
    run.add_records([OpRecord(0, 0, Phase.FORWARD, 1e-4, (), ())])
    run.head = Place(2, after, 0, 0)
    view.show_growth(1)
    view.show_place()
    assert picture.wires.style(wire, -1) == 1


def test_a_click_picks_an_op_a_group_and_an_input(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    for selection in (
        Selection(op=op_of(run, "transformer", "add")),
        Selection(scope=scope_of(run, "h.0")),
        Selection(value=0),
    ):
        with qtbot.waitSignal(view.picked, timeout=500) as seen:
            click(qtbot, view, centre(view, selection))
        assert seen.args == [selection]
    with qtbot.waitSignal(view.picked, timeout=500) as seen:
        click(qtbot, view, QPoint(3, view.canvas.height() - 3))
    assert seen.args == [Selection()]


def test_double_click_opens_in_place_and_closes(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    block = Selection(scope=scope_of(run, "h.0"))
    before = view.node_rect(block)
    click(qtbot, view, centre(view, block), double=True)
    after = view.node_rect(block)
    assert view.is_open(block.scope)
    assert before is not None
    assert after is not None
    assert (before.topLeft() - after.topLeft()).manhattanLength() <= 1
    header = after.topLeft() - view.canvas.pos() + QPoint(60, 12)
    click(qtbot, view, header, double=True)
    assert not view.is_open(block.scope)


def test_a_fold_opens_into_its_blocks(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    last = Selection(scope=scope_of(run, "h.9"))
    assert view.node_rect(last) == view.node_rect(Selection(scope=scope_of(run, "h.5")))
    click(qtbot, view, centre(view, last), double=True)
    assert view.node_rect(last) != view.node_rect(Selection(scope=scope_of(run, "h.5")))
    assert not view.is_open(last.scope)


def test_the_gutter_sets_a_breakpoint(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    op = op_of(run, "transformer", "add")
    rect = view.node_rect(Selection(op=op))
    assert rect is not None
    at = QPoint(rect.left() - 12, rect.center().y()) - view.canvas.pos()
    with qtbot.assertNotEmitted(view.picked), qtbot.waitSignal(view.breakpoint_toggled) as seen:
        click(qtbot, view, at)
    assert seen.args == [op]
    red = QColor(DARK.breakpoint)
    view.show_breakpoints({op})
    assert near_colour(view.grab().toImage(), at + view.canvas.pos(), red)
    view.show_breakpoints(set())
    assert not near_colour(view.grab().toImage(), at + view.canvas.pos(), red)


def near_colour(image: QImage, at: QPoint, colour: QColor) -> bool:
    return any(
        image.pixelColor(at + QPoint(dx, dy)) == colour for dx in range(-9, 10) for dy in (-1, 0, 1)
    )


def test_stepping_follows_into_closed_groups(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    block = scope_of(run, "h.5")
    assert not view.is_open(block)
    first = advance(run, op_of(run, "h.5.attn", "softmax"))
    view.show_growth(first)
    view.show_place()
    assert view.is_open(block)
    assert view.is_open(scope_of(run, "h.5.attn"))
    assert inside(view, Selection(op=run.head.op))
    amber = QColor(DARK.current_fill)
    rect = view.node_rect(Selection(op=run.head.op))
    assert rect is not None
    spot = QPoint(rect.right() - 12, rect.center().y())
    assert view.grab().toImage().pixelColor(spot) == amber
    advance(run, op_of(run, "h.7.mlp", "tanh"))
    view.show_growth(first)
    view.show_place()
    assert view.is_open(block), "what was open stays open"
    assert inside(view, Selection(op=run.head.op))


def test_a_place_before_a_group_marks_the_closed_group(show: Show) -> None:
    run = paused(gpt(), 5)
    view = show(run)
    view.set_open(scope_of(run, "h.0"), False)
    block = scope_of(run, "h.0")
    run.head = Place(5, -1, block, run.head.frame)
    view.show_place()
    assert not view.is_open(block)
    rect = view.node_rect(Selection(scope=block))
    assert rect is not None
    image = view.grab().toImage()
    assert near_colour(image, QPoint(rect.left() - 18, rect.center().y()), QColor(DARK.current))


def test_looking_back_has_two_arrows(show: Show) -> None:
    run = paused(gpt(), 0)
    advance(run, op_of(run, "h.1.attn", "softmax"))
    view = show(run)
    back = run.head.op - 2
    run.cursor = Place(back, back, run.graph.ops[back].scope)
    view.show_place()
    marks = view.canvas.marks
    assert marks.live_hollow
    picture = view.canvas.picture
    assert picture is not None
    assert picture.scene.nodes[marks.cursor].key == back
    image = view.grab().toImage()
    rect = view.node_rect(Selection(op=back))
    assert rect is not None
    assert near_colour(image, QPoint(rect.left() - 18, rect.center().y()), QColor(DARK.accent))


def test_looking_back_to_a_block_of_a_run_that_is_over_has_its_arrow(show: Show) -> None:
    run = paused(gpt(), 0)
    advance(run, len(run.graph.ops))
    run.state = RunState.FINISHED
    run.head = Place(len(run.records))
    view = show(run)
    block = scope_of(run, "h.0")
    run.cursor = Place(5, -1, block, run.head.frame)
    view.show_place()
    rect = view.node_rect(Selection(scope=block))
    assert rect is not None
    image = view.grab().toImage()
    assert near_colour(image, QPoint(rect.left() - 18, rect.center().y()), QColor(DARK.accent))


class PaintWatch(QObject):
    """Notes how much of a widget is painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.areas: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            rect = event.region().boundingRect()
            self.areas.append(rect.width() * rect.height())
        return False


def test_a_step_paints_little(show: Show, qtbot: QtBot) -> None:
    run = paused(flat(300), 100)
    view = show(run)
    view.show_place()
    view.show_selection(Selection(op=99))
    QApplication.processEvents()
    watch = PaintWatch(view)
    view.canvas.installEventFilter(watch)
    first = advance(run, 101)
    view.show_growth(first)
    view.show_place()
    view.show_selection(Selection(op=100))
    QApplication.processEvents()
    assert 0 < sum(watch.areas) < view.canvas.width() * view.canvas.height() / 4


def test_selection_scrolls_only_if_hidden(show: Show) -> None:
    run = paused(flat(300), 0)
    view = show(run)
    at = QPointF(view.canvas.origin)
    view.show_selection(Selection(op=3))
    assert view.canvas.origin == at
    view.show_selection(Selection(op=251))
    assert view.canvas.origin != at
    assert inside(view, Selection(op=251))
    assert "relu" in view.canvas.accessibleDescription()


def test_arrows_walk_along_wires(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    view.picked.connect(view.show_selection)
    seen: list[Selection] = []
    view.picked.connect(seen.append)
    add = op_of(run, "transformer", "add")
    view.show_selection(Selection(op=add))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view.canvas, key)
    wte, wpe = op_of(run, "wte", "embedding"), op_of(run, "wpe", "embedding")
    assert seen[:3] == [Selection(scope=scope_of(run, "h.0")), Selection(op=add), seen[2]]
    assert seen[2].op in (wte, wpe)
    assert len(seen) >= 4


def test_keys_open_fit_and_zoom(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    block = scope_of(run, "h.0")
    view.show_selection(Selection(scope=block))
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert view.is_open(block)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Plus)
    assert view.canvas.zoom == pytest.approx(1.25)
    assert view.strip.percent.text() == "125 %"
    qtbot.keyClick(view.canvas, Qt.Key.Key_Space)
    picture = view.canvas.picture
    assert picture is not None
    area = view.canvas.visible_area()
    assert area.left() <= 0
    assert area.right() >= picture.scene.width
    assert area.bottom() >= picture.scene.height
    qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert not view.is_open(block)


def test_the_wheel_zooms_about_the_pointer(show: Show) -> None:
    view = show(paused(resnet(), 0))
    at = QPointF(200, 150)
    before = view.canvas.to_layout(at)
    event = QWheelEvent(
        at,
        view.canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas, event)
    after = view.canvas.to_layout(at)
    assert view.canvas.zoom == pytest.approx(1.25)
    assert abs(before.x() - after.x()) < 1.0
    assert abs(before.y() - after.y()) < 1.0


def test_dragging_pans_and_does_not_pick(show: Show, qtbot: QtBot) -> None:
    view = show(paused(flat(300), 0))
    button = Qt.MouseButton.LeftButton
    before = view.canvas.origin.y()
    with qtbot.assertNotEmitted(view.picked):
        qtbot.mousePress(view.canvas, button, pos=QPoint(60, 400))
        qtbot.mouseMove(view.canvas, QPoint(60, 300))
        qtbot.mouseRelease(view.canvas, button, pos=QPoint(60, 300))
    assert view.canvas.origin.y() == pytest.approx(before + 100, abs=1)


def test_resting_the_pointer_hovers(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    selection = Selection(op=op_of(run, "transformer", "add"))
    with qtbot.waitSignal(view.hovered, timeout=2000) as seen:
        qtbot.mouseMove(view.canvas, centre(view, selection))
    assert seen.args == [selection]


def test_the_fold_switch_shows_every_shape_op(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(1), 0)
    view = show(run)
    view.go_to(Selection(op=op_of(run, "attn", "view")))
    shown = {view.node_rect(Selection(op=op_of(run, "attn", t))) is not None for t in ("view",)}
    assert shown == {True}
    one = view.node_rect(Selection(op=op_of(run, "attn", "view")))
    assert one == view.node_rect(Selection(op=op_of(run, "attn", "transpose")))
    qtbot.mouseClick(view.strip.fold, Qt.MouseButton.LeftButton)
    assert view.node_rect(Selection(op=op_of(run, "attn", "view"))) != view.node_rect(
        Selection(op=op_of(run, "attn", "transpose"))
    )


def test_the_path_names_where_the_selection_is(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    view.show_model_name("gpt2-small")
    view.show_selection(Selection(op=op_of(run, "h.5.attn", "softmax")))
    crumbs = view.strip.crumbs
    assert crumbs.accessibleName() == "Path: gpt2-small, transformer, h.5, attn"
    with qtbot.waitSignal(view.picked, timeout=500) as seen:
        qtbot.mouseClick(
            crumbs, Qt.MouseButton.LeftButton, pos=QPoint(crumbs.part_area(1).center())
        )
    assert seen.args == [Selection(scope=scope_of(run, "transformer"))]


def test_a_new_run_of_the_model_keeps_what_was_open(show: Show) -> None:
    run = paused(gpt(), 0)
    view = show(run)
    view.set_open(scope_of(run, "h.0"), True)
    again = paused(gpt(), 0)
    view.show_run(again)
    assert view.is_open(scope_of(again, "h.0"))
    other = paused(resnet(), 0)
    view.show_run(other)
    assert inside(view, Selection(op=0))
    view.show_run(None)
    assert view.canvas.picture is None
    assert view.node_rect(Selection(op=0)) is None


def test_a_run_that_builds_its_graph_as_it_goes(show: Show) -> None:
    whole = gpt(3)
    run = paused(gpt(3), 0)
    graph = run.graph
    graph.ops.clear()
    view = show(run)
    assert view.canvas.picture is None
    for count in range(1, len(whole.ops), 7):
        graph.ops[:] = whole.ops[:count]
        first = advance(run, count - 1)
        view.show_growth(first)
        view.show_place()
        assert inside(view, Selection(op=count - 1))


def test_a_failed_op_is_marked(show: Show) -> None:
    run = paused(resnet(), 3)
    run.add_records([OpRecord(3, 0, Phase.FORWARD, 0.0, (), (), error="shape mismatch")])
    run.state = RunState.FAILED
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    assert picture.progress.errors == {3: "shape mismatch"}
    rect = view.node_rect(Selection(op=3))
    assert rect is not None
    error = QColor(DARK.breakpoint)
    edge = view.grab().toImage().pixelColor(rect.center().x(), rect.top())
    assert abs(edge.red() - error.red()) < 40


def test_a_loop_says_its_pass(show: Show) -> None:
    run = paused(loop(), 4)
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    body = run.graph.ops[1].inner
    assert picture.progress.passes(body) == "pass 1"
    assert picture.scene.nodes[picture.scene.at[-1 - body]].look is Look.FRAME


def test_both_themes(show: Show) -> None:
    view = show(paused(gpt(), 0))
    corner = QPoint(2, view.height() - 2)
    try:
        hub().use(LIGHT)
        assert view.grab().toImage().pixelColor(corner) == QColor(LIGHT.canvas)
    finally:
        hub().use(DARK)
    assert view.grab().toImage().pixelColor(corner) == QColor(DARK.canvas)


def test_the_minimap_moves_the_camera(show: Show, qtbot: QtBot) -> None:
    view = show(paused(flat(300), 0))
    assert view.minimap.isVisible()
    before = view.canvas.origin.y()
    qtbot.mouseClick(view.minimap, Qt.MouseButton.LeftButton, pos=QPoint(52, 120))
    assert view.canvas.origin.y() > before + 5000


def test_a_banner_has_its_slot(show: Show) -> None:
    view = show(paused(resnet(), 0))
    top = view.canvas.y()
    banner = QLabel("Viewing op 3")
    banner.setFixedHeight(36)
    view.set_banner(banner)
    QApplication.processEvents()
    view.layout().activate()
    assert view.canvas.y() == top + 36
    view.set_banner(None)
    view.layout().activate()
    assert view.canvas.y() == top
    banner.setParent(None)


def test_exports(show: Show, tmp_path: Path) -> None:
    view = show(paused(resnet((1, 1)), 0))
    picture = view.canvas.picture
    assert picture is not None
    export_picture(picture, view.canvas.marks, tmp_path / "graph.png")
    image = QImage(str(tmp_path / "graph.png"))
    assert image.width() > 2 * picture.scene.width
    export_picture(picture, view.canvas.marks, tmp_path / "graph.svg")
    assert "conv2d" in (tmp_path / "graph.svg").read_text(encoding="utf-8")
    with pytest.raises(OSError, match="No such file"):
        export_picture(picture, view.canvas.marks, tmp_path / "missing" / "graph.png")


def test_ten_thousand_ops_open_and_toggle_at_once(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(322), 0)
    view = show(run)
    qtbot.waitUntil(lambda: not view.busy, timeout=5000)
    block = scope_of(run, "h.0")
    for _ in range(3):
        opened = view.is_open(block)
        view.set_open(block, not opened)
        assert view.is_open(block) is not opened
        assert not view.busy, "a block is laid out where it stands"
    view.canvas.fit()
    view.grab()


def test_the_place_stays_in_sight_when_the_selection_follows_a_step(show: Show) -> None:
    graph = resnet((1,))
    run = paused(graph, op_of(paused(graph, 0), "downsample.0", "conv2d"))
    view = show(run)
    view.resize(844, 300)
    view.show_place()
    view.show_selection(Selection(op=run.head.op - 1))
    assert inside(view, Selection(op=run.head.op))
    view.show_selection(Selection(op=0))
    assert inside(view, Selection(op=0))
