"""Arguments of two ops, side by side."""

from __future__ import annotations

import pytest

from opscope.tracers.compare.causes import same_text


@pytest.mark.parametrize(
    ("one", "other"),
    [("(2, 2)", "[2, 2]"), ("1e-05", "0.00001"), ("2.0", "2"), ("SAME", "SAME"), ("1e-6", "1e-06")],
)
def test_texts_that_mean_the_same(one: str, other: str):
    assert same_text(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("(1, 1)", "SAME"), ("0.001", "1e-05"), ("True", "False"), ("(2, 2)", "(2, 1)"), ("a1", "b1")],
)
def test_texts_that_do_not(one: str, other: str):
    assert not same_text(one, other)
