"""Errors in words, on scales, and against a tolerance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from opscope.tracers.compare.result import Pair
from opscope.widgets.compare.error_scale import scale_of
from opscope.widgets.compare.measure import (
    Measure,
    error_text,
    read_tolerance,
    share,
    tolerance_text,
    worst,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (2.1e-7, "2e-7"),
        (9.96e-7, "1e-6"),
        (0.0213, "0.021"),
        (0.984, "0.98"),
        (2.31, "2.31"),
        (12.34, "12.3"),
        (431.2, "431"),
        (12345.0, "1e4"),
        (math.nan, "NaN"),
        (math.inf, "Inf"),
    ],
)
def test_an_error_in_few_characters(error: float | None, text: str) -> None:
    assert error_text(error) == text


def test_what_is_no_number_is_over_tolerance_and_what_is_unknown_is_not() -> None:
    measure = Measure("largest", 1e-3)
    assert measure.over(2e-3)
    assert measure.over(math.nan)
    assert measure.over(math.inf)
    assert not measure.over(1e-3)
    assert not measure.over(None)
    assert measure.of(Pair((0, 0), (0, 0), 0.5, largest=2.0)) == 2.0
    assert measure.of(Pair((0, 0), (0, 0), 0.5)) is None


def test_the_worst_of_several_is_what_is_no_number() -> None:
    assert worst([None, None]) is None
    assert worst([None, 0.2, 0.5]) == 0.5
    assert math.isnan(worst([0.5, math.nan, None]) or 0.0)


def test_bars_grow_with_the_power_of_ten() -> None:
    lengths = [share(10.0**power) for power in range(-10, 3)]
    assert lengths == sorted(lengths)
    assert share(0.0) == share(None) == 0.0
    assert share(math.nan) == lengths[-1] == 1.0
    assert 0 < lengths[0] < lengths[4] < 0.5 < share(0.1) < 1


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1e-4", 1e-4), (" 0,05 ", 0.05), ("0", None), ("-1", None), ("much", None), ("nan", None)],
)
def test_a_tolerance_as_it_is_typed(typed: str, value: float | None) -> None:
    assert read_tolerance(typed) == value


@pytest.mark.parametrize("text", ["1e-4", "2.5e-3", "0.05", "1e-6"])
def test_a_tolerance_reads_as_it_was_typed(text: str) -> None:
    assert tolerance_text(float(text)) == text


def test_the_scale_holds_the_errors_and_the_tolerance() -> None:
    scale = scale_of(np.array([0.0, 3e-7, 2.31, np.inf]), 1e-4)
    assert scale.low <= -7
    assert scale.high == 1
    assert 0 < scale.place(3e-7) < scale.place(1e-4) < scale.place(2.31) < 1
    assert scale.place(0.0) == 0.0
    assert scale.place(math.inf) == scale.place(math.nan) == 1.0
    many = np.array([0.0, 3e-7, 2.31, np.inf, np.nan])
    assert scale.places(many).tolist() == [scale.place(one) for one in many.tolist()]
    assert [text for _, text in scale.ticks()] == ["1e-8", "1e-6", "1e-4", "1e-2", "1"]
