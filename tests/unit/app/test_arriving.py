"""A large run comes to the panes one by one, and no pane misses anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from opscope.app.arriving import LARGE
from opscope.app.window_main import make_application
from opscope.app.workbench import Workbench
from opscope.tracers.ir import Run, Selection
from tests.unit.widgets.graph_samples import advance, flat, gpt, paused


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Workbench]:
    make_application([])
    made = Workbench()
    qtbot.addWidget(made)
    made.resize(1600, 960)
    made.show()
    yield made
    made.show_run(None)


def rows(bench: Workbench) -> int:
    """Ops that the execution list knows."""
    outline = bench.execution._outline
    return 0 if outline is None else outline.counts[0]


def arrive(qtbot: QtBot, bench: Workbench) -> None:
    qtbot.waitUntil(lambda: not bench.arriving, timeout=20_000)


def preparing() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("panes")]


def test_a_small_run_is_there_at_once(bench: Workbench) -> None:
    run = paused(gpt(4), 30)
    bench.show_run(run)
    assert not bench.arriving
    assert rows(bench) == len(run.graph.ops)


def test_a_large_run_comes_to_every_pane(bench: Workbench, qtbot: QtBot) -> None:
    run = paused(flat(LARGE + 500), 40)
    bench.show_run(run)
    bench.show_place()
    assert bench.arriving
    assert rows(bench) == 0
    arrive(qtbot, bench)
    assert rows(bench) == LARGE + 500
    assert bench.selection == Selection(op=39, record=39)
    assert bench.timeline.subtitle().startswith("Forward pass")
    node = bench.execution._model.found(("op", 39))
    assert node is not None
    qtbot.waitUntil(lambda: not preparing())


def test_what_came_meanwhile_is_there(bench: Workbench, qtbot: QtBot) -> None:
    run = paused(flat(LARGE + 500), 0)
    bench.show_run(run)
    bench.show_place()
    for before in (100, 200, 300):
        first = advance(run, before)
        bench.show_growth(first)
        bench.show_place()
    arrive(qtbot, bench)
    outline = bench.execution._outline
    assert outline is not None
    assert outline.ran[0] == 300
    assert bench.graph.canvas.picture is not None
    assert bench.graph.canvas.picture.scene.nodes[bench.graph.canvas.marks.live].key == 300


def test_what_was_forgotten_meanwhile_is_forgotten(bench: Workbench, qtbot: QtBot) -> None:
    run = paused(flat(LARGE + 500), 50)
    bench.show_run(run)
    bench.show_place()
    run.forget_from(20, len(run.frames))
    bench.show_rewound()
    advance(run, 50)
    bench.show_growth(20)
    arrive(qtbot, bench)
    outline = bench.execution._outline
    assert outline is not None
    assert outline.ran[0] == len(run.records)


def test_another_run_takes_the_place_of_one_that_is_coming(bench: Workbench, qtbot: QtBot) -> None:
    bench.show_run(paused(flat(LARGE + 2000), 0))
    second: Run = paused(gpt(3), 0)
    bench.show_run(second)
    assert rows(bench) == len(second.graph.ops)
    arrive(qtbot, bench)
    assert rows(bench) == len(second.graph.ops)
    bench.show_run(paused(flat(LARGE + 1000), 0))
    bench.show_run(None)
    assert not bench.arriving
    assert rows(bench) == 0
