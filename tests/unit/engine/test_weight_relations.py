"""What a weight of one run has to do with one of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.axis_orders import AxisOrder
from opscope.tracers.engine.weight_relations import relation

DICE = np.random.default_rng(0)
KERNEL: Any = DICE.normal(size=(8, 6, 3, 3)).astype("float32")
GATES: Any = DICE.normal(size=(12, 5)).astype("float32")


def test_an_order_of_axes_is_the_plainest_relation():
    found = relation(KERNEL, KERNEL.transpose(2, 3, 1, 0), 1e-6)
    assert (found.kind, found.error, found.order) == ("equal", 0.0, AxisOrder((2, 3, 1, 0)))


@pytest.mark.parametrize("gates", [(0, 2, 1, 3), (3, 0, 1, 2)])
def test_gates_in_another_order(gates: tuple[int, ...]):
    blocks = np.split(GATES, 4)
    found = relation(GATES, np.concatenate([blocks[gate] for gate in gates]).T, 1e-6)
    assert (found.kind, found.detail, found.order) == ("gates", gates, AxisOrder((1, 0)))


def test_the_three_gates_of_a_gru():
    bias: Any = DICE.normal(size=9)
    found = relation(bias, np.concatenate([bias[3:6], bias[:3], bias[6:]]), 1e-6)
    assert (found.kind, found.detail) == ("gates", (1, 0, 2))


def test_a_kernel_turned_round():
    found = relation(KERNEL, KERNEL[:, :, ::-1, ::-1].transpose(2, 3, 1, 0), 1e-6)
    assert (found.kind, found.detail) == ("flipped", (2, 3))


def test_a_multiple_of_the_other():
    found = relation(KERNEL, 0.5 * KERNEL, 1e-6)
    assert (found.kind, found.detail) == ("scaled", (pytest.approx(0.5),))


def test_other_values_are_laid_out_as_near_as_can_be():
    other = KERNEL.transpose(2, 3, 1, 0) + 0.1 * DICE.normal(size=(3, 3, 6, 8))
    found = relation(KERNEL, other, 1e-6)
    assert (found.kind, found.order) == ("other", AxisOrder((2, 3, 1, 0)))
    assert found.error == pytest.approx(0.1, rel=0.1)
    assert relation(KERNEL, GATES, 1e-6).order is None
