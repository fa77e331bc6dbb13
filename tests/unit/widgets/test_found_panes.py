"""What was found, as the panes show it: the long list, the lights, the ticks, the card."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from opscope.tracers.ir import Run, Selection
from opscope.widgets.graph.found_light import light_of
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from opscope.widgets.run.find_bar import FindBar
from opscope.widgets.run.finder import Finder
from opscope.widgets.run.finding import Finding
from opscope.widgets.run.found import Found
from opscope.widgets.run.marked import Marked
from opscope.widgets.run.op_table import OpTable
from opscope.widgets.run.outline import Outline
from opscope.widgets.run.result_model import MOST, ResultModel
from opscope.widgets.run.timeline_found import tick_places
from opscope.widgets.run.timeline_painting import EDGE

from .graph_samples import advance, flat, gpt, loop, paused


def find(run: Run, text: str) -> Found:
    finder = Finder(OpTable(run))
    finder.begin(text)
    assert finder.advance(60)
    assert finder.found is not None
    return finder.found


def words(model: ResultModel) -> list[str]:
    nodes = model.children_of(model.root)
    return [model.row_of(node, False).name for node in (nodes[0], nodes[-1])]


def test_a_very_long_list_is_shown_in_parts(qtmodeltester) -> None:
    run = paused(flat(5000), 0)
    model = ResultModel(Marked())
    model.show_outline(Outline(run))
    model.show_ops(np.arange(5000, dtype=np.int32))
    assert len(model.children_of(model.root)) == MOST + 1
    assert words(model) == ["relu", "4,000 more…"]
    shown = model.turn(model.children_of(model.root)[-1])
    assert shown is not None
    assert model.op_of(shown) == MOST
    assert words(model) == ["500 earlier…", "3,500 more…"]
    shown = model.turn(model.children_of(model.root)[0])
    assert shown is not None
    assert model.op_of(shown) == 499
    node = model.reveal(4321)
    assert node is not None
    assert model.op_of(node) == 4321
    assert words(model) == ["3,821 earlier…", "179 more…"]
    assert model.reveal(9999) is None
    qtmodeltester.check(model)


@pytest.fixture
def view(qtbot) -> GraphView:
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def stage_of(view: GraphView):
    assert view._stage is not None
    return view._stage


def test_closed_groups_say_how_much_was_found_in_them(view: GraphView) -> None:
    run = paused(gpt(4), 0)
    view.show_run(run)
    found = find(run, "type:=add scope:mlp")
    view.show_found(found)
    light = view.canvas.marks.light
    assert light is not None
    scene, graph = stage_of(view).picture.scene, run.graph
    held = {
        tuple(graph.scopes[-1 - key].path for key in scene.nodes[index].members): count
        for index, count in light.counts.items()
    }
    assert sum(held.values()) + sum(
        1 for index in np.flatnonzero(light.nodes) if 0 <= scene.nodes[index].key < len(graph.ops)
    ) == len(found.ops)
    assert held
    assert not light.wires.any()
    view.canvas.grab()
    view.canvas.fit()
    view.minimap.grab()
    view.show_found(find(run, "zzzz"))
    assert view.canvas.marks.light is None, "where nothing is found nothing is dimmed"
    view.show_found(None)
    assert view.canvas.marks.light is None


def test_lights_follow_what_is_opened(view: GraphView) -> None:
    run = paused(gpt(4), 0)
    view.show_run(run)
    found = find(run, "type:=softmax")
    view.show_found(found)
    view.go_to(Selection(op=int(found.ops[2])))
    light, scene = view.canvas.marks.light, stage_of(view).picture.scene
    assert light is not None
    assert len(light.nodes) == len(scene.nodes)
    assert light.nodes[scene.at[int(found.ops[2])]]
    dim = [node for index, node in enumerate(scene.nodes) if not light.nodes[index]]
    assert {node.look for node in dim} >= {Look.OP, Look.WEIGHT}


def test_an_op_that_is_drawn_as_its_inside_is_lit_there(view: GraphView) -> None:
    run = paused(loop(), 0)
    view.show_run(run)
    stage = stage_of(view)
    light = light_of(find(run, "type:While"), stage.picture.scene, stage.model)
    (lit,) = np.flatnonzero(light.nodes).tolist()
    assert stage.picture.scene.nodes[lit].look in (Look.GROUP, Look.FRAME)


def test_ticks_are_of_records_where_the_query_asks_of_those() -> None:
    run = paused(gpt(1), 10)
    ops = np.arange(len(run.graph.ops), dtype=np.int32)
    span = float(10 * len(ops))
    every = tick_places(find(run, "type:=add"), ops, 10, span)
    assert len(every) == len(find(run, "type:=add").ops)
    assert every[0] == EDGE + 10 * int(find(run, "type:=add").ops[0]) + 4
    assert len(tick_places(find(run, "time:>0s"), ops, 10, span)) == 10
    crowded = tick_places(find(run, "transformer"), ops, 10, 3.0)
    assert len(crowded) <= 4


def test_a_finding_follows_a_run_that_goes_on(qtbot) -> None:
    run = paused(gpt(1), 3)
    finding = Finding()
    finding.show_run(run)
    finding.find("time:>0s")
    finding.finish()
    assert finding.shown is not None
    assert len(finding.shown.ops) == 3
    advance(run, 9)
    with qtbot.waitSignal(finding.changed, timeout=2000):
        finding.follow()
    assert len(finding.shown.ops) == 9
    run.forget_from(5, 1)
    finding.rewind()
    finding.finish()
    assert len(finding.shown.ops) == 5
    finding.show_run(paused(gpt(2), 7))
    finding.finish()
    assert len(finding.shown.ops) == 7, "the same is asked of another run"
    finding.show_run(None)
    assert finding.shown is None
    assert finding.text == ""


def test_the_card_stays_in_its_corner_and_says_what_was_found(qtbot) -> None:
    pane = QWidget()
    qtbot.addWidget(pane)
    ground = QWidget(pane)
    pane.resize(800, 500)
    ground.setGeometry(0, 40, 800, 400)
    bar = FindBar(ground)
    with qtbot.waitExposed(pane):
        pane.show()
    run = paused(gpt(4), 0)
    found = find(run, "type:=softmax")
    bar.show_found(found)
    assert bar.geometry().right() == 800 - 13
    assert bar.geometry().top() == 52
    assert bar.count.text() == "4 found"
    bar.show_selection(Selection(op=int(found.ops[1])))
    assert bar.count.text() == "2 of 4"
    assert bar.accessibleName() == "Finding type:=softmax: 2 of 4"
    ground.setGeometry(0, 60, 500, 400)
    qtbot.waitUntil(lambda: bar.geometry().right() == 500 - 13)
    bar.show_found(find(run, "qqqq"))
    assert bar.count.text() == "No match"
    assert not bar.next.isVisible()
    ground.setGeometry(0, 60, 260, 400)
    bar.show_found(find(run, "type:softmax|layer_norm|matmul"))
    assert bar.query.text().endswith("…")
    assert bar.geometry().left() >= 0
    bar.show_found(find(run, "nan:x"))
    assert not bar.isVisible(), "the sentence stands where one types"
    bar.show_found(None)
    assert not bar.isVisible()
