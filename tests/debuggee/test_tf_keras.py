"""Keras models: layers as scopes, weights by name, exact runs, files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from opscope.tracers.engine.backend import Inputs, LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Graph, Presence, Run, ScopeKind, ValueKind
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.tensorflow.loader import LOADER
from opscope.tracers.tensorflow.program import TensorFlowProgram

from .tf_gates import Entering

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # Keras 3 copies variables in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]


@dataclass
class Opened:
    """A model with its map and one run of it, proved equal to TensorFlow's own."""

    program: TensorFlowProgram
    graph: Graph
    run: Run

    def paths(self, kind: ScopeKind = ScopeKind.MODULE) -> list[str]:
        return [scope.path for scope in self.graph.scopes if scope.kind is kind]

    def types(self) -> dict[str, str]:
        return {scope.path: scope.type for scope in self.graph.scopes}

    def names(self, kind: ValueKind) -> set[str]:
        return {value.name for value in self.graph.values if value.kind is kind}


def check(target: object, inputs: Inputs | None = None, **kwargs: Any) -> Opened:
    """Open, map, run, and compare with a plain run bit for bit."""
    given = LOADER.example_inputs(target) if inputs is None else inputs
    assert given is not None
    args, named = given
    options = LoadOptions(exact=True)
    program = LOADER.open(target, (args, {**named, **kwargs}), options, lambda _: None)
    assert isinstance(program, TensorFlowProgram)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    builder.mapping = False
    mapped = len(builder.graph.ops), len(builder.graph.scopes)
    recorder = Recorder(program.backend, builder, Entering())
    program.execute(recorder)
    recorder.finish()
    assert (len(builder.graph.ops), len(builder.graph.scopes)) == mapped
    assert program.verify(lambda: Recorder(program.backend, builder, Entering())).equal
    assert program.verify(lambda: Recorder(program.backend, builder)).equal
    return Opened(program, builder.graph, recorder.run)


class Block(layers.Layer):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = layers.Conv2D(channels, 3, padding="same")
        self.norm = layers.BatchNormalization()

    def call(self, x: Any) -> Any:
        return tf.nn.relu(self.norm(self.conv(x)))


class Net(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [Block(4), Block(6)]
        self.head = layers.Dense(3)

    def call(self, picture: Any) -> Any:
        for block in self.blocks:
            picture = block(picture)
        return self.head(tf.reduce_mean(picture, [1, 2]))


def test_a_subclassed_model_has_its_attributes_as_scopes():
    opened = check(Net(), ((tf.ones([2, 8, 8, 3]),), {}))
    assert opened.paths() == [
        "blocks.0",
        "blocks.0.conv",
        "blocks.0.norm",
        "blocks.1",
        "blocks.1.conv",
        "blocks.1.norm",
        "head",
    ]
    assert opened.types()["blocks.1.norm"] == "BatchNormalization"
    assert "blocks.0.conv.kernel" in opened.names(ValueKind.PARAMETER)
    assert "blocks.1.norm.moving_mean" in opened.names(ValueKind.BUFFER)
    assert opened.names(ValueKind.INPUT) == {"picture"}
    relu = next(op for op in opened.graph.ops if op.key == "/blocks.0/Relu:0")
    line = opened.graph.sources[relu.source]
    first = Block.call.__code__.co_firstlineno
    assert (line.file, line.line, line.function) == (__file__, first + 1, "call")
    facts = opened.program.facts
    weights = sum(int(np.prod(w.shape)) for w in opened.program._concrete.variables if w.trainable)
    assert facts.parameters == weights
    assert (facts.training, facts.dtype, facts.name) == (False, "float32", "net")
    assert facts.inputs == (("picture", (2, 8, 8, 3), "float32"),)
    assert facts.recording_bytes
    kernel = next(v for v in opened.graph.values if v.name == "head.kernel")
    tensor: Any = opened.program.value(kernel)
    assert tensor.shape == (6, 3)


def test_training_updates_and_dropout_start_anew_with_every_run():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5)]
    )
    opened = check(model, ((tf.ones([3, 4]),), {}), training=True)
    assert opened.program.facts.training is True
    types = {op.type for op in opened.graph.ops}
    assert "StatelessRandomUniformV2" in types
    assert types & {"AssignSubVariableOp", "AssignVariableOp"}


def test_a_shared_layer_is_one_scope_for_each_call():
    given = keras.Input((8,), name="given")
    shared = layers.Dense(8, name="shared")
    opened = check(keras.Model(given, shared(shared(given))))
    calls = [(s.path, s.call) for s in opened.graph.scopes if s.kind is ScopeKind.MODULE]
    assert calls == [("shared", 1), ("shared", 2)]
    assert opened.names(ValueKind.INPUT) == {"given"}
    assert all(op.presence is Presence.EXPECTED for op in opened.graph.ops)


def lstm(given: Any) -> Any:
    return layers.LSTM(4, name="memory")(given)


def gru(given: Any) -> Any:
    return layers.GRU(4, return_sequences=True, name="memory")(given)


@pytest.mark.parametrize("layer", [lstm, gru])
def test_recurrent_layers_are_stepped_pass_by_pass(layer: Callable[[Any], Any]):
    given = keras.Input((5, 3))
    opened = check(keras.Model(given, layer(given)))
    loops = [s for s in opened.graph.scopes if s.kind is ScopeKind.LOOP]
    assert [loop.path for loop in loops] == ["memory.while"]
    cell = [op for op in opened.graph.ops if "/while/cell/" in op.key]
    assert cell
    sigmoid = next(k for k, op in enumerate(opened.graph.ops) if op is cell[0])
    turns = [opened.run.turns(opened.run.records[n].frame) for n in opened.run.executions(sigmoid)]
    assert turns == [(0,), (1,), (2,), (3,), (4,)]
    assert "memory.cell.kernel" in opened.names(ValueKind.PARAMETER)


def test_attention_and_two_inputs():
    left, right = keras.Input((6, 8), name="left"), keras.Input((6, 8), name="right")
    attended = layers.MultiHeadAttention(2, 4, name="attn")(left, right)
    opened = check(keras.Model([left, right], layers.LayerNormalization()(attended + left)))
    assert {"attn.query", "attn.key", "attn.value"} <= set(opened.paths())
    assert opened.names(ValueKind.INPUT) == {"left", "right"}
    opened = check(keras.Model({"left": left, "right": right}, {"sum": left + right}))
    assert len(opened.names(ValueKind.INPUT)) == 2


def test_a_model_called_inside_a_function_traced_before():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="dense")])

    @tf.function
    def predict(x: Any) -> Any:
        return tf.nn.softmax(model(x * 2.0))

    predict(tf.ones([1, 4]))
    opened = check(predict, ((tf.ones([1, 4]),), {}))
    assert opened.paths() == [model.name, f"{model.name}.dense"]


def test_made_up_inputs_fit_the_model():
    picture = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 3)])
    inputs = LOADER.example_inputs(picture)
    assert inputs is not None
    first: Any = inputs[0][0]
    assert first.shape == (1, 224, 224, 3)
    ids = keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(10, 2)])
    inputs = LOADER.example_inputs(ids)
    assert inputs is not None
    first = inputs[0][0]
    assert first.shape == (1, 16)
    assert first.dtype == tf.int32
    assert 0 <= int(tf.reduce_min(first)) <= int(tf.reduce_max(first)) < 10
    assert LOADER.example_inputs(Net()) is None


def classifier() -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [keras.Input((4,), name="x"), layers.Dense(3, activation="relu", name="dense")]
    )


def read(path: Path, trusted: bool = False, part: str = "") -> object:
    options = LoadOptions(exact=True, trusted=trusted, part=part)
    return LOADER.open_artefact(str(path), options, lambda _: None)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_keras_files(tmp_path: Path, suffix: str):
    model = classifier()
    model.save(tmp_path / f"model{suffix}")
    opened = check(read(tmp_path / f"model{suffix}"))
    assert opened.paths() == ["dense"]
    outputs = opened.program._outputs
    assert outputs == [] or outputs[0].shape == (1, 3)


def test_saved_models_are_opened_by_a_signature(tmp_path: Path):
    model = classifier()
    model.export(tmp_path / "exported", verbose=False)
    opened = check(read(tmp_path / "exported"))
    assert any(scope.kind is ScopeKind.GROUP for scope in opened.graph.scopes)
    assert "Relu" in {op.type for op in opened.graph.ops}

    class Two(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32)])
        def up(self, x: Any) -> Any:
            return {"y": x + 1.0}

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32)])
        def down(self, x: Any) -> Any:
            return {"y": x - 1.0}

    module = Two()
    tf.saved_model.save(module, tmp_path / "two", {"up": module.up, "down": module.down})
    with pytest.raises(Refusal, match="down, up") as refusal:
        read(tmp_path / "two")
    assert refusal.value.code == "bad-spec"
    with pytest.raises(Refusal, match="no function sideways"):
        read(tmp_path / "two", part="sideways")
    opened = check(read(tmp_path / "two", part="down"))
    assert "Sub" in {op.type for op in opened.graph.ops}


@keras.saving.register_keras_serializable("test")
class Known(layers.Layer):
    def call(self, x: Any) -> Any:
        return x * 2.0


def test_files_that_cannot_be_read_say_why(tmp_path: Path):
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"no zip at all")
    with pytest.raises(Refusal, match=r"broken\.keras is damaged"):
        read(broken)
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no hdf5 at all")
    with pytest.raises(Refusal, match=r"broken\.h5 is damaged"):
        read(broken)
    cut = tmp_path / "cut.keras"
    classifier().save(cut)
    with zipfile.ZipFile(cut) as archive:
        config = archive.read("config.json")
    with zipfile.ZipFile(cut, "w") as archive:
        archive.writestr("config.json", config)
    with pytest.raises(Refusal, match=r"cut\.keras cannot be read by Keras"):
        read(cut)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    with pytest.raises(Refusal, match="saved cannot be read as a SavedModel"):
        read(folder)
    with pytest.raises(Refusal, match=r"no saved_model\.pb"):
        read(tmp_path)


def test_lambdas_need_trust_and_unknown_classes_are_named(tmp_path: Path):
    path = tmp_path / "lambda.keras"
    keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x + 1.0)]).save(path)
    with pytest.raises(Refusal, match="Lambda layer") as refusal:
        read(path)
    assert refusal.value.code == "not-trusted"
    check(read(path, trusted=True))
    path = tmp_path / "custom.keras"
    keras.Sequential([keras.Input((2,)), Known()]).save(path)
    objects = keras.saving.get_custom_objects()
    known = objects.pop("test>Known")
    try:
        with pytest.raises(Refusal, match="needs Known"):
            read(path)
    finally:
        objects["test>Known"] = known
    check(read(path))


def test_what_the_loader_claims():
    for target in (
        Net(),
        tf.Module(),
        tf.function(abs),
        tf.function(lambda x: x).get_concrete_function(tf.ones([1])),
        tf.ones([1]),
        tf.Variable(1.0),
        lambda x: x,
    ):
        assert LOADER.claims(target), target
    for other in (3, "text", object(), None, [tf.ones([1])]):
        assert not LOADER.claims(other), other
