"""What a spec and its inputs come to, with real PyTorch models."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from opscope.tracers.engine import user_code
from opscope.tracers.engine.inputs import make_inputs
from opscope.tracers.engine.targets import Target, find_target
from opscope.tracers.engine.user_code import run_file
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.loader import LOADER

MODELS = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.line = nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.line(x))

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.block = Block(width)

    def forward(self, x, mask=None, *, scale=1.0):
        return self.block(x) * scale

class Pair(nn.Module):
    def forward(self, left, right):
        return left + right

class Spoken(nn.Module):
    def forward(self, input_ids, attention_mask=None):
        return input_ids * 2

def tokenizer(words):
    return {"input_ids": [[len(word) for word in words.split()]], "token_type_ids": [[0]]}

def build(width=4):
    return Net(width)

def bundle():
    return Net(), (torch.ones(2, 8),)

def bundle_named():
    return Net(), {"x": torch.ones(3, 8)}

def bundle_all():
    return Net(), (torch.ones(2, 8),), {"scale": 2.0}

def distance(a, b):
    return ((a - b) ** 2).mean()

def scaled(x=None, factor=2.0):
    return x * factor

def alone():
    return torch.zeros(3).sum()

def failing():
    raise ValueError("no weights here")

ready = Net()
number = 3
batch = (torch.ones(4, 8), torch.zeros(4))
named_batch = {"x": torch.ones(5, 8), "labels": torch.zeros(5)}
tens = [torch.full((1, 8), 10.0 * i) for i in range(3)]
arrays = [__import__("numpy").ones((6, 8), "float32")]

def loader():
    rows = torch.arange(64.0).reshape(8, 8)
    data = torch.utils.data.TensorDataset(rows, torch.arange(8))
    return torch.utils.data.DataLoader(data, batch_size=2)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(user_code, "_files", {})
    (tmp_path / "torch_models.py").write_text(MODELS)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("torch_models"):
            del sys.modules[name]


def target_of(name: str, given: bool = False) -> Target:
    return find_target(run_file("torch_models.py"), name, given)


def inputs_of(name: str, *texts: str, **options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    target = target_of(name, bool(texts))
    return make_inputs(target, LOADER, list(texts), "torch_models.py", options).inputs


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("Net", "Net", "Net"),
        ("ready", "Net", "Net"),
        ("build", "Net", "Net"),
        ("bundle", "Net", "Net"),
        ("ready.block", "Block", "Block"),
        ("distance", "function", "distance"),
        ("scaled", "function", "scaled"),
        ("alone", "function", "alone"),
    ],
)
def test_what_a_name_stands_for(folder: Path, name: str, kind: str, shown: str):
    target = target_of(name, given=name == "scaled")
    assert type(target.model).__name__ == kind
    assert (target.framework, target.name) == ("torch", shown)


def test_a_factory_may_give_inputs(folder: Path):
    assert tuple(inputs_of("bundle")[0][0].shape) == (2, 8)
    assert tuple(inputs_of("bundle_named")[1]["x"].shape) == (3, 8)
    args, kwargs = inputs_of("bundle_all")
    assert (len(args), kwargs) == (1, {"scale": 2.0})


def test_inputs_named_by_the_user_replace_the_factorys(folder: Path):
    assert tuple(inputs_of("bundle", "7x8")[0][0].shape) == (7, 8)


def test_a_function_that_needs_nothing_runs_without_inputs(folder: Path):
    assert inputs_of("alone") == ((), {})


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("Nte", "bad-spec", "torch_models.py has no name Nte; it has ready"),
        ("ready.nothing", "bad-spec", "has no name ready.nothing"),
        ("Block", "bad-model", "a class that needs width"),
        ("number", "bad-model", "is an int, neither a model nor a function"),
        ("failing", "bad-model", "ValueError: no weights here (torch_models.py, line 54)"),
        ("bundle_all.x", "bad-spec", "has no name"),
    ],
)
def test_names_that_are_no_models(folder: Path, name: str, code: str, words: str):
    with pytest.raises(Refusal) as caught:
        target_of(name)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_the_only_model_of_a_file_needs_no_name(folder: Path):
    (folder / "torch_models_one.py").write_text(
        "import torch\nclass Part(torch.nn.Linear):\n    pass\n"
        "class Whole(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    assert find_target(run_file("torch_models_one.py"), "", False).name == "Whole"
    (folder / "torch_models_none.py").write_text("import torch\nx = 1\n")
    with pytest.raises(Refusal, match="defines no model"):
        find_target(run_file("torch_models_none.py"), "", False)
    text = "import torch\nclass Net(torch.nn.Module):\n    pass\nclass Pair(Net):\n    pass\n"
    (folder / "torch_models_two.py").write_text(text)
    with pytest.raises(Refusal, match="defines 2 models; name one after a colon: Net, Pair"):
        find_target(run_file("torch_models_two.py"), "", False)


def test_shapes_numbers_and_names(folder: Path):
    (x,), kwargs = inputs_of("Net", "2x8", "mask=None", "scale=0.5")
    assert (x.dtype, tuple(x.shape)) == (torch.float32, (2, 8))
    assert kwargs == {"mask": None, "scale": 0.5}
    args, _ = inputs_of("Pair", "2x3:bfloat16:ones", "[[1, 2, 3]]:int32")
    assert [a.dtype for a in args] == [torch.bfloat16, torch.int32]
    named = inputs_of("Pair", "right=scalar:float64", "left=7:int64")[1]
    assert named["right"].shape == ()
    assert named["left"].item() == 7


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((), "The inputs of Pair(left, right) are not known"),
        (("2x2",), "Pair(left, right) does not take these inputs"),
        (("2x2", "2x2", "2x2"), "does not take these inputs: too many positional arguments"),
        (("2x2", "other=2x2"), "has no argument other; it takes left, right"),
        (("2x2", "left=2x2", "right=1x"), "does not take these inputs"),
        (("left=2x2", "left=2x2"), "gives the input left a second time"),
        (("missing.npy", "2x2"), "There is no file missing.npy"),
        (("words.npy", "2x2"), "no tensors of NumPy's dtype"),
        (("pickled.npy", "2x2"), "holds pickled Python objects"),
        (("broken.npz", "2x2"), "broken.npz"),
        (("a.npz:c", "2x2"), "a.npz has no c; names in it: a, b"),
        (("pickled.pt", "2x2"), "holds pickled Python objects"),
        (("broken.pt", "2x2"), "broken.pt could not be read as saved tensors"),
        (("broken.png", "2x2"), "broken.png could not be read as a picture"),
        (("torch_models.py:gone", "2x2"), "has no name gone"),
        (("torch_models.py:number2", "2x2"), "has no name number2"),
        (("a.npz",), "a.npz holds a, b; pick one as a.npz:a"),
        (("lefd=2x2", "right=2x2"), "has no argument lefd; it takes left, right."),
        (("text=hello",), "does not take these inputs"),
    ],
)
def test_bad_inputs_are_one_sentence(folder: Path, texts: tuple[str, ...], words: str):
    np.save("words.npy", np.array(["a", "b"]))
    np.save("pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez("a.npz", a=np.ones(2), b=np.ones(3))
    torch.save(Path("x"), "pickled.pt")
    for name in ("broken.npz", "broken.pt", "broken.png"):
        Path(name).write_bytes(b"nothing of the kind")
    with pytest.raises(Refusal) as caught:
        inputs_of("Pair", *texts)
    assert caught.value.code in ("bad-input", "no-inputs", "bad-spec")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files(folder: Path):
    rows = np.arange(16, dtype=np.float64).reshape(2, 8)
    np.save("a.npy", rows)
    np.savez("a.npz", first=rows, second=rows + 1)
    np.savez("named.npz", left=rows, right=rows + 1)
    torch.save({"left": torch.ones(2), "right": torch.zeros(2)}, "named.pt")
    torch.save(torch.ones(3, 8), "x.pt")
    assert inputs_of("Net", "a.npy")[0][0].dtype == torch.float64
    assert inputs_of("Net", "x=a.npy:float32")[1]["x"].dtype == torch.float32
    assert inputs_of("Net", "a.npz:second")[0][0][0, 0].item() == 1.0
    np.savez("one.npz", only=rows)
    assert tuple(inputs_of("Net", "one.npz")[0][0].shape) == (2, 8)
    assert set(inputs_of("Pair", "named.npz")[1]) == {"left", "right"}
    assert set(inputs_of("Pair", "named.pt")[1]) == {"left", "right"}
    assert inputs_of("Net", "named.pt:left")[0][0].shape == (2,)
    assert tuple(inputs_of("Net", "x.pt")[0][0].shape) == (3, 8)


def test_batches(folder: Path):
    assert tuple(inputs_of("Net", "torch_models.py:batch")[0][0].shape) == (4, 8)
    assert len(inputs_of("Net", "torch_models.py:batch")[0]) == 1  # the labels stay out
    assert len(inputs_of("Pair", "torch_models.py:batch")[0]) == 2
    assert set(inputs_of("Net", "torch_models.py:named_batch")[1]) == {"x"}
    assert inputs_of("Net", "torch_models.py:arrays")[0][0].dtype == torch.float32
    third = inputs_of("Net", "torch_models.py:loader@2")[0][0]
    assert third[0, 0].item() == 32.0
    assert inputs_of("Net", "x=torch_models.py:loader@2")[1]["x"][0, 0].item() == 32.0
    assert tuple(inputs_of("Net", "x=torch_models.py:named_batch")[1]["x"].shape) == (5, 8)
    assert len(inputs_of("Net", "x=torch_models.py:batch")[1]["x"]) == 2
    with pytest.raises(Refusal, match="has no batch 4; they count from 0"):
        inputs_of("Net", "torch_models.py:loader@4")
    with pytest.raises(Refusal, match="is one batch; it has no batch 1"):
        inputs_of("Net", "torch_models.py:named_batch@1")


def test_a_written_index_picks_out_of_a_list(folder: Path):
    assert inputs_of("Net", "torch_models.py:tens@2")[0][0][0, 0].item() == 20.0
    assert inputs_of("Net", "torch_models.py:tens@0")[0][0][0, 0].item() == 0.0
    assert inputs_of("Net", "x=torch_models.py:tens@1")[1]["x"][0, 0].item() == 10.0
    first, second = inputs_of("Pair", "torch_models.py:tens")[0]  # without one, the whole list
    assert (first[0, 0].item(), second[0, 0].item()) == (0.0, 10.0)
    with pytest.raises(Refusal, match="has no batch 3; they count from 0"):
        inputs_of("Net", "torch_models.py:tens@3")


def test_text_goes_through_the_tokenizer_beside_the_model(folder: Path):
    args, kwargs = inputs_of("Spoken", "text=a bee sees")
    assert args == ()
    assert set(kwargs) == {"input_ids"}
    assert kwargs["input_ids"].tolist() == [[1, 3, 4]]
    assert kwargs["input_ids"].dtype == torch.int64


def test_pictures(folder: Path):
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 2, 8, 2, 0, 0, 0))
    rows = b"".join(b"\0" + bytes([255, 0, 51] * 4) for _ in range(2))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    Path("red.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
    (plain,), _ = inputs_of("Net", "red.png")
    assert (plain.dtype, tuple(plain.shape)) == (torch.float32, (1, 3, 2, 4))
    assert plain[0, :, 0, 0].tolist() == pytest.approx([1.0, 0.0, 0.2])
    (large,), _ = inputs_of("Net", "red.png:resize=6x8,layout=nhwc,normalise=-1..1")
    assert tuple(large.shape) == (1, 6, 8, 3)
    assert large[0, 3, 4].tolist() == pytest.approx([1.0, -1.0, -0.6])
    (small,), _ = inputs_of("Net", "red.png:resize=4,crop=3,normalise=imagenet")
    assert tuple(small.shape) == (1, 3, 3, 3)
    assert small[0, 0, 1, 1].item() == pytest.approx((1 - 0.485) / 0.229, rel=1e-4)
    (grey,), _ = inputs_of("Net", "red.png", channels=1, normalise="none")
    assert tuple(grey.shape) == (1, 1, 2, 4)
    assert grey[0, 0, 0, 0].item() == pytest.approx(0.299 * 255 + 0.114 * 51, rel=1e-4)
    for wrong, words in (
        ("size=3", "A picture has no option"),
        ("resize=big", "resize is written"),
        ("crop=9", "too small for crop=9x9"),
        ("normalise=zscore", "normalise is imagenet"),
        ("layout=hwc", "layout is nchw"),
        ("channels=2", "channels is 1 or 3"),
        ("large", "is no option"),
    ):
        with pytest.raises(Refusal, match=words):
            inputs_of("Net", f"red.png:{wrong}")
