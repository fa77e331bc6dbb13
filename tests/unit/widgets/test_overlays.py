"""Overlays: what they read off a run, how it is gathered, and the colours it gets."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    OpRecord,
    Phase,
    Run,
    TensorSummary,
)
from opscope.widgets.graph.rows import unchecked
from opscope.widgets.overlays import builtin
from opscope.widgets.overlays import reading as reading_module
from opscope.widgets.overlays.amounts import Amounts
from opscope.widgets.overlays.builtin import (
    BytesOverlay,
    GradientOverlay,
    HealthOverlay,
    RangeOverlay,
    TimeOverlay,
    grade,
)
from opscope.widgets.overlays.overlay import Overlay
from opscope.widgets.overlays.ramps import STEPS, ramp
from opscope.widgets.overlays.reading import Reading
from opscope.widgets.overlays.scale import Scale, scale_of
from opscope.widgets.overlays.shown import Shown
from opscope.widgets.overlays.user import UserFileError, UserOverlay, parse, read_file, told
from opscope.widgets.theme import DARK, LIGHT, hub
from tests.unit.widgets.graph_samples import Sketch, advance, gpt, loop, paused


def summary(low: float | None, high: float | None, **facts: object) -> TensorSummary:
    made = TensorSummary((2, 8), "float32", nbytes=64, minimum=low, maximum=high)
    return replace(made, **facts)


def read(run: Run, overlay: Overlay, qtbot: QtBot) -> Reading:
    reading = Reading(run, overlay)
    qtbot.waitUntil(lambda: reading.done)
    return reading


def chain(run: Run, outputs: list[TensorSummary]) -> None:
    """Records of the run's ops in order, each reading the one before."""
    rows = [
        OpRecord(op, 0, Phase.FORWARD, 0.25 * (op + 1), ((op - 1, 0),) if op else (), (output,))
        for op, output in enumerate(outputs)
    ]
    run.add_records(rows)


def nested() -> Sketch:
    """relu in the root; mul and add in block; exp in block.inner."""
    s = Sketch()
    x = s.op("relu", [], (2, 8))
    s.enter("block", "Block")
    x = s.op("mul", [x], (2, 8))
    s.enter("inner", "Inner")
    x = s.op("exp", [x], (2, 8))
    s.scope = 1
    s.op("add", [x], (2, 8))
    return s


def test_times_add_up_over_executions_and_scopes(qtbot: QtBot) -> None:
    run = Run(nested().graph)
    chain(run, [summary(0, 1)] * 4)
    run.add_records([replace(run.records[2], duration=1.0)])
    amounts = read(run, TimeOverlay(), qtbot).amounts
    assert amounts.ops.tolist() == [0.25, 0.5, 1.75, 1.0]
    assert [amounts.scope(scope) for scope in range(3)] == [3.5, 3.25, 1.75]


def test_a_range_is_the_furthest_from_zero_of_all(qtbot: QtBot) -> None:
    run = Run(nested().graph)
    chain(run, [summary(-1, 2), summary(-9, 2), summary(0, 4), summary(None, None)])
    amounts = read(run, RangeOverlay(), qtbot).amounts
    assert amounts.ops[:3].tolist() == [2, 9, 4]
    assert math.isnan(amounts.ops[3])
    assert [amounts.scope(scope) for scope in range(3)] == [9, 9, 4]


def test_bytes_are_known_of_ops_and_of_their_values(qtbot: QtBot) -> None:
    run = Run(nested().graph)
    chain(run, [summary(0, 1)] * 3)
    amounts = read(run, BytesOverlay(), qtbot).amounts
    assert amounts.scope(0) == 192
    value = run.graph.ops[1].outputs[0]
    assert amounts.values[value] == 64
    assert BytesOverlay().words(2048) == "2 KiB"


def test_an_op_with_an_inside_counts_in_it(qtbot: QtBot) -> None:
    graph = loop()
    run = Run(graph)
    call = next(index for index, op in enumerate(graph.ops) if op.inner >= 0)
    run.add_records([OpRecord(call, 0, Phase.FORWARD, 2.0, (), ())])
    amounts = read(run, TimeOverlay(), qtbot).amounts
    assert amounts.scope(graph.ops[call].inner) == 2.0
    assert amounts.scope(0) == 2.0


def test_amounts_gathered_anew_are_those_gathered_one_by_one() -> None:
    graph = gpt(3)
    random = np.random.default_rng(0)
    for summed in (True, False):
        one = Amounts(graph, summed)
        for op in random.integers(0, len(graph.ops), 400).tolist():
            amount = float(random.normal())
            (one.add if summed else one.raise_to)(op, amount)
        before = [one.scope(scope) for scope in range(len(graph.scopes))]
        one._stale = True
        after = [one.scope(scope) for scope in range(len(graph.scopes))]
        assert before == pytest.approx(after, nan_ok=True)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (summary(-1, 1), builtin.FINE),
        (summary(0, 0), builtin.ZERO),
        (summary(0, 0, shape=()), builtin.FINE),
        (summary(0, 0, dtype="bool"), builtin.FINE),
        (summary(-1, 40_000, dtype="float16"), builtin.LARGE),
        (summary(-65504, 3, dtype="float16"), builtin.MASK),
        (summary(-1, 40_000), builtin.FINE),
        (summary(-1, 1, neginf=3), builtin.MASK),
        (summary(-1, 1, posinf=3, nan=1), builtin.NAN),
        (summary(None, None), -1),
    ],
)
def test_grades(output: TensorSummary, expected: int) -> None:
    assert grade(output, computed=False) == expected


def test_health_tells_computed_infinities_from_masks(qtbot: QtBot) -> None:
    s = Sketch()
    for type_ in ("masked_fill", "log", "mul", "add"):
        s.op(type_, [], (2, 8))
    run = Run(s.graph)
    chain(run, [summary(0, 1, neginf=4)])
    run.add_records(
        [
            OpRecord(1, 0, Phase.FORWARD, 0.1, (), (summary(-9, 1, neginf=2),)),
            OpRecord(2, 0, Phase.FORWARD, 0.1, ((1, 0),), (summary(-9, 1, nan=2),)),
        ]
    )
    overlay = HealthOverlay()
    amounts = read(run, overlay, qtbot).amounts
    assert amounts.ops[:3].tolist() == [builtin.MASK, builtin.INF, builtin.NAN]
    assert overlay.first == 1
    assert amounts.scope(0) == builtin.NAN
    assert overlay.detail(run, 1, builtin.INF) == "−Inf × 2"
    assert overlay.words(builtin.NAN) == "NaN"


def test_gradients_stand_at_what_they_belong_to(qtbot: QtBot) -> None:
    s = Sketch()
    x = s.op("linear", [], (2, 8), weights=[("weight", (8, 8))])
    s.op("sum", [x], ())
    weight = s.graph.ops[0].inputs[0]
    back = [s.op("SumBackward", [], (2, 8)), s.op("LinearBackward", [], (8, 8), outputs=2)]
    assert len(back) == 2
    run = Run(s.graph)
    chain(run, [summary(0, 1), summary(0, 1, shape=())])
    first, later = summary(0, 1, rms=0.5), summary(0, 1, rms=2.0)
    of_weight = summary(0, 1, shape=(8, 8), rms=3.0)
    run.add_records(
        [
            OpRecord(2, 0, Phase.BACKWARD, 0.1, (), (first,), gradient_of=((0, 0),)),
            OpRecord(
                3,
                0,
                Phase.BACKWARD,
                0.1,
                (),
                (later, of_weight),
                gradient_of=((0, 0), (OUTSIDE, weight)),
            ),
            OpRecord(3, 0, Phase.BACKWARD, 0.1, (), (first,), gradient_of=(NOTHING,)),
        ]
    )
    amounts = read(run, GradientOverlay(), qtbot).amounts
    assert amounts.ops[0] == pytest.approx(2.0 * 4)  # the later gradient has more of it
    assert amounts.values[weight] == pytest.approx(24.0)
    assert amounts.ops[3] == pytest.approx(24.0)
    assert math.isnan(amounts.ops[1])


def test_reading_follows_a_run_and_a_rewind(qtbot: QtBot) -> None:
    run = paused(gpt(2), 5)
    reading = read(run, TimeOverlay(), qtbot)
    assert reading.amounts.scope(0) == pytest.approx(5e-4)
    advance(run, 12)
    reading.grow()
    assert reading.amounts.scope(0) == pytest.approx(12e-4)
    run.forget_from(3, len(run.frames))
    reading.restart()
    assert reading.amounts.scope(0) == pytest.approx(3e-4)
    assert int(np.isnan(reading.amounts.ops).sum()) == len(run.graph.ops) - 3


def test_late_statistics_are_taken_in_and_may_change_what_was_said(qtbot: QtBot) -> None:
    run = Run(nested().graph)
    chain(run, [summary(None, None, pending=True), summary(0, 1, neginf=1)])
    health = read(run, HealthOverlay(), qtbot)
    assert math.isnan(health.amounts.ops[0])
    assert health.overlay.first == 1
    run.update_records({0: replace(run.records[0], outputs=(summary(0, 1, nan=1),))})
    health.update({0})
    qtbot.waitUntil(lambda: health.done)
    assert health.amounts.ops[0] == builtin.NAN
    assert health.overlay.first == 0


def test_many_records_are_read_in_slices(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "SLICE", 0.0)
    run = paused(gpt(40), 1_000)
    slices: list[int] = []
    reading = Reading(run, TimeOverlay())
    reading.changed.connect(lambda: slices.append(reading._next))
    assert not reading.done
    qtbot.waitUntil(lambda: reading.done)
    assert len(slices) > 10
    assert slices == sorted(slices)
    assert reading.amounts.scope(0) == pytest.approx(0.1)


# Scales and colours.


def test_scales_span_what_there_is() -> None:
    amounts = np.array([np.nan, 1.0, 10.0, 100.0])
    linear, log = scale_of(amounts, False), scale_of(amounts, True)
    assert linear == Scale(0.0, 100.0, 1.0)
    assert linear is not None
    assert log is not None
    assert linear.share(50.0) == 0.5
    assert log.share(10.0) == pytest.approx(0.5)
    assert log.share(0.0) == 0.0
    assert math.isnan(log.share(math.nan))
    assert scale_of(np.array([np.nan]), True) is None
    alike = scale_of(np.array([3.0, 3.0]), True)
    assert alike is not None
    assert alike.share(3.0) == 1.0


def test_amounts_of_both_signs_have_zero_in_the_middle() -> None:
    for logarithmic in (False, True):
        scale = scale_of(np.array([-4.0, 1.0, 0.25]), logarithmic)
        assert scale is not None
        assert (scale.low, scale.high) == (-4.0, 4.0)
        assert scale.share(0.0) == 0.5
        assert scale.share(-4.0) == 0.0
        assert scale.share(1.0) == pytest.approx(1 - scale.share(-1.0))


def luminance(text: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    tint = QColor(text)
    red, green, blue = (linear(c) for c in (tint.redF(), tint.greenF(), tint.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_ramps_can_be_read_without_colour() -> None:
    """Lightness grows all the way; of a diverging ramp, away from its middle."""
    for dark in (True, False):
        steps = [luminance(text) for text in ramp(dark, False)]
        assert len(steps) == STEPS
        assert all((b > a) == dark for a, b in itertools.pairwise(steps))
        both = [luminance(text) for text in ramp(dark, True)]
        half = STEPS // 2
        assert all((b > a) == dark for a, b in itertools.pairwise(both[half:]))
        assert all((b < a) == dark for a, b in itertools.pairwise(both[: half + 1]))


# Of no red-green sense at all (Machado, Oliveira and Fernandes, 2009): protanopia, deuteranopia.
PROTAN = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTAN = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)


@pytest.mark.parametrize("sight", [PROTAN, DEUTAN])
def test_both_ends_of_a_diverging_ramp_differ_for_everybody(
    sight: tuple[tuple[float, ...], ...],
) -> None:
    for dark in (True, False):
        steps = ramp(dark, True)
        ends = []
        for text in (steps[0], steps[-1]):
            tint = QColor(text)
            linear = np.array([tint.redF(), tint.greenF(), tint.blueF()]) ** 2.2
            ends.append(np.array(sight) @ linear)
        assert float(np.abs(ends[0] - ends[1]).max()) > 0.3


def test_an_overlay_has_other_colours_in_another_theme(qtbot: QtBot) -> None:
    run = Run(nested().graph)
    chain(run, [summary(0, 1)] * 4)
    shown = Shown(TimeOverlay(), read(run, TimeOverlay(), qtbot).amounts, False)
    assert shown.tint(1.0) is None  # no scale yet
    shown.fit(shown.amounts.ops)
    dark = shown.tint(1.0)
    assert dark == QColor(ramp(True, False)[-1])
    hub().use(LIGHT)
    try:
        assert shown.tint(1.0) == QColor(ramp(False, False)[-1])
    finally:
        hub().use(DARK)
    assert shown.tint(math.nan) is None


# The user's own numbers.


def test_lines_name_ops_modules_and_types(qtbot: QtBot) -> None:
    graph = gpt(3)
    key = graph.ops[0].key
    text = f"""what,loss change
{key},1.5
transformer.h.1,0.25
transformer.h.2,layer_norm,-4
transformer.h.2.attn,softmax,2
"""
    file = parse(text, "numbers", unchecked)
    assert file.title == "loss change"
    amounts = read(Run(graph), UserOverlay(file), qtbot).amounts
    assert amounts.ops[0] == 1.5
    assert told(file, graph, "n.csv") == ("n.csv: 4 of 4 lines are shown.", True)
    paths = [graph.scopes[op.scope].path for op in graph.ops]
    for index, op in enumerate(graph.ops):
        amount = amounts.ops[index]
        if paths[index].startswith("transformer.h.1"):
            assert amount == 0.25
        elif paths[index].startswith("transformer.h.2") and op.type == "layer_norm":
            assert amount == -4
        elif paths[index] == "transformer.h.2.attn" and op.type == "softmax":
            assert amount == 2
        elif index:
            assert math.isnan(amount)


def test_lines_that_fit_nothing_are_told_of_in_one_sentence() -> None:
    graph = gpt(2)
    text = (
        "transformer.h.0;3\ntransformer.h.9;1\ntransformer.h.0;conv2d;1\ntransformer;x\na;b;c;d\n"
    )
    file = parse(text, "numbers", unchecked)
    sentence, fine = told(file, graph, "n.csv")
    assert fine
    assert sentence == (
        'n.csv: 4 of 5 lines are left out: line 2: the model has no op or module "transformer.h.9";'
        ' line 3: there is no conv2d in "transformer.h.0"; line 4: "x" is not a finite number;'
        " and 1 more."
    )
    nothing = parse("a,1\nb,nan\n", "numbers", unchecked)
    sentence, fine = told(nothing, graph, "n.csv")
    assert not fine
    assert sentence.startswith("n.csv was not shown, as no line fits this model: line 1:")


def test_files_that_cannot_be_read_are_told_of(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.csv", tmp_path / "binary.csv"
    empty.write_text("\n# nothing\n")
    binary.write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(UserFileError, match="empty holds no numbers"):
        read_file(empty, unchecked)
    with pytest.raises(UserFileError, match=r"binary\.csv is not text in UTF-8"):
        read_file(binary, unchecked)
    with pytest.raises(UserFileError, match=r"none\.csv could not be read: No such file"):
        read_file(tmp_path / "none.csv", unchecked)


def test_numbers_are_found_for_ops_that_come_later(qtbot: QtBot) -> None:
    s = nested()
    run = Run(s.graph)
    reading = read(run, UserOverlay(parse("block.inner,tanh,7\n", "n", unchecked)), qtbot)
    assert np.isnan(reading.amounts.ops).all()
    s.scope = 2
    s.op("tanh", [], (2, 8))
    reading.grow()
    qtbot.waitUntil(lambda: reading.done)
    assert reading.amounts.ops[-1] == 7
