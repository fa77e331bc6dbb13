"""Planted causes of zero, constant and large values in TensorFlow models, each told right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import pytest
import tensorflow as tf

from opscope.tracers.ir.reason import Question
from opscope.tracers.tensorflow.loader import LOADER

from .why_asked import ran

X = tf.constant([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]])


@dataclass(frozen=True)
class Cause:
    """What is run, which element is asked about, and what has to be said."""

    model: Callable[..., Any]
    rule: str
    says: str
    at: str  # what the chain ends in
    index: tuple[int, ...] | None


ZERO: dict[str, Cause] = {}
CONSTANT: dict[str, Cause] = {}
LARGE: dict[str, Cause] = {}


def planted(table: dict[str, Cause], rule: str, says: str, at: str, *index: int):
    def put(model: Callable[..., Any]) -> Callable[..., Any]:
        table[model.__name__] = Cause(tf.function(model), rule, says, at, index or None)
        return model

    return put


@planted(ZERO, "relu-cut", "cuts its input −2 off at 0", "Relu", 4)
def relu_cut(x: Any) -> Any:
    return tf.reshape(tf.transpose(tf.nn.relu(x)), [-1]) * 2.0


@planted(ZERO, "relu-dead", "reads no number above 0 (its largest is −94)", "Relu")
def dead_relu(x: Any) -> Any:
    return tf.reduce_sum(tf.nn.relu(x - 100.0), 1) + 0.0


@planted(ZERO, "masked", "is false for 1 against 1", "Greater", 0, 0)
def product_with_a_mask(x: Any) -> Any:
    return x * tf.cast(x > 1.0, tf.float32)


@planted(ZERO, "masked", "chooses a 0, since its condition is false", "SelectV2", 0, 2)
def where(x: Any) -> Any:
    return tf.where(x > 0.0, x, 0.0) + 0.0


@planted(ZERO, "masked", "masks what is outside its triangle", "MatrixBandPart", 0, 1)
def triangle(x: Any) -> Any:
    return tf.linalg.band_part(x, -1, 0)[:, :2] + 0.0


@planted(ZERO, "dropout", "drops its input", "SelectV2")
def dropped(x: Any) -> Any:
    return tf.nn.dropout(tf.ones_like(x) + x * 0.0, 0.999) * 1.0


@planted(ZERO, "padding", "pads with it", "Pad", 0, 0)
def padded(x: Any) -> Any:
    return tf.transpose(tf.pad(x, [[0, 0], [1, 1]])) * 2.0


@planted(ZERO, "float16-underflow", "which float16 rounds to 0", "Mul", 0, 0)
def underflow(x: Any) -> Any:
    small = tf.cast(1e-4, tf.float16)
    return tf.cast(x, tf.float16) * small * small


@planted(ZERO, "float32-underflow", "−200 lies 300 below the row's largest, 100", "Softmax", 0, 2)
def softmax(x: Any) -> Any:
    return tf.nn.softmax(x * 100.0)


@planted(ZERO, "zero-input", "the input x at [0, 1] is 0 there before", "x", 0, 0)
def given(x: Any) -> Any:
    return tf.concat([x, x], 1)[:, 1:] * 3.0


@planted(CONSTANT, "saturated", "it reads numbers from 98 to 106", "Sigmoid")
def saturated(x: Any) -> Any:
    return tf.sigmoid(x + 100.0)


@planted(CONSTANT, "one-element", "is a softmax over a single element, always 1", "Softmax")
def softmax_of_one(x: Any) -> Any:
    return tf.nn.softmax(x[:, :1])


@planted(CONSTANT, "clamped", "puts all to its bound 3", "Minimum")
def clamped(x: Any) -> Any:
    return tf.clip_by_value(x + 10.0, 0.0, 3.0) * 2.0


@planted(CONSTANT, "broadcast", "repeats a single element", "BroadcastTo")
def broadcast(x: Any) -> Any:
    return tf.broadcast_to(tf.reduce_mean(x), [3, 3]) + 1.0


@planted(CONSTANT, "rounded", "rounds what lies from 0.1 to 0.4 to one number", "Round")
def rounded(x: Any) -> Any:
    return tf.round((x + 2.0) * 0.0 + [0.1, 0.2, 0.4]) + 1.0


@planted(LARGE, "exp", "Exp makes 6.566e+07 of 18", "x")
def exponential(x: Any) -> Any:
    return tf.exp(x * 3.0) + 1.0


@planted(LARGE, "division", "dividing by 1e−06", "x")
def small_divisor(x: Any) -> Any:
    return x / (tf.abs(x) * 0.0 + 1e-6)


@planted(LARGE, "residuals", "sums on the way make it", "x")
def residuals(x: Any) -> Any:
    for _ in range(20):
        x = x + tf.tanh(x) + x * 0.3
    return x


@planted(LARGE, "unscaled-product", "products that nothing scales down", "x")
def attention(x: Any) -> Any:
    return tf.matmul(x, x * 1.0, transpose_b=True)


@planted(LARGE, "factor", "multiplying by up to 1000", "x")
def factor(x: Any) -> Any:
    return x * 1000.0


@planted(LARGE, "power", "Square makes 360000 of 600", "x")
def power(x: Any) -> Any:
    return tf.square(x * 100.0) + 0.5


def asked(cause: Cause, question: Question | None) -> None:
    run = ran(LOADER, cause.model, X)
    reason = run.ask(index=cause.index, question=question)
    assert reason.rule == cause.rule, reason.message
    assert cause.says in reason.message
    assert run.chain(reason)[-1] == cause.at


@pytest.mark.parametrize("name", sorted(ZERO))
def test_a_zero_is_led_back(name: str):
    asked(ZERO[name], None)


@pytest.mark.parametrize("name", sorted(CONSTANT))
def test_equal_elements_are_led_back(name: str):
    asked(CONSTANT[name], Question.CONSTANT)


@pytest.mark.parametrize("name", sorted(LARGE))
def test_growth_is_led_back(name: str):
    asked(LARGE[name], Question.LARGE)


def test_a_zero_is_led_back_through_layers():
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4, 4, 1)),
            layers.Conv2D(
                2, 3, padding="same", bias_initializer=keras.initializers.Constant(-100.0)
            ),
            layers.ReLU(),
            layers.Conv2D(2, 3, strides=2, padding="same", use_bias=False),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, use_bias=False),
        ]
    )
    run = ran(LOADER, model, tf.ones([1, 4, 4, 1]))
    reason = run.ask()
    assert reason.rule == "relu-dead"
    assert run.chain(reason) == ["MatMul", "Mean", "Conv2D", "Relu"]
    assert reason.message.endswith("All 3 elements are 0.")


def test_a_zero_weight_is_named():
    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(2, kernel_initializer="zeros")]
    )
    run = ran(LOADER, model, X)
    reason = run.ask()
    assert reason.rule == "zero-weight"
    assert "dense" in reason.message
    assert run.chain(reason)[-1].endswith("kernel")


def test_products_without_normalization_are_named():
    wide = keras.initializers.RandomNormal(stddev=1.0, seed=0)
    stack = [keras.layers.Dense(16, kernel_initializer=wide) for _ in range(6)]
    model = keras.Sequential([keras.layers.Input((16,)), *stack])
    run = ran(LOADER, model, tf.ones([2, 16]))
    reason = run.ask(question=Question.LARGE)
    assert reason.rule == "no-normalization"
    assert "products with no normalization between them" in reason.message


def test_a_gradient_that_is_zero_is_led_back_to_the_relu():
    @tf.function
    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.nn.relu(x) * 2.0)
        return tape.gradient(loss, x)

    run = ran(LOADER, slope, X)
    reason = run.ask(index=(0, 2))
    assert reason.rule == "relu-cut"
    assert "lets no gradient through" in reason.message


def test_what_is_not_finite_is_led_back_to_the_rule_that_was_broken():
    run = ran(LOADER, tf.function(lambda x: tf.nn.relu(tf.math.log(x) * 2.0) + 1.0), X)
    reason = run.ask(index=(0, 2))
    assert reason.question is Question.NOT_FINITE
    assert reason.rule == "log-of-negative"
    assert run.chain(reason) == ["AddV2", "Relu", "Mul", "Log"]
