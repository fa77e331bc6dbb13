"""Tiles: a view of very many nodes is put together from images painted beside the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Selection
from opscope.widgets.graph import painted
from opscope.widgets.graph.light import Reach
from opscope.widgets.graph.picture import Picture
from opscope.widgets.graph.tiles import MANY, MOST
from opscope.widgets.graph.view import GraphView
from opscope.widgets.theme import DARK, LIGHT, hub
from tests.unit.widgets.graph_samples import advance, flat, paused

FEW = 60


@pytest.fixture
def view(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphView]:
    monkeypatch.setattr(painted, "MANY", FEW)
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.show_run(paused(flat(900), 300))
    made.canvas.zoom_to(0.12)
    settle(made, qtbot)
    yield made
    hub().use(DARK)


def settle(view: GraphView, qtbot: QtBot) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: not view.canvas.tiles.busy, timeout=5000)
    QApplication.processEvents()


def pixels(image: QImage):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).astype(int).reshape(-1, 4)[:, :3]


def differing(view: GraphView, monkeypatch: pytest.MonkeyPatch) -> float:
    """Share of pixels that painting without tiles makes clearly otherwise."""
    tiled = pixels(view.canvas.grab().toImage())
    with monkeypatch.context() as patch:
        patch.setattr(painted, "MANY", 1 << 30)
        plain = pixels(view.canvas.grab().toImage())
    return float((abs(tiled - plain).max(1) > 40).mean())


def test_the_limit_is_20_000_nodes() -> None:
    assert MANY == 20_000


def test_tiles_show_what_painting_at_once_shows(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert view.canvas._tiled(view.canvas.zoom)
    assert differing(view, monkeypatch) < 0.002
    view.canvas.pan(13, -200)
    settle(view, qtbot)
    assert differing(view, monkeypatch) < 0.002


def test_nodes_are_painted_in_another_thread(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = view.canvas.picture
    assert picture is not None
    threads: set[str] = set()
    draw = type(picture.far).draw

    def note(self, *rest) -> None:
        threads.add(threading.current_thread().name)
        draw(self, *rest)

    monkeypatch.setattr(type(picture.far), "draw", note)
    monkeypatch.setattr(Picture, "draw", lambda *_: threads.add("at once"))
    view.canvas.zoom_to(0.1)
    view.canvas.repaint()
    settle(view, qtbot)
    assert threads == {"graph tiles"}


def test_until_a_tile_is_there_the_nearest_zoom_stands_in(view: GraphView) -> None:
    canvas = view.canvas
    canvas.tiles.want = lambda *_: None  # type: ignore[method-assign]
    ground = pixels(canvas.grab().toImage())
    canvas.zoom_to(0.1)
    stretched = pixels(canvas.grab().toImage())
    colour = QImage(1, 1, QImage.Format.Format_RGB32)
    colour.fill(DARK.canvas)
    back = pixels(colour)[0]
    assert (abs(ground - back).max(1) > 30).mean() > 0.005
    assert (abs(stretched - back).max(1) > 30).mean() > 0.003


def test_only_tiles_that_a_step_changed_are_painted_again(view: GraphView, qtbot: QtBot) -> None:
    canvas, run = view.canvas, view._run
    assert run is not None
    before = dict(canvas.tiles._tiles)
    first = advance(run, 303)
    view.show_growth(first)
    view.canvas.update()
    settle(view, qtbot)
    after = canvas.tiles._tiles
    changed = [spot for spot in before if after[spot] is not before[spot]]
    picture = canvas.picture
    assert picture is not None
    node = picture.scene.nodes[picture.scene.at[301]]
    assert changed
    assert len(changed) < len(before)
    assert any(
        spot.area[0] <= node.x <= spot.area[2] and spot.area[1] <= node.y <= spot.area[3]
        for spot in changed
    )


def test_theme_and_light_reach_the_tiles(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub().use(LIGHT)
    settle(view, qtbot)
    assert differing(view, monkeypatch) < 0.002
    view.show_selection(Selection(op=100))
    view.light(Reach.ANCESTORS)
    settle(view, qtbot)
    assert differing(view, monkeypatch) < 0.002


def test_few_tiles_are_kept_and_none_of_another_picture(view: GraphView, qtbot: QtBot) -> None:
    canvas = view.canvas
    for step in range(14):
        canvas.zoom_to(0.12 + step / 200)
        canvas.look_at(QPointF(0, 300 * step))
        settle(view, qtbot)
    assert 0 < len(canvas.tiles._tiles) <= MOST
    view.show_run(paused(flat(30), 0))
    assert not canvas.tiles._tiles


def test_closing_the_view_ends_the_thread(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painted, "MANY", FEW)
    made = GraphView()
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.show_run(paused(flat(900), 300))
    made.canvas.zoom_to(0.12)
    made.canvas.repaint()
    assert made.canvas.tiles.busy
    made.deleteLater()
    qtbot.waitUntil(
        lambda: all(thread.name != "graph tiles" for thread in threading.enumerate()), timeout=3000
    )
