"""Ops that the map had and the run went past, that it did not have, that feed no output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Presence, Run, Selection
from opscope.widgets.graph.view import GraphView
from opscope.widgets.theme import DARK, LIGHT, Theme, hub
from tests.unit.widgets.graph_samples import flat, paused


@pytest.fixture(params=[DARK, LIGHT], ids=["dark", "light"])
def theme(request: pytest.FixtureRequest) -> Iterator[Theme]:
    hub().use(request.param)
    yield request.param
    hub().use(DARK)


def drawn(qtbot: QtBot, run: Run, op: int) -> QImage:
    """An op's node, as it is painted."""
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(700, 900)
    with qtbot.waitExposed(view):
        view.show()
    view.show_run(run)
    rect = view.node_rect(Selection(op=op))
    assert rect is not None
    area = QRect(rect.translated(-view.canvas.pos())).adjusted(-2, -2, 2, 2)
    return view.canvas.grab(area).toImage()


def with_presence(op: int, presence: Presence, before: int) -> Run:
    """A chain of equal ops of which one is so, run up to `before`."""
    graph = flat(8)
    graph.ops[op] = replace(graph.ops[op], presence=presence)
    return paused(graph, before)


@pytest.mark.parametrize("presence", [Presence.SKIPPED, Presence.PRUNED, Presence.ADDED])
def test_each_looks_unlike_an_expected_op(qtbot: QtBot, theme: Theme, presence: Presence) -> None:
    before = 6 if presence is Presence.ADDED else 1
    plain = drawn(qtbot, with_presence(3, Presence.EXPECTED, before), 3)
    assert drawn(qtbot, with_presence(3, presence, before), 3) != plain


def test_what_was_skipped_and_ran_after_all_looks_as_what_ran(qtbot: QtBot, theme: Theme) -> None:
    ran = drawn(qtbot, with_presence(3, Presence.EXPECTED, 6), 3)
    assert drawn(qtbot, with_presence(3, Presence.SKIPPED, 6), 3) == ran


def test_without_a_map_no_op_is_called_added(qtbot: QtBot) -> None:
    graph = flat(8)
    run = paused(graph, 6)
    plain = drawn(qtbot, run, 3)
    graph.ops[:] = [replace(op, presence=Presence.ADDED) for op in graph.ops]
    assert drawn(qtbot, run, 3) == plain
