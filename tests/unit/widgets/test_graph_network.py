"""Who feeds whom, against networkx; and the graph that analysis and export work on."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.ir import Graph, ScopeKind, ValueKind
from opscope.widgets.graph.flow import Flow
from opscope.widgets.graph.model import GraphModel
from opscope.widgets.graph.network import network, scope_tree, value_names
from opscope.widgets.graph.rows import Cancelled
from tests.unit.widgets.graph_samples import Sketch, gpt, loop, resnet


def tangled(seed: int, ops: int) -> Graph:
    """Ops that read anything made before them, some twice, some nothing."""
    dice = np.random.default_rng(seed)
    builder = GraphBuilder()
    made = [builder.external(ValueKind.INPUT, "x", (8,), "float32")]
    for number in range(ops):
        count = int(dice.integers(0, 4))
        inputs = tuple(made[int(at)] for at in dice.integers(0, len(made), count))
        op = builder.op(0, "mix", f"mix:{number}", inputs=inputs)
        builder.outputs(op, [((8,), "float32")] * int(dice.integers(1, 3)))
        made += builder.graph.ops[op].outputs
    return builder.graph


@pytest.mark.parametrize("seed", range(6))
def test_all_before_and_after_is_what_networkx_finds(seed: int) -> None:
    graph = tangled(seed, 120)
    flow = GraphModel(graph).flow
    net = network(graph)
    number = {op.key: index for index, op in enumerate(graph.ops)}
    for index, op in enumerate(graph.ops):
        after = {number[key] for key in nx.descendants(net, op.key) if key in number}
        before = {number[key] for key in nx.ancestors(net, op.key) if key in number}
        assert flow.descendants([index]) == after
        assert flow.ancestors([index]) == before
        assert set(flow.after(index)) <= after


def test_several_ops_together_reach_what_each_does() -> None:
    graph = gpt(3)
    flow = GraphModel(graph).flow
    assert flow.descendants([4, 30]) == flow.descendants([4]) | flow.descendants([30])
    last = len(graph.ops) - 1
    assert flow.ancestors([last]) == set(range(last))


def test_cycles_and_ops_that_feed_themselves_end() -> None:
    graph = tangled(1, 4)
    flow = Flow(graph)
    flow.grow(4)
    for source, op in ((0, 1), (1, 2), (2, 0), (3, 3)):
        flow.link(source, op)
    assert flow.descendants([0]) == {0, 1, 2}
    assert flow.ancestors([3]) == {3}
    assert flow.after(3) == [3]


def test_what_is_inside_an_op_goes_with_it() -> None:
    graph = loop()
    kinds = [op.type for op in graph.ops]
    flow = GraphModel(graph).flow
    inside = {kinds.index("Tanh"), kinds.index("Sigmoid"), kinds.index("Mul")}
    after = flow.descendants([kinds.index("MatMul")])
    assert inside | {kinds.index("While"), kinds.index("Mean")} <= after
    assert kinds.index("MatMul") in flow.ancestors([kinds.index("Tanh")])
    assert kinds.index("Mean") in flow.descendants([kinds.index("Tanh")])
    assert kinds.index("Sigmoid") not in flow.ancestors([kinds.index("Tanh")])


def test_a_flow_grows_with_its_graph() -> None:
    whole = gpt(4)
    part = Graph(whole.scopes[:1], [], [], whole.sources)
    model = GraphModel(part)
    for count in (5, 6, 60, len(whole.ops)):
        part.ops[:] = whole.ops[:count]
        part.values[:] = whole.values
        part.scopes[:] = whole.scopes[: 1 + max(op.scope for op in part.ops)]
        model.grow()
    fresh = GraphModel(whole)
    for op in range(len(whole.ops)):
        assert list(model.flow.after(op)) == list(fresh.flow.after(op))
        assert list(model.flow.before(op)) == list(fresh.flow.before(op))


def test_the_network_holds_every_op_value_and_use() -> None:
    graph = resnet()
    net = network(graph)
    assert len(net) == len(graph.ops) + len(graph.values)
    uses = sum(len(op.inputs) + len(op.outputs) for op in graph.ops)
    assert net.number_of_edges() == uses
    assert nx.is_directed_acyclic_graph(net)
    conv = graph.ops[0]
    assert net.nodes[conv.key]["type"] == "conv2d"
    assert net.nodes[conv.key]["line"] == graph.sources[conv.source].line
    names = value_names(graph)
    weight = next(i for i, v in enumerate(graph.values) if v.name == "conv1.weight")
    assert json.loads(net.nodes[names[weight]]["shape"]) == [64, 3, 7, 7]
    assert net.nodes[names[weight]]["kind"] == "parameter"


def test_a_value_taken_twice_has_two_edges() -> None:
    sketch = Sketch()
    x = sketch.builder.external(ValueKind.INPUT, "x", (8,), "float32")
    sketch.op("mul", [x, x], (8,))
    net = network(sketch.graph)
    key = sketch.graph.ops[0].key
    assert sorted(net["input x"][key]) == [0, 1]


def test_values_of_one_name_stay_apart() -> None:
    sketch = Sketch()
    for _ in range(2):
        back = sketch.enter("body", "body", ScopeKind.FUNCTION)
        inner = sketch.builder.external(ValueKind.CONSTANT, "", (), "float32")
        sketch.op("relu", [inner], ())
        sketch.scope = back
    names = value_names(sketch.graph)
    assert len(set(names)) == len(names)


def test_scopes_are_a_tree_by_call() -> None:
    graph = gpt(3)
    tree = scope_tree(graph)
    assert nx.is_arborescence(tree)
    block = next(scope for scope in graph.scopes if scope.path == "transformer.h.1")
    inside = {tree.nodes[key]["name"] for key in tree.successors(block.key)}
    assert {"ln_1", "attn", "ln_2", "mlp"} <= inside
    assert nx.ancestors(tree, block.key) == {"", graph.scopes[block.parent].key}


def test_a_network_is_the_same_every_time_and_can_be_cancelled() -> None:
    graph = resnet()
    one, two = network(graph), network(graph)
    assert list(one.edges(data=True, keys=True)) == list(two.edges(data=True, keys=True))

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        network(graph, stop)
