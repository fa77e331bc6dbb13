"""Searches, percentiles, distinct integers and differences, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.pair import PairBackend, paired
from opscope.tracers.engine.pieces import cut_piece
from opscope.tracers.ir import PERCENTS, Form, Sought, TensorPiece, TensorRequest, ValueRef
from opscope.tracers.protocol.json_ir import (
    decode_piece,
    decode_request,
    encode_piece,
    encode_request,
)
from opscope.tracers.protocol.refusal import Refusal
from tests.fake_program import NumpyBackend

HERE, THERE = ValueRef(0), ValueRef(1)


def piece_of(array: Any, form: Form, **more: Any) -> TensorPiece:
    backend = NumpyBackend()
    request = TensorRequest(HERE, form, **more)
    return cut_piece(backend, array, backend.summarize(array), request)


def difference(one: Any, other: Any, form: Form = Form.PLANE, **more: Any) -> TensorPiece:
    backend = NumpyBackend()
    pair, whole = paired(backend, (one, backend.summarize(one)), (other, backend.summarize(other)))
    request = TensorRequest(HERE, form, minus=THERE, **more)
    return cut_piece(PairBackend(backend), pair, whole, request)


def plane(piece: TensorPiece) -> Any:
    return np.frombuffer(piece.data, piece.code).reshape(piece.shape)


def find(array: Any, sought: Sought, **more: Any) -> tuple[int, ...] | None:
    piece = piece_of(array, Form.FIND, sought=sought, **more)
    return tuple(plane(piece).tolist()) or None


def walk(array: Any, sought: Sought, steps: int, bound: float = 0.0) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    after: tuple[int, ...] = ()
    for _ in range(steps):
        spot = find(array, sought, bound=bound, after=after)
        assert spot is not None
        found.append(spot)
        after = spot
    return found


def test_every_bad_element_is_come_to_and_then_the_first_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("opscope.tracers.engine.blocks.BLOCK", 40)
    array = np.ones((1, 5, 20), np.float32)
    array[0, 1, 3] = array[0, 1, 4] = array[0, 4, 19] = np.nan
    array[0, 0, 0], array[0, 2, 2] = np.inf, -np.inf
    spots = [(0, 1, 3), (0, 1, 4), (0, 4, 19)]
    assert walk(array, Sought.NAN, 4) == [*spots, spots[0]]
    assert walk(array, Sought.INF, 3) == [(0, 0, 0), (0, 2, 2), (0, 0, 0)]
    assert find(np.ones((2, 2)), Sought.NAN) is None
    assert find(np.arange(4), Sought.NAN) is None


def test_the_next_greatest_goes_down_through_all_elements(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("opscope.tracers.engine.blocks.BLOCK", 8)
    array = np.random.default_rng(3).integers(-5, 5, (6, 7)).astype(np.float32)
    array[2, 2] = np.nan
    falling = [array[spot] for spot in walk(array, Sought.GREATEST, 41)]
    assert falling == sorted(array[~np.isnan(array)].tolist(), reverse=True)
    assert len(set(walk(array, Sought.LEAST, 41))) == 41
    assert array[walk(array, Sought.LEAST, 42)[-1]] == np.nanmin(array)
    assert walk(array, Sought.GREATEST, 42)[-1] == walk(array, Sought.GREATEST, 1)[0]


@pytest.mark.parametrize(
    ("sought", "expected"),
    [(Sought.ABOVE, [3.0, 4.0]), (Sought.BELOW, [-5.0, 0.0]), (Sought.BEYOND, [-5.0, 3.0])],
)
def test_over_a_threshold(sought: Sought, expected: list[float]):
    array = np.array([-5.0, 3.0, 0.0, 2.0, 4.0])
    found = [float(array[spot]) for spot in walk(array, sought, 2, bound=2.0)]
    assert found == expected


def test_a_search_of_a_scalar_and_in_text():
    piece = piece_of(np.array(7.0), Form.FIND, sought=Sought.GREATEST)
    assert (piece.shape, piece.data) == ((0,), b"")
    with pytest.raises(Refusal, match="no numbers to look through"):
        piece_of(np.array(["a", "b"], object), Form.FIND)
    with pytest.raises(Refusal, match="2 axes, and 1 were given"):
        piece_of(np.zeros((2, 2)), Form.FIND, after=(0,))


@pytest.mark.parametrize("kind", ["float16", "float32", "int16", "uint8"])
def test_percentiles_of_few_elements_are_exact(kind: str):
    array = (np.random.default_rng(0).random((50, 60)) * 100).astype(kind)
    piece = piece_of(array, Form.PERCENTILES)
    assert plane(piece) == pytest.approx(np.percentile(array.astype(np.float64), PERCENTS))
    assert piece.sampled == 1
    assert piece.distinct == (np.unique(array).size if array.dtype.kind in "iu" else None)


def test_percentiles_leave_out_what_is_not_finite_and_sample_what_is_large():
    array = np.random.default_rng(0).normal(size=(1200, 2048)).astype(np.float32)
    array[::7, 5] = np.nan
    array[3] = np.inf
    piece = piece_of(array, Form.PERCENTILES)
    assert piece.sampled == 3
    good = np.percentile(array[np.isfinite(array)], PERCENTS)
    assert plane(piece) == pytest.approx(good, abs=0.02)
    assert piece_of(np.full(3, np.nan), Form.PERCENTILES).shape == (0,)


def test_distinct_integers_that_lie_far_apart():
    array = np.array([2**40, -(2**40), 5, 5])
    assert piece_of(array, Form.PERCENTILES).distinct == 3


@pytest.mark.parametrize(
    "shapes", [((3, 4), (3, 4)), ((2, 3, 4), (4,)), ((3, 1), (1, 4)), ((), (3,))]
)
def test_a_difference_broadcasts(shapes: Any):
    one, other = (
        np.random.default_rng(i).normal(size=s).astype("f4") for i, s in enumerate(shapes)
    )
    whole = one - other
    assert np.array_equal(plane(difference(one, other)), whole)
    assert np.array_equal(
        plane(difference(one, other, picks=tuple((n - 1) for n in whole.shape))),
        whole[tuple(n - 1 for n in whole.shape)],
    )
    counted = difference(one, other, Form.HISTOGRAM, bins=5)
    assert counted.whole.minimum == pytest.approx(float(whole.min()))
    assert counted.whole.rms == pytest.approx(float(np.sqrt((whole**2).mean())), rel=1e-5)
    assert int(plane(counted).sum()) == whole.size


def test_equal_infinities_differ_by_nothing_and_integers_do_not_wrap():
    mask = np.array([-np.inf, np.inf, 1.0], np.float32)
    assert plane(difference(mask, np.array([-np.inf, -np.inf, 0.5]))).tolist() == [0, np.inf, 0.5]
    small = difference(np.array([1], np.uint8), np.array([2], np.uint8))
    assert plane(small).tolist() == [-1]
    assert plane(difference(np.array([True]), np.array([False]))).tolist() == [1]


def test_what_cannot_be_subtracted_is_refused():
    with pytest.raises(Refusal, match="2×3 and 4 cannot be subtracted"):
        difference(np.zeros((2, 3)), np.zeros(4))
    with pytest.raises(Refusal, match="Only numbers"):
        difference(np.array(["a"], object), np.zeros(1))


def test_the_new_requests_and_answers_travel():
    request = TensorRequest(
        HERE, Form.FIND, minus=THERE, sought=Sought.ABOVE, bound=2.5, after=(1, 2)
    )
    assert decode_request(encode_request(request)) == request
    piece = piece_of(np.arange(6), Form.PERCENTILES)
    assert decode_piece(encode_piece(piece), piece.data) == piece
