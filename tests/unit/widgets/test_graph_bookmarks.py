"""Bookmarked views: what was open and seen is found again, in another layout and another run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run, Selection
from opscope.widgets.graph.bookmarks import EVERYTHING, Bookmark
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import gpt, paused


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[GraphView]:
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.show_run(paused(gpt(), 0))
    yield made
    made.show_run(None)


def scope_of(run: Run | None, path: str) -> int:
    assert run is not None
    return next(i for i, scope in enumerate(run.graph.scopes) if scope.path.endswith(path))


def go_to_block(view: GraphView, path: str) -> Selection:
    scope = Selection(scope=scope_of(view._run, path))
    view.go_to(scope)
    view.set_open(scope.scope, True)
    view.canvas.zoom_to(0.8)
    return scope


def test_it_is_found_again_in_the_next_run(view: GraphView) -> None:
    block = go_to_block(view, "h.7")
    before = view.node_rect(block)
    mark = view.bookmark(4)
    assert mark is not None
    assert mark.slot == 4
    assert mark.title.startswith("transformer.h.7")
    view.show_run(None)
    view.show_run(paused(gpt(), 0))
    assert not view.is_open(block.scope)
    view.show_bookmark(mark)
    assert view.is_open(block.scope)
    assert view.canvas.zoom == pytest.approx(0.8)
    after = view.node_rect(block)
    assert before is not None
    assert after is not None
    assert (before.topLeft() - after.topLeft()).manhattanLength() <= 2


def test_what_was_closed_then_is_closed_again_and_folds_come_back(view: GraphView) -> None:
    view.set_fold_shape_ops(False)
    mark = view.bookmark(1)
    assert mark is not None
    picture = view.canvas.picture
    assert picture is not None
    nodes = len(picture.scene.nodes)
    block = go_to_block(view, "h.7")
    view.set_fold_shape_ops(True)
    view.show_bookmark(mark)
    assert not view.is_open(block.scope)
    assert not view.strip.fold.isChecked()
    picture = view.canvas.picture
    assert picture is not None
    assert len(picture.scene.nodes) == nodes


def test_everything_open_is_kept_in_one_word(view: GraphView, qtbot: QtBot) -> None:
    stage = view._stage
    assert stage is not None
    stage.nest.open = set(stage.model.groups)
    stage.nest.all_changed()
    view._lay_out(None)
    mark = view.bookmark(1)
    assert mark is not None
    assert mark.open == (EVERYTHING,)
    view.show_run(None)
    view.show_run(paused(gpt(), 0))
    view.show_bookmark(mark)
    qtbot.waitUntil(lambda: not view.busy, timeout=10_000)
    stage = view._stage
    assert stage is not None
    assert stage.nest.open == set(stage.model.groups)


def test_a_view_of_what_is_gone_leads_to_the_graph(view: GraphView) -> None:
    view.show_bookmark(Bookmark(2, "gone", "/nowhere:0", 10.0, 20.0, 0.5, ("/gone",), ("/gone",)))
    assert view.canvas.zoom == 0.5
    assert view.canvas.picture is not None
    middle = view.canvas.visible_area().center()
    assert (middle.x(), middle.y()) == pytest.approx((10.0, 20.0), abs=2)
