"""Values held against each other in every order of their axes, and their fingerprints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.axis_orders import (
    FAR,
    AxisOrder,
    arranged,
    best_order,
    decode_order,
    distance,
    orders,
)
from opscope.tracers.engine.fingerprints import fingerprint, may_be_equal, same_elements

PICTURE: Any = np.random.default_rng(3).normal(size=(2, 3, 5, 7)).astype("float32")


@pytest.mark.parametrize(
    "other",
    [
        PICTURE,
        PICTURE.transpose(0, 2, 3, 1),
        PICTURE.reshape(2, 3, 35),
        PICTURE.transpose(0, 2, 3, 1).reshape(70, 3),
        PICTURE[:, None],
        PICTURE.transpose(3, 1, 0, 2),
    ],
)
def test_the_order_is_found_in_both_directions(other: Any):
    for first, second in ((PICTURE, other), (other, PICTURE)):
        error, order = best_order(first, second, 1e-4)
        assert error == 0.0
        assert order is not None
        assert np.array_equal(arranged(first, second.shape, order), second)
        assert decode_order(order.encode()) == order


def test_other_elements_fit_in_no_order():
    error, _ = best_order(PICTURE, PICTURE[::-1].copy(), 1e-4)
    assert error > 0.1
    assert orders((2, 3), (7,)) == ()


def test_a_square_stays_as_it_is_where_both_ways_fit():
    same = np.eye(4, dtype="float32")
    assert best_order(same, same, 1e-4)[1] == AxisOrder((0, 1))


def test_masks_count_as_equal_whatever_their_size():
    one = np.array([1.0, -np.inf, 2.0], "float32")
    other = np.array([1.0, -1e9, 2.0], "float32")
    assert distance(one, other) == 0.0
    assert distance(one, np.array([1.0, 0.0, 2.0], "float32")) == FAR
    assert may_be_equal(fingerprint(one), fingerprint(other), 1e-6)


@pytest.mark.parametrize("row", [None, [], ["a"], [0, 1.5]])
def test_a_broken_order_is_refused(row: object):
    with pytest.raises(ValueError, match="whole numbers"):
        decode_order(row)


def test_fingerprints_know_elements_and_not_their_places():
    turned = PICTURE.transpose(0, 2, 3, 1)
    assert may_be_equal(fingerprint(PICTURE), fingerprint(turned), 1e-6)
    assert same_elements(PICTURE, turned)
    assert not may_be_equal(fingerprint(PICTURE), fingerprint(-PICTURE), 1e-4)
    assert not may_be_equal(fingerprint(PICTURE), fingerprint(PICTURE * 1.01), 1e-4)
    assert not may_be_equal(fingerprint(PICTURE), fingerprint(PICTURE[:1]), 1e-4)
    assert not same_elements(PICTURE, PICTURE + 1)
    assert fingerprint(np.zeros((0, 4))).tolist() == [0.0] * 11
