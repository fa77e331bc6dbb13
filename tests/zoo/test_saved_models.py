"""Models in files, from the command line: equal bit for bit, and written as source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from opscope.app.cli import main

from ..debuggee import torch_zoo

FACTORY = """\
import torch
from torch import nn


def build():
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    model.load_state_dict(torch.load({path!r}))
    return model, (torch.ones(2, 6),)
"""


def saved(kind: str, folder: Path) -> str:
    """The spec of a small model in a file of a kind."""
    model, args, _ = torch_zoo.make("perceptron")
    if kind == ".pt2":
        torch.export.save(torch.export.export(model, args), str(folder / "model.pt2"))
        return str(folder / "model.pt2")
    if kind == "TorchScript":
        torch.jit.script(model).save(str(folder / "model.pt"))
        return str(folder / "model.pt")
    weights = folder / "weights.pt"
    torch.save(model.body.state_dict(), weights)
    (folder / "factory.py").write_text(FACTORY.format(path=str(weights)))
    return f"{folder / 'factory.py'}:build"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [".pt2", "TorchScript", "weights with a factory"])
def test_a_saved_model_is_equal_and_has_a_source(kind, tmp_path, capfd):
    spec, report, source = saved(kind, tmp_path), tmp_path / "report.json", tmp_path / "run.py"
    words = ["--input", "2x6"] if kind == "TorchScript" else []
    code = main(["trace", spec, *words, "--verify", "--json", str(report), "--fx", str(source)])
    assert code == 0, capfd.readouterr()
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["verify"]["equal"]
    assert told["run"]["ops"] >= 3
    assert "torch.fx.GraphModule(root, graph" in source.read_text(encoding="utf-8")
