"""B's elements as they stand in A's value, and the other way around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opscope.tracers.compare.layouts import back, forth, laid_out
from opscope.tracers.compare.result import Pair
from opscope.tracers.engine.axis_orders import arranged, orders

Shape = tuple[int, ...]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((2, 3, 4, 5), (2, 4, 5, 3)),
        ((1, 3, 4, 5), (1, 4, 5, 3)),
        ((3, 1, 4), (4, 3)),
        ((2, 3, 4, 5), (2, 4, 15)),  # A's axes are joined in B
        ((6, 20), (2, 4, 3, 5)),  # B's axes are joined in A
        ((2, 3), (2, 3)),
        ((1, 1), ()),
        ((7,), (1, 7, 1)),
    ],
)
def test_each_way_to_arrange_one_value_as_the_other_is_undone(first: Shape, second: Shape):
    array: Any = np.arange(float(np.prod(first))).reshape(first)
    ways = orders(first, second)
    assert ways
    for way in ways:
        other = arranged(array, second, way)
        found = back(way.encode(), first, second)
        pair = Pair((0, 0), (0, 0), 0.0, order=found.order, split=found.split)
        assert np.array_equal(laid_out(other, pair, first), array)
        found = forth(way.encode(), first, second)
        pair = Pair((0, 0), (0, 0), 0.0, order=found.order, split=found.split)
        assert np.array_equal(laid_out(array, pair, second), other)


def test_channels_that_come_last_are_told_as_an_order_of_all_axes():
    assert back([0, 1, 2, 0], (1, 64, 7, 9), (1, 7, 9, 64)).order == (0, 3, 1, 2)
    assert back([0, 0, 1], (2, 3), (2, 1, 3)).order == ()
    assert back([0, 0, 2, 1], (2, 4, 6), (2, 24)).split == (2, 6, 4)
