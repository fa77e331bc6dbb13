"""The gradient beside the value: found, drawn with the same slice, gone to by a click."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    OpRecord,
    Phase,
    Ref,
    Run,
    RunState,
    Selection,
    TensorRequest,
    Value,
    ValueKind,
    ValueRef,
)
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.counterpart import counterpart, gradient_words
from opscope.widgets.tensor.gradient import cells_of
from tests.unit.widgets.tensor_server import TensorServer, make_run, summarize

WAVE = np.linspace(-1, 1, 6 * 8, dtype=np.float32).reshape(2, 3, 8)
STEPS = np.arange(48, dtype=np.float32).reshape(2, 3, 8) / 100
BIAS = np.array([0.5, -0.25, 1.0], np.float32)


def with_gradients(
    gradient: np.ndarray | None = None,
) -> tuple[Run, dict[ValueRef, np.ndarray]]:
    """An op "relu" and, behind it, what computes its gradient and that of a weight."""
    given = STEPS if gradient is None else gradient
    run, arrays = make_run([("relu", [WAVE]), ("ReluBackward", [given]), ("Gather", [BIAS])])
    run.graph.values.append(Value(ValueKind.PARAMETER, -1, 0, "fc.bias", (3,), "float32"))
    weight = weight_of(run)
    arrays[ValueRef(OUTSIDE, weight)] = BIAS * 2
    rows = list(run.records)
    run.forget_from(0, 1)
    ties: list[tuple[Ref, ...]] = [(), ((0, 0),), ((OUTSIDE, weight),)]
    run.add_records([_tied(row, of) for row, of in zip(rows, ties, strict=True)])
    return run, arrays


def _tied(row: OpRecord, of: tuple[Ref, ...]) -> OpRecord:
    phase = Phase.BACKWARD if of else Phase.FORWARD
    return replace(row, phase=phase, gradient_of=of, forward=0 if of == ((0, 0),) else -1)


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


@pytest.fixture
def shown(inspector):
    """Value and gradient in the inspector; what the debuggee was asked."""
    run, arrays = with_gradients()
    asked: list[TensorRequest] = []
    inspector.piece_wanted.connect(asked.append)
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=0))
    return run, asked


def weight_of(run: Run) -> int:
    return len(run.graph.values) - 1


def test_a_value_and_its_gradient_find_each_other():
    run, _ = with_gradients()
    other = counterpart(run, ValueRef(0))
    assert other is not None
    assert (other.title, other.words) == ("Gradient", "ReluBackward, op 2")
    assert other.selection == Selection(op=1, record=1)
    back = counterpart(run, ValueRef(1))
    assert back is not None
    assert (back.title, back.words, back.ref) == ("Value", "relu, op 1", ValueRef(0))
    weight = counterpart(run, ValueRef(OUTSIDE, weight_of(run)))
    assert weight is not None
    assert (weight.title, weight.ref) == ("Gradient", ValueRef(2))
    gathered = counterpart(run, ValueRef(2))
    assert gathered is not None
    assert (gathered.words, gathered.summary) == ("fc.bias", None)
    assert gradient_words(run, (1, 0)) == "gradient of relu in h.5.attn"
    assert gradient_words(run, (2, 0)) == "gradient of fc.bias"
    assert gradient_words(run, (0, 0)) == ""


def test_where_there_is_no_gradient_nothing_stands_beside_the_value(inspector):
    run, arrays = make_run([("relu", [WAVE])])
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0))
    assert inspector.gradient.isHidden()
    assert counterpart(run, ValueRef(0)) is None
    run.records[0] = replace(run.records[0], gradient_of=(NOTHING,))
    assert counterpart(run, ValueRef(0)) is None


def test_the_gradient_shows_its_statistics_and_the_same_slice(inspector, shown):
    strip = inspector.gradient
    assert strip.isVisible()
    assert strip.other.words == "ReluBackward, op 2"
    cells = {cell.name: cell.text for cell in strip.cells}
    assert cells["max"] == "0.47"
    assert cells["norm"] == f"{float(np.sqrt((STEPS**2).sum())):.3g}"
    assert np.array_equal(strip.values, STEPS[0])
    inspector.value.show_slice(inspector.value.shown.at_index(0, 1))
    assert np.array_equal(strip.values, STEPS[1])
    assert np.array_equal(inspector.value.heat.plane.values, WAVE[1])


def test_a_click_goes_to_the_gradient_and_from_there_to_the_value(inspector, shown):
    picked: list[Selection] = []
    inspector.picked.connect(picked.append)
    QTest.mouseClick(inspector.gradient, Qt.MouseButton.LeftButton)
    assert picked == [Selection(op=1, record=1)]
    inspector.show_selection(picked[-1])
    assert inspector.header.subject.title == "ReluBackward"
    assert inspector.gradient.other.title == "Value"
    assert np.array_equal(inspector.gradient.values, WAVE[0])
    QTest.keyClick(inspector.gradient, Qt.Key.Key_Space)
    assert picked[-1] == Selection(op=0, record=0)


def test_a_weight_has_its_gradient_beside_it_and_the_reverse(inspector, shown):
    run, _ = shown
    inspector.show_selection(Selection(op=2, record=2))
    assert inspector.gradient.other.words == "fc.bias"
    inspector.show_selection(Selection(value=weight_of(run)))
    assert inspector.gradient.other.words == "Gather, op 3"
    assert np.array_equal(inspector.gradient.values.ravel(), BIAS)


def test_a_gradient_that_comes_later_is_shown_then_and_goes_with_its_record(inspector):
    run, arrays = with_gradients()
    rows = list(run.records)
    run.forget_from(1, 1)
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=0))
    assert inspector.gradient.isHidden()
    run.add_records(rows[1:])
    inspector.show_growth(1)
    assert inspector.gradient.isVisible()
    assert np.array_equal(inspector.gradient.values, STEPS[0])
    run.forget_from(1, 1)
    inspector.show_rewound()
    assert inspector.gradient.isHidden()


def test_a_gradient_of_another_shape_has_a_slice_of_its_own(inspector):
    flat = np.arange(5, dtype=np.float32)
    run, arrays = with_gradients(flat)
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=0))
    assert np.array_equal(inspector.gradient.values, flat)


def test_a_gradient_that_was_let_go_says_so_and_keeps_its_statistics(inspector):
    run, arrays = with_gradients()
    gone = replace(run.records[1], outputs=(summarize(STEPS, kept=False),))
    run.update_records({1: gone})
    asked: list[TensorRequest] = []
    inspector.piece_wanted.connect(asked.append)
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=0))
    assert inspector.gradient.isVisible()
    assert not [request for request in asked if request.ref == ValueRef(1)]
    assert {cell.name for cell in inspector.gradient.cells} >= {"min", "max", "norm"}
    assert inspector.gradient.values is None


def test_while_the_model_runs_nothing_is_asked(inspector, shown):
    run, asked = shown
    run.state = RunState.RUNNING
    inspector.show_place()
    asked.clear()
    inspector.show_selection(Selection(op=2, record=2))
    assert asked == []
    run.state = RunState.PAUSED
    inspector.show_place()
    assert ValueRef(OUTSIDE, weight_of(run)) in {request.ref for request in asked}


def test_a_low_pane_leaves_it_out(inspector, shown):
    inspector.setMinimumHeight(1)  # as a splitter's window may
    inspector.resize(372, 400)
    assert inspector.gradient.isHidden()
    inspector.resize(452, 641)
    assert inspector.gradient.isVisible()


def test_what_is_not_finite_is_counted_in_the_place_of_the_norm():
    bad = STEPS.copy()
    bad[0, 0, :2] = np.nan
    names = [cell.name for cell in cells_of(summarize(bad))]
    assert names[4:] == ["NaN", "±Inf"]
    pending = cells_of(replace(summarize(STEPS), pending=True))
    assert pending[0].text == "…"
