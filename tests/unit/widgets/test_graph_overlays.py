"""Overlays as the graph shows them: on nodes, wires and groups, from near and from afar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import OpRecord, Run, Selection
from opscope.widgets.graph.dress import Dress
from opscope.widgets.graph.view import GraphView
from opscope.widgets.overlays.builtin import BytesOverlay, HealthOverlay, TimeOverlay
from opscope.widgets.overlays.overlay import Overlay
from opscope.widgets.overlays.reading import Reading
from opscope.widgets.overlays.shown import Shown
from opscope.widgets.overlays.user import UserOverlay, parse
from opscope.widgets.run.amount_bar import with_op, with_scopes
from opscope.widgets.run.row import Row
from opscope.widgets.theme import DARK
from tests.unit.widgets.graph_samples import gpt, paused

Show = Callable[[Run, Overlay], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[object] = []  # a view nobody holds may be collected while it paints

    def make(run: Run, overlay: Overlay) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        reading = Reading(run, overlay)
        qtbot.waitUntil(lambda: reading.done)
        shown = Shown(overlay, reading.amounts, overlay.logarithmic)
        if isinstance(overlay, HealthOverlay) and overlay.first >= 0:
            shown.first = run.records[overlay.first].op
        view.overlaid.show(shown)
        made.extend((view, reading))
        return view

    yield make
    made.clear()


def dress_of(view: GraphView) -> Dress:
    picture = view.canvas.picture
    assert picture is not None
    assert picture.dress is not None
    return picture.dress


def node_of(view: GraphView, selection: Selection) -> int:
    stage = view._stage
    assert stage is not None
    return stage.node_of(selection)


def colours_in(view: GraphView, selection: Selection) -> set[str]:
    """Names of the colours of a node's left edge on the screen."""
    rect = view.node_rect(selection)
    assert rect is not None
    rect = rect.translated(-view.canvas.pos())
    image = view.canvas.grab().toImage()
    y = rect.center().y()
    return {image.pixelColor(rect.left() + x, y).name() for x in range(5)}


def slowed(run: Run, op: int, seconds: float) -> Run:
    index = run.executions(op)[0]
    run.update_records({index: replace(run.records[index], duration=seconds)})
    return run


def test_an_op_has_the_colour_of_its_amount(show: Show) -> None:
    run = slowed(paused(gpt(4), 20), 4, 0.5)
    view = show(run, TimeOverlay())
    dress = dress_of(view)
    view.go_to(Selection(op=4))
    slow = node_of(view, Selection(op=4))
    assert dress.words(slow) == "500 ms"
    assert dress.colour(slow) == dress.shown.steps()[-1]
    assert dress.colour(slow).name() in colours_in(view, Selection(op=4))
    ahead = node_of(view, Selection(op=len(run.graph.ops) - 1))
    assert dress.colour(ahead) is None
    assert dress.words(ahead) == ""


def test_a_closed_group_shows_the_sum_and_the_scale_spans_it(show: Show) -> None:
    run = paused(gpt(2), 10_000)
    view = show(run, TimeOverlay())
    dress = dress_of(view)
    scope = next(i for i, s in enumerate(run.graph.scopes) if s.path == "transformer.h.1")
    ops = [op for op in range(len(run.graph.ops)) if scope in chain(run, op)]
    index = node_of(view, Selection(scope=scope))
    assert dress.amounts[index] == pytest.approx(1e-4 * len(ops))
    assert dress.shown.scale is not None
    assert dress.shown.scale.high >= dress.amounts[index]
    view.set_open(scope, True)
    dress = dress_of(view)
    inside = node_of(view, Selection(op=ops[0]))
    assert dress.amounts[inside] == pytest.approx(1e-4)


def chain(run: Run, op: int) -> tuple[int, ...]:
    return run.graph.scope_chain(run.graph.ops[op].scope)


def test_wires_have_the_colour_of_their_tensor(show: Show) -> None:
    run = paused(gpt(2), 40)
    run.update_records(
        {
            index: replace(
                record, outputs=tuple(replace(o, nbytes=1 << index % 20) for o in record.outputs)
            )
            for index, record in enumerate(run.records)
        }
    )
    view = show(run, BytesOverlay())
    dress = dress_of(view)
    value = run.graph.ops[4].outputs[0]
    assert dress.wire(value) == dress.shown.step(16.0)
    assert dress.wire(run.graph.ops[-1].outputs[0]) == -1


def bad_run() -> tuple[Run, int]:
    """The add after the embeddings makes NaN; all after it is NaN."""
    run = paused(gpt(2), 30)
    first = next(i for i, op in enumerate(run.graph.ops) if op.type == "add")

    def spoilt(index: int, record: OpRecord) -> OpRecord:
        fine = {"minimum": -1.0, "maximum": 1.0}
        nan = {**fine, "nan": 7}
        facts = nan if index >= first else fine
        return replace(record, outputs=tuple(replace(o, **facts) for o in record.outputs))

    run.update_records({i: spoilt(i, record) for i, record in enumerate(run.records)})
    return run, first


def test_health_marks_what_went_wrong_first(show: Show) -> None:
    run, first = bad_run()
    view = show(run, HealthOverlay())
    dress = dress_of(view)
    index = node_of(view, Selection(op=first))
    assert dress.words(index) == "NaN × 7"
    assert dress.first == first
    assert dress.colour(index) == QColor(DARK.nan)
    assert dress.colour(node_of(view, Selection(op=0))) is None, "what is fine stays as it is"
    view.go_to(Selection(op=first))
    rect = view.node_rect(Selection(op=first))
    assert rect is not None
    image = view.canvas.grab().toImage()
    at = rect.translated(-view.canvas.pos())
    gutter = {
        image.pixelColor(at.left() - 26 + x, at.center().y() + y).red()
        for x in range(16)
        for y in range(-8, 8)
    }
    assert max(gutter) > 150, "a sign stands there"
    picture = view.canvas.picture
    assert picture is not None
    said = picture.nodes.describe(picture.scene.nodes[index], view.canvas.marks)
    assert said.endswith("health NaN × 7")


def test_health_counts_ops_in_its_legend(show: Show) -> None:
    run, first = bad_run()
    view = show(run, HealthOverlay())
    legend = view.overlaid.legend
    assert legend.isVisible()
    assert legend.words() == f"NaN: {30 - first} ops, Fine: {first} ops"
    assert not legend.scale.isVisible()


def test_the_legend_tells_the_ends_and_switches_the_scale(show: Show, qtbot: QtBot) -> None:
    run = slowed(paused(gpt(4), 200), 4, 0.5)
    view = show(run, TimeOverlay())
    legend = view.overlaid.legend
    assert legend.words().startswith("0 µs to 500 ms")
    assert legend.scale.text() == "linear"
    for button, signal in (
        (legend.scale, legend.scale_switched),
        (legend.close_button, legend.closed),
    ):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    shown = view.overlaid.shown
    assert shown is not None
    shown.logarithmic = True
    view.overlaid.renew()
    assert legend.words().endswith("to 500 ms, log")
    view.overlaid.show(None)
    assert not legend.isVisible()
    picture = view.canvas.picture
    assert picture is not None
    assert picture.dress is None


def test_the_legend_hides_neither_minimap_nor_place(show: Show, qtbot: QtBot) -> None:
    view = show(paused(gpt(4), 200), TimeOverlay())
    legend, minimap = view.overlaid.legend, view.minimap
    assert minimap.isVisible()
    assert not legend.geometry().intersects(minimap.geometry())
    minimap.move(15, view.height() - minimap.height() - 15)
    qtbot.waitUntil(lambda: not legend.geometry().intersects(minimap.geometry()))
    assert view.canvas.geometry().contains(legend.geometry())


def test_from_afar_nodes_have_the_colours_too(show: Show) -> None:
    run = slowed(paused(gpt(4), 200), 4, 0.5)
    view = show(run, TimeOverlay())
    view.canvas.zoom_to(0.2)
    view.go_to(Selection(op=4))
    dress = dress_of(view)
    rect = view.node_rect(Selection(op=4))
    assert rect is not None
    image = view.canvas.grab().toImage()
    centre = rect.center() - view.canvas.pos()
    assert image.pixelColor(centre) == dress.shown.steps()[-1]


def test_another_run_takes_the_overlay_away(show: Show) -> None:
    view = show(paused(gpt(2), 20), TimeOverlay())
    view.show_run(paused(gpt(3), 0))
    view.canvas.grab()
    picture = view.canvas.picture
    assert picture is not None
    assert picture.dress is None
    assert not view.overlaid.legend.isVisible()


def test_numbers_of_both_signs_diverge(show: Show) -> None:
    run = paused(gpt(3), 0)
    text = "transformer.h.0,-2\ntransformer.h.2,2\n"
    view = show(run, UserOverlay(parse(text, "mine", lambda: None)))
    dress = dress_of(view)
    low, high = (
        dress.colour(node_of(view, Selection(scope=i)))
        for i, s in enumerate(run.graph.scopes)
        if s.path in ("transformer.h.0", "transformer.h.2")
    )
    assert low is not None
    assert high is not None
    assert low.blue() > low.red()
    assert high.red() > high.blue()
    assert view.overlaid.legend.words() == "−2 to 2, linear"


def test_rows_of_the_list_have_bars(show: Show) -> None:
    run = slowed(paused(gpt(2), 40), 4, 0.5)
    shown = dress_of(show(run, TimeOverlay())).shown
    row = with_op(Row(0, "add", right="64×768"), shown, 4)
    assert row.right == "500 ms"
    assert row.bar == (1.0, shown.steps()[-1].name())
    assert with_op(Row(0, "add"), shown, len(run.graph.ops) - 1).bar is None
    whole = with_scopes(Row(0, "model"), shown, [0])
    assert whole.right == "504 ms"
    assert with_op(Row(0, "add"), None, 4).bar is None


def test_a_redraw_of_a_large_graph_does_not_read_all_anew(show: Show) -> None:
    view = show(paused(gpt(40), 900), TimeOverlay())
    before = dress_of(view)
    view.canvas.grab()
    assert dress_of(view) is before
    assert np.isfinite(before.amounts).any()


def test_the_button_switches_and_opens_the_menu(show: Show, qtbot: QtBot) -> None:
    view = show(paused(gpt(2), 20), TimeOverlay())
    button = view.strip.overlay
    with qtbot.waitSignal(button.switched):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    with qtbot.waitSignal(button.menu_asked):
        at = QPoint(button.width() - 8, 12)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=at)
    with qtbot.waitSignal(button.menu_asked):
        qtbot.keyClick(button, Qt.Key.Key_Down)
    button.show_overlay("Time", True)
    assert (button.text(), button.isChecked()) == ("Time", True)
    assert button.accessibleName() == "Overlay: Time"
