"""Statistics and parts of TensorFlow's values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine.numbers import measure
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.tensorflow.values import TensorFlowBackend

pytestmark = pytest.mark.xdist_group("tensorflow")

BACKEND = TensorFlowBackend()


@pytest.mark.parametrize("size", [1, 7, 2047, 2048, 300_001])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32", "uint8"])
def test_statistics_match_float64(size: int, dtype: str):
    array = (np.random.default_rng(size).standard_normal(size) * 50 + 60).clip(0).astype(dtype)
    wide = array.astype(np.float64)
    found = measure(array)
    assert found.minimum == wide.min()
    assert found.maximum == wide.max()
    assert found.mean == pytest.approx(wide.mean(), rel=1e-6)
    assert found.rms == pytest.approx(np.sqrt(np.square(wide).mean()), rel=1e-6)


def test_statistics_of_what_is_not_finite():
    array = np.array([1.0, np.nan, np.inf, -np.inf, -3.0, np.nan], np.float32)
    found = measure(array)
    assert (found.nan, found.posinf, found.neginf) == (2, 1, 1)
    assert (found.minimum, found.maximum, found.mean, found.rms) == (-3.0, 1.0, None, None)
    found = measure(np.full(3, np.nan))
    assert (found.nan, found.minimum) == (3, None)


def test_statistics_do_not_overflow_or_vanish():
    assert measure(np.ones(1_000_000, np.float16)).mean == 1.0
    large = measure(np.full(4, 3e38, np.float32))
    assert large.mean == pytest.approx(3e38, rel=1e-6)
    assert large.rms == pytest.approx(3e38, rel=1e-6)
    small = measure(np.full(4, 1e-30, np.float32))
    assert small.rms == pytest.approx(1e-30, rel=1e-6)
    huge = measure(np.full(4, 1e300))
    assert huge.rms == pytest.approx(1e300, rel=1e-9)


def test_a_small_spread_around_a_large_mean_is_not_lost():
    rng = np.random.default_rng(0)
    array = (10_000 + rng.standard_normal(200_000)).astype(np.float32)
    found = measure(array)
    assert found.mean is not None
    assert found.rms is not None
    spread = math.sqrt(found.rms**2 - found.mean**2)
    assert spread == pytest.approx(array.astype(np.float64).std(), rel=1e-3)


def test_other_dtypes():
    assert measure(np.array([True, False, True])).mean == pytest.approx(2 / 3)
    found = measure(np.array([1 + 2j, complex(np.nan, 0)]))
    assert (found.nan, found.mean) == (1, None)
    assert measure(np.array([], np.float32)).minimum is None
    summary = BACKEND.summarize(tf.constant([1.5, -2.0], tf.bfloat16))
    assert (summary.dtype, summary.minimum, summary.maximum) == ("bfloat16", -2.0, 1.5)
    assert summary.nbytes == 4
    quantized = tf.quantization.quantize(tf.ones([2]), -1.0, 1.0, tf.qint8)[0]
    assert BACKEND.summarize(quantized).shape == (2,)


def test_summaries_of_what_has_no_numbers():
    text = BACKEND.summarize(tf.constant(["héllo", "b"]))
    assert (text.dtype, text.shape) == ("string", (2,))
    assert "héllo" in text.text
    variable = tf.Variable(1.0)
    assert BACKEND.summarize(variable.handle).dtype == "resource"
    rows = tf.data.Dataset.range(3)._variant_tensor
    assert BACKEND.summarize(rows).dtype == "variant"
    assert BACKEND.describe(3) == ((), "int")
    for opaque in (variable.handle, rows, 3):
        with pytest.raises(Refusal) as refusal:
            BACKEND.cut(opaque, ())
        assert refusal.value.code == "no-data"


def test_parts():
    tensor = tf.reshape(tf.range(24, dtype=tf.float32), [2, 3, 4])
    part = BACKEND.cut(tensor, (1, slice(0, 3, 2), slice(1, 3)))
    assert part.tolist() == [[13.0, 14.0], [21.0, 22.0]]
    part[0, 0] = 99.0  # a copy: the tensor stays
    assert float(tensor[1, 0, 1]) == 13.0
    assert BACKEND.cut(tensor, (1, 2, 3)).tolist() == 23.0
    half = BACKEND.cut(tf.constant([1.5, 2.5], tf.bfloat16), (slice(1, 2),))
    assert (half.dtype, half.tolist()) == (np.float32, [2.5])
    eight = BACKEND.cut(
        tf.cast(tf.constant([0.5]), tf.dtypes.experimental.float8_e4m3fn), (slice(0, 1),)
    )
    assert (eight.dtype, eight.tolist()) == (np.float32, [0.5])
    for dtype in (tf.dtypes.experimental.float8_e5m2, tf.bfloat16):
        narrow = BACKEND.cut(tf.cast(tf.constant([0.5, -2.0]), dtype), (slice(0, 2),))
        assert (narrow.dtype, narrow.tolist()) == (np.float32, [0.5, -2.0])
    four = tf.cast(tf.constant([-8, 7], tf.int8), tf.dtypes.experimental.int4)
    assert BACKEND.cut(four, (slice(0, 2),)).tolist() == [-8, 7]
    words = BACKEND.cut(tf.constant([["a", "b"], ["c", "é"]]), (slice(0, 2), 1))
    assert words.tolist() == ["b", "é"]


def test_a_kept_read_survives_an_assignment():
    variable = tf.Variable([1.0, 2.0])
    kept = BACKEND.keep(variable.read_value())
    variable.assign([5.0, 6.0])
    assert BACKEND.cut(kept, ()).tolist() == [1.0, 2.0]


def test_a_tensor_list_is_read_as_its_elements():
    backend = TensorFlowBackend()
    ops = tf.raw_ops
    items = ops.TensorListReserve(
        element_shape=tf.constant([-1]), num_elements=3, element_dtype=tf.float32
    )
    assert "TensorList" in backend.summarize(items).text  # nothing in it says how large it is
    items = ops.TensorListSetItem(input_handle=items, index=1, item=tf.constant([2.0, 5.0]))
    summary = backend.summarize(items)
    assert (summary.shape, summary.dtype, summary.maximum) == ((3, 2), "float32", 5.0)
    assert backend.describe(items) == ((3, 2), "variant")
    assert backend.cut(items, (1, slice(None))).tolist() == [2.0, 5.0]
    mixed = ops.EmptyTensorList(
        element_shape=tf.constant(-1), max_num_elements=-1, element_dtype=tf.int64
    )
    for row in ([1], [2, 3]):
        mixed = ops.TensorListPushBack(input_handle=mixed, tensor=tf.constant(row, tf.int64))
    assert "TensorList" in backend.summarize(mixed).text
    with pytest.raises(Refusal, match="no elements to show"):
        backend.cut(mixed, ())
