"""Names are found in a file's text, and the file is never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.app.entries import FileContents, FileEntry, read_entries

SOURCE = """
import torch
from torch import nn

raise SystemExit("this file is never run")

class Block(nn.Module):
    def __init__(self, dim, heads=4): ...

class Net(nn.Module):
    def __init__(self, depth=2): ...
    def forward(self, x, mask, scale=1.0): ...

class Wide(Net):
    pass

class Config:
    pass

def build():
    model = Net(depth=3)
    return model.eval()

def both():
    return Net(), (torch.zeros(1), torch.zeros(1))

def typed() -> Net:
    return cache["net"]

def loss(a, b):
    return a - b

def helper():
    return 3

def _hidden():
    return Net()

def train():
    return Net()

ready = Wide().eval()
other = 5
"""


def read(tmp_path: Path, text: str) -> FileContents:
    file = tmp_path / "net.py"
    file.write_text(text, encoding="utf-8")
    return read_entries(str(file))


def by_name(contents: FileContents) -> dict[str, FileEntry]:
    return {entry.name: entry for entry in contents.entries}


def test_finds_models_the_likeliest_first(tmp_path: Path) -> None:
    contents = read(tmp_path, SOURCE)
    assert contents.problem == ""
    assert contents.frameworks == {"torch"}
    found = by_name(contents)
    assert set(found) == {"Block", "Net", "Wide", "build", "both", "typed", "loss", "ready"}
    assert [entry.name for entry in contents.entries][:2] == ["build", "ready"]
    assert [entry.name for entry in contents.entries][-1] == "Block"


def test_says_what_each_is(tmp_path: Path) -> None:
    found = by_name(read(tmp_path, SOURCE))
    assert found["build"].kind == "factory"
    assert found["build"].inputs == ("x", "mask")
    assert found["both"].given
    assert found["typed"].kind == "factory"
    assert found["Block"].about == "class, needs dim"
    assert found["Block"].score < 0
    assert found["Wide"].inputs == ("x", "mask")
    assert found["ready"].kind == "instance"
    assert found["ready"].about == "made by Wide"
    assert (found["loss"].kind, found["loss"].inputs) == ("function", ("a", "b"))


def test_knows_keras_and_tf_functions(tmp_path: Path) -> None:
    contents = read(
        tmp_path,
        "import tensorflow as tf\n"
        "net = tf.keras.Sequential([])\n"
        "class Cell(tf.keras.layers.Layer):\n"
        "    def call(self, inputs, training=None): ...\n"
        "@tf.function(jit_compile=False)\n"
        "def step(x): return x\n"
        "def make_net(): return tf.keras.models.load_model('a.keras')\n",
    )
    found = by_name(contents)
    assert contents.frameworks == {"tensorflow"}
    kinds = {name: entry.kind for name, entry in found.items()}
    assert kinds == {
        "net": "instance",
        "Cell": "class",
        "step": "tf.function",
        "make_net": "factory",
    }
    assert found["Cell"].inputs == ("inputs",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"def f(:\n  pass", "line 1"),
        (b"x = 1\n  y = 2", "line 2"),
        (b"a\0b", "net.py"),
        (b"\xff\xfe\x00", "net.py"),
        (b"x = " + b"(" * 5000, "net.py"),
    ],
)
def test_what_is_no_python_gives_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "net.py"
    file.write_bytes(data)
    contents = read_entries(str(file))
    assert contents.entries == ()
    assert words in contents.problem
    assert contents.problem.endswith(".")


def test_a_missing_or_huge_file_gives_a_sentence(tmp_path: Path) -> None:
    assert "could not be read" in read_entries(str(tmp_path / "none.py")).problem
    big = tmp_path / "big.py"
    big.write_text("x = 1\n" * 900_000)
    assert "too large" in read_entries(str(big)).problem


def test_classes_that_inherit_in_a_circle_do_not_hang(tmp_path: Path) -> None:
    contents = read(tmp_path, "class A(B): pass\nclass B(A): pass\n")
    assert contents.entries == ()
