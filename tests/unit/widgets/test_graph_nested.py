"""The tree of groups and its nested layout, on graphs like those of real models."""

from __future__ import annotations

import pytest

from opscope.tracers.ir import Graph, Place, Selection, ValueKind
from opscope.widgets.graph.folding import Structures, repeats
from opscope.widgets.graph.model import GraphModel, is_fold, is_op, key_scope, scope_key
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.opening import first_open
from opscope.widgets.graph.progress import short_dtype
from opscope.widgets.graph.scene import Look, Scene
from tests.unit.widgets.graph_samples import Sketch, flat, gpt, loop, resnet

SAMPLES = {"gpt": lambda: gpt(4), "resnet": resnet, "loop": loop, "flat": lambda: flat(200)}


def scope_of(graph: Graph, path: str) -> int:
    return next(index for index, scope in enumerate(graph.scopes) if scope.path == path)


def everything(graph: Graph, fold_shapes: bool = True) -> tuple[GraphModel, Scene]:
    model = GraphModel(graph)
    nest = Nest(model)
    nest.fold_shapes = fold_shapes
    nest.open = set(model.groups)
    return model, nest.scene()


def assert_tidy(scene: Scene) -> None:
    """Siblings do not overlap, what is inside is inside, no wire crosses a node."""
    for index, node in enumerate(scene.nodes):
        for other in scene.nodes[index + 1 :]:
            if other.parent != node.parent or Look.WEIGHT in (node.look, other.look):
                continue
            apart = node.x + node.width <= other.x or other.x + other.width <= node.x
            apart = apart or node.y + node.height <= other.y or other.y + other.height <= node.y
            assert apart, (node, other)
        if node.parent >= 0 and node.look is not Look.WEIGHT:
            frame = scene.nodes[node.parent]
            assert frame.x < node.x
            assert node.x + node.width < frame.x + frame.width
            assert frame.y < node.y
            assert node.y + node.height < frame.y + frame.height
    solid = [node for node in scene.nodes if node.look is not Look.FRAME]
    for wire in scene.wires:
        for (x0, y0), (x1, y1) in zip(wire.points, wire.points[1:], strict=False):
            for node in solid:
                crosses = min(x0, x1) < node.x + node.width - 1.5 and max(x0, x1) > node.x + 1.5
                crosses = crosses and min(y0, y1) < node.y + node.height - 1.5
                assert not (crosses and max(y0, y1) > node.y + 1.5), (wire, node)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("fold", [True, False])
def test_everything_open_is_tidy(name: str, fold: bool) -> None:
    graph = SAMPLES[name]()
    _, scene = everything(graph, fold)
    assert_tidy(scene)
    shown = {key for node in scene.nodes for key in node.members if is_op(key)}
    assert shown == {index for index, op in enumerate(graph.ops) if op.inner < 0}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_first_view_is_tidy_and_small(name: str) -> None:
    graph = SAMPLES[name]()
    model = GraphModel(graph)
    nest = Nest(model)
    nest.open = first_open(model, Place(0, 0, graph.ops[0].scope))
    scene = nest.scene()
    assert_tidy(scene)
    assert 4 <= len(scene.nodes) <= 300


def test_a_module_of_one_op_is_that_op() -> None:
    graph = resnet()
    model = GraphModel(graph)
    conv = scope_of(graph, "conv1")
    assert conv not in model.groups
    assert model.label(0) == "conv1"
    scene = Nest(model).scene()
    assert scene.nodes[scene.node_of(Selection(scope=conv), model)].key == 0


def test_the_wrapper_of_everything_has_no_frame() -> None:
    graph = gpt(3)
    model = GraphModel(graph)
    wrapper = scope_of(graph, "transformer")
    assert wrapper not in model.groups
    assert wrapper in model.trail(scope_of(graph, "transformer.h.1"))
    assert model.title(scope_of(graph, "transformer.h.1")) == "h.1"


def test_repeated_blocks_fold_and_open() -> None:
    graph = gpt(12)
    model = GraphModel(graph)
    nest = Nest(model)
    nest.apart = {scope_of(graph, "transformer.h.5")}
    rows = [item for item in nest.items(0) if is_fold(item.key)]
    assert [len(item.members) for item in rows] == [5, 6]
    assert nest.fold_title(rows[0]) == "h.0 – h.4"
    scene = nest.scene()
    folded = scene.node_of(Selection(scope=scope_of(graph, "transformer.h.2")), model)
    assert scene.nodes[folded].look is Look.FOLD


def test_only_blocks_alike_fold() -> None:
    graph = resnet()
    structures = Structures(GraphModel(graph))
    first, second, third = (scope_of(graph, f"layer1.{number}") for number in range(3))
    assert structures.of(second) == structures.of(third) != structures.of(first)


def test_shape_ops_fold_into_a_chain() -> None:
    graph = gpt(1)
    _, folded = everything(graph)
    _, single = everything(graph, fold_shapes=False)
    chains = sorted(len(node.members) for node in folded.nodes if len(node.members) > 1)
    assert chains == [2, 2, 2, 2, 3]
    assert all(len(node.members) == 1 for node in single.nodes)
    assert len(single.nodes) == len(folded.nodes) + 6


def test_identical_blocks_share_a_layout() -> None:
    graph = gpt(30)
    model = GraphModel(graph)
    nest = Nest(model)
    nest.open = set(model.groups)
    nest.scene()
    assert len(nest._memo) < 12


def test_weights_stand_beside_their_op() -> None:
    graph = gpt(1)
    _, scene = everything(graph)
    weights = [node for node in scene.nodes if node.look is Look.WEIGHT]
    assert len(weights) == 7
    for node in weights:
        op = scene.nodes[node.parent]
        beside = node.x + node.width < op.x or op.x + op.width < node.x
        assert beside
        assert op.y < node.y + node.height / 2 < op.y + op.height


def test_an_op_with_an_inside_is_a_group() -> None:
    graph = loop()
    model, scene = everything(graph)
    op = next(index for index, row in enumerate(graph.ops) if row.type == "While")
    node = scene.nodes[scene.node_of(Selection(op=op), model)]
    assert node.look is Look.FRAME
    assert key_scope(node.key) == graph.ops[op].inner
    state = next(i for i, v in enumerate(graph.values) if v.name == "state")
    inside = scene.nodes[scene.node_of(Selection(value=state), model)]
    assert scene.nodes[inside.parent] == node


def test_wires_meet_at_the_borders_they_pass() -> None:
    _, scene = everything(gpt(2))
    ends = {wire.points[-1] for wire in scene.wires}
    entering = [wire for wire in scene.wires if wire.entering]
    assert entering
    assert all(wire.points[0] in ends for wire in entering)


def test_a_model_grows_with_its_graph() -> None:
    whole = gpt(6)
    part = Graph(whole.scopes[:1], [], [], whole.sources)
    model = GraphModel(part)
    nest = Nest(model)
    nest.scene()
    for count in (3, 40, 41, 90, len(whole.ops)):
        part.ops[:] = whole.ops[:count]
        part.values[:] = whole.values
        part.scopes[:] = whole.scopes[: 1 + max(op.scope for op in part.ops)]
        assert model.grow()
        nest.grown()
        nest.open = set(model.groups)
        nest.all_changed()
        assert_tidy(nest.scene())
    fresh = GraphModel(whole)
    assert {scope: group.items for scope, group in model.groups.items()} == {
        scope: group.items for scope, group in fresh.groups.items()
    }
    assert {s: set(g.links) for s, g in model.groups.items()} == {
        s: set(g.links) for s, g in fresh.groups.items()
    }
    assert not model.grow()


def test_an_input_used_everywhere_is_drawn_once() -> None:
    sketch = Sketch()
    mask = sketch.builder.external(ValueKind.INPUT, "mask", (8,), "bool")
    x = sketch.builder.external(ValueKind.INPUT, "x", (8,), "float32")
    for number in range(5):
        back = sketch.enter(f"block{number}", "Block" if number % 2 else "Other")
        x = sketch.op("mul", [x, mask], (8,))
        x = sketch.op("add", [x, mask], (8,))
        sketch.scope = back
    model, scene = everything(sketch.graph)
    inputs = [node for node in scene.nodes if node.look is Look.INPUT]
    assert len(inputs) == 2
    assert_tidy(scene)
    assert scope_key(0) not in scene.at
    assert model.users(mask) == list(range(10))


def test_short_names_of_dtypes() -> None:
    assert [short_dtype(name) for name in ("float16", "bfloat16", "int64", "bool")] == [
        "f16",
        "bf16",
        "i64",
        "bool",
    ]


def test_a_few_blocks_that_are_joined_across_are_not_folded() -> None:
    """The two sides of a U-Net stay apart; with nothing between them they fold."""

    def sides(joined: bool) -> GraphModel:
        s = Sketch()
        x = s.builder.external(ValueKind.INPUT, "x", (8,), "float32")
        outs: list[int] = []
        for side in ("down", "up"):
            for number in range(4):
                back = s.enter(f"{side}{number}", side)
                beside = [outs[3 - number]] if joined and side == "up" else []
                x = s.op("relu", [s.op("conv", [x], (8,))], (8,))
                x = s.op("add", [x, *beside], (8,))
                outs.append(x)
                s.scope = back
        return GraphModel(s.graph)

    model = sides(joined=True)
    assert repeats(model, model.groups[0], Structures(model), ()) == []
    model = sides(joined=False)
    assert [len(row) for row in repeats(model, model.groups[0], Structures(model), ())] == [4, 4]
