"""Keras files with classes of the user's own, and with Keras on PyTorch."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest
from keras import layers

from opscope.app.cli import main

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # Keras 3 copies variables in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]

LAYER = '''
import keras

class Scaled(keras.layers.Layer):
    """A layer that only this file knows."""

    def __init__(self, by=2.0, **settings):
        super().__init__(**settings)
        self.by = by

    def call(self, x):
        return x * self.by

    def get_config(self):
        return {**super().get_config(), "by": self.by}
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("layers_of_mine.py").write_text(LAYER)
    return tmp_path


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_files_own_classes_are_named_and_then_given(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str
):
    space: dict[str, type] = {}
    exec(LAYER, space)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), space["Scaled"](3.0)])
    model.save(name)
    capfd.readouterr()
    assert main(["trace", name]) == 2
    assert f"{name} needs Scaled, which is not known here" in capfd.readouterr().err
    assert main(["trace", name, "--custom-objects", "gone.py"]) == 2
    assert "There is no Python file gone.py" in capfd.readouterr().err
    assert main(["trace", name, "--custom-objects", "layers_of_mine.py"]) == 0
    table = capfd.readouterr().out
    assert "Mul" in table
    assert "scaled" in table


def test_a_model_for_keras_on_pytorch_is_stepped_as_a_pytorch_model(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu")])
    model.save("net.keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert main(["trace", "net.keras", "--input", "2x4", "--verify"]) == 0
    said = capfd.readouterr().out
    assert "PyTorch" in said
    assert "relu" in said
    assert "equal bit for bit" in said
