"""The graph pane stands well on arrival, and keeps the place in the middle while it moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run, Selection
from opscope.widgets.graph.camera import READABLE
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import advance, flat, gpt, loop, paused, resnet

Show = Callable[[Run, int, int], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[GraphView] = []

    def make(run: Run, width: int, height: int) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        made.append(view)
        view.resize(width, height)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        return view

    yield make
    made.clear()


def step(view: GraphView, run: Run, before: int) -> None:
    first = advance(run, before)
    view.show_growth(first)
    view.show_place()


def place(view: GraphView) -> QRect:
    return view.canvas.node_rect(view.canvas.marks.live)


def columns(view: GraphView) -> tuple[int, int]:
    """Left and right end, on the canvas, of the nodes that arrival is about."""
    picture = view.canvas.picture
    assert picture is not None
    high = view.canvas.height() / READABLE
    nodes = enumerate(picture.scene.nodes)
    rects = [view.canvas.node_rect(at) for at, node in nodes if node.y < high]
    return min(rect.left() for rect in rects), max(rect.right() for rect in rects)


@pytest.mark.parametrize("width", [525, 660, 844, 1400])
@pytest.mark.parametrize("height", [420, 806])
@pytest.mark.parametrize("model", ["gpt", "resnet", "loop"])
def test_arrival_is_centred_with_the_place_near_the_top(
    show: Show, width: int, height: int, model: str
) -> None:
    graph = {"gpt": gpt, "resnet": resnet, "loop": loop}[model]()
    view = show(paused(graph, 0), width, height)
    assert view.canvas.rect().contains(place(view))
    assert place(view).top() < height / 2
    left, right = columns(view)
    if left >= 0 and right < view.canvas.width():
        assert abs(left - (view.canvas.width() - right)) <= 2


def test_a_banner_on_arrival_leaves_the_top_in_sight(show: Show, qtbot: QtBot) -> None:
    view = show(paused(resnet(), 0), 660, 600)
    before = place(view)
    banner = QLabel("facts")
    banner.setFixedHeight(70)
    qtbot.addWidget(banner)
    view.set_banner(banner)
    qtbot.waitUntil(lambda: view.canvas.height() < 520)
    assert place(view) == before
    view.set_banner(None)


def test_a_banner_later_does_not_move_what_is_seen(show: Show, qtbot: QtBot) -> None:
    run = paused(flat(300), 0)
    view = show(run, 660, 700)
    step(view, run, 60)
    before = place(view).translated(view.canvas.pos())
    banner = QLabel("looking back")
    banner.setFixedHeight(36)
    qtbot.addWidget(banner)
    height = view.canvas.height()
    view.set_banner(banner)
    qtbot.waitUntil(lambda: view.canvas.height() < height)
    assert place(view).translated(view.canvas.pos()) == before
    view.set_banner(None)


@pytest.mark.parametrize("width", [525, 844])
def test_stepping_keeps_the_place_inside_and_uncovered(show: Show, width: int) -> None:
    run = paused(gpt(3), 0)
    view = show(run, width, 806)
    for before in range(1, len(run.graph.ops)):
        step(view, run, before)
        rect = place(view)
        assert view.canvas.rect().adjusted(30, 0, -10, -20).contains(rect)
        assert not view.canvas.covered.intersects(rect)
        if view.minimap.isVisible():
            minimap = view.minimap.geometry().translated(-view.canvas.pos())
            picture = view.canvas.picture
            assert picture is not None
            key = picture.scene.nodes[view.canvas.marks.live].key
            joined = {wire.target for wire in picture.scene.wires if wire.source == key}
            for other in joined - {picture.scene.nodes[view.canvas.marks.live].key}:
                if other >= 0:
                    assert not minimap.intersects(view.canvas.node_rect(picture.scene.at[other]))


def test_a_wide_group_is_centred_when_it_opens(show: Show) -> None:
    run = paused(gpt(3), 0)
    view = show(run, 844, 806)
    op = next(i for i, o in enumerate(run.graph.ops) if o.type == "split")
    step(view, run, op)
    picture = view.canvas.picture
    assert picture is not None
    frame = picture.scene.nodes[view.canvas.marks.live].parent
    area = view.canvas.node_rect(frame)
    assert area.left() >= 0
    assert area.right() < view.canvas.width()


def test_what_the_user_moved_away_from_stays_away(show: Show, qtbot: QtBot) -> None:
    run = paused(flat(300), 0)
    view = show(run, 660, 700)
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(view.canvas, button, pos=QPoint(60, 600))
    qtbot.mouseMove(view.canvas, QPoint(60, 100))
    qtbot.mouseRelease(view.canvas, button, pos=QPoint(60, 100))
    before = view.canvas.origin.y()
    view.resize(660, 640)
    assert view.canvas.origin.y() == before
    view.show_selection(Selection(op=20))
