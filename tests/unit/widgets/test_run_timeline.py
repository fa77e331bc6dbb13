"""The timeline: slots, columns, blocks, scrubbing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Breakpoint, BreakpointKind, RunState, Selection
from opscope.widgets.run.timeline import Timeline
from opscope.widgets.run.track import BAD, CATEGORIES, Track, columns

from . import run_samples as samples


@pytest.fixture
def pane(qtbot):
    widget = Timeline()
    widget.resize(846, 98)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def bar(pane: Timeline, slot: int) -> QPoint:
    """The middle of a slot's bar."""
    return QPoint(round((pane.x_of(slot) + pane.x_of(slot + 1)) / 2), 80)


def test_slots_are_records_and_then_what_is_still_to_run():
    track = Track(samples.gpt2(231).run)
    ops, _, seconds = track.lay_out()
    assert ops.tolist() == list(range(512))
    matmuls = [s for s in range(231, 512) if track.run.graph.ops[s].type == "matmul"]
    ran = [r.duration for r in track.run.records if track.run.graph.ops[r.op].type == "matmul"]
    assert seconds[matmuls[0]] == pytest.approx(np.mean(ran))


def test_a_finished_run_has_nothing_ahead():
    run = samples.looped(5, done=True)
    ops, _, _ = Track(run).lay_out()
    assert len(ops) == len(run.records)


def test_loop_body_is_ahead_only_while_the_run_is_inside():
    run = samples.looped(2)
    ops, _, _ = Track(run).lay_out()
    assert ops.tolist()[len(run.records) :] == [4, 5, 6]
    outside = samples.Runner(run.graph)
    outside.step(1)
    assert Track(outside.run).lay_out()[0].tolist() == [0, 1, 2, 6]


def test_growth_is_followed():
    runner = samples.gpt2(10)
    track = Track(runner.run)
    runner.step(100)
    track.follow()
    assert len(track.lay_out()[0]) == 512
    assert track.seconds == pytest.approx(sum(r.duration for r in runner.run.records))


def test_blocks_are_named():
    track = Track(samples.gpt2(231).run)
    segments = track.segments(track.lay_out()[0])
    labels = [segment.label for segment in segments]
    assert labels[:3] == ["embeddings", "h.0", "h.1"]
    assert segments[1].stop - segments[1].start == 42


def test_a_loop_is_one_block_with_its_passes():
    track = Track(samples.looped(8, done=True))
    labels = [segment.label for segment in track.segments(track.lay_out()[0])]
    assert labels == ["encoder", "refine × 8", "head"]


def test_columns_show_the_longest_op_of_each():
    seconds = np.array([1.0, 9.0, 1.0, 1.0, 4.0, 1.0])
    colours = np.array([0, 1, 2, 3, 4, 5], np.int32)
    gathered = columns(colours, seconds, 2)
    assert gathered.first.tolist() == [0, 3]
    assert gathered.colours.tolist() == [1, 4]


def test_a_column_with_a_bad_value_says_so():
    run = samples.not_finite()
    track = Track(run)
    _, colours, seconds = track.lay_out()
    assert colours.tolist()[1:] == [BAD, BAD, BAD]
    assert columns(colours, seconds, 1).colours.tolist() == [BAD]
    assert CATEGORIES[colours[0]].value == "reduce"


def test_title_sums_what_was_recorded(pane):
    run = samples.gpt2(231).run
    pane.show_run(run)
    assert pane.subtitle().startswith("Forward pass")
    assert pane.subtitle().endswith("ms recorded")


def test_dragging_scrubs_and_sends_the_newest_only(pane, qtbot):
    pane.show_run(samples.gpt2(231).run)
    wanted: list[object] = []
    pane.seek_wanted.connect(wanted.append)
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=bar(pane, 40))
    for slot in range(41, 90):
        QTest.mouseMove(pane, bar(pane, slot))
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=bar(pane, 89))
    assert wanted[-1] == 89
    assert len(wanted) < 20


def test_dragging_past_the_head_returns_to_live(pane):
    run = samples.gpt2(231).run
    samples.look_back(run, 100)
    pane.show_run(run)
    wanted: list[object] = []
    pane.seek_wanted.connect(wanted.append)
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=bar(pane, 100))
    QTest.mouseMove(pane, bar(pane, 300))
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=bar(pane, 300))
    assert wanted[-1] is None


def test_buttons_move_the_cursor(pane):
    run = samples.gpt2(231).run
    pane.show_run(run)
    wanted: list[object] = []
    pane.seek_wanted.connect(wanted.append)
    first, back, forward, newest = pane.buttons
    assert [b.isEnabled() for b in pane.buttons] == [True, True, False, False]
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    samples.look_back(run, 230)
    pane.show_place()
    QTest.mouseClick(forward, Qt.MouseButton.LeftButton)
    QTest.mouseClick(newest, Qt.MouseButton.LeftButton)
    assert wanted == [0, 230, None, None]
    run.state = RunState.RUNNING
    pane.show_place()
    assert not any(b.isEnabled() for b in pane.buttons)


def test_clicks_pick_blocks_and_ops_to_come(pane, qtbot):
    run = samples.gpt2(231).run
    pane.show_run(run)
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(bar(pane, 100).x(), 42))
    assert run.graph.scopes[seen.args[0].scope].path == "h.2"
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.mouseClick(pane, Qt.MouseButton.LeftButton, pos=bar(pane, 400))
    assert seen.args == [Selection(op=400)]


def test_tooltip_names_the_op(pane):
    pane.show_run(samples.gpt2(231).run)
    position = bar(pane, 228)
    hint = pane.hint_at(position.x(), position.y())
    assert hint.startswith("229  where in h.5.attn")
    assert "1×12×64×64" in hint


def test_breakpoints_have_dots(pane):
    run = samples.gpt2(231).run
    pane.show_run(run)
    before = pane.grab().toImage()
    pane.show_breakpoints([Breakpoint(BreakpointKind.OP, run.graph.ops[231].key)])
    after = pane.grab().toImage()
    assert before != after


def test_the_cursor_moves_over_fifty_thousand_records(pane):
    runner = samples.Runner(samples.many(50_000))
    runner.step(50_000)
    pane.show_run(runner.run)
    seen = pane.grab().toImage()
    for record in (1000, 20_000, 40_000):
        samples.look_back(runner.run, record)
        pane.show_place()
        before, seen = seen, pane.grab().toImage()
        assert seen != before, record
