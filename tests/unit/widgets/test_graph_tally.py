"""Counting what ran, of all groups at once."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from opscope.tracers.ir import Graph
from opscope.widgets.graph.model import GraphModel
from opscope.widgets.graph.progress import Progress
from opscope.widgets.graph.tally import Tally
from tests.unit.widgets.graph_samples import advance, gpt, loop, paused, resnet


@pytest.mark.parametrize("make", [lambda: gpt(3), resnet, loop])
def test_it_counts_as_a_walk_through_every_group_does(make: Callable[[], Graph]) -> None:
    graph = make()
    model = GraphModel(graph)
    tally = Tally(model)
    dice = random.Random(1)
    for _ in range(5):
        flags = np.array([dice.random() < 0.4 for _ in graph.ops], bool)
        tally.forget()
        for group in model.groups:
            ops = [op for op in model.ops_of(group) if model.key_of_op(op) == op]
            assert tally.count(group, False, flags) == (int(flags[ops].sum()), len(ops))


def test_counts_go_with_the_run_and_back() -> None:
    run = paused(gpt(2), 0)
    model = GraphModel(run.graph)
    progress = Progress(run, model)
    total = len(run.graph.ops)
    for before in (10, 25, total):
        progress.grow(advance(run, before))
        assert progress.count(0) == (before, total)
    run.forget_from(12, len(run.frames))
    progress.rewind()
    assert progress.count(0) == (12, total)
    block = next(i for i, s in enumerate(run.graph.scopes) if s.path.endswith("h.1"))
    assert progress.count(block)[0] == 0
