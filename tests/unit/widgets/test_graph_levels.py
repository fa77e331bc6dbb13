"""Opening and closing groups level by level."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run
from opscope.widgets.graph.levels import ALL, FEWER, MORE, NONE, opened, standing_for
from opscope.widgets.graph.model import GraphModel, fold_key, scope_key
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView

from .backward_samples import Step
from .graph_samples import gpt, loop, paused, resnet


def test_each_step_goes_one_level_down_and_up_again() -> None:
    model = GraphModel(resnet())
    levels = [{0}]
    while opened(model, levels[-1], MORE) != levels[-1]:
        levels.append(opened(model, levels[-1], MORE))
    assert len(levels) == 4
    for depth, open_ in enumerate(levels):
        assert {model.groups[scope].depth for scope in open_} == set(range(depth + 1))
    assert levels[-1] == opened(model, {0}, ALL) == set(model.groups)
    for fewer, more in pairwise(levels):
        assert opened(model, more, FEWER) == fewer
    assert opened(model, levels[-1], NONE) == {0}
    assert opened(model, {0}, FEWER) == {0}


def test_loops_and_functions_open_too() -> None:
    model = GraphModel(loop())
    assert opened(model, {0}, ALL) == set(model.groups)


def test_backward_passes_stay_as_they_are() -> None:
    step = Step()
    step.end()
    model = GraphModel(step.graph)
    back = set(model.passes.roots) & model.groups.keys()
    assert back
    assert not opened(model, {0}, ALL) & back
    assert opened(model, {0} | back, ALL) >= back


def test_what_is_closed_is_stood_for_by_what_is_around_it() -> None:
    model = GraphModel(gpt(4))
    scopes = {scope.path: index for index, scope in enumerate(model.graph.scopes)}
    attn, block = scopes["transformer.h.1.attn"], scopes["transformer.h.1"]
    op = next(op for op in model.ops_of(attn))
    assert standing_for(model, set(model.groups), op) == op
    assert standing_for(model, {0, block}, op) == scope_key(attn)
    assert standing_for(model, {0}, op) == scope_key(block)
    assert standing_for(model, {0}, fold_key(block)) == scope_key(block)


@pytest.mark.parametrize("run", [paused(gpt(6), 40), paused(resnet(), 0)])
def test_the_view_opens_folded_blocks_and_folds_them_again(run: Run, qtbot: QtBot) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(844, 900)
    view.show_run(run)

    def looks() -> set[Look]:
        assert view.canvas.picture is not None
        return {node.look for node in view.canvas.picture.scene.nodes}

    view.open_level(ALL)
    assert Look.FOLD not in looks()
    assert Look.GROUP not in looks()
    view.open_level(NONE)
    assert Look.FRAME not in looks()
    view.open_level(MORE)
    assert Look.FRAME in looks()
    view.show_run(None)


def test_what_is_looked_at_stays_in_place(qtbot: QtBot) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(844, 900)
    view.show()
    view.show_run(paused(gpt(12), 0))
    view.open_level(ALL)
    picture = view.canvas.picture
    assert picture is not None
    run = picture.progress.run
    scope = next(i for i, s in enumerate(run.graph.scopes) if s.path == "transformer.h.7")
    index = picture.scene.at[scope_key(scope)]
    view.canvas.follow(index, anew=True)
    view.open_level(FEWER)
    picture = view.canvas.picture
    assert picture is not None
    rect = view.canvas.node_rect(picture.scene.at[scope_key(scope)])
    assert view.canvas.rect().intersects(rect)
    view.show_run(None)
