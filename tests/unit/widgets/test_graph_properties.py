"""What holds of every layout, on random graphs: tidy, complete, the same every time, steady."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Graph, Place, Run, RunState, ValueKind
from opscope.widgets.graph.model import GraphModel, key_scope, value_key
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.opening import first_open
from opscope.widgets.graph.scene import Look, Scene
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_dice import dice_graph, repeated
from tests.unit.widgets.graph_samples import advance, flat

CLOSE = 1.5  # px
SEEDS = (*range(14), 24, 37, 46, 57)


def laid(graph: Graph, open_: set[int] | None = None, fold: bool = True) -> tuple[Nest, Scene]:
    """A layout with everything open, or with these groups."""
    model = GraphModel(graph)
    nest = Nest(model)
    nest.fold_shapes = fold
    nest.open = set(model.groups) if open_ is None else open_ & model.groups.keys() | {0}
    return nest, nest.scene()


def some_open(graph: Graph, seed: int, share: float = 0.6) -> set[int]:
    """Random groups, each with those around it."""
    model = GraphModel(graph)
    dice = np.random.default_rng(seed)
    found = {0}
    for group in model.groups:
        if dice.random() < share:
            found.update(model.path(group))
    return found


def assert_tidy(scene: Scene) -> None:
    """Nothing overlaps, what is inside is inside, no wire crosses a node."""
    rects = scene.rects
    left, top, right, bottom = rects.T
    parent = np.array([node.parent for node in scene.nodes])
    weight = np.array([node.look is Look.WEIGHT for node in scene.nodes])
    frame = np.array([node.look is Look.FRAME for node in scene.nodes])
    # A weight stands in the frame of its op.
    group = np.where(weight, parent[np.where(weight, parent, 0)], parent)
    for index in range(len(scene.nodes)):
        beside = group == group[index]
        beside[index] = False
        over = beside & (left < right[index]) & (left[index] < right)
        over &= (top < bottom[index]) & (top[index] < bottom)
        assert not over.any(), (scene.nodes[index], scene.nodes[int(over.argmax())])
        around = int(group[index])
        if around >= 0:
            assert left[around] < left[index], scene.nodes[index]
            assert right[index] < right[around], scene.nodes[index]
            assert top[around] < top[index], scene.nodes[index]
            assert bottom[index] < bottom[around], scene.nodes[index]
    lines = scene.lines
    low, high = np.minimum(lines[:, :2], lines[:, 2:]), np.maximum(lines[:, :2], lines[:, 2:])
    upright = (np.abs(lines[:, 0] - lines[:, 2]) < 0.01) | (
        np.abs(lines[:, 1] - lines[:, 3]) < 0.01
    )
    assert upright.all()
    for index in np.flatnonzero(~frame):
        through = (low[:, 0] < right[index] - CLOSE) & (high[:, 0] > left[index] + CLOSE)
        through &= (low[:, 1] < bottom[index] - CLOSE) & (high[:, 1] > top[index] + CLOSE)
        crossing = scene.line_wire[through]
        assert not len(crossing), (scene.wires[int(crossing[0])], scene.nodes[index])


def assert_routed(graph: Graph, nest: Nest, scene: Scene) -> None:
    """Every use of a value can be followed, wire by wire, from where it is made to its user."""
    model = nest.model
    ways: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for wire in scene.wires:
        ways[wire.value][wire.source].add(wire.target)
        for end, key in ((wire.points[0], wire.source), (wire.points[-1], wire.target)):
            if key not in scene.at:
                continue
            node = scene.nodes[scene.at[key]]
            assert node.x - CLOSE <= end[0] <= node.x + node.width + CLOSE, wire
            assert node.y - CLOSE <= end[1] <= node.y + node.height + 8, wire
    for op, row in enumerate(graph.ops):
        user = scene.nodes[scene.node_of_op(op, model)].key
        for value in row.inputs:
            made = graph.values[value]
            if made.op >= 0:
                source = scene.nodes[scene.node_of_op(made.op, model)].key
            elif made.kind is ValueKind.INPUT and value_key(value) in scene.at:
                source = value_key(value)
            else:
                continue
            if source != user:
                assert user in reached(ways[value], source), (graph.ops[made.op], row)


def reached(ways: dict[int, set[int]], start: int) -> set[int]:
    found, stack = {start}, [start]
    while stack:
        for key in ways.get(stack.pop(), ()):
            if key not in found:
                found.add(key)
                stack.append(key)
    return found


def assert_joined(scene: Scene) -> None:
    """At a frame's border a wire goes on where the one outside, or inside, ended."""
    ends = {(wire.value, wire.target, wire.points[-1]) for wire in scene.wires}
    starts = {(wire.value, wire.source, wire.points[0]) for wire in scene.wires}
    for wire in scene.wires:
        if wire.entering:
            assert (wire.value, wire.source, wire.points[0]) in ends, wire
        elif key_scope(wire.target) >= 0 and not wire.arrow and wire.target in scene.at:
            node = scene.nodes[scene.at[wire.target]]
            if wire.points[-1][1] >= node.y + node.height - CLOSE:
                assert (wire.value, wire.target, wire.points[-1]) in starts, wire


@pytest.mark.parametrize("seed", SEEDS)
def test_random_graphs_are_tidy_and_complete(seed: int) -> None:
    graph = dice_graph(seed, 30 + 5 * seed)
    opens = (None, some_open(graph, seed), {0})
    for number, open_ in enumerate(opens):
        nest, scene = laid(graph, open_, fold=(seed + number) % 2 == 0)
        assert_tidy(scene)
        assert_routed(graph, nest, scene)
        assert_joined(scene)
        shown = {key for node in scene.nodes for key in node.members}
        assert len(scene.at) >= len(shown) - len(graph.values)


@pytest.mark.parametrize("seed", range(3))
def test_a_hub_with_five_hundred_consumers(seed: int) -> None:
    graph = dice_graph(seed, 40, hub=500)
    nest, scene = laid(graph)
    assert_tidy(scene)
    assert_routed(graph, nest, scene)
    assert_joined(scene)


def test_nothing_but_isolated_ops() -> None:
    graph = dice_graph(3, 30, cycles=0)
    for at, row in enumerate(graph.ops):
        graph.ops[at] = type(row)(
            row.key, row.type, row.scope, row.category, "", (), (), row.outputs, -1, inner=row.inner
        )
    _, scene = laid(graph)
    assert_tidy(scene)
    assert not scene.wires


def print_of(scene: Scene) -> str:
    return hashlib.sha256(repr((scene.nodes, scene.wires)).encode()).hexdigest()


@pytest.mark.parametrize("seed", range(6))
def test_the_same_graph_gives_the_same_picture(seed: int) -> None:
    graph, again = dice_graph(seed), dice_graph(seed)
    open_ = some_open(graph, seed)
    assert print_of(laid(graph, open_)[1]) == print_of(laid(again, open_)[1])
    # Whatever the way to what is open.
    model = GraphModel(graph)
    nest = Nest(model)
    for group in sorted(open_ & model.groups.keys(), reverse=True):
        nest.set_open(group, True)
        nest.scene()
    for group in model.groups.keys() - open_:
        nest.set_open(group, True)
        nest.set_open(group, False)
    assert print_of(nest.scene()) == print_of(laid(graph, open_)[1])


SCRIPT = (
    "from tests.unit.widgets.test_graph_properties import dice_graph, laid, print_of;"
    "print(print_of(laid(dice_graph(7, 80))[1]))"
)


def test_another_process_draws_the_same_picture() -> None:
    """The order of sets and dictionaries of strings differs from process to process."""
    found = {print_of(laid(dice_graph(7, 80))[1])}
    for number in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": number, "PYTHONPATH": os.getcwd()}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environ, check=True
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_graph_that_grew_looks_as_if_it_had_always_been_so(seed: int) -> None:
    whole = dice_graph(seed, 90, cycles=0)
    part = Graph(whole.scopes[:1], [], [], whole.sources)
    part.values[:] = whole.values
    dice = np.random.default_rng(seed)
    counts = sorted({*(int(n) for n in dice.integers(1, 90, 5)), len(whole.ops)})
    model = GraphModel(part)
    nest = Nest(model)
    for count in counts:
        part.ops[:] = whole.ops[:count]
        known = 1 + max(op.scope for op in part.ops)
        known = max([known, *(op.inner + 1 for op in part.ops)])
        part.scopes[:] = whole.scopes[:known]
        model.grow()
        nest.grown()
        nest.open = set(model.groups)
        nest.all_changed()
        scene = nest.scene()
        assert_tidy(scene)
        assert_routed(part, nest, scene)


@pytest.mark.parametrize("blocks", [3, 12])
def test_blocks_fold_and_open_without_a_trace(blocks: int) -> None:
    graph = repeated(blocks, blocks)
    model = GraphModel(graph)
    nest = Nest(model)
    before = print_of(nest.scene())
    assert [node.look for node in nest.scene().nodes].count(Look.FOLD) == 1
    for group in list(model.groups)[1:]:
        nest.apart.add(group)
        nest.set_open(group, True)
    nest.all_changed()
    scene = nest.scene()
    assert_tidy(scene)
    frames = [node for node in scene.nodes if node.look is Look.FRAME]
    assert len(frames) == blocks
    assert len({(node.width, node.height) for node in frames}) == 1, "alike blocks look alike"
    for group in list(model.groups)[1:]:
        nest.set_open(group, False)
    nest.apart.clear()
    nest.all_changed()
    assert print_of(nest.scene()) == before


# What the user sees keeps its place.


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[[Run], GraphView]]:
    made: list[GraphView] = []

    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        made.append(view)
        view.resize(844, 760)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        return view

    yield make
    made.clear()


def corner(view: GraphView, key: int) -> QPointF:
    picture = view.canvas.picture
    assert picture is not None
    node = picture.scene.nodes[picture.scene.at[key]]
    return view.canvas.to_widget(node.x, node.y)


@pytest.mark.parametrize("seed", range(8))
def test_what_opens_and_closes_stays_where_it_is(
    show: Callable[[Run], GraphView], seed: int
) -> None:
    graph = dice_graph(seed, 90, cycles=0)
    run = Run(graph, state=RunState.PAUSED)
    run.head = Place(0, 0, graph.ops[0].scope)
    view = show(run)
    canvas = view.canvas
    dice = np.random.default_rng(seed)
    for _ in range(12):
        picture = canvas.picture
        assert picture is not None
        groups = [
            index
            for index, node in enumerate(picture.scene.nodes)
            if node.look in (Look.GROUP, Look.FRAME)
        ]
        if not groups:
            break
        index = groups[int(dice.integers(len(groups)))]
        key = picture.scene.nodes[index].key
        canvas.reveal(index)
        before = corner(view, key)
        view._toggle_node(index)
        assert (corner(view, key) - before).manhattanLength() <= CLOSE


@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_stays_when_the_run_grows_the_graph(
    show: Callable[[Run], GraphView], seed: int
) -> None:
    whole = flat(80) if seed == 0 else dice_graph(seed, 80, cycles=0)
    part = Graph(list(whole.scopes), whole.ops[:20], whole.values, whole.sources)
    run = Run(part, state=RunState.PAUSED)
    advance(run, 19)
    view = show(run)
    view.show_place()
    for count in range(21, 81, 3):
        key = view._place_key()
        assert key is not None
        before = corner(view, key)
        part.ops[:] = whole.ops[:count]
        first = advance(run, count - 1)
        view.show_growth(first)
        picture = view.canvas.picture
        assert picture is not None
        if key in picture.scene.at:
            old, new = before, corner(view, key)
            assert abs(old.y() - new.y()) <= CLOSE
        view.show_place()
        live = view.canvas.node_rect(view.canvas.marks.live)
        assert view.canvas.rect().intersects(live)


@pytest.mark.parametrize("seed", range(6))
def test_the_first_view_is_small_and_tidy(seed: int) -> None:
    graph = dice_graph(seed, 400, cycles=0)
    open_ = first_open(GraphModel(graph), Place(0, 0, graph.ops[0].scope))
    nest, scene = laid(graph, open_)
    assert len(scene.nodes) <= 300 + len(scene.weights) + len(nest.model.groups[0].items)
    assert_tidy(scene)
    assert all(len(wire.points) >= 2 for wire in scene.wires)
    for wire in scene.wires:
        assert all(one != two for one, two in pairwise(wire.points)), wire
