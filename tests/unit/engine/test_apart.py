"""How far two values are apart that need not be equal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.apart import apart, nearest_order
from opscope.tracers.engine.axis_orders import FAR, AxisOrder

DICE = np.random.default_rng(0)


def test_the_largest_and_the_mean_difference_are_told():
    found = apart(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.5, 3.0, 2.0]))
    assert (found.largest, found.mean) == (2.0, 0.625)
    assert found.error == pytest.approx(math.sqrt(4.25 / 30))


def test_masked_elements_do_not_count():
    one, other = np.array([1.0, -np.inf, 3.0]), np.array([1.5, -1e9, 3.0])
    assert apart(one, other).largest == 0.5
    assert apart(one, np.array([1.5, 2.0, 3.0])).error == FAR
    assert apart(one, np.array([np.nan, -1e9, 3.0])).largest == 0.0
    nothing = apart(np.full(3, np.nan), np.full(3, np.nan))
    assert (nothing.largest, nothing.mean) == (0.0, 0.0)


def test_the_nearest_order_is_found_though_the_values_differ():
    picture: Any = DICE.normal(size=(2, 6, 6, 6))
    other = 0.7 * picture.transpose(0, 2, 3, 1) + 0.1
    assert nearest_order(picture, other) == AxisOrder((0, 2, 3, 1))
    assert nearest_order(picture, picture[:, :3]) is None


def test_of_orders_that_are_as_near_the_usual_one_is_taken():
    same: Any = np.ones((3, 3, 3))
    usual = AxisOrder((2, 0, 1))
    assert nearest_order(same, same) == AxisOrder((0, 1, 2))
    assert nearest_order(same, same, [usual]) == usual
