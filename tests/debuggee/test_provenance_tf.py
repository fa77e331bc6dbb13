"""Where elements of TensorFlow's values came from: each family of ops against a tape on the op."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.ir.provenance import Way
from opscope.tracers.tensorflow.loader import LOADER

from .sources_checked import dense, feed_of, follow


@dataclass(frozen=True)
class Case:
    """One op on some inputs; `wide`: the tape works in float64."""

    op: str
    model: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    way: Way = Way.EXACT
    wide: bool = True


def case(op: str, model: Callable[..., Any], *shapes: tuple[int, ...], **more: Any) -> Any:
    return pytest.param(Case(op, model, shapes, **more), id=f"{op}-{shapes[0]}")


PICKED = np.array([2, 0, 2])
MASK = np.array([[True, False, True, True], [False, True, False, False]])
NHWC, NCHW = "NHWC", "NCHW"


def conv(padding: Any, strides: int = 1, dilations: int = 1) -> Callable[..., Any]:
    return lambda x, w: tf.nn.conv2d(x, w, strides, padding, dilations=dilations)


def pool(kind: Callable[..., Any], size: int, stride: int, padding: str) -> Callable[..., Any]:
    return lambda x: kind(x, size, stride, padding)


def conv3d(x: Any, w: Any) -> Any:
    return tf.nn.conv3d(x, w, [1] * 5, "VALID")


def sum_of_exp(x: Any) -> Any:
    return tf.math.cumulative_logsumexp(x, 1)


MAX, AVG = tf.nn.max_pool2d, tf.nn.avg_pool2d

CASES = [
    # Pointwise
    case("Relu", tf.nn.relu, (3, 4)),
    case("Tanh", tf.tanh, ()),
    case("AddV2", lambda x, y: x + y, (3, 4), (4,)),
    case("Mul", lambda x, y: x * y, (2, 3, 4), (3, 1)),
    case("RealDiv", lambda x, y: x / y, (3, 4), (3, 4)),
    case("Maximum", tf.maximum, (3, 4), (3, 4)),
    case("BiasAdd", tf.nn.bias_add, (2, 3, 4), (4,)),
    case("Cast", lambda x: tf.cast(x, tf.float64), (3, 4), wide=False),
    # Views, joins, slices
    case("Reshape", lambda x: tf.reshape(x, (4, 3)), (3, 4)),
    case("Transpose", lambda x: tf.transpose(x, (2, 0, 1)), (2, 3, 4)),
    case("StridedSlice", lambda x: x[1:, ::2], (3, 4)),
    case("Slice", lambda x: tf.slice(x, (1, 0), (1, 3)), (3, 4)),
    case("ConcatV2", lambda x, y: tf.concat([x, y], 1), (2, 3), (2, 2)),
    case("Pack", lambda x, y: tf.stack([x, y], 1), (2, 3), (2, 3)),
    case("Tile", lambda x: tf.tile(x, (2, 3)), (2, 2)),
    case("ExpandDims", lambda x: tf.expand_dims(x, 1), (2, 3)),
    case("Pad", lambda x: tf.pad(x, ((1, 0), (0, 2))), (2, 3)),
    case("MirrorPad", lambda x: tf.pad(x, ((1, 1), (0, 2)), "REFLECT"), (2, 3)),
    case("ReverseV2", lambda x: tf.reverse(x, (0,)), (3, 2)),
    case("SelectV2", lambda x, y: tf.where(MASK, x, y), (2, 4), (2, 4)),
    case("SplitV", lambda x: tf.split(x, (1, 3), 1)[0] * 1.0, (2, 4)),
    case("DepthToSpace", lambda x: tf.nn.depth_to_space(x, 2), (1, 2, 2, 4)),
    # Gathers
    case("GatherV2", lambda x: tf.gather(x, PICKED, axis=1), (2, 3, 4)),
    case("GatherNd", lambda x: tf.gather_nd(x, ((0, 1), (2, 2))), (3, 4)),
    # Reductions
    case("Sum", tf.reduce_sum, (3, 4)),
    case("Sum", lambda x: tf.reduce_sum(x, (0, 2)), (2, 3, 4)),
    case("Mean", lambda x: tf.reduce_mean(x, -1, keepdims=True), (2, 3, 4)),
    case("Max", lambda x: tf.reduce_max(x, 1), (3, 4)),
    case("Prod", lambda x: tf.reduce_prod(x, 0), (3, 4)),
    case("L2Loss", tf.nn.l2_loss, (3, 4)),
    case("Cumsum", lambda x: tf.cumsum(x, 1), (3, 4)),
    # Softmax
    case("Softmax", tf.nn.softmax, (2, 3, 4)),
    case("LogSoftmax", tf.nn.log_softmax, (3, 4)),
    # Products
    case("MatMul", lambda x, y: tf.matmul(x, y), (3, 4), (4, 2)),
    case("MatMul", lambda x, y: tf.matmul(x, y, True, True), (4, 3), (2, 4)),
    case("BatchMatMulV2", lambda x, y: tf.matmul(x, y, transpose_b=True), (2, 1, 3, 4), (5, 2, 4)),
    case("Einsum", lambda x, y: tf.einsum("bij,bkj->bik", x, y), (2, 3, 4), (2, 5, 4)),
    # Convolutions
    case("Conv2D", conv("SAME"), (2, 6, 5, 3), (3, 2, 3, 4)),
    case("Conv2D", conv("VALID", 2), (1, 7, 7, 3), (3, 3, 3, 4)),
    case("Conv2D", conv("SAME", 2), (1, 6, 7, 3), (3, 3, 3, 4)),
    case("Conv2D", conv([[0, 0], [2, 1], [1, 2], [0, 0]]), (1, 6, 6, 2), (3, 3, 2, 2)),
    case("Conv3D", conv3d, (1, 4, 4, 3, 2), (2, 2, 2, 2, 2)),
    case(
        "DepthwiseConv2dNative",
        lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
        (1, 5, 5, 3),
        (3, 3, 3, 2),
    ),
    # Pools
    case("MaxPool", pool(MAX, 2, 2, "VALID"), (1, 6, 6, 2)),
    case("MaxPool", pool(MAX, 3, 2, "SAME"), (1, 7, 6, 2)),
    case("AvgPool", pool(AVG, 3, 2, "SAME"), (1, 7, 6, 2)),
    case("AvgPool", pool(AVG, 2, 1, "VALID"), (1, 4, 4, 2)),
    # Without a rule
    case("CumulativeLogsumexp", sum_of_exp, (2, 3), way=Way.GRADIENT),
    case("MatrixDeterminant", tf.linalg.det, (3, 3), way=Way.GRADIENT),
    case("SegmentSum", lambda x: tf.math.segment_sum(x, (0, 0, 1)), (3, 2), way=Way.GRADIENT),
]


@pytest.mark.parametrize("one", CASES)
def test_every_element_has_what_a_tape_says(one: Case) -> None:
    seeds = np.random.default_rng(0)
    arrays = [seeds.normal(size=shape).astype(np.float32) for shape in one.shapes]
    inputs = [tf.constant(array) for array in arrays]
    run = follow(LOADER, tf.function(one.model), *inputs)
    record = run.record(one.op)
    shape = run.run.records[record].outputs[0].shape
    for flat in {0, int(np.prod(shape)) // 2, int(np.prod(shape)) - 1}:
        index = tuple(int(n) for n in np.unravel_index(flat, shape)) if shape else ()
        found = run.ask(one.op, *index)
        assert found.way is one.way, (found.how, found.way)
        known = {
            run.values.name(feed.ref): dense(feed) for feed in found.feeds if has_amounts(feed)
        }
        leaves = [tf.constant(array, tf.float64 if one.wide else tf.float32) for array in arrays]
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            element = one.model(*leaves)[index]
        gradients = tape.gradient(element, leaves)
        names = [value.name for value in run.run.graph.values if value.kind.value == "input"]
        assert len(names) == len(leaves)
        for name, leaf, gradient in zip(names, leaves, gradients, strict=True):
            wanted = np.zeros(leaf.shape)
            if gradient is not None:
                wanted = np.asarray(tf.convert_to_tensor(gradient)) * np.asarray(leaf)
            mine = known.get(name, np.zeros(leaf.shape))
            np.testing.assert_allclose(mine, wanted, rtol=2e-4, atol=2e-6)


def has_amounts(feed: Any) -> bool:
    return bool(feed.elements) and feed.elements[0].contribution is not None


def test_what_a_dilated_window_covers_is_found_by_taking_elements_away() -> None:
    seeds = np.random.default_rng(0)
    x, w = (seeds.normal(size=shape) for shape in ((1, 7, 7, 2), (3, 3, 2, 2)))
    x, w = x.astype(np.float32), w.astype(np.float32)
    model = tf.function(conv("SAME", 1, 2))  # whose gradient the kernels of a CPU do not know
    run = follow(LOADER, model, tf.constant(x), tf.constant(w))
    found = run.ask("Conv2D", 0, 1, 5, 1)
    assert found.way is Way.EXACT
    whole = float(model(x, w)[0, 1, 5, 1])
    for slot, array in enumerate((x, w)):
        mine = dense(feed_of(found, slot))
        for index in np.ndindex(*array.shape):
            without = [x.copy(), w.copy()]
            without[slot][index] = 0.0
            gave = whole - float(model(*without)[0, 1, 5, 1])
            assert abs(gave - mine[index]) < 1e-5, (slot, index)
