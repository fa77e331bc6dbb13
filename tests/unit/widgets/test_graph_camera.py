"""The camera: what was painted is moved and not painted anew, and views glide where they may."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Selection
from opscope.widgets import motion
from opscope.widgets.graph.picture import Picture
from opscope.widgets.graph.view import GraphView
from opscope.widgets.theme import DARK
from tests.unit.widgets.graph_samples import gpt, paused


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[GraphView]:
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.show_run(paused(gpt(), 30))
    QApplication.processEvents()
    yield made
    motion.use(False)


def on_screen(view: GraphView) -> QImage:
    """What the canvas has put on the screen, not what it would paint now."""
    area = QRect(view.canvas.mapTo(view, QPoint(0, 0)), view.canvas.size())
    shot = view.screen().grabWindow(view.winId(), *area.getRect())
    return shot.toImage().convertToFormat(QImage.Format.Format_RGB32)


def painted_anew(view: GraphView) -> QImage:
    area = QRect(view.canvas.mapTo(view, QPoint(0, 0)), view.canvas.size())
    return view.grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)


def alike(one: QImage, two: QImage) -> bool:
    """Equal but for the rounding of a soft edge's colour."""
    a, b = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (one, two))
    return one.size() == two.size() and int(abs(a - b).max()) <= 2


@pytest.mark.parametrize("steps", [[(0, -37)], [(25, 60)], [(0, -300), (-31, 0), (7, 9)]])
def test_panning_paints_only_what_came_into_sight(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[int, int]]
) -> None:
    canvas = view.canvas
    whole = canvas.width() * canvas.height()
    painted: list[float] = []
    draw = Picture.draw

    def note(self, painter, areas, zoom, ink, marks) -> None:
        painted.append(sum((c - a) * (d - b) for a, b, c, d in areas) * zoom * zoom)
        draw(self, painter, areas, zoom, ink, marks)

    monkeypatch.setattr(Picture, "draw", note)
    for dx, dy in steps:
        canvas.pan(dx, dy)
        QApplication.processEvents()
    asked = sum(abs(dx) * canvas.height() + abs(dy) * canvas.width() for dx, dy in steps)
    minimap = view.minimap.width() * view.minimap.height()
    edges = 20 * (canvas.width() + canvas.height())  # beside and below the minimap
    assert 0 < sum(painted) < 2 * asked + len(steps) * (minimap + edges)
    assert max(painted) < whole * 0.9
    qtbot.wait(60)  # the overview follows later
    assert alike(on_screen(view), painted_anew(view))


def test_the_ring_of_the_keyboard_stays_where_it_is(view: GraphView, qtbot: QtBot) -> None:
    canvas = view.canvas
    view.strip.fit.setFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    QApplication.processEvents()
    accent = QColor(DARK.accent)
    edge = on_screen(view).pixelColor(1, canvas.height() // 2)
    assert abs(edge.blue() - accent.blue()) < 30
    canvas.pan(0, -40)
    qtbot.wait(60)
    assert alike(on_screen(view), painted_anew(view))
    view.strip.fit.setFocus()
    QApplication.processEvents()
    assert on_screen(view).pixelColor(1, canvas.height() // 2) != edge


def test_a_pan_together_with_a_mark_that_moved_shows_both(view: GraphView, qtbot: QtBot) -> None:
    run = view._run
    assert run is not None
    view.show_selection(Selection(op=run.head.op))
    view.canvas.pan(0, -40)
    view.show_selection(Selection(op=run.head.op - 1))
    view.canvas.pan(0, -21)
    qtbot.wait(60)
    assert alike(on_screen(view), painted_anew(view))


def wheel(view: GraphView, at: QPoint, delta: int) -> None:
    canvas = view.canvas
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_zooming_glides_about_the_pointer(view: GraphView, qtbot: QtBot) -> None:
    motion.use(True)
    canvas, at = view.canvas, QPoint(200, 300)
    before, fixed = canvas.zoom, canvas.to_layout(QPointF(at))
    zooms: list[float] = []
    away: list[float] = []

    def look() -> None:
        origin, zoom = canvas.seen
        under = origin + QPointF(at) / zoom
        zooms.append(zoom)
        away.append((under - fixed).manhattanLength() * zoom)

    canvas._glide.valueChanged.connect(look)
    wheel(view, at, -240)
    assert canvas.gliding
    assert canvas.zoom == pytest.approx(before / 1.25**2)
    assert canvas.seen[1] > canvas.zoom
    qtbot.waitUntil(lambda: not canvas.gliding, timeout=2000)
    assert canvas.seen == (canvas.origin, canvas.zoom)
    assert len(zooms) > 2
    assert zooms == sorted(zooms, reverse=True)
    assert max(away) < 2


def test_a_drag_ends_a_glide_at_once(view: GraphView) -> None:
    motion.use(True)
    view.canvas.fit()
    assert view.canvas.gliding
    view.canvas.pan(3, 3)
    assert not view.canvas.gliding
    assert view.canvas.seen == (view.canvas.origin, view.canvas.zoom)


def test_the_steps_of_a_touch_pad_are_not_smoothed(view: GraphView) -> None:
    motion.use(True)
    before = view.canvas.zoom
    wheel(view, QPoint(100, 100), 12)
    assert not view.canvas.gliding
    assert view.canvas.zoom > before


def test_nothing_moves_where_the_user_wants_that(view: GraphView) -> None:
    motion.use(False)
    view.canvas.fit()
    assert not view.canvas.gliding
    assert view.canvas.seen == (view.canvas.origin, view.canvas.zoom)


class _Still(QProxyStyle):
    """A system without animations."""

    def styleHint(self, hint, option=None, widget=None, returned=None):
        if hint is QStyle.StyleHint.SH_Widget_Animation_Duration:
            return 0
        return super().styleHint(hint, option, widget, returned)


def test_nothing_moves_where_the_system_wants_that(
    view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion.use(True)
    assert motion.moves()
    # The application's own style is left alone: Qt would delete it, with what still refers to it.
    still = _Still("Fusion")
    monkeypatch.setattr(QApplication, "style", lambda: still)
    assert not motion.moves()
    view.canvas.fit()
    assert not view.canvas.gliding


def test_a_new_layout_is_shown_at_once(view: GraphView) -> None:
    motion.use(True)
    view.canvas.fit()
    view.set_fold_shape_ops(False)
    assert not view.canvas.gliding
    assert QRegion(view.canvas.rect()).contains(view.canvas.rect().center())
