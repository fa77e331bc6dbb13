"""Frozen graphs, TFLite models, SavedModels with debug information."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tensorflow.python.framework.convert_to_constants import (  # pyright: ignore
    convert_variables_to_constants_v2,
)

from opscope.tracers.engine.backend import LoadOptions, Program
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Run, ValueKind
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.tensorflow.loader import LOADER

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # Keras 3 copies variables in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]


def network() -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, bias_initializer="ones"),
        ]
    )


class Opened:
    """An artefact, mapped and run once, everything kept."""

    def __init__(self, path: Path, part: str = "", inputs: tuple[Any, ...] | None = None) -> None:
        options = LoadOptions(path.name, exact=True, part=part)
        target = LOADER.open_artefact(str(path), options, lambda _: None)
        made = (inputs, {}) if inputs is not None else LOADER.example_inputs(target)
        assert made is not None
        self.inputs = made[0]
        self.program: Program = LOADER.open(target, made, options, lambda _: None)
        self.builder = GraphBuilder()
        self.program.draw_map(Recorder(self.program.backend, self.builder), lambda _: None)
        self.builder.mapping = False
        mapped = len(self.builder.graph.ops)
        self.history = History(1 << 30)
        recorder = Recorder(self.program.backend, self.builder, None, self.history)
        self.program.execute(recorder)
        recorder.finish()
        self.run: Run = recorder.run
        assert len(self.builder.graph.ops) == mapped

    def types(self) -> list[str]:
        return [self.builder.graph.ops[record.op].type for record in self.run.records]

    def value(self, record: int) -> Any:
        return np.asarray(self.history.get((record, 0)))

    def assert_equal(self) -> None:
        result = self.program.verify(lambda: Recorder(self.program.backend, self.builder))
        assert result.equal, result.max_abs_diff


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = network()
    function = tf.function(lambda x: model(x)).get_concrete_function(
        tf.TensorSpec([None, 8, 8, 3], name="image")
    )
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    file = tmp_path_factory.mktemp("frozen") / "net.pb"
    file.write_bytes(graph.SerializeToString())
    return file


def test_a_frozen_graph_runs_from_its_placeholders_to_what_nothing_reads(frozen: Path):
    opened = Opened(frozen)
    assert opened.types()[0] == "Conv2D"
    assert opened.types()[-1] == "BiasAdd"
    assert opened.program.facts.inputs[0][1:] == ((1, 8, 8, 3), "float32")
    expected = network()(opened.inputs[0]).numpy()
    assert np.allclose(opened.value(len(opened.run.records) - 1), expected, atol=1e-6)
    opened.assert_equal()


def test_an_op_of_a_frozen_graph_can_be_named_as_the_output(frozen: Path):
    whole = Opened(frozen)
    relu = whole.builder.graph.ops[whole.run.records[whole.types().index("Relu")].op]
    name = dict(relu.attributes)["name"]
    assert "/" in name
    with pytest.raises(Refusal, match="has no op nowhere"):
        Opened(frozen, "nowhere")


def test_what_is_no_frozen_graph_is_refused(tmp_path: Path):
    (tmp_path / "a.pb").write_bytes(b"\x00nonsense")
    (tmp_path / "b.pb").write_bytes(b"")
    for name in ("a.pb", "b.pb"):
        with pytest.raises(Refusal, match=name):
            Opened(tmp_path / name)
    graph = tf.Graph()
    with graph.as_default():
        tf.raw_ops.VariableV2(shape=[2], dtype=tf.float32, name="weight")
    (tmp_path / "c.pb").write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(Refusal, match="variable weight has no value"):
        Opened(tmp_path / "c.pb")


def lite(model: Any, **settings: Any) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    for name, value in settings.items():
        setattr(converter, name, value)
    return converter.convert()


def test_every_tensor_of_a_lite_model_is_the_one_that_its_op_gave(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    model = network()
    file = tmp_path / "net.tflite"
    file.write_bytes(lite(model))
    image = np.random.default_rng(1).standard_normal((1, 8, 8, 3)).astype(np.float32)
    opened = Opened(file, inputs=(image,))
    assert opened.types() == ["CONV_2D", "MEAN", "FULLY_CONNECTED"]
    value = image
    for record, layer in enumerate(model.layers):
        value = layer(value).numpy()
        assert np.allclose(opened.value(record), value, atol=1e-5), opened.types()[record]
    opened.assert_equal()
    weights = {
        value.name: value
        for value in opened.builder.graph.values
        if value.kind is ValueKind.PARAMETER
    }
    assert opened.program.facts.parameters == model.count_params()
    kernel = next(value for value in weights.values() if value.shape == (3, 4))
    held = np.asarray(opened.program.value(kernel))
    assert np.array_equal(held, model.layers[-1].kernel.numpy().T)
    capfd.readouterr()  # the converter prints


def test_a_quantised_lite_model_says_its_scales_and_takes_another_batch(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    rng = np.random.default_rng(2)
    batches = [[rng.standard_normal((1, 8, 8, 3)).astype(np.float32)] for _ in range(4)]
    with pytest.warns(UserWarning, match="Statistics for quantized inputs"):
        content = lite(
            network(),
            optimizations=[tf.lite.Optimize.DEFAULT],
            representative_dataset=lambda: batches,
        )
    file = tmp_path / "small.tflite"
    file.write_bytes(content)
    opened = Opened(file, inputs=(rng.standard_normal((2, 8, 8, 3)).astype(np.float32),))
    assert opened.types()[0] == "QUANTIZE"
    assert opened.value(0).dtype == np.int8
    attributes = dict(opened.builder.graph.ops[0].attributes)
    image = opened.inputs[0]
    scale, zero = float(attributes["scale"]), int(attributes["zero point"])
    integers = opened.value(0)
    inside = np.abs(integers.astype(int)) < 127  # the rest is cut off at the calibrated range
    assert inside.mean() > 0.9
    restored = (integers.astype(float) - zero) * scale
    assert np.allclose(restored[inside], image[inside], atol=scale)
    opened.assert_equal()
    with pytest.raises(Refusal, match="1×8×8×3, not 1×5×8×3"):
        Opened(file, inputs=(np.zeros((1, 5, 8, 3), np.float32),))
    with pytest.raises(Refusal, match="is float32, not float64"):
        Opened(file, inputs=(np.zeros((1, 8, 8, 3)),))
    file.write_bytes(content[:9])
    with pytest.raises(Refusal, match=r"small\.tflite"):
        Opened(file)
    file.write_bytes(content[:2000])
    with pytest.raises(Refusal, match=r"small\.tflite"):
        Opened(file)
    capfd.readouterr()


class Scaled(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.ones((4, 2)))

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x: Any) -> Any:
        hidden = tf.matmul(x, self.weight)
        if tf.reduce_sum(hidden) > -1e9:
            hidden = tf.nn.relu(hidden)
        return hidden


def line_of(words: str) -> int:
    text = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(text, 1) if words in line)


def test_a_saved_model_with_debug_information_knows_the_lines(tmp_path: Path):
    model = Scaled()
    options = tf.saved_model.SaveOptions(save_debug_info=True)
    tf.saved_model.save(model, str(tmp_path / "model"), model.__call__, options)
    opened = Opened(tmp_path / "model")
    graph = opened.builder.graph
    found = {graph.ops[record.op].type: record.source for record in opened.run.records}
    lines = {name: graph.sources[source] for name, source in found.items() if source >= 0}
    assert lines["MatMul"].line == line_of("hidden = tf.matmul(x, self.weight)")
    assert lines["Relu"].line == line_of("hidden = tf.nn.relu(hidden)")
    assert Path(lines["MatMul"].file).name == "test_tf_sources.py"
    opened.assert_equal()


@tf.function
def scaled(x: Any, training: bool = False) -> Any:
    return tf.nn.relu(x) * (2.0 if training else 1.0)


def test_made_up_inputs_follow_the_last_trace_and_open_axes_are_told():
    scaled(tf.ones((2, 3)))
    scaled(tf.ones((4,)), training=True)
    options = LoadOptions(synthetic=True)
    made = LOADER.example_inputs(scaled)
    assert made is not None
    program = LOADER.open(scaled, made, options, lambda _: None)
    assert program.facts.inputs == (("x", (4,), "float32"),)
    assert any("traced 2 times" in note for note in program.facts.notes)
    model = Scaled()
    made = LOADER.example_inputs(model)
    assert made is not None
    program = LOADER.open(model, made, options, lambda _: None)
    assert "Axes that the model leaves open were chosen: x axis 0 = 1." in program.facts.notes
    given = LOADER.open(model, ((tf.ones((2, 4)),), {}), LoadOptions(), lambda _: None)
    assert not given.facts.notes
