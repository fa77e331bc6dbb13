"""Nodes glide where a group is opened or closed, and rings where selection or place go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run, RunState, Selection
from opscope.widgets import motion
from opscope.widgets.graph import rearranging
from opscope.widgets.graph.levels import ALL
from opscope.widgets.graph.model import scope_key
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import advance, gpt, paused

Show = Callable[[Run], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        motion.use(True)
        return view

    return make


@pytest.fixture
def view(show: Show) -> GraphView:
    return show(paused(gpt(), 12))


def block(view: GraphView, path: str = "transformer.h.0.mlp") -> int:
    scopes = view._run.graph.scopes
    return next(i for i, scope in enumerate(scopes) if scope.path == path)


def index(view: GraphView, key: int) -> int:
    return view.canvas.picture.scene.at[key]


def seen(view: GraphView, key: int) -> QRectF:
    """Where a node is painted on the canvas."""
    canvas = view.canvas
    moving, at = canvas.rearranging, index(view, key)
    node = canvas.picture.scene.nodes[at]
    area = moving.area(at) if moving.going else QRectF(node.x, node.y, node.width, node.height)
    corner = canvas.to_widget(area.x(), area.y())
    return QRectF(corner, area.size() * canvas.zoom)


def below(view: GraphView, scope: int) -> int:
    """The key of a node in sight that stands under a group, and is no part of it."""
    scene, canvas = view.canvas.picture.scene, view.canvas
    rect = canvas.node_rect(index(view, scope_key(scope)))
    inside = set(view._stage.model.ops_of(scope))
    found = [
        node.key
        for at, node in enumerate(scene.nodes)
        if node.look in (Look.OP, Look.GROUP)
        and node.key not in inside
        and canvas.node_rect(at).top() > rect.bottom()
        and canvas.rect().contains(canvas.node_rect(at))
    ]
    return found[0]


def arrived(view: GraphView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.canvas.gliding, timeout=3000)


def near(one: QPointF, two: QPointF) -> bool:
    return (one - two).manhattanLength() < 1.5


def test_what_stays_sets_out_from_where_it_stood(view: GraphView, qtbot: QtBot) -> None:
    scope = block(view)
    view.canvas.reveal(index(view, scope_key(scope)))
    arrived(view, qtbot)
    key = below(view, scope)
    before = seen(view, key)
    header = seen(view, scope_key(scope)).topLeft()
    ways: list[float] = []
    view.set_open(scope, not view.is_open(scope))
    assert view.canvas.rearranging.going
    assert near(seen(view, key).topLeft(), before.topLeft()), "in the first frame"
    assert near(seen(view, scope_key(scope)).topLeft(), header), "the header stays"
    view.canvas.rearranging.valueChanged.connect(lambda: ways.append(seen(view, key).y()))
    arrived(view, qtbot)
    assert len(ways) > 2
    assert ways in (sorted(ways), sorted(ways, reverse=True))
    at = view.canvas.node_rect(index(view, key))
    assert near(seen(view, key).topLeft(), QPointF(at.topLeft()))
    assert not near(seen(view, key).topLeft(), before.topLeft())


def test_hit_tests_are_of_the_new_layout_at_once(view: GraphView) -> None:
    scope = block(view)
    view.set_open(scope, not view.is_open(scope))
    assert view.canvas.rearranging.going
    at = index(view, scope_key(scope))
    assert view.canvas.node_at(QPointF(view.canvas.node_rect(at).center())) == at


def test_a_group_grows_from_what_it_was_and_its_inside_fades_in(
    view: GraphView, qtbot: QtBot
) -> None:
    scope = block(view)
    view.set_open(scope, False)
    arrived(view, qtbot)
    view.canvas.reveal(index(view, scope_key(scope)))
    arrived(view, qtbot)
    closed = seen(view, scope_key(scope))
    view.set_open(scope, True)
    moving = view.canvas.rearranging
    frame = seen(view, scope_key(scope))
    assert abs(frame.height() - closed.height()) < 1.5
    inner = next(iter(view._stage.model.ops_of(scope)))
    shift = moving._shift(index(view, inner))
    assert shift.fresh
    moving.setCurrentTime(80)
    half = seen(view, scope_key(scope))
    arrived(view, qtbot)
    whole = seen(view, scope_key(scope))
    assert closed.height() < half.height() < whole.height()


def test_at_the_end_it_looks_as_if_nothing_had_moved(view: GraphView, qtbot: QtBot) -> None:
    scope = block(view)
    view.set_open(scope, not view.is_open(scope))
    started = view.canvas.grab().toImage()
    arrived(view, qtbot)
    ended = view.canvas.grab().toImage()
    assert started != ended
    view.canvas.update()
    assert view.canvas.grab().toImage() == ended
    assert view.canvas.rearranging._new is None, "the layout before is let go"


def test_another_toggle_takes_over_from_what_is_seen(view: GraphView, qtbot: QtBot) -> None:
    scope = block(view)
    view.canvas.reveal(index(view, scope_key(scope)))
    arrived(view, qtbot)
    key = below(view, scope)
    start = seen(view, key)
    view.set_open(scope, not view.is_open(scope))
    view.canvas.rearranging.setCurrentTime(40)
    midway = seen(view, key)
    assert not near(midway.topLeft(), start.topLeft())
    view.set_open(scope, not view.is_open(scope))
    assert view.canvas.rearranging.going
    assert near(seen(view, key).topLeft(), midway.topLeft()), "no jump"
    view.canvas.rearranging.setCurrentTime(100)
    view.canvas.grab()
    arrived(view, qtbot)
    assert near(seen(view, key).topLeft(), start.topLeft()), "back where it was"


def test_unfolded_blocks_come_out_of_their_fold(view: GraphView, qtbot: QtBot) -> None:
    scene = view.canvas.picture.scene
    at = next(i for i, node in enumerate(scene.nodes) if node.look is Look.FOLD)
    view.canvas.reveal(at)
    arrived(view, qtbot)
    node = scene.nodes[at]
    corner = view.canvas.to_widget(node.x, node.y)
    view.canvas.opened.emit(at)
    assert view.canvas.rearranging.going
    for key in node.members[:3]:
        assert abs(seen(view, key).y() - corner.y()) < 1.5
    arrived(view, qtbot)
    tops = [seen(view, key).y() for key in node.members]
    assert tops == sorted(set(tops))


def test_nothing_glides_under_reduced_motion(view: GraphView) -> None:
    motion.use(False)
    scope = block(view)
    view.set_open(scope, not view.is_open(scope))
    assert not view.canvas.gliding
    view.show_selection(Selection(op=3))
    view.show_selection(Selection(op=4))
    assert not view.canvas.gliding


def test_nothing_glides_where_much_is_in_sight(
    view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rearranging, "MOST", 3)
    scope = block(view)
    view.set_open(scope, not view.is_open(scope))
    assert not view.canvas.rearranging.going
    view.canvas.zoom = 0.2
    monkeypatch.undo()
    view.set_open(scope, not view.is_open(scope))
    assert not view.canvas.rearranging.going, "and where it is small"


def test_a_graph_that_grows_does_not_glide(show: Show) -> None:
    whole = gpt(1)
    run = paused(gpt(1), 3)
    del run.graph.ops[6:]
    view = show(run)
    run.graph.ops += whole.ops[6:9]
    view.show_growth(len(run.records))
    assert not view.canvas.rearranging.going
    scope = block(view)
    if scope in view._stage.model.groups:
        view.set_open(scope, not view.is_open(scope))
        assert view.canvas.rearranging.going, "what the user does next does"


def test_the_whole_graph_opened_ends_where_it_should(view: GraphView, qtbot: QtBot) -> None:
    view.open_level(ALL)
    qtbot.waitUntil(lambda: not view.busy)
    view.canvas.grab()
    arrived(view, qtbot)
    drawn = view.canvas.grab().toImage()
    motion.use(False)
    view.canvas.update()
    assert view.canvas.grab().toImage() == drawn


def test_the_selections_ring_glides_and_its_node_has_it_at_once(
    view: GraphView, qtbot: QtBot
) -> None:
    ops = [node.key for node in view.canvas.picture.scene.nodes if node.look is Look.OP][:2]
    rects = [view.canvas.node_rect(index(view, op)) for op in ops]
    assert all(view.canvas.rect().contains(rect) for rect in rects)
    view.show_selection(Selection(op=ops[0]))
    arrived(view, qtbot)
    view.show_selection(Selection(op=ops[1]))
    assert view.canvas.marks.selected == index(view, ops[1])
    assert view.canvas.rings.going
    ring = view.canvas.rings._rings["accent"]
    corner = view.canvas.to_widget(ring.area.x(), ring.area.y())
    assert (corner - QPointF(rects[0].topLeft())).manhattanLength() < 6
    arrived(view, qtbot)
    still = view.canvas.grab().toImage()
    motion.use(False)
    view.canvas.update()
    assert view.canvas.grab().toImage() == still, "nothing of it is left"


def test_the_places_ring_glides_with_a_step_but_not_while_it_runs(show: Show) -> None:
    run = paused(gpt(), 2)
    view = show(run)
    view.show_place()
    first = advance(run, 3)
    view.show_growth(first)
    view.show_place()
    assert view.canvas.rings.going
    view.canvas.rings.halt()
    view.canvas.rearranging.halt()
    run.state = RunState.RUNNING
    first = advance(run, 4)
    view.show_growth(first)
    view.show_place()
    assert not view.canvas.rings.going
    assert not view.canvas.rearranging.going


def test_steps_that_follow_quickly_do_not_glide(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "HURRY", 10**9)
    run = paused(gpt(), 2)
    view = show(run)
    view.show_place()

    def step(to: int) -> None:
        view.canvas.rings.halt()
        view.canvas.rearranging.halt()
        first = advance(run, to)
        view.show_growth(first)
        view.show_place()
        view.show_selection(Selection(op=run.records[-1].op))

    step(3)
    assert view.canvas.gliding
    step(4)
    assert not view.canvas.gliding
    monkeypatch.setattr(motion, "HURRY", 0)
    step(5)
    assert view.canvas.gliding, "one that comes after a while does"


def test_keys_and_clicks_work_in_the_middle(view: GraphView, qtbot: QtBot) -> None:
    scope = block(view)
    view.set_open(scope, not view.is_open(scope))
    view.canvas.pan(0, -40)
    view.canvas.rearranging.setCurrentTime(60)
    view.canvas.grab()
    told: list[Selection] = []
    view.picked.connect(told.append)
    at = view.canvas.node_rect(index(view, scope_key(scope))).center()
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert told == [Selection(scope=scope)]
    view.show_run(None)
    assert not view.canvas.gliding
    view.canvas.grab()
