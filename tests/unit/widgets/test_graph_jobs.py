"""Large layouts are made beside the GUI thread, and can be given up."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Run
from opscope.widgets.graph.layered import arrange
from opscope.widgets.graph.model import GraphModel
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.rows import Box, Cancelled, Link
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_dice import dice_graph
from tests.unit.widgets.graph_samples import advance, flat, gpt, paused

Show = Callable[[Run], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[GraphView] = []

    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        made.append(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        return view

    yield make
    for view in made:
        view.show_run(None)


def layouts() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("layout")]


def test_the_gui_thread_goes_on_while_ten_thousand_ops_are_laid_out(
    show: Show, qtbot: QtBot
) -> None:
    gaps: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    run = paused(flat(10_000), 100)
    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(5)
    last = time.perf_counter()
    view = show(run)
    assert view.busy
    qtbot.waitUntil(lambda: not view.busy, timeout=20_000)
    timer.stop()
    assert view.canvas.picture is not None
    assert len(view.canvas.picture.scene.nodes) > 9_000
    assert view.canvas.marks.live >= 0
    assert len(gaps) > 10
    assert not layouts()


def test_the_notice_says_so_and_gives_up(show: Show, qtbot: QtBot) -> None:
    view = show(paused(flat(10_000), 0))
    qtbot.waitUntil(view.notice.isVisible, timeout=5_000)
    assert view.notice.accessibleName() == "Laying out…"
    view.notice.button.click()
    assert not view.busy
    assert not layouts()
    assert view.canvas.picture is None
    assert view.notice.button.text() == "Lay out"
    view.show_growth(0)
    assert not view.busy
    view.notice.button.click()
    assert view.busy
    qtbot.waitUntil(lambda: not view.busy, timeout=20_000)
    assert view.canvas.picture is not None
    assert not view.notice.isVisible()


def test_what_came_meanwhile_is_taken_in(show: Show, qtbot: QtBot) -> None:
    run = paused(flat(5_000), 0)
    view = show(run)
    first = advance(run, 50)
    view.show_growth(first)
    view.show_place()
    qtbot.waitUntil(lambda: not view.busy, timeout=20_000)
    picture = view.canvas.picture
    assert picture is not None
    assert picture.scene.nodes[view.canvas.marks.live].key == 50
    assert picture.progress.ran[49]
    assert not picture.progress.ran[50]


def test_opening_very_much_can_be_undone(show: Show, qtbot: QtBot) -> None:
    run = paused(gpt(80), 0)
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    opened: list[int] = []
    for scope, row in enumerate(run.graph.scopes):
        view.set_open(scope, row.type in ("GPT2Block", "CausalSelfAttention", "MLP"))
        if view.is_open(scope):
            opened.append(scope)
        if view.busy:
            break
    assert view.busy
    assert view.canvas.picture is not None
    view.notice.pressed.emit()
    assert not view.busy
    assert not layouts()
    assert [scope for scope in opened if not view.is_open(scope)] == opened[-1:]
    view.set_open(opened[0], False)
    assert not view.busy


def test_only_the_newest_layout_is_shown(show: Show, qtbot: QtBot) -> None:
    view = show(paused(flat(9_000), 0))
    second = paused(flat(6_000), 0)
    view.show_run(second)
    assert len(layouts()) == 1
    qtbot.waitUntil(lambda: not view.busy, timeout=20_000)
    assert view.canvas.picture is not None
    assert len(view.canvas.picture.scene.nodes) == 6_001


def test_closing_ends_the_thread(qtbot: QtBot) -> None:
    view = GraphView()
    view.resize(844, 900)
    view.show()
    view.show_run(paused(flat(10_000), 0))
    assert layouts()
    view.close()
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not layouts()


def test_a_layout_stops_between_rows() -> None:
    boxes = [Box(50.0, 50.0, 30.0)] * 400
    links = [Link(at, at + 1, at) for at in range(399)]
    for most in (1, 5, 100, 500):
        left = iter(range(most))

        def check(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Cancelled

        with pytest.raises(Cancelled):
            arrange(boxes, links, check=check)


def test_an_interrupted_nest_is_as_before() -> None:
    nest = Nest(GraphModel(gpt(3)))
    nest.open = set(nest.model.groups)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 60:
            raise Cancelled

    with pytest.raises(Cancelled):
        nest.scene(check)
    assert gc.isenabled()
    whole = Nest(GraphModel(gpt(3)))
    whole.open = set(whole.model.groups)
    assert nest.scene().nodes == whole.scene().nodes


def stretch(nest: Nest) -> int:
    """Lines of Python that a layout goes through at most without looking up."""
    longest = lines = 0

    def check() -> None:
        nonlocal longest, lines
        longest, lines = max(longest, lines), 0

    def count(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        nest.scene(check)
    finally:
        sys.settrace(before)
    check()
    return longest


@pytest.mark.parametrize("seed", range(2))
def test_a_layout_looks_up_often(seed: int) -> None:
    """Even between rows of very many waypoints, nothing goes on for long."""
    graph = flat(1500) if seed else dice_graph(seed, 1500, cycles=0)
    nest = Nest(GraphModel(graph))
    nest.open = set(nest.model.groups)
    assert stretch(nest) < 30 * len(graph.ops)
