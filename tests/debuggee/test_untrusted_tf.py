"""A saved graph of an unknown hand writes no file and calls no Python, unless it is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.protocol.refusal import Refusal

pytestmark = pytest.mark.xdist_group("tensorflow")

tf = pytest.importorskip("tensorflow")


def opened(path: Path, trusted: bool = False) -> Any:
    from opscope.tracers.tensorflow.loader import TensorFlowLoader

    options = LoadOptions(exact=True, trusted=trusted)
    return TensorFlowLoader().open_artefact(str(path), options, lambda _: None)


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        opened(path)
    assert refusal.value.code == "not-trusted"
    return str(refusal.value)


class Writing(tf.Module):
    """Writes what it is given, in a function that its signature calls, or itself."""

    def __init__(self, target: Path, way: str) -> None:
        super().__init__()
        self.weight = tf.Variable([2.0, 3.0])
        self._target, self._way = str(target), way

    @tf.function
    def inner(self, x: Any) -> Any:
        if self._way == "branch":
            return tf.cond(x[0] > 0, lambda: self.write(x), lambda: x)
        return self.write(x)

    def write(self, x: Any) -> Any:
        if self._way == "checkpoint":
            tf.raw_ops.SaveV2(
                prefix=self._target, tensor_names=["x"], shape_and_slices=[""], tensors=[x]
            )
        elif self._way == "python":
            return tf.py_function(lambda y: y + 1.0, [x], tf.float32)
        elif self._way == "summary":
            tf.raw_ops.DebugIdentity(input=x, debug_urls=["file://" + self._target])
        else:
            tf.io.write_file(self._target, tf.strings.as_string(x[0]))
        return x * self.weight

    @tf.function(input_signature=[tf.TensorSpec([2], tf.float32)])
    def __call__(self, x: Any) -> Any:
        return {"y": self.inner(x)}


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("file", "writes files when it runs (its op WriteFile)"),
        ("branch", "writes files"),
        ("checkpoint", "SaveV2"),
        ("python", "calls Python when it runs (its op EagerPyFunc)"),
        ("summary", "sends tensors away"),
    ],
)
def test_a_saved_model_that_reaches_out(tmp_path: Path, way: str, says: str) -> None:
    target = tmp_path / "written"
    module = Writing(target, way)
    tf.saved_model.save(module, tmp_path / "model", module.__call__)
    said = refused(tmp_path / "model")
    assert says in said
    assert said.startswith("model ")
    assert not list(tmp_path.glob("written*"))
    if way != "python":
        assert opened(tmp_path / "model", trusted=True) is not None


def test_one_that_only_computes_needs_no_trust(tmp_path: Path) -> None:
    """Its own saver writes checkpoints, but only when the model is saved."""
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3)])
    model.export(tmp_path / "keras", verbose=False)
    assert opened(tmp_path / "keras") is not None
    assert b"SaveV2" in (tmp_path / "keras" / "saved_model.pb").read_bytes()


def frozen(path: Path, target: Path) -> Path:
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [2], "x")
        written = tf.raw_ops.WriteFile(filename=str(target), contents="harm")
        with tf.control_dependencies([written]):
            tf.identity(x, "y")
        path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def test_a_frozen_graph_that_writes(tmp_path: Path) -> None:
    path = frozen(tmp_path / "graph.pb", tmp_path / "written")
    assert "WriteFile" in refused(path)
    assert not (tmp_path / "written").exists()
    opened(path, trusted=True)


def test_a_lite_model_that_writes(tmp_path: Path) -> None:
    target = tmp_path / "written"
    module = Writing(target, "file")
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.__call__.get_concrete_function()], module
    )
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    data = converter.convert()
    path = tmp_path / "small.tflite"
    path.write_bytes(data)
    assert "WriteFile" in refused(path)
    assert not target.exists()


def test_a_graph_of_tensorflow_1_needs_no_trust_for_its_saver(tmp_path: Path) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [2], "x")
        y = tf.multiply(x, v1.get_variable("w", [2], use_resource=True), "y")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(tmp_path / "old"), {"x": x}, {"y": y})
    assert opened(tmp_path / "old") is not None
