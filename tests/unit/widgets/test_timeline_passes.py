"""The timeline with a backward pass: its blocks, its bars, and its place while there is none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from opscope.tracers.ir import Scope, ScopeKind
from opscope.widgets.run.timeline import Timeline
from opscope.widgets.run.timeline_words import slot_words
from opscope.widgets.run.track import Track
from opscope.widgets.theme import colour

from . import run_samples
from .backward_samples import Step


@pytest.fixture
def line(qtbot):
    made = Timeline()
    made.resize(900, 98)
    qtbot.addWidget(made)
    made.show()
    return made


def show(line: Timeline, step: Step) -> None:
    line.show_run(step.run)
    line.show_place()


def test_the_pass_back_has_the_blocks_of_the_forward_one_in_reverse():
    step = Step()
    step.go(16)
    track = Track(step.run)
    ops = track.lay_out()[0]
    labels = [segment.label for segment in track.segments(ops)]
    assert labels == [
        *("fc1", "", "fc2", ""),
        *("backward", "fc2", "backward", "fc1"),
        "optimizer.step",
    ]
    assert track.backward(ops).tolist() == [False] * 4 + [True] * 10 + [False] * 2


def test_a_pass_that_a_run_adds_does_not_change_the_forward_blocks():
    runner = run_samples.gpt2(ran=512)
    graph = runner.run.graph
    before = Track(runner.run)
    blocks = [segment.label for segment in before.segments(before.lay_out()[0])]
    back = len(graph.scopes)
    graph.scopes.append(Scope("/backward", 0, "backward", "backward", "", ScopeKind.BACKWARD))
    graph.scopes.append(
        Scope("/backward/h.11", back, "h.11", "h.11", "GPT2Block", ScopeKind.MODULE)
    )
    maker = run_samples.Maker(graph=graph)
    for _ in range(700):
        maker.op(back + 1, "MulBackward", (1,))
    runner.step(700)
    before.follow()
    after = Track(runner.run)
    for track in (before, after):
        labels = [segment.label for segment in track.segments(track.lay_out()[0])]
        assert labels[: len(blocks)] == blocks
        assert labels[len(blocks) :] == ["h.11"]


def test_bars_of_the_pass_back_hang_from_above(line: Timeline):
    step = Step()
    step.go(16)
    step.end()
    show(line, step)
    image: QImage = line.grab().toImage()
    ratio = image.devicePixelRatio()
    panel = colour("panel").rgb()

    def ink(slot: int, y: float) -> bool:
        x = line.x_of(slot) + 2
        return image.pixel(round(x * ratio), round(y * ratio)) != panel

    assert ink(0, 85)
    assert not ink(0, 62)
    assert ink(5, 62)
    assert not ink(5, 85)
    assert ink(15, 85)


def test_the_subtitle_says_which_pass_the_place_is_in(line: Timeline):
    step = Step()
    show(line, step)
    assert line.subtitle() == "Forward pass"
    for to, words in ((4, "Forward pass"), (6, "Backward pass"), (15, "Forward pass")):
        line.show_growth(step.go(to))
        line.show_place()
        assert line.subtitle().startswith(words)
    step.look_back(7)
    line.show_place()
    assert line.subtitle().startswith("Backward pass")
    step.run.cursor = None
    step.go(16)
    step.end()
    line.show_growth(15)
    line.show_place()
    assert line.subtitle().startswith("Both passes")


def test_a_bar_says_whose_gradient_it_is_for():
    step = Step()
    step.go(10)
    words = slot_words(step.run, 9, 9)
    assert words.splitlines()[0] == "10  ReluBackward in backward, for the gradient of relu"


def test_where_there_is_no_pass_yet_its_place_is_kept_free(line: Timeline, qtbot):
    step = Step(upto=4)
    step.go(4)
    step.end()
    show(line, step)
    assert not line.offer.isVisible()
    end = line.x_of(4)
    line.offer_backward(True, False, "The forward pass is not over.")
    assert line.offer.isVisible()
    assert line.offer.text() == "Backward · not recorded"
    assert line.offer.toolTip() == "The forward pass is not over."
    assert line.x_of(4) < line.offer.x() < end
    with qtbot.assertNotEmitted(line.backward_wanted):
        QTest.mouseClick(line.offer, Qt.MouseButton.LeftButton)
    line.offer_backward(True, True, "Run a backward pass…")
    with qtbot.waitSignal(line.backward_wanted, timeout=500):
        QTest.mouseClick(line.offer, Qt.MouseButton.LeftButton)
    line.resize(500, 98)
    assert not line.offer.isVisible(), "too narrow"
    line.resize(900, 98)
    line.offer_backward(False, False, "")
    assert line.x_of(4) == end
