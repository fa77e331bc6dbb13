"""Panes forget what a rewound run forgot, and keep everything else as it was."""

from __future__ import annotations

import pytest

from opscope.app.workbench import Workbench
from opscope.tracers.ir import Place, Run, Selection
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import REWOUND, STATE, State
from opscope.tracers.protocol.mirror import Mirror
from opscope.widgets.graph.view import GraphView
from opscope.widgets.run.execution_list import ExecutionList
from opscope.widgets.run.outline import Outline
from opscope.widgets.run.status_bar import StatusBar
from opscope.widgets.run.timeline import Timeline

from . import run_samples as samples


def rewind(run: Run, record: int) -> None:
    """Stand live before a recorded op, as the session makes the run do it."""
    row = run.records[record]
    frames = row.frame + 1
    run.forget_from(record, frames)
    run.cursor = None
    scope = run.graph.ops[row.op].scope
    run.head = Place(record, row.op, scope, row.frame, row.source)


def fresh(run: Run) -> Outline:
    """What an outline that never saw more would know."""
    return Outline(run)


@pytest.mark.parametrize("record", [0, 1, 5, 100, 229])
def test_an_outline_counts_as_one_that_never_saw_more(record):
    run = samples.gpt2(231).run
    outline = Outline(run)
    rewind(run, record)
    outline.rewind()
    assert (outline.ran, outline.done) == (fresh(run).ran, fresh(run).done)
    assert outline.record_of(run.head.op) == -1


def test_passes_of_a_loop_are_counted_anew():
    run = samples.looped(3, done=True)
    outline = Outline(run)
    loop = next(i for i, scope in enumerate(run.graph.scopes) if scope.name == "refine")
    assert outline.passes(loop, current=False) == (0, 3)
    rewind(run, 5)
    outline.rewind()
    assert outline.passes(loop, current=True) == (2, 2)


def test_the_list_keeps_what_is_open_and_where_it_is_scrolled(qtbot):
    runner = samples.gpt2(231)
    run = runner.run
    panel = ExecutionList()
    panel.resize(304, 600)
    qtbot.addWidget(panel)
    panel.show_run(run)
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_place()
    opened = panel.tree.opened()
    scrolled = panel.tree.verticalScrollBar().value()
    rewind(run, 226)
    panel.show_rewound()
    panel.show_place()
    assert panel.tree.opened() == opened
    assert panel.tree.verticalScrollBar().value() == scrolled
    assert panel.tabs.tail() == f"227 of {len(run.graph.ops)}"


def test_the_graph_draws_forgotten_ops_as_not_run(qtbot):
    run = samples.gpt2(231).run
    view = GraphView()
    view.resize(800, 700)
    qtbot.addWidget(view)
    view.show_run(run)
    view.show()
    qtbot.waitExposed(view)
    stage = view._stage
    assert stage is not None
    assert stage.progress.ran[230]
    zoom, keys = view.canvas.zoom, stage.open_keys()
    rewind(run, 226)
    view.show_rewound()
    view.show_place()
    assert not stage.progress.ran[226:].any()
    assert stage.progress.ran[:226].all()
    assert not stage.progress.made[226:].any()
    assert view.canvas.zoom == zoom
    assert keys <= stage.open_keys()


def test_the_timeline_and_the_status_forget(qtbot):
    run = samples.not_finite()
    line, status = Timeline(), StatusBar()
    for pane in (line, status):
        pane.resize(800, pane.height())
        qtbot.addWidget(pane)
        pane.show_run(run)
    before = line.subtitle()
    assert "from op 2" in status.right_parts()[0].text
    rewind(run, 1)
    for pane in (line, status):
        pane.show_rewound()
        pane.show_place()
    assert line.subtitle() != before
    assert status.right_parts()[0].text == "All values finite"


def test_nothing_selected_names_a_forgotten_record(qtbot):
    run = samples.gpt2(231).run
    bench = Workbench()
    qtbot.addWidget(bench)
    bench.show_run(run)
    bench.select(Selection(op=run.records[228].op, record=228))
    assert bench.inspector.subject.record == 228
    rewind(run, 200)
    bench.show_rewound()
    assert bench.selection == Selection(op=228)
    assert bench.inspector.subject.record == -1
    assert bench.inspector.subject.op == 228


def test_a_value_kept_on_show_goes_with_its_record(qtbot):
    run = samples.gpt2(231).run
    bench = Workbench()
    qtbot.addWidget(bench)
    bench.show_run(run)
    bench.select(Selection(op=100, record=100))
    bench.inspector.header.pin.setChecked(True)
    rewind(run, 150)
    bench.show_rewound()
    assert bench.inspector.pinned, "its record is there still"
    rewind(run, 50)
    bench.show_rewound()
    assert not bench.inspector.pinned


def test_a_mirror_stands_at_the_end_of_what_is_left_until_it_is_told():
    mirror = Mirror()
    run = samples.gpt2(231).run
    mirror.run, mirror.begun = run, True
    cursor = Place(200, run.records[200].op, 0, run.records[200].frame)
    mirror.follow(STATE, to_json(State(run.state, run.head, cursor)))
    assert run.cursor == cursor
    assert mirror.follow(REWOUND, {"records": 100, "frames": 20})
    assert (run.head, run.cursor) == (Place(100), None)
    assert len(run.frames) == 20
    assert mirror.state is not None
    assert not mirror.behind
