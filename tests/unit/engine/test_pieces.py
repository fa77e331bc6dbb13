"""Cuts, strides, statistics and histograms against NumPy's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.pieces import ANSWER_BYTES, cut_piece
from opscope.tracers.ir import AxisPick, Form, TensorPiece, TensorRequest, ValueRef
from opscope.tracers.protocol.refusal import Refusal
from tests.fake_program import NumpyBackend

HERE = ValueRef(0)


def cut(array: Any, *picks: AxisPick, form: Form = Form.PLANE, **more: Any) -> TensorPiece:
    backend = NumpyBackend()
    return cut_piece(
        backend, array, backend.summarize(array), TensorRequest(HERE, form, picks, **more)
    )


def plane(piece: TensorPiece) -> Any:
    return np.frombuffer(piece.data, piece.code).reshape(piece.shape)


CUBE = np.arange(2 * 30 * 40, dtype=np.float32).reshape(2, 30, 40)


def test_indices_drop_axes_and_ranges_keep_them():
    piece = cut(CUBE, 1, (2, 20, 3), (0, 40, 1))
    assert np.array_equal(plane(piece), CUBE[1, 2:20:3])
    assert piece.steps == (3, 1)
    assert plane(cut(CUBE, 1, 2, 3)).item() == CUBE[1, 2, 3]
    assert np.array_equal(plane(cut(CUBE)), CUBE)
    assert plane(cut(np.array(3.5))).item() == 3.5


def test_axes_turn_the_answer():
    piece = cut(CUBE, 0, (0, 30, 1), (0, 40, 2), axes=(2, 1), limit=(10, 100))
    assert piece.shape == (10, 30)
    assert piece.steps == (4, 1)
    assert np.array_equal(plane(piece), CUBE[0, :, ::4].T)


def test_a_limit_takes_even_strides():
    piece = cut(CUBE, 0, (0, 30, 1), (5, 40, 1), limit=(7, 7))
    assert piece.steps == (5, 5)
    assert np.array_equal(plane(piece), CUBE[0, ::5, 5::5])


def test_an_answer_never_passes_four_megabytes():
    big = np.zeros((3000, 2000), np.float64)
    piece = cut(big)
    assert len(piece.data) <= ANSWER_BYTES
    assert piece.shape[0] * piece.steps[0] >= 3000
    assert max(piece.steps) <= 4


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.array([True, False]), "|b1"),
        (np.array([1, -2], np.int8), "|i1"),
        (np.array([1, -2], ">i8"), "<i8"),
        (np.array([1, -2], np.float16), "<f2"),
        (np.array([1 + 2j], np.complex64), "<c8"),
    ],
)
def test_every_numeric_type_travels_as_itself(array: Any, code: str):
    piece = cut(array)
    assert piece.code == code
    assert np.array_equal(plane(piece), array)


def test_strings_travel_as_json():
    piece = cut(np.array([["ä", "b"], ["c", '"']], object), 0, (0, 2, 1))
    assert (piece.code, piece.shape) == ("json", (2,))
    assert json.loads(piece.data) == ["ä", "b"]


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "uint8", "int64"])
def test_statistics_of_the_picked_part(kind: str):
    array = (np.random.default_rng(0).normal(size=(50, 60)) * 40).astype(kind)
    picked = array[3:30:2].astype(np.float64)
    piece = cut(array, (3, 30, 2), (0, 60, 1), form=Form.SUMMARY)
    found = piece.picked
    assert found is not None
    assert (found.shape, found.minimum, found.maximum) == (
        (14, 60),
        picked.min(),
        picked.max(),
    )
    assert found.mean == pytest.approx(picked.mean())
    assert found.std == pytest.approx(picked.std())
    assert found.nbytes == picked.size * array.itemsize
    assert piece.zeros == int((picked == 0).sum())


def test_a_histogram_counts_every_finite_element():
    array = np.random.default_rng(1).normal(size=(100, 100)).astype(np.float32)
    array[0, :3] = [np.nan, np.inf, -np.inf]
    piece = cut(array, form=Form.HISTOGRAM, bins=17)
    finite = array[np.isfinite(array)].astype(np.float64)
    counts, edges = np.histogram(finite, bins=17)
    assert np.array_equal(plane(piece), counts)
    assert (piece.low, piece.high) == (edges[0], edges[-1])
    assert piece.picked is not None
    assert (piece.picked.nan, piece.picked.posinf, piece.picked.neginf) == (1, 1, 1)
    assert piece.picked.mean is None


def test_large_values_are_counted_in_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("opscope.tracers.engine.blocks.BLOCK", 64)
    array = np.arange(1000, dtype=np.int32).reshape(10, 100)
    piece = cut(array, form=Form.HISTOGRAM, bins=10)
    assert plane(piece).tolist() == [100] * 10
    assert piece.picked is not None
    assert piece.picked.mean == pytest.approx(499.5)


@pytest.mark.parametrize(
    ("array", "counts"),
    [
        (np.full(5, 2.0), [0, 0, 5, 0]),
        (np.zeros((0, 3)), [0, 0, 0, 0]),
        (np.full(3, np.nan), [0, 0, 0, 0]),
        (np.array([True, False, True]), [1, 0, 0, 2]),
        (np.array([3 + 4j, 0j]), [1, 0, 0, 1]),
    ],
)
def test_histograms_of_unusual_values(array: Any, counts: list[int]):
    assert plane(cut(array, form=Form.HISTOGRAM, bins=4)).tolist() == counts


def test_strings_have_no_statistics_but_no_error():
    piece = cut(np.array(["a", "b"], object), form=Form.HISTOGRAM)
    assert (piece.data, piece.zeros) == (b"", None)


@pytest.mark.parametrize(
    ("picks", "more", "sentence"),
    [
        ((0,), {}, "has 3 axes, and 1 were picked"),
        ((2, 0, 0), {}, "Axis 0 has 2 elements, so none is at 2"),
        ((-1, 0, 0), {}, "none is at -1"),
        ((0, (0, 31, 1), 0), {}, "is no part of axis 1"),
        ((0, (5, 4, 1), 0), {}, "is no part"),
        ((0, (0, 4, 0), 0), {}, "is no part"),
        ((0, (0, 4, 1), 0), {"axes": (2,)}, "are not those picked"),
        ((0, (0, 4, 1), 0), {"limit": (0,)}, "at least 1"),
        ((0, (0, 4, 1), 0), {"form": Form.HISTOGRAM, "bins": 0}, "number of bins"),
    ],
)
def test_impossible_requests_are_refused(
    picks: tuple[AxisPick, ...], more: dict[str, Any], sentence: str
):
    with pytest.raises(Refusal, match=sentence):
        cut(CUBE, *picks, **more)
