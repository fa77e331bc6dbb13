"""The two graphs of a comparison: what joins them, and how one follows the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Selection
from opscope.widgets.compare.couples import Couple, Couples
from opscope.widgets.compare.graphs_pane import GraphsPane
from opscope.widgets.compare.links import Heights
from opscope.widgets.compare.measure import Measure
from opscope.widgets.compare.side_graph import SideGraph
from opscope.widgets.theme import colour
from tests.unit.widgets.compare_samples import long_story, story


@pytest.fixture
def pane(qtbot: QtBot) -> Iterator[GraphsPane]:
    made = GraphsPane()
    qtbot.addWidget(made)
    made.resize(842, 690)
    with qtbot.waitExposed(made):
        made.show()
    couples = Couples(story())
    made.show_couples(couples, Measure())
    made.show_couple(couples.starts[0])
    yield made
    made.show_couples(None, Measure())


def height(pane: GraphsPane, side: str, op: int) -> float:
    """Where the middle of an op's node is on the screen."""
    graph = pane.graphs[side]
    return graph.canvas.to_widget(0, graph.middle_of(graph.node_of_op(op))).y()


def scope(graph: SideGraph, path: str) -> int:
    model = graph.model
    assert model is not None
    return next(at for at, row in enumerate(model.graph.scopes) if row.path == path)


def test_the_first_divergence_stands_at_one_height_in_both(pane: GraphsPane) -> None:
    a, b = height(pane, "A", 27), height(pane, "B", 27)
    assert abs(a - b) <= 1
    assert 60 < a < 600
    assert pane.graphs["A"].canvas.zoom == pane.graphs["B"].canvas.zoom
    for side in ("A", "B"):
        graph = pane.graphs[side]
        assert graph.canvas.marks.selected == graph.node_of_op(27)
    assert pane.heads["A"].path == "resnet50 › layer2.0"
    assert pane.heads["B"].path == "resnet50 › conv3_block1"


@pytest.mark.parametrize(("mover", "other"), [("A", "B"), ("B", "A")])
def test_what_is_nearest_the_middle_stands_at_one_height_while_one_is_moved(
    pane: GraphsPane, mover: str, other: str
) -> None:
    graph = pane.graphs[mover]
    before = height(pane, other, 27)
    for op in (25, 29, 31, 24):
        y = height(pane, mover, op)
        graph.canvas.pan(0, graph.canvas.height() / 2 - y)
        assert abs(height(pane, mover, op) - graph.canvas.height() / 2) <= 1
        assert abs(height(pane, other, op) - height(pane, mover, op)) <= 1.5
    assert abs(height(pane, other, 27) - before) > 20


def test_the_other_zooms_along(pane: GraphsPane) -> None:
    a, b = pane.graphs["A"].canvas, pane.graphs["B"].canvas
    b.zoom_by(0.7)
    assert a.zoom == b.zoom < 0.9
    a.zoom_by(1.3)
    assert a.zoom == b.zoom


def test_unlinked_graphs_stay_where_they_are(pane: GraphsPane) -> None:
    pane.linking.set_linked(False)
    before = QPointF(pane.graphs["B"].canvas.origin)
    pane.graphs["A"].canvas.pan(0, -200)
    pane.graphs["A"].set_open(scope(pane.graphs["A"], "layer2.1"), True)
    assert pane.graphs["B"].canvas.origin == before
    assert scope(pane.graphs["B"], "conv3_block2") not in pane.graphs["B"].opened_groups
    pane.linking.set_linked(True)
    assert pane.graphs["B"].canvas.origin != before


@pytest.mark.parametrize(
    ("side", "path", "counterpart"),
    [("A", "layer2.1", "conv3_block2"), ("B", "conv3_block2", "layer2.1")],
)
def test_a_group_opens_and_closes_with_its_counterpart(
    pane: GraphsPane, side: str, path: str, counterpart: str
) -> None:
    one, two = pane.graphs[side], pane.graphs["B" if side == "A" else "A"]
    here, there = scope(one, path), scope(two, counterpart)
    assert there not in two.opened_groups
    node = one.group_node(here)
    one.canvas.opened.emit(node)
    assert here in one.opened_groups
    assert there in two.opened_groups
    one.canvas.opened.emit(one.group_node(here))
    assert there not in two.opened_groups


def test_a_group_without_a_named_pair_is_found_by_its_ops(pane: GraphsPane) -> None:
    couples = Couples(story())
    bare = replace(couples.story, found=replace(couples.story.found, modules=()))
    pane.show_couples(Couples(bare), Measure())
    a, b = pane.graphs["A"], pane.graphs["B"]
    found = pane.linking.counterpart("A", scope(a, "layer3.1"))
    assert found == scope(b, "conv4_block2")
    # What is spread over several groups has none.
    assert pane.linking.counterpart("A", scope(a, "layer3")) == -1


def test_blocks_seen_by_themselves_have_their_counterparts_by_themselves(
    pane: GraphsPane,
) -> None:
    b = pane.graphs["B"]
    assert b.group_node(scope(b, "conv2_block1")) >= 0
    assert b.group_node(scope(b, "conv5_block2")) >= 0


def test_each_pair_in_sight_has_a_line_and_a_pill(pane: GraphsPane) -> None:
    joints = pane.joints()
    first = [joint for joint in joints if joint.first]
    assert len(first) == 1
    assert first[0].over
    assert first[0].selected
    assert abs(first[0].a - first[0].b) < 2
    by_text = [joint.text for joint in joints if abs(joint.a - joint.b) < 2]
    assert "0.85" in by_text
    assert [joint.over for joint in joints if joint.text == "5e-7"][:1] == [False]
    pills = pane.gutter.pills
    assert pills[0][0].first
    spans = sorted((rect.top(), rect.bottom()) for _joint, rect in pills)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(spans))
    assert "first divergence 0.87" in pane.gutter.accessibleDescription()


def test_the_band_of_the_first_divergence_is_orange_through_both_graphs(
    pane: GraphsPane, qtbot: QtBot
) -> None:
    image: QImage = pane.grab().toImage()
    y = round(height(pane, "A", 27)) + 36 + 20
    warn, canvas = colour("warn"), colour("canvas")
    for x in (6, pane.width() // 2 - 60, pane.width() - 6):
        seen = QColor(image.pixel(x, y))
        assert seen != canvas
        assert seen.red() > seen.blue() + 8
    middle = QColor(image.pixel(pane.gutter.x() + pane.gutter.width() // 2 - 70, y - 20))
    assert middle == warn
    far = QColor(image.pixel(6, y + 200))
    assert far.red() <= far.blue() + 4


def test_a_click_on_a_pill_picks_the_worst_of_its_pairs(pane: GraphsPane, qtbot: QtBot) -> None:
    pane.graphs["A"].canvas.pan(0, -260)
    links = pane.links()
    assert links is not None
    joint, rect = next(
        (joint, rect)
        for joint, rect in pane.gutter.pills
        if len(links.rows[joint.row].couples) == 10 and joint.over
    )
    with qtbot.waitSignal(pane.couple_picked) as seen:
        qtbot.mouseClick(pane.gutter, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())
    args = seen.args
    assert args is not None
    picked = args[0]
    assert isinstance(picked, Couple)
    assert picked.number in links.rows[joint.row].couples
    assert pane.gutter.hint_of(joint).startswith("10 pairs; the worst:")


def test_a_click_on_a_node_picks_its_pair_or_the_op_alone(pane: GraphsPane, qtbot: QtBot) -> None:
    graph = pane.graphs["B"]
    rect = graph.canvas.node_rect(graph.node_of_op(30))
    with qtbot.waitSignal(pane.couple_picked) as seen:
        qtbot.mouseClick(graph.canvas, Qt.MouseButton.LeftButton, pos=rect.center())
    args = seen.args
    assert args is not None
    assert isinstance(args[0], Couple)
    assert args[0].pair == 31
    with qtbot.waitSignal(pane.lone_picked) as seen:
        graph.picked.emit(Selection(op=96))
    assert seen.args == ["B", 96]
    pane.show_lone("B", 96)
    assert graph.canvas.marks.selected == graph.node_of_op(96)
    assert pane.graphs["A"].canvas.marks.selected == pane.graphs["A"].node_of_op(27)


def test_a_module_is_marked_with_its_counterpart(pane: GraphsPane) -> None:
    a, b = pane.graphs["A"], pane.graphs["B"]
    pane.show_group(scope(a, "layer3.2"))
    assert a.canvas.marks.selected == a.group_node(scope(a, "layer3.2"))
    assert b.canvas.marks.selected == b.group_node(scope(b, "conv4_block3"))
    assert a.canvas.marks.selected >= 0
    assert b.canvas.marks.selected >= 0


def test_the_wheel_over_the_gutter_scrolls_both(pane: GraphsPane, qtbot: QtBot) -> None:
    from PySide6.QtGui import QWheelEvent

    before = [graph.canvas.origin.y() for graph in pane.graphs.values()]
    event = QWheelEvent(
        QPointF(20, 20),
        QPointF(20, 20),
        QPoint(0, 0),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    pane.gutter.wheelEvent(event)
    after = [graph.canvas.origin.y() for graph in pane.graphs.values()]
    assert all(two - one > 50 for one, two in zip(before, after, strict=True))


def test_what_is_looked_at_stays_in_sight_when_the_room_changes(qtbot: QtBot) -> None:
    pane = GraphsPane()
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    couples = Couples(story())
    pane.show_couples(couples, Measure())
    pane.show_couple(couples.starts[0])
    pane.resize(842, 690)
    with qtbot.waitExposed(pane):
        pane.show()
    qtbot.waitUntil(lambda: abs(height(pane, "A", 27) - height(pane, "B", 27)) <= 1)
    for side in ("A", "B"):
        graph = pane.graphs[side]
        rect = graph.canvas.node_rect(graph.node_of_op(27))
        assert graph.canvas.rect().contains(rect)
    before = pane.graphs["A"].canvas.origin
    pane.graphs["A"].canvas.handled.emit()
    pane.graphs["A"].canvas.pan(0, -300)
    moved = QPointF(pane.graphs["A"].canvas.origin)
    assert moved != before
    pane.resize(842, 600)
    qtbot.wait(1)
    assert abs(pane.graphs["A"].canvas.origin.y() - moved.y()) < 2
    pane.show_couples(None, Measure())


def test_heights_between_pairs_go_over_from_the_one_to_the_other() -> None:
    heights = Heights([100.0, 200.0, 300.0], [1000.0, 1100.0, 1500.0])
    assert heights.across(100) == 1000
    assert heights.across(139) == 1039
    assert heights.across(150) == pytest.approx(1050)
    assert heights.across(50) == 950
    assert heights.across(300) == 1500
    assert heights.across(340) == 1540
    assert heights.across(270) == 1470
    ways = [heights.across(y) for y in range(50, 350)]
    assert ways == sorted(ways)
    back = [heights.turned().across(heights.across(y)) for y in (100.0, 120.0, 230.0, 300.0)]
    assert back == [100.0, 120.0, 230.0, 300.0]
    assert Heights().across(7.0) == 7.0


def test_large_graphs_come_beside_the_window_and_are_joined_then(qtbot: QtBot) -> None:
    pane = GraphsPane()
    qtbot.addWidget(pane)
    pane.resize(842, 690)
    with qtbot.waitExposed(pane):
        pane.show()
    couples = Couples(long_story(4500))
    pane.show_couples(couples, Measure())
    pane.show_couple(couples.rows[3000])
    assert pane.joints() == []
    graphs = list(pane.graphs.values())
    qtbot.waitUntil(
        lambda: all(graph.model is not None and not graph.busy for graph in graphs), timeout=20000
    )
    a, b = height(pane, "A", 3000), height(pane, "B", 3000)
    assert abs(a - b) <= 1
    assert 0 < a < 690
    assert any(joint.selected for joint in pane.joints())
    pane.show_couples(None, Measure())
