"""The pass picker in a loop's header, and how the ops of a loop stand in the pass looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import (
    BACK,
    CHOOSE,
    FORTH,
    Frame,
    OpRecord,
    Phase,
    Place,
    Run,
    RunState,
    ScopeKind,
    Selection,
    TensorSummary,
    ValueKind,
)
from opscope.widgets.graph.inks import Words
from opscope.widgets.graph.model import GraphModel
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.pass_picker import PassPickers
from opscope.widgets.graph.progress import Progress
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from opscope.widgets.theme import DARK, LIGHT, hub
from tests.unit.widgets.graph_samples import Sketch, gpt, loop, paused

Show = Callable[[Run], GraphView]


def number(run: Run, kind: str) -> int:
    return next(index for index, op in enumerate(run.graph.ops) if op.type == kind)


def body(run: Run) -> int:
    return run.graph.ops[number(run, "While")].inner


def did(run: Run, kind: str, frame: int, shape: tuple[int, ...] = (8, 32), error: str = "") -> None:
    summary = TensorSummary(shape, "float32")
    op = number(run, kind)
    run.add_records([OpRecord(op, frame, Phase.FORWARD, 0.0, (), (summary,), error=error)])


def turned(passes: list[list[str]], finished: bool = False) -> Run:
    """A run into the loop: what ran in each pass; it stands after the last of them."""
    run = Run(loop(), state=RunState.FINISHED if finished else RunState.PAUSED)
    did(run, "MatMul", 0)
    for turn, kinds in enumerate(passes):
        run.frames.append(Frame(0, body(run), turn))
        for kind in kinds:
            did(run, kind, turn + 1, (turn + 1, 32))
    records = len(run.records)
    if finished:
        for kind in ("Relu", "Mean"):
            did(run, kind, 0)
        run.head = Place(len(run.records))
    else:
        kinds = ["Tanh", "Sigmoid", "Mul"]
        left = [kind for kind in kinds if not passes or kind not in passes[-1]]
        op = number(run, left[0]) if left else -1
        run.head = Place(records, op, body(run), len(run.frames) - 1)
    return run


def look(run: Run, record: int) -> None:
    row = run.records[record]
    run.cursor = Place(record, row.op, run.graph.ops[row.op].scope, row.frame)


ALL = ["Tanh", "Sigmoid", "Mul"]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    made: list[GraphView] = []

    def make(run: Run) -> GraphView:
        view = GraphView()
        qtbot.addWidget(view)
        made.append(view)
        view.resize(844, 900)
        with qtbot.waitExposed(view):
            view.show()
        view.show_run(run)
        return view

    yield make
    made.clear()


def ran(run: Run, progress: Progress) -> set[str]:
    return {op.type for index, op in enumerate(run.graph.ops) if progress.ran[index]}


def test_only_what_ran_in_the_pass_counts_as_run() -> None:
    run = turned([ALL, ALL, ["Tanh"]])
    progress = Progress(run, GraphModel(run.graph))
    assert ran(run, progress) == {"MatMul", "Tanh"}
    assert progress.count(body(run)) == (1, 3)
    assert progress.count(0)[0] == 4, "of the whole it counts what ever ran"
    assert progress.passes(body(run)) == "pass 3"
    look(run, 5)
    assert progress.look()
    assert ran(run, progress) == {"MatMul", *ALL}
    assert progress.passes(body(run)) == "pass 2 of 3"
    assert not progress.look(), "the same pass"
    run.cursor = None
    progress.look()
    run.head = replace(run.head, op=number(run, "PartitionedCall"), scope=0, frame=0)
    assert progress.look()
    assert ran(run, progress) == {"MatMul", *ALL}, "from outside: in any pass"
    assert progress.passes(body(run)) == "3 passes"


def test_what_a_pass_skipped_stands_as_not_run() -> None:
    run = turned([ALL, ["Tanh", "Mul"], ALL], finished=True)
    progress = Progress(run, GraphModel(run.graph))
    look(run, 4)
    progress.look()
    assert "Sigmoid" not in ran(run, progress)
    made = run.graph.ops[number(run, "Sigmoid")].outputs[0]
    assert not progress.made[run.graph.values[made].op]


def test_records_that_come_count_in_their_own_pass() -> None:
    run = turned([ALL, ["Tanh"]])
    progress = Progress(run, GraphModel(run.graph))
    first = len(run.records)
    did(run, "Sigmoid", 2)
    assert progress.grow(first) == [number(run, "Sigmoid")]
    run.frames.append(Frame(0, body(run), 2))
    did(run, "Tanh", 3)
    assert progress.grow(first + 1) == [], "another pass than the one looked at"
    run.head = Place(len(run.records), number(run, "Sigmoid"), body(run), 3)
    assert progress.look()
    assert ran(run, progress) == {"MatMul", "Tanh"}


def test_an_error_stands_in_the_pass_it_was_raised_in() -> None:
    run = turned([ALL, ["Tanh"]])
    did(run, "Sigmoid", 2, error="too large")
    progress = Progress(run, GraphModel(run.graph))
    assert progress.errors == {number(run, "Sigmoid"): "too large"}
    look(run, 1)
    progress.look()
    assert progress.errors == {}


def test_a_rewound_run_has_the_passes_that_are_left() -> None:
    run = turned([ALL, ALL, ["Tanh"]])
    progress = Progress(run, GraphModel(run.graph))
    run.forget_from(5, 3)
    run.head = Place(5, number(run, "Sigmoid"), body(run), 2)
    progress.rewind()
    assert progress.passes(body(run)) == "pass 2"
    assert ran(run, progress) == {"MatMul", "Tanh"}


def test_a_wire_tells_the_shape_of_the_pass(show: Show) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    made = run.graph.ops[number(run, "Tanh")].outputs[0]
    run.graph.values[made] = replace(run.graph.values[made], shape=(-1, 32))
    look(run, 1)
    view = show(run)
    view.canvas.grab()
    picture = view.canvas.picture
    assert picture is not None
    wire = next(index for index in picture.scene.by_value[made] if picture.wires.told(index))
    assert picture.wires.told(wire) == "1×32"
    look(run, 7)
    view.show_place()
    view.canvas.grab()
    assert picture.wires.told(wire) == "3×32"


def picker(view: GraphView) -> tuple[int, QRectF]:
    """The loop's node, and where its picker is on the canvas."""
    run, picture = view._run, view.canvas.picture
    assert run is not None
    assert picture is not None
    index = picture.scene.node_of(Selection(scope=body(run)), view._stage.model)
    node = picture.scene.nodes[index]
    xs = [node.x + at for at in range(int(node.width))]
    y = node.y + 13.5 if node.look is Look.FRAME else node.y + node.height / 2
    inside = [x for x in xs if picture.nodes.pass_at(node, x, y)]
    corner = view.canvas.to_widget(inside[0], y - 4)
    return index, QRectF(corner, view.canvas.to_widget(inside[-1], y + 4))


def press(qtbot: QtBot, view: GraphView, x: float) -> None:
    """Click into the picker, so far from its left side; from its right where negative."""
    _, area = picker(view)
    at = QPointF((area.left() if x >= 0 else area.right()) + x, area.center().y())
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())


@pytest.mark.parametrize("open_", [True, False])
def test_the_arrows_and_the_words_ask_for_a_pass(show: Show, qtbot: QtBot, open_: bool) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    look(run, 4)
    view = show(run)
    view.set_open(body(run), open_)
    view.canvas.grab()
    asked: list[tuple[int, int]] = []
    view.pass_wanted.connect(lambda scope, wanted: asked.append((scope, wanted)))
    index, area = picker(view)
    node = view.canvas.picture.scene.nodes[index]
    assert node.look is (Look.FRAME if open_ else Look.GROUP)
    press(qtbot, view, 6)
    press(qtbot, view, -6)
    press(qtbot, view, area.width() / 2)
    assert asked == [(body(run), BACK), (body(run), FORTH), (body(run), CHOOSE)]
    assert view.is_open(body(run)) is open_, "the picker neither opens nor closes"


def test_a_fast_second_click_is_another_step(show: Show, qtbot: QtBot) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    look(run, 7)
    view = show(run)
    asked: list[int] = []
    view.pass_wanted.connect(lambda _scope, wanted: asked.append(wanted))
    _, area = picker(view)
    at = QPoint(round(area.left()) + 6, round(area.center().y()))
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert asked == [BACK, BACK]
    assert view.is_open(body(run))


def test_an_arrow_that_leads_nowhere_asks_for_nothing(show: Show) -> None:
    run = turned([ALL, ALL])
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    index, _ = picker(view)
    node = picture.scene.nodes[index]
    y = node.y + 13.5
    found = {picture.nodes.pass_at(node, node.x + x, y) for x in range(int(node.width))}
    assert found == {0, BACK, CHOOSE}


def test_no_picker_before_the_loop_or_while_it_runs(show: Show) -> None:
    run = turned([])
    run.head = Place(1, number(run, "While"), 0, 0)
    model = GraphModel(run.graph)
    nest = Nest(model)
    nest.open = set(model.groups)
    scene = nest.scene()
    node = scene.nodes[scene.node_of(Selection(scope=body(run)), model)]
    pickers = PassPickers(model, Progress(run, model), Words())
    assert pickers.shown(node) is None
    run = turned([ALL, ["Tanh"]])
    run.state = RunState.RUNNING
    pickers = PassPickers(model, Progress(run, model), Words())
    assert pickers.shown(node) is None
    run.state = RunState.PAUSED
    assert pickers.shown(node) is not None


@pytest.mark.parametrize("states", [1, 2, 5, 9])
def test_every_open_loop_has_room_for_its_picker(show: Show, states: int) -> None:
    """However many tensors come in through the header."""
    sketch = Sketch()
    x = sketch.builder.external(ValueKind.INPUT, "x", (8,), "float32")
    xs = [sketch.op("MatMul", [x], (8,)) for _ in range(states)]
    looped = sketch.op("While", xs, (8,))
    back = sketch.enter("while", "body", ScopeKind.LOOP, op=sketch.graph.values[looped].op)
    for value in xs:
        sketch.op("Tanh", [value, xs[0]], (8,))
    sketch.scope = back
    run = Run(sketch.graph, state=RunState.PAUSED)
    run.frames += [Frame(0, body(run), 0), Frame(0, body(run), 1)]
    did(run, "Tanh", 1)
    did(run, "Tanh", 2)
    run.head = Place(2, number(run, "Tanh"), body(run), 2)
    view = show(run)
    view.set_open(body(run), True)
    index, area = picker(view)
    rect = view.canvas.node_rect(index)
    assert rect.left() < area.left()
    assert area.right() < rect.right()
    entering = [w.points[0][0] for w in view.canvas.picture.scene.wires_from(-1 - body(run))]
    assert entering
    for wire_x in entering:
        at = view.canvas.to_widget(wire_x, 0).x()
        assert not area.left() < at < area.right(), "a wire runs through the picker"


def test_a_screen_reader_hears_the_pass(show: Show) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    look(run, 4)
    view = show(run)
    picture = view.canvas.picture
    assert picture is not None
    index, _ = picker(view)
    assert "pass 2 of 3" in picture.nodes.describe(picture.scene.nodes[index], view.canvas.marks)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_picker_is_drawn_in_the_header(show: Show, theme: object) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    look(run, 4)
    view = show(run)
    hub().use(theme)
    try:
        before = view.canvas.grab().toImage()
        run.cursor = None
        run.state = RunState.RUNNING
        view.canvas.update()
        after = view.canvas.grab().toImage()
        run.state = RunState.FINISHED
        _, area = picker(view)
        rect = area.toAlignedRect()
        assert before.copy(rect) != after.copy(rect)
    finally:
        hub().use(DARK)


def test_a_picker_comes_back_when_the_run_stands_still(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = turned([ALL, ALL, ALL], finished=True)
    run.state = RunState.RUNNING
    view = show(run)
    painted: set[int] = set()
    repaint = view.canvas.repaint_nodes

    def spy(nodes: Iterable[int], wires: Iterable[int] = ()) -> None:
        painted.update(nodes)
        repaint(painted, wires)

    monkeypatch.setattr(view.canvas, "repaint_nodes", spy)
    run.state = RunState.FINISHED
    view.show_place()
    assert picker(view)[0] in painted


def test_alike_blocks_fold_again_around_the_selection(show: Show) -> None:
    run = paused(gpt(8), 0)
    view = show(run)
    blocks = [index for index, scope in enumerate(run.graph.scopes) if scope.type == "GPT2Block"]
    for block in blocks:
        view.go_to(Selection(scope=block))
        view.set_open(block, True)
    picture = view.canvas.picture
    assert picture is not None
    assert not any(node.look is Look.FOLD for node in picture.scene.nodes)
    inner = next(i for i, s in enumerate(run.graph.scopes) if s.path.endswith("h.4.attn"))
    view.show_selection(Selection(scope=inner))
    before = view.node_rect(Selection(scope=blocks[4]))
    assert view.fold_blocks()
    picture = view.canvas.picture
    assert picture is not None
    assert [len(n.members) for n in picture.scene.nodes if n.look is Look.FOLD] == [8]
    after = view.node_rect(Selection(scope=blocks[4]))
    assert before is not None
    assert after is not None
    assert before.topLeft() == after.topLeft(), "it folds where the user looks"
    assert not view.fold_blocks(), "they are folded"
    view.show_selection(Selection(op=0))
    assert not view.fold_blocks(), "it stands in no row of blocks"
