"""The graph during a backward pass: forward nodes stand for it, the pass itself stays closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Selection
from opscope.widgets.graph.gradient_signs import holds_gradient
from opscope.widgets.graph.model import scope_key
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView

from .backward_samples import Step

Show = Callable[[Step], GraphView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[GraphView] = []

    def make(step: Step) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(step.run)
        view.show_place()
        made.append(view)
        return view

    yield make
    made.clear()


def key_at(view: GraphView, node: int) -> int:
    assert view.canvas.picture is not None
    return view.canvas.picture.scene.nodes[node].key


def keys(view: GraphView) -> set[int]:
    assert view.canvas.picture is not None
    return {node.key for node in view.canvas.picture.scene.nodes}


def wires(view: GraphView) -> set[tuple[int, int]]:
    assert view.canvas.picture is not None
    return {(wire.source, wire.target) for wire in view.canvas.picture.scene.wires}


def pass_of(step: Step) -> int:
    return next(i for i, scope in enumerate(step.graph.scopes) if scope.path == "backward")


def go(view: GraphView, step: Step, to: int) -> None:
    first = step.go(to)
    view.show_growth(first)
    view.show_place()


def test_a_pass_is_one_closed_node_between_the_loss_and_the_optimizer(show: Show):
    step = Step()
    view = show(step)
    back = pass_of(step)
    assert not view.is_open(back)
    assert scope_key(back) in keys(view)
    assert not keys(view) & set(range(4, 14)), "none of its ops has a node"
    optimizer = step.graph.ops[14].scope
    assert (3, scope_key(back)) in wires(view)
    assert any(source == scope_key(back) for source, _ in wires(view))
    assert view.is_open(optimizer), "all else of a small graph is open"
    into = {source for source, target in wires(view) if target == scope_key(back)}
    assert into == {3}, "what it reads of the forward pass is not drawn"


def test_the_forward_op_stands_for_the_place_and_the_pass_is_marked_with_it(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 9)
    marks = view.canvas.marks
    assert key_at(view, marks.live) == 1, "before ReluBackward"
    assert marks.live_op == 1
    assert marks.backward
    assert key_at(view, marks.pair) == scope_key(pass_of(step))
    assert not view.is_open(pass_of(step)), "the way to the place does not open it"
    go(view, step, 14)
    assert not view.canvas.marks.backward
    assert view.canvas.marks.pair == -1


def test_a_weight_stands_for_what_gathers_its_gradient(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 8)
    picture = view.canvas.picture
    assert picture is not None
    node = picture.scene.nodes[view.canvas.marks.live]
    assert node.look is Look.WEIGHT
    assert step.graph.values[3].name == "fc2.weight"


def test_a_bias_without_a_capsule_is_shown_by_the_op_that_takes_it(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 6)
    assert step.graph.ops[6].note == "fc2.bias"
    assert key_at(view, view.canvas.marks.live) == 2


def test_steps_back_light_forward_ops_weights_and_groups(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 9)
    assert view.canvas.picture is not None
    progress = view.canvas.picture.progress
    assert progress.lit == {3, 2}
    assert progress.lit_values == {3, 4}
    assert not holds_gradient(progress, [step.graph.ops[0].scope])
    go(view, step, 14)
    progress = view.canvas.picture.progress
    assert progress.lit == {0, 1, 2, 3}
    assert holds_gradient(progress, [step.graph.ops[0].scope])
    node = view.canvas.picture.scene.at[1]
    words = view.canvas.picture.nodes.describe(
        view.canvas.picture.scene.nodes[node], view.canvas.marks
    )
    assert words == "relu, ran, gradient computed"


def test_a_rewound_run_puts_lights_out(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 14)
    step.run.forget_from(5, 4)
    view.show_rewound()
    assert view.canvas.picture is not None
    assert view.canvas.picture.progress.lit == {3}
    assert view.canvas.picture.progress.lit_values == set()


def test_a_selected_backward_op_shows_its_forward_op(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 14)
    view.show_selection(Selection(op=9, record=9))
    assert key_at(view, view.canvas.marks.selected) == 1
    assert view.canvas.marks.selected_op == 1
    view.show_selection(Selection(scope=step.graph.ops[10].scope))
    assert key_at(view, view.canvas.marks.selected) == 0, "of the module, its one forward op"
    view.show_selection(Selection(scope=pass_of(step)))
    assert key_at(view, view.canvas.marks.selected) == scope_key(pass_of(step))


def test_an_opened_pass_shows_its_own_ops_and_their_forward_ops_as_counterparts(show: Show):
    step = Step()
    view = show(step)
    view.set_open(pass_of(step), True)
    go(view, step, 9)
    marks = view.canvas.marks
    assert key_at(view, marks.live) == 9
    assert key_at(view, marks.pair) == 1
    assert {4, 9} <= keys(view)
    view.show_selection(Selection(op=9))
    assert key_at(view, view.canvas.marks.selected) == 9


def test_who_looks_back_sees_the_pair_of_the_cursor(show: Show):
    step = Step()
    view = show(step)
    go(view, step, 14)
    step.look_back(9)
    view.show_place()
    marks = view.canvas.marks
    assert key_at(view, marks.cursor) == 1
    assert marks.backward
    assert key_at(view, marks.pair) == scope_key(pass_of(step))


def test_a_pass_that_a_run_adds_stays_closed_while_it_grows(show: Show):
    step = Step(upto=4)
    view = show(step)
    go(view, step, 4)
    assert len(step.graph.scopes) == 3
    step.add_ops(5)
    go(view, step, 5)
    back = pass_of(step)
    assert scope_key(back) in keys(view)
    assert not view.is_open(back)
    step.add_ops(10)
    go(view, step, 9)
    assert key_at(view, view.canvas.marks.live) == 1
    assert (3, scope_key(back)) in wires(view)
