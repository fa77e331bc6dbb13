"""Models of Keras 2, as tf_keras still has them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Graph, ScopeKind
from opscope.tracers.tensorflow.loader import LOADER

pytestmark = pytest.mark.zoo


@pytest.fixture(scope="module")
def older() -> Iterator[Any]:
    yield importlib.import_module("tf_keras")
    for name in [name for name in sys.modules if name.partition(".")[0] == "tf_keras"]:
        del sys.modules[name]


def network(older: Any) -> Any:
    older.utils.set_random_seed(0)
    layers = older.layers
    image = older.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(image)
    x = layers.Reshape((36, 4))(layers.BatchNormalization(name="norm")(x))
    return older.Model(image, layers.Dense(2, name="head")(layers.LSTM(5, name="lstm")(x)))


def check(target: Any, args: tuple[Any, ...]) -> Graph:
    program = LOADER.open(target, (args, {}), LoadOptions(exact=True), lambda _: None)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    result = program.verify(lambda: Recorder(program.backend, builder))
    assert result.equal, result.max_abs_diff
    return builder.graph


def test_layers_are_scopes_and_the_run_is_equal(older: Any):
    model = network(older)
    made = LOADER.example_inputs(model)
    assert made is not None
    graph = check(model, made[0])
    modules = {scope.path: scope.type for scope in graph.scopes if scope.kind is ScopeKind.MODULE}
    assert modules["conv"] == "Conv2D"
    assert modules["lstm"] == "LSTM"
    assert {"conv.kernel", "head.bias"} <= {value.name for value in graph.values}


def test_a_train_step_is_equal(older: Any):
    tf: Any = importlib.import_module("tensorflow")
    model = network(older)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    graph = check(model.train_step, ((tf.ones((2, 8, 8, 3)), tf.ones((2, 2))),))
    assert any(scope.kind is ScopeKind.BACKWARD for scope in graph.scopes)
