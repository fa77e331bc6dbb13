"""What two values that should be equal tell about each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.patterns import patterns

ONE: Any = np.random.default_rng(1).normal(size=(2, 4, 8, 8))


def kind(other: Any) -> tuple[str, str]:
    found = patterns(ONE, other)
    return found[0] if found else ("nothing", "")


def test_equal_values_tell_nothing():
    assert patterns(ONE, ONE + 1e-9) == []


def test_a_scale():
    assert kind(ONE * 1.25) == ("scale", "B is 1.25 times A, everywhere")


def test_elements_at_other_places():
    assert kind(ONE.swapaxes(2, 3))[0] == "order"


def test_dropout_names_the_side_that_drops():
    mask = np.random.default_rng(2).random(ONE.shape) < 0.5
    name, sentence = kind(np.where(mask, 0, ONE * 2))
    assert name == "dropout"
    assert "of B's elements are 0" in sentence
    assert "of A's elements are 0" in patterns(np.where(mask, 0, ONE * 2), ONE)[0][1]


def test_a_border():
    other = ONE.copy()
    other[:, :, 0] += 1
    assert kind(other)[0] == "padding"


def test_a_scale_and_shift_for_each_channel():
    scale = np.array([0.5, 1.5, 2.0, 0.9]).reshape(1, 4, 1, 1)
    assert kind(ONE * scale + scale)[0] == "normalization"


@pytest.mark.parametrize("size", [1e-3, 1e-5])
def test_small_differences_of_no_form_are_not_explained(size: float):
    other = ONE + size * np.random.default_rng(4).normal(size=ONE.shape)
    assert all(name == "" for name, _ in patterns(ONE, other))
