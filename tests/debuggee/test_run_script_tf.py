"""`opscope run` with TensorFlow: functions and Keras models, counted and stopped at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN, PROGRAM, STOP_AT

from .scripts import PATIENCE, attach, next_run, running
from .test_run_script import RUN

pytestmark = pytest.mark.xdist_group("tensorflow")

TRAIN = """
import traceback

import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, activation="relu")])
inputs = keras.Input((4,))
whole = keras.Model(inputs, net(inputs))


@tf.function
def step(x):
    return tf.reduce_sum(whole(x))


x = tf.ones((2, 4))
print(float(whole(x)[0, 0]).hex())
for _ in range(3):
    print(float(step(x)).hex())
whole.compile("sgd", "mse")
history = whole.fit(x, tf.ones((2, 3)), epochs=2, verbose=0).history
print([loss.hex() for loss in history["loss"]])
try:
    whole(tf.ones((2, 5)))
except ValueError:
    print(traceback.format_exc())
"""


def test_functions_and_keras_models_are_counted_and_stopped_at(tmp_path: Path):
    (tmp_path / "plain.py").write_text(TRAIN)
    plain = subprocess.run(
        [sys.executable, "plain.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"},
    )
    with running(TRAIN, tmp_path, (*RUN, "script.py")) as script, Client.start() as client:
        attach(client, script, stopFirst=True)
        run = next_run(client)
        assert client.mirror.facts.name == "Functional"
        client.request("continue")
        client.wait_state("finished")
        assert [run.graph.ops[row.op].type for row in run.records][:1] != []
        client.request(STOP_AT, {"any": True})
        client.request("continue")
        assert client.wait_event(NEW_RUN, timeout=PATIENCE)["name"] == "step"
        client.mirror.forget()
        run = client.follow_graph()
        client.wait_state("paused", timeout=PATIENCE)
        client.request("continue")
        client.wait_state("finished")
        assert "Sum" in {run.graph.ops[row.op].type for row in run.records}
        client.request("continue")
        code, out, _ = script.ended()
        client.wait_event("exited", timeout=PATIENCE)
        body = [row["body"] for row in client.events if row["event"] == PROGRAM][-1]
    assert code == 0
    assert out == plain.stdout.replace("plain.py", "script.py")
    told = {(row["name"], row["line"]): row["calls"] for row in body["models"]}
    lines = TRAIN.splitlines()
    assert told[("step", lines.index("    print(float(step(x)).hex())") + 1)] == 3
    assert told[("Functional", lines.index("print(float(whole(x)[0, 0]).hex())") + 1)] == 1
    line = next(n for n, text in enumerate(lines, 1) if "whole.fit(" in text)
    assert told[("Functional.fit", line)] == 2
    assert not any(row["name"] == "Dense" for row in body["models"])


FITS = """
import os

import keras
import numpy as np

keras.utils.set_random_seed(0)


def made(name):
    model = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3, name=name), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    return model


class Until(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = os.path.exists("enough")


x, y = np.ones((16, 4), "float32"), np.ones((16, 1), "float32")
first, second = made("one"), made("two")
first.fit(x, y, batch_size=8, validation_data=(x, y), verbose=0)
second.fit(x, y, batch_size=8, epochs=1_000_000, verbose=0, callbacks=[Until()])
print(second.predict(x, verbose=0).shape)
"""


def test_a_fit_is_named_by_its_model_and_stopped_at_where_it_is_chosen(tmp_path: Path):
    line = next(n for n, text in enumerate(FITS.splitlines(), 1) if "second.fit(" in text)
    with running(FITS, tmp_path, (*RUN, "script.py")) as script, Client.start() as client:
        attach(client, script)
        while True:
            rows = client.wait_event(PROGRAM, timeout=PATIENCE)["models"]
            found = [row for row in rows if (row["name"], row["line"]) == ("Sequential.fit", line)]
            if found:
                break
        client.request(STOP_AT, {"models": [found[0]["number"]]})
        run = next_run(client)
        assert run.graph.sources[run.head.source].line == line
        assert client.mirror.facts.parameters == 19
        client.request("continue")
        client.wait_state("finished")
        names = {value.name for value in run.graph.values}
        assert {"two.kernel", "two.bias"} <= names
        assert not any(name.startswith("one.") for name in names)
        types = [run.graph.ops[row.op].type for row in run.records]
        assert {"MatMul", "IteratorGetNext", "AssignSubVariableOp"} <= {*types}
        (tmp_path / "enough").touch()
        client.request("continue")
        code, out, _ = script.ended()
        client.wait_event("exited", timeout=PATIENCE)
        body = [row["body"] for row in client.events if row["event"] == PROGRAM][-1]
    assert (code, out) == (0, "(16, 1)\n")
    assert [row["name"] for row in body["models"]] == [
        "Sequential.fit",
        "Sequential.evaluate",
        "Sequential.fit",
        "Sequential.predict",
    ]
    assert [row["line"] for row in body["models"]] == [line - 1, line - 1, line, line + 1]
