"""A user's own TensorFlow script under the debugger: looked at, and never harmed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import OUTSIDE, Form, Phase, ScopeKind, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import REWIND
from opscope.tracers.protocol.refusal import Refusal

from .scripts import attach, next_run, running

HEAD = """
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import context, execute
from tensorflow.python.eager.polymorphic_function.atomic_function import AtomicFunction

import opscope

tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
keras.utils.set_random_seed(0)


def patches():
    return (
        pywrap_tfe.TFE_Py_FastPathExecute,
        execute.execute,
        AtomicFunction.call_flat,
        context.Context.call_function,
        keras.layers.Layer.__call__,
        keras.optimizers.SGD.apply,
    )


def told(value):
    return np.asarray(value).astype("float64").sum().item().hex()


"""
# A function with a dict as its result, a layer called by itself, the ways to train.
SCRIPT = (
    HEAD
    + """
before = patches()
model = keras.Sequential([
    keras.layers.Input((4,)),
    keras.layers.Dense(8, activation="relu", name="first"),
    keras.layers.BatchNormalization(name="norm"),
    keras.layers.Dropout(0.5, name="drop"),
    keras.layers.Dense(1, name="last"),
])
model.compile(keras.optimizers.Adam(), "mse", jit_compile=False)
x = np.random.rand(8, 4).astype("float32")
y = np.random.rand(8, 1).astype("float32")
print("begun")


@tf.function
def twice(v):
    tf.print("printed once", output_stream="file:///dev/stdout")
    return {"a": tf.reduce_sum(tf.nn.relu(v) ** 2), "b": (v, v * 2)}


found = opscope.debug(twice, tf.constant(x))
print(sorted(found), type(found["b"]).__name__, told(found["a"]), told(found["b"][1]))
print(told(opscope.debug(model, x, training=True)))
with opscope.debug(model):
    history = model.fit(x, y, batch_size=4, epochs=2, verbose=0)
print([value.hex() for value in history.history["loss"]])
half = tf.function(lambda v: tf.reduce_mean(tf.sin(model(v, training=True))))
optimizer = keras.optimizers.SGD(0.1)
for step in range(2):
    with opscope.debug(model):
        with tf.GradientTape() as tape:
            loss = half(x) * 2
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    print(step, told(loss), [told(row) for row in gradients])
assert patches() == before
print(told(model.predict(x, verbose=0)), [told(row) for row in model.get_weights()])
print(model.train_on_batch(x, y).hex(), told(tf.random.uniform([])), told(np.random.rand()))
"""
)
OVER = {"granularity": "instruction"}


def plainly(text: str, folder: Path) -> str:
    """What a script prints where nobody debugs it."""
    text = text.replace("import opscope\n", "import contextlib\n")
    text = text.replace("opscope.debug(model)", "contextlib.nullcontext()")
    file = folder / "plain.py"
    file.write_text(
        text.replace("opscope.debug(twice, ", "twice(")
        .replace("debug(", "call(")
        .replace("opscope.call(model, ", "model(")
    )
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    return plainly(SCRIPT, tmp_path_factory.mktemp("plain"))


def go_on(client: Client) -> None:
    """To the end of the run, and out of it."""
    client.request("continue")
    client.wait_state("finished")
    client.request("continue")


def types_of(run: Any) -> list[str]:
    return [run.graph.ops[row.op].type for row in run.records]


def test_functions_layers_and_training_are_runs_and_the_script_gives_what_it_gives(
    tmp_path: Path, plain: str
):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        assert [scope.path for scope in run.graph.scopes] == ["", "twice"]
        client.step("stepIn", OVER)
        client.step("next", OVER)
        go_on(client)
        assert types_of(run) == ["StringFormat", "PrintV2", "Relu", "Pow", "Sum", "Mul"]

        run = next_run(client)
        go_on(client)
        layers = [row.path for row in run.graph.scopes if row.kind is ScopeKind.MODULE]
        assert layers == ["first", "norm", "drop", "last"], "a layer called by itself runs eagerly"
        assert [run.graph.values[ref[1]].name for ref in run.records[0].inputs] == [
            "keras_tensor",
            "first.kernel",
        ]

        run = next_run(client)
        go_on(client)
        steps = [row for row in run.graph.scopes if row.path == "multi_step_on_iterator"]
        assert [row.call for row in steps] == [1, 2, 3, 4], "two epochs of two batches"
        paths = {row.path for row in run.graph.scopes}
        inside = "multi_step_on_iterator.one_step_on_data"
        assert {f"{inside}.first", f"{inside}.backward", f"{inside}.adam"} <= paths
        assert {row.phase for row in run.records} == {Phase.FORWARD, Phase.BACKWARD}

        for _ in range(2):
            run = next_run(client)
            go_on(client)
            backward = [row for row in run.graph.scopes if row.kind is ScopeKind.BACKWARD]
            assert [row.path for row in backward] == ["backward", "backward.<lambda>"]
            assert {"<lambda>.first", "sgd"} <= {row.path for row in run.graph.scopes}
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == plain


def test_it_stops_before_an_op_that_has_not_run_with_the_stack_of_the_script(tmp_path: Path):
    text = (
        HEAD
        + """
v = tf.Variable([1.0, 2.0])


def step(x):
    tf.io.write_file("written.txt", tf.strings.as_string(x[0] * 3.0))
    return v.assign_add(x)


with opscope.debug(step):
    step(tf.constant([1.0, 1.0]))
print(v.numpy())
"""
    ).replace("written.txt", str(tmp_path / "written.txt"))
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        for _ in range(3):
            client.step("next", OVER)
        assert types_of(run) == ["StridedSlice", "Mul", "AsString"]
        assert run.graph.ops[run.head.op].type == "WriteFile"
        assert not (tmp_path / "written.txt").exists(), "it has not run yet"
        stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        assert {row["source"]["path"] for row in stack} == {str(script.file)}
        assert "step" in [row["name"] for row in stack]
        client.step("next", OVER)
        assert (tmp_path / "written.txt").read_text() == "3.000000"
        client.step("next", OVER)
        piece = client.tensor(TensorRequest(ValueRef(4, 0), Form.PLANE, axes=(0,)))
        assert piece.whole.shape == (2,)
        read = run.records[4].inputs[0]
        assert read[0] == OUTSIDE
        assert run.graph.values[read[1]].name == "Variable"
        client.wait_state("finished")
        client.request("continue")
        assert script.ended() == (0, "[2. 3.]\n", "")


@pytest.mark.parametrize(
    "when",
    [
        pytest.param("before", marks=pytest.mark.long),
        "function",
        pytest.param("layer", marks=pytest.mark.long),
        "fit",
        pytest.param("finished", marks=pytest.mark.long),
        pytest.param("between", marks=pytest.mark.long),
    ],
)
def test_losing_the_window_lets_the_script_go_on_as_if_it_had_never_been(
    when: str, tmp_path: Path, plain: str
):
    with running(SCRIPT, tmp_path) as script:
        with Client.start() as client:
            attach(client, script)
            run = next_run(client)
            if when == "function":
                client.step("stepIn", OVER)
                client.step("next", OVER)
                assert run.records
            elif when == "finished":
                client.request("continue")
                client.wait_state("finished")
            elif when != "before":
                go_on(client)
            if when in ("layer", "fit"):
                run = next_run(client)
                client.step("stepIn", OVER)
            if when == "fit":
                go_on(client)
                run = next_run(client)
                while "one_step" not in run.graph.scopes[run.head.scope].path:
                    client.step("stepIn", OVER)
                client.step("stepIn", OVER)
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == plain


@pytest.mark.long
def test_seeded_random_ops_and_compiled_functions_keep_to_what_they_give(tmp_path: Path):
    text = (
        HEAD
        + """
tf.random.set_seed(3)


class Model(tf.Module):
    @tf.function(jit_compile=True)
    def compiled(self, x):
        return x + 1.0

    @tf.function
    def __call__(self, x):
        return self.compiled(x) * tf.random.uniform([2])


model = Model()
x = tf.constant([1.0, 2.0])
print(told(model(x)))
with opscope.debug(model):
    print(told(model(x)), told(model.compiled(x)))
print(told(model(x)))
"""
    )
    plain = plainly(text, tmp_path)
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        go_on(client)
        whole, added = (run.graph.ops[row.op] for row in run.records)
        assert (whole.type, whole.note) == (
            "__call__",
            "runs whole: its seeded random ops go on where they stood",
        )
        assert added.type == "AddV2"
        assert run.graph.scopes[added.scope].type == "tf.function, without jit_compile"
        assert script.ended() == (0, plain, "")


@pytest.mark.long
def test_an_error_stops_at_its_op_and_goes_on_to_the_script(tmp_path: Path):
    text = (
        HEAD
        + """
@tf.function
def twice(x):
    return tf.debugging.check_numerics(tf.math.log(x - 2.0), 'here')


for function in (twice, lambda x: tf.reshape(tf.nn.relu(x), [5])):
    with opscope.debug(function):
        try:
            function(tf.constant([[1.0, 9.0], [9.0, 1.0]]))
        except tf.errors.InvalidArgumentError as error:
            print("caught", type(error).__name__)
        print(told(tf.ones([2])))
"""
    )
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        client.request("setExceptionBreakpoints", {"filters": ["raised", "uncaught"]})
        for type_ in ("CheckNumerics", "Reshape"):
            run = next_run(client)
            client.step("continue")
            state = client.mirror.state
            assert state is not None
            assert state.failure is not None
            assert state.failure.kind == "InvalidArgumentError"
            assert types_of(run)[-1] == type_
            client.request("continue")
            client.wait_state("finished")
            client.request("continue")
            assert run.records[-1].frame == 0, "what follows is outside of the function"
        expected = "caught InvalidArgumentError\n0x1.0000000000000p+1\n" * 2
        assert script.ended() == (0, expected, "")


def test_what_would_run_it_once_more_is_refused_in_words(tmp_path: Path):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        client.step("stepIn", OVER)
        client.step("next", OVER)
        with pytest.raises(Refusal, match="your program's own"):
            client.request(REWIND, {"record": 0})
        with pytest.raises(Refusal, match="run the program once more"):
            client.request("restart")
