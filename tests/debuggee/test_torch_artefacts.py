"""Models in files: what opens, what is refused, and that nothing untrusted runs."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.ir import Presence
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch import huggingface
from opscope.tracers.pytorch.loader import LOADER

from . import torch_zoo as zoo
from .torch_runs import line_of, same_bits, trace

RAN: list[str] = []


def harm(word: str) -> str:
    RAN.append(word)
    return word


class Harmful:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self):
        return harm, ("unpickled",)


@pytest.fixture(autouse=True)
def nothing_ran():
    RAN.clear()
    yield
    assert not RAN


def open_file(path: Path, trusted: bool = False):
    return LOADER.open_artefact(str(path), LoadOptions(trusted=trusted), lambda _: None)


def refused(path: Path, trusted: bool = False) -> Refusal:
    with pytest.raises(Refusal) as error:
        open_file(path, trusted)
    sentence = str(error.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return error.value


def exported(path: Path, model: nn.Module, *args: object) -> Path:
    torch.export.save(torch.export.export(model, args), str(path))
    return path


@pytest.mark.filterwarnings("ignore")
def test_an_exported_program_is_stepped_with_its_scopes_and_lines(tmp_path):
    model, args, _ = zoo.make("perceptron")
    program = open_file(exported(tmp_path / "model.pt2", model, *args))
    given = LOADER.example_inputs(program)
    assert given is not None
    traced = trace(program, *given[0], **given[1])
    assert traced.facts.source == "export"
    assert traced.keys == ["/body/0/linear:0", "/body/1/relu:0", "/body/2/linear:0"]
    line = traced.line(traced.run.records[0])
    assert (line.file, line.line) == (zoo.__file__, line_of(zoo.__file__, "return self.body(x)"))
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.verify().equal
    assert same_bits(traced.value(2), model(*args).detach())
    assert traced.program.facts.parameters == 83


@pytest.mark.filterwarnings("ignore")
def test_an_exported_program_takes_keywords_and_nested_inputs(tmp_path):
    model, args, _ = zoo.make("dicts")
    traced = trace(open_file(exported(tmp_path / "dicts.pt2", model, *args)), *args)
    assert traced.types == ["linear", "linear"]
    assert traced.verify().equal
    model, args, kwargs = zoo.make("keywords")
    file = tmp_path / "keywords.pt2"
    torch.export.save(torch.export.export(model, args, kwargs), str(file))
    reordered = dict(reversed(kwargs.items()))
    traced = trace(open_file(file), *args, **reordered)
    assert traced.types == ["mul", "add"]
    assert traced.verify().equal


@pytest.mark.filterwarnings("ignore")
def test_an_exported_program_that_wants_to_unpickle_is_refused(tmp_path):
    model, args, _ = zoo.make("perceptron")
    source = exported(tmp_path / "model.pt2", model, *args)
    pickled = io.BytesIO()
    torch.save(Harmful(), pickled)
    target = tmp_path / "harmful.pt2"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            inputs = "sample_inputs" in name or "example_inputs" in name
            new.writestr(name, pickled.getvalue() if inputs else old.read(name))
    assert refused(target).code == "not-trusted"


@pytest.mark.filterwarnings("ignore")
def test_an_exported_program_with_code_for_a_size_is_refused(tmp_path):
    model, args, _ = zoo.make("perceptron")
    source = exported(tmp_path / "model.pt2", model, *args)
    target = tmp_path / "harmful.pt2"
    harm = json.dumps({"expr_str": "__import__('os').putenv('x', '1')"})
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("model/models/more.json", harm)
    assert refused(target).code == "not-trusted"


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_stepped_by_its_own_ops(tmp_path):
    model, args, _ = zoo.make("perceptron")
    file = tmp_path / "script.pt"
    torch.jit.save(torch.jit.trace(model.eval(), args), str(file))
    traced = trace(open_file(file), *args)
    assert traced.facts.source == "dry-run"
    assert "TorchScript" in traced.facts.reason
    assert "addmm" in traced.types
    assert traced.presences() == {Presence.EXPECTED}
    names = {value.name for value in traced.graph.values}
    assert "body.0.weight" in names
    assert traced.verify().equal


class Writing(torch.nn.Module):
    __constants__ = ("saves",)

    def __init__(self, target: str, way: str):
        super().__init__()
        self.target, self.saves = target, way == "save"

    def forward(self, x: torch.Tensor):
        if self.saves:
            torch.save([x], self.target)
            return x
        return x + torch.from_file(self.target, True, 4)[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", ["save", "from_file"])
def test_torchscript_that_writes_files_needs_trust(tmp_path, way):
    target = tmp_path / "written"
    file = tmp_path / "script.pt"
    torch.jit.script(Writing(str(target), way)).save(str(file))
    refusal = refused(file)
    assert refusal.code == "not-trusted"
    assert f"torch.{way}" in str(refusal)
    assert not target.exists()
    assert open_file(file, trusted=True) is not None


def test_weights_alone_are_refused_with_what_to_do(tmp_path):
    model, _, _ = zoo.make("perceptron")
    for name, value in (
        ("state.pt", model.state_dict()),
        ("checkpoint.pth", {"epoch": 3, "model": model.state_dict()}),
    ):
        torch.save(value, str(tmp_path / name))
        refusal = refused(tmp_path / name)
        assert refusal.code == "weights-alone"
        assert "name a function" in str(refusal)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert refused(tmp_path / "model.safetensors").code == "weights-alone"


def test_a_pickled_model_opens_only_when_trusted(tmp_path):
    model, args, _ = zoo.make("perceptron")
    file = tmp_path / "model.pt"
    torch.save(model, str(file))
    assert refused(file).code == "not-trusted"
    assert trace(open_file(file, trusted=True), *args).types == ["linear", "relu", "linear"]


def test_no_pickle_runs_untrusted(tmp_path):
    torch.save({"a": Harmful()}, str(tmp_path / "harmful.pt"))
    assert refused(tmp_path / "harmful.pt").code == "not-trusted"
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Harmful()))
    assert refused(tmp_path / "plain.pth").code == "not-trusted"


@pytest.mark.filterwarnings("ignore")
def test_damaged_and_missing_files_are_refused_in_a_sentence(tmp_path):
    for name, data in (
        ("junk.pt", b"junk" * 99),
        ("empty.pt", b""),
        ("junk.pt2", b"PK\x03\x04junk" * 9),
    ):
        (tmp_path / name).write_bytes(data)
        assert refused(tmp_path / name).code == "bad-artefact"
    assert refused(tmp_path / "none.pt").code == "no-file"
    torch.save(torch.ones(2), str(tmp_path / "tensor.pt"))
    assert refused(tmp_path / "tensor.pt").code == "bad-artefact"


def test_a_folder_without_a_configuration_is_refused(tmp_path):
    assert "config.json" in str(refused(tmp_path))
    (tmp_path / "config.json").write_text("[1]")
    assert refused(tmp_path).code == "bad-artefact"


def test_a_model_folder_needs_transformers(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"]}')
    monkeypatch.setattr(huggingface.importlib.util, "find_spec", lambda name: None)
    assert "install transformers" in str(refused(tmp_path))


def test_a_model_folder_with_code_of_its_own_is_refused(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"auto_map": {"AutoModel": "model.Mine"}}')
    monkeypatch.setattr(huggingface.importlib.util, "find_spec", lambda name: object())
    assert refused(tmp_path).code == "not-trusted"


def test_the_loader_claims_what_torch_can_run():
    assert LOADER.claims(nn.Linear(1, 1))
    assert LOADER.claims(torch.ones(1))
    assert LOADER.claims(torch.relu)
    assert LOADER.claims(lambda x: x)
    assert not LOADER.claims(nn.Linear)
    assert not LOADER.claims(3)


def test_arrays_become_tensors_of_the_same_dtype():
    array = np.arange(6, dtype=">i4").reshape(2, 3)[:, ::-1]
    tensor = LOADER.tensor(array)
    assert isinstance(tensor, torch.Tensor)
    assert tensor.dtype == torch.int32
    assert tensor.tolist() == array.tolist()
    assert LOADER.tensor(np.float32(2)).shape == ()
    with pytest.raises(Refusal) as error:
        LOADER.tensor(np.array(["a"]))
    assert error.value.code == "bad-input"


def test_inputs_that_a_model_brings_along():
    model, args, _ = zoo.make("perceptron")
    assert LOADER.example_inputs(model) is None
    model.example_input_array = args[0]
    assert LOADER.example_inputs(model) == (args, {})
    model.example_inputs = lambda: {"x": args[0]}
    assert LOADER.example_inputs(model) == ((), {"x": args[0]})


def test_what_cannot_be_called_is_refused():
    with pytest.raises(Refusal):
        LOADER.open(3, ((), {}), LoadOptions(), lambda _: None)
