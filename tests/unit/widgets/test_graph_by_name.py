"""Groups of layers that only their names tell of, in the graph's model and in its pane."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Graph, Place, Run, Selection
from opscope.widgets.graph.layer_names import convex
from opscope.widgets.graph.model import GraphModel, is_fold, is_op, key_scope, scope_key
from opscope.widgets.graph.name_groups import is_named
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.opening import first_open
from opscope.widgets.graph.progress import Progress
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import advance, gpt, paused, resnet
from tests.unit.widgets.keras_layers import graph_of, layers


def titles(model: GraphModel, group: int) -> list[str]:
    """What stands in a group: titles of groups, names of the layers that are ops."""
    graph = model.graph
    return [
        graph.scopes[graph.ops[key].scope].name if is_op(key) else model.title(key_scope(key))
        for key in model.groups[group].items
        if is_op(key) or key < 0
    ]


def named(model: GraphModel, title: str) -> int:
    return next(g for g in model.groups if is_named(g) and model.title(g) == title)


def tree(model: GraphModel) -> dict[str, list[str]]:
    """Each group's title and those of what stands in it."""
    return {model.row(group).key: titles(model, group) for group in model.groups}


def test_layers_of_a_block_stand_in_a_group_of_its_name() -> None:
    model = GraphModel(graph_of(layers("EfficientNetB0")))
    assert titles(model, 0)[:5] == ["rescaling", "normalization", "stem", "block1a", "block2"]
    assert titles(model, named(model, "block2")) == ["block2a", "block2b"]
    inside = titles(model, named(model, "block2b"))
    assert inside[0] == "block2b_expand_conv"
    assert inside[-1] == "block2b_add"
    count = sum(len(list(model.ops_of(group))) for group in [0])
    assert count == len(model.graph.ops), "nothing is lost, nothing stands twice"


def test_scopes_keys_and_paths_are_as_without_it() -> None:
    graph = graph_of(layers("ResNet50"))
    before = [(scope.key, scope.parent, scope.path) for scope in graph.scopes]
    model = GraphModel(graph)
    plain = GraphModel(graph, by_name=False)
    assert [(scope.key, scope.parent, scope.path) for scope in graph.scopes] == before
    assert any(map(is_named, model.groups))
    assert not any(map(is_named, plain.groups))
    assert len(plain.groups[0].items) > 170
    for op in range(len(graph.ops)):
        group = model.group_of_op(op)
        assert graph.ops[op].scope in model.layers(group) or group == 0


def test_what_passes_through_a_group_is_what_its_layers_exchange_with_others() -> None:
    graph = graph_of(layers("ResNet50"))
    model = GraphModel(graph)
    for number in filter(is_named, model.groups):
        group, own = model.groups[number], set(model.ops_of(number))
        taken = {v for op in own for v in graph.ops[op].inputs if graph.values[v].op not in own}
        assert set(group.entering) == taken
        made = {v for op in own for v in graph.ops[op].outputs}
        read = {v for op, row in enumerate(graph.ops) if op not in own for v in row.inputs}
        assert set(group.leaving) == made & read
    ops = [list(model.fed_by(op)) for op in range(len(graph.ops))]
    assert all(convex(sorted(model.ops_of(g)), ops) for g in filter(is_named, model.groups))


def test_alike_blocks_in_a_row_are_folded() -> None:
    model = GraphModel(graph_of(layers("DenseNet121")))
    nest = Nest(model)
    stage = named(model, "conv4")
    nest.set_open(stage, True)
    items = nest.items(stage)
    assert len(items) == 1
    assert is_fold(items[0].key)
    assert nest.fold_title(items[0]) == "conv4_block1 – conv4_block24"


def test_the_first_view_is_at_the_depth_of_blocks() -> None:
    model = GraphModel(graph_of(layers("EfficientNetB0")))
    nest = Nest(model)
    nest.open = first_open(model, Place(0, 0, model.graph.ops[0].scope))
    shown = {
        model.title(key_scope(node.key)): node.look for node in nest.scene().nodes if node.key < 0
    }
    assert shown["block4"] is Look.FRAME
    assert shown["block4c"] is Look.GROUP
    assert len(nest.scene().nodes) < 35
    opened = GraphModel(gpt())
    assert not any(map(is_named, opened.groups)), "blocks that are modules stay what they are"
    assert not any(map(is_named, GraphModel(resnet()).groups))


def test_a_graph_that_grows_ends_as_one_that_was_there_at_once() -> None:
    rows = layers("EfficientNetB0")
    whole = graph_of(rows)
    part = Graph()
    model = GraphModel(part)
    nest = Nest(model)
    values = 0
    for first in range(0, len(whole.ops), 7):
        last = min(first + 7, len(whole.ops))
        scopes = max(whole.ops[op].scope for op in range(last)) + 1
        part.scopes += whole.scopes[len(part.scopes) : scopes]
        part.ops += whole.ops[first:last]
        values = max(v for op in whole.ops[:last] for v in (*op.inputs, *op.outputs)) + 1
        part.values += whole.values[len(part.values) : values]
        model.grow()
        nest.grown()
        nest.open = set(model.groups)
        assert {n.key for n in nest.scene().nodes if is_op(n.key)} <= set(range(last))
    assert tree(model) == tree(GraphModel(whole))


def test_what_ran_is_counted_in_a_group() -> None:
    run = paused(graph_of(layers("ResNet50")), 20)
    model = GraphModel(run.graph)
    progress = Progress(run, model)
    assert progress.count(named(model, "conv1")) == (4, 4)
    stage = named(model, "conv2")
    ran, total = progress.count(stage)
    assert (ran, total) == (20 - 6, 32)
    assert sum(progress.count(key_scope(key))[0] for key in model.groups[stage].items) == ran


@pytest.fixture
def view(qtbot: QtBot) -> GraphView:
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    return made


def node_of(view: GraphView, title: str) -> int:
    stage = view._stage
    assert stage is not None
    return stage.picture.scene.at[scope_key(named(stage.model, title))]


def name_of(run: Run, op: int) -> str:
    return run.graph.scopes[run.graph.ops[op].scope].name


def test_the_other_panes_are_told_a_groups_first_op(view: GraphView, qtbot: QtBot) -> None:
    run = paused(graph_of(layers("ResNet50")), 0)
    view.show_run(run)
    told: list[Selection] = []
    view.picked.connect(told.append)
    view.picked.connect(view.show_selection)
    index = node_of(view, "conv2_block2")
    view.canvas.reveal(index)
    spot = view.canvas.node_rect(index).center()
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=spot)
    first = next(i for i in range(len(run.graph.ops)) if name_of(run, i).startswith("conv2_block2"))
    assert told == [Selection(op=first)]
    assert view.canvas.marks.selected == index, "the group is what is selected here"
    assert "conv2_block2 grouped by name" in view.canvas.accessibleDescription()
    view.canvas.opened.emit(index)
    assert view.canvas.marks.selected == node_of(view, "conv2_block2"), "now as a frame"
    op = view.node_rect(Selection(op=first))
    assert op is not None
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=op.center() - view.canvas.pos())
    scene = view.canvas.picture.scene
    assert scene.nodes[view.canvas.marks.selected].key == first


def test_the_way_to_an_op_leads_through_its_group(view: GraphView) -> None:
    run = paused(graph_of(layers("EfficientNetB0")), 0)
    view.show_run(run)
    op = next(
        i for i, op in enumerate(run.graph.ops) if run.graph.scopes[op.scope].name == "block5b_bn"
    )
    view.go_to(Selection(op=op))
    scene = view.canvas.picture.scene
    assert op in scene.at
    assert scene.nodes[node_of(view, "block5b")].look is Look.FRAME
    view.show_selection(Selection(op=op))
    assert [name for name, _ in view.strip.crumbs._parts][-2:] == ["block5", "block5b"]


def test_the_switch_shows_each_layer_and_back(view: GraphView) -> None:
    run = paused(graph_of(layers("ResNet50")), 0)
    view.show_run(run)
    view.show_breakpoints({3})
    view.show_selection(Selection(op=5))
    grouped = {node.key for node in view.canvas.picture.scene.nodes}
    view.set_by_name(False)
    keys = {node.key for node in view.canvas.picture.scene.nodes}
    assert set(range(len(run.graph.ops))) <= keys
    assert view.canvas.marks.stops == {3}
    assert view.canvas.picture.scene.nodes[view.canvas.marks.selected].key == 5
    view.set_by_name(True)
    assert {node.key for node in view.canvas.picture.scene.nodes} == grouped


def test_a_bookmark_of_an_open_group_opens_it_again(view: GraphView) -> None:
    view.show_run(paused(graph_of(layers("ResNet50")), 0))
    group = named(view._stage.model, "conv3")
    view.set_open(group, True)
    inner = named(view._stage.model, "conv3_block1")
    view.set_open(inner, True)
    mark = view.bookmark(1)
    assert mark is not None
    view.set_open(inner, False)
    view.set_open(group, False)
    view.show_bookmark(mark)
    assert view.is_open(group)
    assert view.is_open(inner)


def test_a_run_that_steps_lights_the_groups_it_comes_by(view: GraphView) -> None:
    run = paused(graph_of(layers("ResNet50")), 0)
    view.show_run(run)
    first = advance(run, 9)
    view.show_growth(first)
    view.show_place()
    scene, marks = view.canvas.picture.scene, view.canvas.marks
    assert scene.nodes[marks.live].key == 9
    assert scene.nodes[node_of(view, "conv2_block1")].look is Look.FRAME
