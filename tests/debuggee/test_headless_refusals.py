"""Everything that can be wrong with a model or its inputs: one sentence, exit code 2."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import numpy as np
import pytest
import torch

from opscope.app.cli import main

FILES = {
    "net.py": """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 2)

    def forward(self, x, scale=1.0):
        return torch.relu(self.line(x)) * scale
""",
    "dense.py": """
from tensorflow import keras

def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
""",
    "raises.py": "values = [1]\nfirst = values[3]\n",
    "syntax.py": "def broken(:\n",
    "plain.py": "def add(a, b):\n    return a + b\n",
    "bad.keras": "no archive",
    "bad.h5": "no archive",
    "bad.pt2": "no archive",
    "bad.pt": "no archive",
    "saved/saved_model.pb": "no graph",
    "empty/readme.txt": "no model",
    "hub/config.json": "{ no json",
    "frozen.pb": "no graph",
    "lite.tflite": "no model",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def refused(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence of a trace that could not start; how axes parted stands below it."""
    code = main(["trace", *words])
    out, err = capfd.readouterr()
    assert code == 2, err
    assert out == ""
    assert all(line.startswith("  Axis ") for line in err.splitlines()[1:]), err
    assert err.startswith("opscope: ")
    assert err.endswith(".\n")
    assert "Traceback" not in err
    assert len(err) < 600
    return err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("gone.py:Net", ["no file or folder gone.py"]),
        ("raises.py:first", ["raises.py could not be run: IndexError", "raises.py, line 2"]),
        ("syntax.py", ["SyntaxError", "syntax.py, line 1"]),
        ("plain.py:add", ["neither PyTorch nor TensorFlow"]),
        ("no_such_module_here.nets:Net", ["no module no_such_module_here"]),
        ("empty", ["neither a saved_model.pb (SavedModel) nor a config.json"]),
        ("sample:gone", ['There is no sample "gone"; the samples are char_gru']),
    ],
)
def test_specs_that_need_no_framework(
    folder: Path, capfd: pytest.CaptureFixture[str], spec: str, words: list[str]
):
    sentence = refused(capfd, spec)
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["net.py:Gone"], "net.py has no name Gone; it has Net"),
        (["net.py:Net"], "The inputs of Net(x, scale=1.0) are not known"),
        (["net.py:Net", "--input", "2x5"], "mat1 and mat2 shapes cannot be multiplied"),
        (["net.py:Net", "--input", "x.npy"], "same dtype"),
        (["net.py:Net", "--input", "y=2x4"], "has no argument y; it takes x, scale"),
        (["net.py:Net", "--input", "2x4:flaot"], '"flaot" is neither a dtype'),
        (["net.py:Net", "--input", "gone.npy"], "There is no file gone.npy"),
        (["bad.pt2"], "bad.pt2"),
        (["bad.pt"], "bad.pt"),
        (["hub"], "hub"),
    ],
)
def test_pytorch_models(
    folder: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
):
    np.save("x.npy", np.ones((2, 4)))
    assert said in refused(capfd, *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dense.py", "--input", "2x5"], "expected axis -1 of input shape to have value 4"),
        (["bad.keras"], "bad.keras"),
        (["bad.h5"], "bad.h5"),
        (["saved"], "saved"),
        (["frozen.pb"], "frozen.pb is damaged, or is no frozen graph."),
        (["lite.tflite"], "lite.tflite is damaged, or is no TFLite model."),
    ],
)
def test_tensorflow_models(
    folder: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
):
    assert said in refused(capfd, *words)


def test_a_pickle_is_opened_only_for_those_who_trust_it(
    folder: Path, capfd: pytest.CaptureFixture[str]
):
    torch.save(torch.nn.Linear(4, 2), "pickled.pt")
    sentence = refused(capfd, "pickled.pt", "--input", "2x4")
    assert "trust" in sentence
    assert main(["trace", "pickled.pt", "--input", "2x4", "--trust"]) == 0
    assert "linear" in capfd.readouterr().out


def test_an_interpreter_without_the_framework_is_named(
    folder: Path, capfd: pytest.CaptureFixture[str]
):
    venv.create(folder / "bare", symlinks=True)
    python = folder / "bare" / "bin" / "python"
    assert str(python) in refused(capfd, "net.py:Net", "--python", str(python))  # lacks NumPy
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / "bare" / "lib" / version / "site-packages"
    installed = Path(np.__file__).parent
    for name in ("numpy", "numpy.libs"):
        if (installed.parent / name).exists():
            (packages / name).symlink_to(installed.parent / name)
    sentence = refused(capfd, "net.py:Net", "--python", str(python))
    assert f"PyTorch is not installed in {python}" in sentence
    assert "pip install torch" in sentence
    sentence = refused(capfd, "bad.keras", "--python", str(python))
    assert f"TensorFlow is not installed in {python}" in sentence
    assert "no Python that can be run" in refused(capfd, "net.py:Net", "--python", "gone/python")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["resnet18"], "resnet18 is a bundled model; write sample:resnet18."),
        (["trce"], '"trce" is neither a command nor a model; did you mean trace?'),
        (["nothing"], "`opscope --help`"),
        (["trace", "nothing"], "neither a command nor a model"),
        (["trace", "net.py:Net", "--json", "gone/out.json"], "There is no folder"),
    ],
)
def test_words_that_are_no_command(
    folder: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str
):
    assert main(words) == 2
    err = capfd.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["trace"], ["trace", "a.py:b", "--records"], ["--theme", "pink"], ["trace", "a", "--wrong"]],
)
def test_wrong_use_is_one_sentence(capfd: pytest.CaptureFixture[str], words: list[str]):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert capfd.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["PySide6", "pyqtgraph", "networkx"])
def test_without_the_windows_libraries_it_says_how_to_add_them(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setitem(sys.modules, name, None)
    assert main([]) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"opscope: the window needs {name}, not installed here")
    assert 'pip install "opscope[window]"' in err
    assert err.count("\n") == 1
