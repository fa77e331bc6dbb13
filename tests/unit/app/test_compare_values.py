"""Pairs of values are brought into one layout, and what their difference comes to is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opscope.app.compare.values import NoElements, both_of, facts_of, in_layout
from opscope.tracers.compare.result import Pair


def told(a: Any, b: Any, tolerance: float = 1e-4) -> dict[str, str]:
    return dict(facts_of(np.asarray(a), np.asarray(b), tolerance, lambda: None))


def test_facts_of_a_difference():
    found = told([1.0, 2.0, 3.0, 4.0], [1.0, 2.5, 3.0, 2.0])
    assert found == {
        "max": "2",
        "mean": "0.625",
        "median": "0.25",
        "cosine": "0.9332",
        "over tol.": "50.0 %",
    }


def test_equal_infinities_and_nans_differ_by_nothing():
    found = told([1.0, -np.inf, np.nan, 2.0], [1.0, -np.inf, np.nan, 2.0])
    assert found["max"] == "0"
    assert found["over tol."] == "0.0 %"
    assert "not finite" not in found


def test_what_is_not_finite_in_one_alone_is_counted_apart():
    found = told([1.0, np.inf, 3.0], [1.0, 2.0, np.nan])
    assert found["max"] == "0"
    assert found["not finite"] == "2"
    assert found["over tol."] == "66.7 %"
    assert told([np.nan], [1.0]) == {"not finite": "1"}


def test_numbers_are_summed_wider_than_they_are():
    many = np.full(70_000, 3.0, np.float16)
    found = told(many, np.zeros_like(many))
    assert found["mean"] == "3"
    assert found["cosine"] == "–"
    counts = np.array([200, 250], np.uint8)
    assert told(counts, counts[::-1])["max"] == "50"


def test_complex_numbers_differ_by_their_size():
    found = told([1 + 1j, 2j], [1 + 1j, -2j])
    assert found["max"] == "4"


def test_large_arrays_are_read_in_pieces_and_the_work_rests_between_them():
    dice = np.random.default_rng(0)
    a = dice.normal(size=(3, 700, 600)).astype(np.float32)
    b = a.copy()
    b[2, 699, 599] += 8.0
    rests: list[int] = []
    whole = facts_of(a, b, 1e-4, lambda: rests.append(1))
    assert len(rests) > 8
    assert dict(whole)["max"] == "8"
    assert dict(whole)["median"] == "0"
    turned = facts_of(a.transpose(2, 0, 1), b.transpose(2, 0, 1), 1e-4, lambda: None)
    assert dict(turned)["max"] == "8"


def test_b_is_brought_into_the_layout_of_a(tmp_path: Path):
    a = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    last = a.transpose(0, 2, 3, 1)  # channels last
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", np.ascontiguousarray(last))
    pair = Pair((4, 0), (9, 0), 0.0, order=(0, 3, 1, 2))
    paths = str(tmp_path / "a.npy"), str(tmp_path / "b.npy")
    both = both_of(7, pair, *paths, 1e-4, lambda: None)
    assert both.pair == 7
    assert both.b.shape == (2, 3, 4, 5)
    assert np.array_equal(both.a, both.b)
    assert isinstance(both.a, np.memmap)
    assert dict(both.facts)["cosine"] == "1"


def test_a_reshape_follows_the_order():
    a = np.arange(24.0).reshape(4, 6)
    assert in_layout(a, a.reshape(2, 2, 6), ()).shape == (4, 6)
    with pytest.raises(NoElements, match="24 elements here and B has 12"):
        in_layout(a, a[:2], ())
