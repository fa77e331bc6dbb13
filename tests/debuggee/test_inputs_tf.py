"""What a spec and its inputs come to, with real TensorFlow models."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine import user_code
from opscope.tracers.engine.inputs import make_inputs
from opscope.tracers.engine.targets import Target, find_target
from opscope.tracers.engine.user_code import run_file
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.tensorflow.loader import LOADER

MODELS = """
import numpy as np
import tensorflow as tf
from tensorflow import keras

@tf.function
def double(x, times=2.0):
    return x * times

@tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32)])
def signed(x):
    return tf.reduce_sum(x)

def plain(a, b):
    return a + b

def classifier():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])

def two_inputs():
    left, right = keras.Input((4,), name="left"), keras.Input((2,), name="right")
    return keras.Model([left, right], keras.layers.Concatenate()([left, right]))

def bundle():
    return classifier(), (np.ones((2, 4), "float32"),)

class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, x, training=False):
        return self.dense(x)

def batches():
    rows = np.arange(32, dtype="float32").reshape(8, 4)
    return tf.data.Dataset.from_tensor_slices((rows, np.arange(8))).batch(2)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(user_code, "_files", {})
    (tmp_path / "tf_models.py").write_text(MODELS)
    yield tmp_path
    sys.modules.pop("tf_models", None)


def target_of(name: str, given: bool = False) -> Target:
    return find_target(run_file("tf_models.py"), name, given)


def inputs_of(name: str, *texts: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    target = target_of(name, bool(texts))
    return make_inputs(target, LOADER, list(texts), "tf_models.py", {}).inputs


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("double", "double"),
        ("signed", "signed"),
        ("plain", "plain"),
        ("classifier", "classifier"),
        ("Own", "Own"),
        ("bundle", "bundle"),
    ],
)
def test_what_a_name_stands_for(folder: Path, name: str, shown: str):
    target = target_of(name)
    assert (target.framework, target.name) == ("tensorflow", shown)
    assert callable(target.model)


def test_inputs_become_tensors(folder: Path):
    (x,), kwargs = inputs_of("double", "2x3", "times=0.5")
    assert isinstance(x, tf.Tensor)
    assert (x.dtype, tuple(x.shape), kwargs) == (tf.float32, (2, 3), {"times": 0.5})
    a, b = inputs_of("plain", "2x:bfloat16", "[1, 2]:int32")[0]
    assert (a.dtype, b.dtype) == (tf.bfloat16, tf.int32)


def test_a_functional_model_takes_its_inputs_together(folder: Path):
    ((left, right),), _ = inputs_of("two_inputs", "1x4", "1x2")
    assert (tuple(left.shape), tuple(right.shape)) == ((1, 4), (1, 2))
    (named,), _ = inputs_of("two_inputs", "right=1x2", "left=1x4")
    assert set(named) == {"left", "right"}


def test_a_models_own_signature_gives_inputs_that_are_labelled(folder: Path):
    target = target_of("classifier")
    made = make_inputs(target, LOADER, [], "tf_models.py", {})
    assert made.synthetic
    assert tuple(made.inputs[0][0].shape)[-1] == 4
    made = make_inputs(target_of("bundle"), LOADER, [], "tf_models.py", {})
    assert not made.synthetic
    assert isinstance(made.inputs[0][0], tf.Tensor)


def test_a_dataset_gives_the_batch_asked_for(folder: Path):
    (rows,), kwargs = inputs_of("classifier", "tf_models.py:batches@1")
    assert rows.numpy().tolist() == np.arange(8, 16).reshape(2, 4).tolist()
    assert kwargs == {}
    with pytest.raises(Refusal, match="has no batch 4; they count from 0"):
        inputs_of("classifier", "tf_models.py:batches@4")


def test_pictures_keep_the_frameworks_layout(folder: Path):
    pixels = np.full((4, 6, 3), 128, np.uint8)
    Path("grey.png").write_bytes(tf.io.encode_png(pixels).numpy())
    Path("grey.jpg").write_bytes(tf.io.encode_jpeg(pixels, quality=100).numpy())
    for name in ("grey.png", "grey.jpg"):
        (picture,), _ = inputs_of("double", f"{name}:resize=8x8")
        assert tuple(picture.shape) == (1, 8, 8, 3)
        assert float(picture[0, 0, 0, 0]) == pytest.approx(128 / 255, abs=0.01)
    Path("cut.jpg").write_bytes(Path("grey.jpg").read_bytes()[:100])
    with pytest.raises(Refusal, match=r"cut\.jpg could not be read as a picture"):
        inputs_of("double", "cut.jpg")


@pytest.mark.parametrize(
    ("name", "texts", "words"),
    [
        ("plain", (), "The inputs of plain(a, b) are not known"),
        ("plain", ("2x",), "plain(a, b) does not take these inputs"),
        ("double", ("x.pt",), "holds PyTorch tensors, but the model is TensorFlow's"),
        ("double", ("text=hello",), "The model has no tokenizer"),
    ],
)
def test_bad_inputs_are_one_sentence(folder: Path, name: str, texts: tuple[str, ...], words: str):
    Path("x.pt").write_bytes(b"")
    with pytest.raises(Refusal) as caught:
        inputs_of(name, *texts)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
