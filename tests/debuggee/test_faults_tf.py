"""Planted numeric faults in TensorFlow models, each explained right; and clean models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.ir import Phase
from opscope.tracers.tensorflow.loader import LOADER

from .numbers_checked import check

INF = float("inf")
X = tf.constant([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]])


@dataclass(frozen=True)
class Fault:
    """What is run, and what has to be said of it."""

    model: Callable[..., Any]
    op: str
    rule: str
    index: tuple[int, ...] = ()
    operands: tuple[str, ...] = ()
    backward: bool = False


FAULTS: dict[str, Fault] = {}
CLEAN: dict[str, Callable[..., Any]] = {}


def fault(op: str, rule: str, *index: int, **more: Any) -> Callable[[Any], Any]:
    def put(model: Callable[..., Any]) -> Callable[..., Any]:
        FAULTS[model.__name__] = Fault(tf.function(model), op, rule, index, **more)
        return model

    return put


def clean(model: Callable[..., Any]) -> Callable[..., Any]:
    CLEAN[model.__name__] = tf.function(model)
    return model


@fault("Log", "log-of-zero", 0, 1, operands=("0",))
def log_of_relu(x: Any) -> Any:
    return tf.reduce_sum(tf.math.log(tf.nn.relu(x) * 2.0))


@fault("RealDiv", "zero-over-zero", 0, 1, operands=("0", "0"))
def ratio(x: Any) -> Any:
    return tf.tanh(x) / x


@fault("RealDiv", "division-by-zero", 0, 1, operands=("1", "0"))
def inverse(x: Any) -> Any:
    return tf.tanh(1.0 / x)


@fault("Cast", "float16-overflow", 1, 0, operands=("80000",))
def too_large_for_half(x: Any) -> Any:
    return tf.cast(x * 2e4, tf.float16) * 0.5


@fault("MatMul", "float16-overflow", 1, 0)
def half_product(x: Any) -> Any:
    return tf.matmul(tf.cast(x, tf.float16) * 200, tf.fill((3, 2), np.float16(100)))


@fault("Exp", "exp-overflow", 0, 0, operands=("100",))
def naive_softmax(x: Any) -> Any:
    powers = tf.exp(x * 100)
    return powers / tf.reduce_sum(powers, 1, keepdims=True)


@fault("Sqrt", "sqrt-of-negative", 0, 2, operands=("−2",))
def root(x: Any) -> Any:
    return tf.sqrt(x)


@fault("Rsqrt", "division-by-zero", 0, 1, operands=("0",))
def inverse_root(x: Any) -> Any:
    return tf.math.rsqrt(tf.nn.relu(x))


@fault("Pow", "negative-to-fraction", 0, 2, operands=("−2", "0.3"))
def power(x: Any) -> Any:
    return x**0.3


@fault("Mean", "empty-reduction")
def mean_of_nothing(x: Any) -> Any:
    return tf.reduce_mean(tf.boolean_mask(x, x > 100))


@fault("Softmax", "softmax-all-masked", 1, 0, operands=("[−Inf, −Inf, −Inf]",))
def masked_row(x: Any) -> Any:
    mask = tf.constant([[False, True, False], [True, True, True]])
    return tf.matmul(tf.nn.softmax(tf.where(mask, -INF, x)), tf.ones((3, 2)))


@fault("Mul", "zero-times-inf", 0, 0, operands=("0", "−Inf"))
def mask_by_product(x: Any) -> Any:
    return tf.nn.softmax(x + tf.cast(x > 5, tf.float32) * -INF)


@fault("Mul", "float32-overflow", operands=("1e+30", "1e+10"))
def grows_in_a_loop(x: Any) -> Any:
    y = tf.constant(1.0)
    for _ in tf.range(5):
        y = y * 1e10
    return x * y


@fault("SqrtGrad", "gradient-at-zero", 0, 1, backward=True)
def slope_of_root(x: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.sqrt(tf.nn.relu(x)))
    return tape.gradient(loss, x)


@fault("Reciprocal", "division-by-zero", 0, 1, backward=True)
def where_trap(x: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        chosen = tf.where(x > 0, tf.math.log(tf.nn.relu(x)), 0.0)
        loss = tf.reduce_sum(chosen)
    return tape.gradient(loss, x)


@fault("Mul", "float16-overflow", 0, 0, backward=True)
def half_gradient(x: Any) -> Any:
    w = tf.cast(x, tf.float16) * 1e-3
    with tf.GradientTape() as tape:
        tape.watch(w)
        loss = tf.reduce_sum((w * 300) * 300)
    return tape.gradient(loss, w)


@fault("Log", "log-of-zero", 0, 1, operands=("0",))
def log_of_zero_in_half(x: Any) -> Any:
    return tf.reduce_sum(tf.math.log(tf.nn.relu(tf.cast(x, tf.float16))))


@fault("Mul", "float16-overflow", operands=("10000", "10"))
def half_grows_in_a_loop(x: Any) -> Any:
    y = tf.constant(1.0, tf.float16)
    for _ in tf.range(5):
        y = y * 10
    return x * tf.cast(y, tf.float32)


@fault("Log", "log-of-zero", 0, 1, operands=("0",))
def beside_a_benign_mask(x: Any) -> Any:
    scores = tf.matmul(x, x, transpose_a=True)
    ones = tf.linalg.band_part(tf.ones((3, 3)), -1, 0)
    weights = tf.nn.softmax(tf.where(ones > 0, scores, -INF))
    return tf.reduce_sum(x @ weights) + tf.reduce_sum(tf.math.log(tf.nn.relu(x)))


@fault("SqrtGrad", "gradient-at-zero", 0, 1, backward=True)
def slope_behind_a_mask(x: Any) -> Any:
    ones = tf.linalg.band_part(tf.ones((3, 3)), -1, 0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = tf.where(ones > 0, tf.matmul(x, x, transpose_a=True), -INF)
        loss = tf.reduce_sum(tf.sqrt(tf.nn.relu(x))) + tf.reduce_sum(tf.nn.softmax(scores))
    return tape.gradient(loss, x)


@fault("Mul", "float16-overflow", 0, 0, backward=True)
def half_gradient_through_a_loop(x: Any) -> Any:
    w = tf.cast(x, tf.float16) * 1e-4
    with tf.GradientTape() as tape:
        tape.watch(w)
        y = w
        for _ in range(6):
            y = y * 8
        loss = tf.reduce_sum(y)
    return tape.gradient(loss, w)


@fault("Mul", "float16-overflow", 0, 0, backward=True)
def half_gradient_back_through_passes(x: Any) -> Any:
    w = tf.cast(x, tf.float16) * 1e-4
    with tf.GradientTape() as tape:
        tape.watch(w)
        y = w
        for _ in tf.range(6):
            y = y * 8
        loss = tf.reduce_sum(y)
    return tape.gradient(loss, w)


@clean
def causal_mask(x: Any) -> Any:
    scores = tf.matmul(x, x, transpose_a=True)
    ones = tf.linalg.band_part(tf.ones((3, 3)), -1, 0)
    return tf.nn.softmax(tf.where(ones > 0, scores, -INF))


@clean
def log_mask(x: Any) -> Any:
    return tf.nn.softmax(x + tf.math.log(tf.cast(x >= 0, tf.float32)))


@clean
def chosen_log(x: Any) -> Any:
    return tf.where(x > 0, tf.math.log(x), tf.zeros_like(x))


@clean
def clipped_log(x: Any) -> Any:
    return tf.reduce_sum(tf.maximum(tf.math.log(tf.nn.relu(x)), -100.0))


@clean
def divide_no_nan(x: Any) -> Any:
    return tf.math.divide_no_nan(x, tf.nn.relu(x))


@clean
def mask_to_the_end(x: Any) -> Any:
    return tf.where(x < 0, -INF, x)


@clean
def greatest_of_masked(x: Any) -> Any:
    return tf.reduce_max(tf.where(x == 0, -INF, x), 1)


@clean
def running_greatest(x: Any) -> Any:
    top = tf.fill((2,), -INF)
    total = tf.zeros((2,))
    for n in tf.range(3):
        new = tf.maximum(top, x[:, n])
        total = total * tf.exp(top - new) + tf.exp(x[:, n] - new)
        top = new
    return total


@clean
def asked_for(x: Any) -> Any:
    part = x / x
    return tf.reduce_any(tf.math.is_nan(part)), tf.where(tf.math.is_nan(part), 0.0, part)


@clean
def safe_gradient(x: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(x)
        safe = tf.where(x > 0, x, 1.0)
        loss = tf.reduce_sum(tf.where(x > 0, tf.math.log(safe), 0.0))
    return tape.gradient(loss, x)


@clean
def cross_entropy(x: Any) -> Any:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.constant([0, 1]), x * 100)


@clean
def ctc(x: Any) -> Any:
    logits = tf.reshape(tf.tile(x, (4, 1)), (4, 1, 6))
    return tf.nn.ctc_loss(tf.constant([[1, 2]]), logits, [2], [4], blank_index=0)


@clean
def log_softmax_of_masked(x: Any) -> Any:
    scores = tf.where(x < 0, -INF, x)
    return -tf.gather(tf.nn.log_softmax(scores), [0, 2], axis=1, batch_dims=1)


@clean
def padding_mask(x: Any) -> Any:
    kept = tf.constant([[True, True, False], [True, False, False]])
    scores = tf.where(kept[:, None, :], tf.matmul(x[..., None], x[:, None]), -INF)
    return tf.matmul(tf.nn.softmax(scores), x[..., None])


@clean
def masked_scores_in_half(x: Any) -> Any:
    half = tf.cast(x, tf.float16)
    return tf.nn.softmax(tf.where(half < 0, half.dtype.min, half))


@clean
def masked_training_step(x: Any) -> Any:
    ones = tf.linalg.band_part(tf.ones((3, 3)), -1, 0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = tf.where(ones > 0, tf.matmul(x, x, transpose_a=True), -1e9)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.constant([0, 1, 2]), scores)
    return tape.gradient(loss, x)


@clean
def skipped_step_of_scaled_loss(x: Any) -> Any:
    """As mixed precision does it: a gradient that overflows in float16 is thrown away."""
    w = tf.cast(x, tf.float16)
    with tf.GradientTape() as tape:
        tape.watch(w)
        scaled = tf.cast(tf.reduce_sum(w * w), tf.float32) * 2.0**17
    slope = tf.cast(tape.gradient(scaled, w), tf.float32) / 2.0**17
    usable = tf.reduce_all(tf.math.is_finite(slope))
    return x - tf.where(usable, slope, tf.zeros_like(slope)) * 0.1


@clean
def log_of_probabilities(x: Any) -> Any:
    return tf.reduce_sum(tf.math.log(tf.nn.softmax(x * 3.0) + 1e-9))


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_explained(name: str):
    fault = FAULTS[name]
    checked = check(LOADER, fault.model, X)
    assert len(checked.findings) == 1, [each.message for each in checked.findings]
    (found,) = checked.findings
    assert (checked.op(found), found.rule) == (fault.op, fault.rule), found.message
    assert found.index == fault.index
    if fault.operands:
        assert tuple(text for _, text in found.operands) == fault.operands
    assert (checked.record(found).phase is Phase.BACKWARD) is fault.backward
    assert "test_faults_tf.py, line" in found.message
    assert found.advice.endswith(".")


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_model_has_no_finding(name: str):
    checked = check(LOADER, CLEAN[name], X)
    assert [each.message for each in checked.findings] == []
    assert checked.run.records


def test_a_keras_model_is_clean_and_watched():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(4, activation="relu", name="wide"),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    checked = check(LOADER, model, X)
    assert checked.findings == []
    assert [checked.op(each) for each in checked.watch("range 0..1 @ *.Softmax")] == []
    assert {checked.op(each) for each in checked.watch("dead>0.2 @ wide*")} == {"Relu"}
    assert [checked.op(each) for each in checked.watch("op == 'Softmax' and output.max() < 1")]


def test_the_pass_of_a_loop_is_named():
    (found,) = check(LOADER, FAULTS["grows_in_a_loop"].model, X).findings
    assert ", pass 4, makes Inf" in found.message
