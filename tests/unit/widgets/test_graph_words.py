"""What headers, counts, passes and the screen reader say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QColor
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Frame, Graph, OpRecord, Phase, Place, Selection
from opscope.widgets.graph.header_words import header_runs
from opscope.widgets.graph.inks import Face, Words
from opscope.widgets.graph.model import GraphModel
from opscope.widgets.graph.nested import Nest
from opscope.widgets.graph.progress import Progress
from opscope.widgets.graph.scene import Look
from opscope.widgets.graph.view import GraphView
from tests.unit.widgets.graph_samples import gpt, loop, paused, resnet

BLACK = QColor("black")


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[GraphView]:
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(844, 900)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.show_run(None)


def test_ops_with_an_inside_do_not_count() -> None:
    run = paused(loop(), 0)
    graph = run.graph
    progress = Progress(run, GraphModel(graph))
    inside = [op for op in graph.ops if op.inner < 0]
    assert progress.count(0) == (0, len(inside))
    assert len(inside) < len(graph.ops)
    whole = next(index for index, op in enumerate(graph.ops) if op.inner >= 0)
    run.add_records([OpRecord(whole, 0, Phase.FORWARD, 0.0, (), ())])
    progress.grow(0)
    body = progress.count(graph.ops[whole].inner)[1]
    assert progress.count(0) == (1, len(inside) - body + 1), "run as one, it is one op"


def test_passes_in_words() -> None:
    run = paused(loop(), 0)
    body = next(i for i, s in enumerate(run.graph.scopes) if s.kind.value == "loop")
    run.frames.extend(Frame(0, body, turn) for turn in range(3))
    run.head = Place(0, -1, body, 3)
    progress = Progress(run, GraphModel(run.graph))
    assert progress.passes(body) == "pass 3"
    run.cursor = Place(0, -1, body, 2)
    assert progress.passes(body) == "pass 2 of 3"
    run.cursor = None
    run.head = Place(0, -1, 0, 0)
    assert progress.passes(body) == "3 passes"
    assert progress.passes(0) == ""


@pytest.mark.parametrize("gaps", [[(26, 300)], [(26, 90), (104, 300)], [(26, 60), (74, 90)]])
def test_a_header_is_cut_between_words_only(gaps: list[tuple[float, float]], qtbot: QtBot) -> None:
    words = Words()
    name = ("while", Face.NAME, BLACK)
    parts = [name, ("loop body", Face.NOTE, BLACK), ("23 ops", Face.NOTE, BLACK)]
    runs = header_runs(parts, gaps, words)
    assert runs[0][0] == 0
    assert runs[0][1][0] == name
    for at, run in runs[1:]:
        assert sum(words.width(text, face) for text, face, _ in run) < gaps[at][1] - gaps[at][0]
    if len(gaps) == 1:
        assert runs == [(0, parts)]


@pytest.mark.parametrize("graph", [gpt(2), resnet((2, 2)), loop()])
def test_no_wire_comes_in_through_a_name(graph: Graph, qtbot: QtBot) -> None:
    model = GraphModel(graph)
    nest = Nest(model)
    nest.open = set(model.groups)
    scene = nest.scene()
    words = Words()
    for node in scene.nodes:
        if node.look is Look.FRAME:
            end = node.x + 26 + words.width(model.title(-1 - node.key), Face.NAME)
            assert all(wire.points[0][0] > end for wire in scene.wires_from(node.key))


def test_nodes_have_names_roles_and_states(view: GraphView) -> None:
    run = paused(gpt(), 3)
    view.show_run(run)
    canvas = QAccessible.queryAccessibleInterface(view.canvas)
    assert canvas.role() is QAccessible.Role.List
    assert canvas.text(QAccessible.Text.Name) == "Graph"
    picture = view.canvas.picture
    assert picture is not None
    assert canvas.childCount() == len(picture.scene.nodes)
    names = [canvas.child(at).text(QAccessible.Text.Name) for at in range(canvas.childCount())]
    assert "embedding wte, ran" in names
    assert any(name.startswith("h.0 GPT2Block, 31 ops, closed") for name in names)
    view.show_selection(Selection(op=2))
    selected = canvas.focusChild()
    assert selected.text(QAccessible.Text.Name) == "embedding wte, ran"
    assert selected.state().selected
    assert canvas.indexOfChild(selected) == view.canvas.marks.selected
    live = canvas.child(view.canvas.marks.live)
    assert live.text(QAccessible.Text.Description) == "The run stands here"
    at = live.rect().center()
    assert canvas.childAt(at.x(), at.y()) is live
    assert view.canvas.rect().contains(view.canvas.mapFromGlobal(QPoint(at)))
    view.show_run(paused(resnet(), 0))
    assert not live.isValid()
    assert live.text(QAccessible.Text.Name) == ""
