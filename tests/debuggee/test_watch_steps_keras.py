"""Keras's fit, watched: the bad batch is found, told of, and the fit goes on as it would."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client

from .watched_training import line_of, run

KERAS = """
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

import opscope


class Logs(keras.losses.Loss):
    def call(self, y, out):
        wanted = tf.math.log(tf.reduce_sum(y, axis=-1, keepdims=True))
        return tf.reduce_mean(tf.square(out - wanted), axis=-1)


class Slower(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = 0.01 / (1 + 0.1 * batch)


def made(last):
    keras.utils.set_random_seed(0)
    return keras.Sequential([
        keras.layers.Input((8,)),
        keras.layers.Dense(16, activation="relu", name="hidden"),
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(4, name="out"),
        last,
    ])


def results(model, history):
    rows = [*model.weights, *model.optimizer.variables]
    bits = [np.asarray(row).tobytes().hex() for row in rows]
    return repr([bits, history.history["loss"], np.random.rand()])


def compare(train, **options):
    plain = train([])
    watch = opscope.KerasWatch(**{"every": 10, "open": False, **options})
    watched = train([watch])
    print("equal" if plain == watched else "not equal")
"""

LOG_OF_ZERO = (
    KERAS
    + """
def train(watch):
    model = made(keras.layers.Activation("relu", name="cut"))
    model.compile(keras.optimizers.Adam(0.001), Logs(), metrics=["mae"])
    x = np.random.rand(45 * 4, 8).astype("float32")
    y = np.random.rand(45 * 4, 4).astype("float32")
    y[36 * 4 + 1] = 0
    history = model.fit(
        x, y, batch_size=4, epochs=1, shuffle=False, verbose=0, callbacks=[*watch, Slower()]
    )
    assert model.train_function.__module__.startswith("keras.")
    return results(model, history)


compare(train, save="bad", every=50)
"""
)

AT_ONCE = LOG_OF_ZERO.replace('metrics=["mae"]', 'metrics=["mae"], steps_per_execution=4')

UNBUILT = (
    KERAS
    + """
class Net(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.inner = keras.layers.Dense(4, activation="relu", name="inner")

    def call(self, x):
        return self.inner(x)


def train(bad):
    def fit(watch):
        keras.utils.set_random_seed(0)
        model = Net()
        model.compile(keras.optimizers.Adam(0.001), Logs())
        x = np.random.rand(40, 8).astype("float32")
        y = np.random.rand(40, 4).astype("float32")
        y[bad * 4 + 1] = 0
        history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=watch)
        return results(model, history)

    return fit


compare(train(5))
compare(train(0))
"""
)

EPOCHS = (
    KERAS
    + """
def train(watch):
    model = made(keras.layers.Activation("sigmoid"))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.random.rand(80, 8).astype("float32")
    y = np.random.rand(80, 4).astype("float32")
    history = model.fit(
        x, y, batch_size=4, epochs=2, verbose=0, validation_data=(x[:8], y[:8]),
        callbacks=[*watch, Slower()],
    )
    return results(model, history)


compare(train, every=30, when="step == 27")
compare(train, budget=100)
"""
)

SPIKE = (
    KERAS
    + """
class Leap(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = 1e6 if batch == 30 else 0.01


def train(watch):
    model = made(keras.layers.Dense(4, name="last"))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = np.random.rand(160, 8).astype("float32")
    y = np.random.rand(160, 4).astype("float32")
    try:
        model.fit(x, y, batch_size=4, verbose=0, callbacks=[Leap(), *watch])
    except opscope.TrainingStopped as error:
        print("stopped", error.step)


train([opscope.KerasWatch(every=20, open=False, stop=True)])
"""
)


def test_a_log_of_zero_is_told_with_its_op_and_the_fit_goes_on_as_ever(tmp_path: Path):
    out, errors = run(LOG_OF_ZERO, tmp_path)
    assert out == "equal\n", errors
    assert "opscope: step 37 of sequential" in errors
    assert "the loss is " in errors
    assert "Log makes −Inf" in errors
    assert "the log of 0 is −Inf" in errors
    assert f"line {line_of(LOG_OF_ZERO, 'tf.math.log(tf.reduce_sum')})" in errors
    assert "did not reproduce" not in errors
    assert "step 38" not in errors
    with Client.start() as client:
        saved = client.launch({"spec": str(tmp_path / "bad.opscope")})
        assert saved.state is RunState.FINISHED
    assert any("hidden" in scope.path for scope in saved.graph.scopes)
    assert {"Log"} <= {op.type for op in saved.graph.ops}


@pytest.mark.long
def test_several_batches_in_one_execution_are_one_step(tmp_path: Path):
    out, errors = run(AT_ONCE, tmp_path)
    assert out == "equal\n", errors
    assert "opscope: step 10 of sequential" in errors
    assert "the log of 0 is −Inf" in errors
    assert "ops of step 10" in errors
    assert "did not reproduce" not in errors
    with Client.start() as client:
        saved = client.launch({"spec": str(tmp_path / "bad.opscope")})
    types = [saved.graph.ops[row.op].type for row in saved.records]
    assert types.count("Log") == 4


@pytest.mark.long
def test_a_step_that_makes_the_weights_is_told_of_but_not_replayed(tmp_path: Path):
    out, errors = run(UNBUILT, tmp_path)
    assert out == "equal\nequal\n", errors
    sixth, _, first = errors.partition("opscope: step 1 of net")
    assert "opscope: step 6 of net" in sixth
    assert "the log of 0 is −Inf" in sixth
    assert "did not reproduce" not in errors
    assert "opscope: It is not replayed: its weights are made in it." in first


@pytest.mark.long
def test_a_replay_goes_over_the_end_of_an_epoch(tmp_path: Path):
    out, errors = run(EPOCHS, tmp_path)
    assert out == "equal\nequal\n", errors
    assert "“step == 27” holds: the loss is " in errors
    assert "ops of step 27" in errors
    assert "did not reproduce" not in errors
    assert "more than the budget of 100 bytes" in errors


def test_a_spike_is_traced_to_the_update_before_it(tmp_path: Path):
    out, errors = run(SPIKE, tmp_path)
    assert out == "stopped 32\n", errors
    assert "step 32 of sequential" in errors
    assert "It began in step 31: its update moves " in errors
    assert "at a learning rate of 1e06 (0.01 before)" in errors
    assert "too far" in errors
