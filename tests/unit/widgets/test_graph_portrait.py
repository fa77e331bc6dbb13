"""The picture of the graph around one op, for a page."""

from __future__ import annotations

import time

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Selection
from opscope.widgets.graph.inks import Words
from opscope.widgets.graph.markers import Marks
from opscope.widgets.graph.portrait import HIGH, WIDE, Portrait, around
from opscope.widgets.graph.stage import Stage
from opscope.widgets.overlays.builtin import TimeOverlay
from opscope.widgets.overlays.reading import Reading
from opscope.widgets.overlays.shown import Shown
from opscope.widgets.theme import DARK, LIGHT
from tests.unit.widgets.graph_samples import gpt, paused


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(paused(gpt(4), 200), Words(), True, set())


def hidden_op(stage: Stage) -> int:
    """An op that stands in a closed group."""
    scene, model = stage.picture.scene, stage.model
    return next(
        op for op in range(len(model.graph.ops)) if not scene.shown(Selection(op=op), model)
    )


def images(stage: Stage, op: int, marks: Marks) -> list[QImage]:
    found = around(stage, op)
    assert found is not None
    portrait = Portrait(found, op, marks)
    while not portrait.advance(1.0, time.perf_counter):
        pass
    light, dark = (QImage.fromData(data) for data in portrait.data())
    assert light.width() == 2 * portrait.width
    return [light, dark]


def test_the_way_to_the_op_is_open_there_and_the_view_stays_as_it_is(stage: Stage) -> None:
    op = hidden_op(stage)
    before, scene = set(stage.nest.open), stage.picture.scene
    found = around(stage, op)
    assert found is not None
    assert op in found.picture.scene.nodes[found.node].members
    assert stage.nest.open == before
    assert stage.picture.scene is scene


def test_the_part_holds_the_op_and_fits_a_page(stage: Stage) -> None:
    for op in (0, hidden_op(stage), len(stage.model.graph.ops) - 1):
        found = around(stage, op)
        assert found is not None
        left, top, right, bottom = found.area
        node = found.picture.scene.nodes[found.node]
        assert left < node.x
        assert node.x + node.width < right
        assert top < node.y
        assert node.y + node.height < bottom
        assert right - left <= WIDE
        assert bottom - top <= HIGH + 64
    assert around(stage, 10**6) is None


def test_it_is_drawn_for_light_pages_and_for_dark_ones(stage: Stage) -> None:
    light, dark = images(stage, hidden_op(stage), Marks())
    assert light.size() == dark.size()
    corners = [image.pixelColor(1, image.height() - 2) for image in (light, dark)]
    assert corners == [QColor(LIGHT.canvas), QColor(DARK.canvas)]


def test_the_overlay_of_the_view_is_shown_and_stays_the_views(stage: Stage, qtbot: QtBot) -> None:
    reading = Reading(stage.run, TimeOverlay())
    qtbot.waitUntil(lambda: reading.done)
    shown = Shown(TimeOverlay(), reading.amounts, False)
    with_it = images(stage, 0, Marks(overlay=shown))
    assert with_it != images(stage, 0, Marks())
    assert shown.look is None
