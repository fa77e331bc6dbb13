"""`opscope trace --edit` through the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opscope.app.cli import main

MODELS = """
import torch


class Net(torch.nn.Module):
    def forward(self, x):
        print("said by the model")
        low, high = torch.relu(x).chunk(2, dim=1)
        product = torch.matmul(low, high.T)
        if product.sum() > 100:
            return torch.tanh(product)
        return torch.matmul(product, low)


def build():
    return Net(), (torch.arange(8.0).reshape(2, 4),)


class Fails(torch.nn.Module):
    def forward(self, x):
        y = torch.relu(x)
        return torch.matmul(y, y) + 1


def fails():
    return Fails(), (torch.ones(2, 3),)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(MODELS)
    np.save(tmp_path / "new.npy", np.full((2, 2), 50.0))
    return tmp_path


def test_edits_and_what_they_change(folder: Path, capfd: pytest.CaptureFixture[str]):
    words = [
        *("--edit", "/chunk:0:1=@new.npy"),
        *("--edit", "/matmul:0 input 0 = x + 1"),
        *("--records", "--json", "out.json"),
    ]
    assert main(["trace", "nets.py:build", *words]) == 0
    told = capfd.readouterr()
    assert told.err.count("said by the model") == 1
    assert "note: /chunk:0:1: The op's output shared its memory with an input" in told.out
    body: dict[str, Any] = json.loads(Path("out.json").read_text())
    assert [(edit["where"], edit["slot"], edit["is_input"]) for edit in body["edits"]] == [
        ("/chunk:0", 1, False),
        ("/matmul:0", 0, True),
    ]
    by_op = {row["op"]: row for row in body["changes"]}
    assert by_op["/chunk:0"]["how"] == by_op["/matmul:0"]["how"] == "edited"
    assert by_op["/chunk:0"]["largest"] == 48.0
    assert by_op["/tanh:0"] == {
        "op": "/tanh:0",
        "how": "added",
        "record": body["records"][-1]["index"],
        "before": None,
        "largest": None,
        "text": "",
    }
    assert by_op["/matmul:1"]["how"] == "removed"
    assert "/relu:0" not in by_op
    assert [row["op"] for row in body["changes"]].index("/matmul:1") > 0
    row = next(row for row in body["records"] if row["op"] == "/matmul:0")
    assert row["outputs"][0]["max"] == 50.0 * (5 + 6)


def test_a_failing_op_is_mended(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "nets.py:fails", "--edit", "/matmul:0 input 1=x.T"]) == 0
    lines = capfd.readouterr().out.splitlines()
    start = lines.index("What differs from the run without edits:")
    found = [line.split() for line in lines[start + 2 : start + 4]]
    assert found[0][1:3] == ["matmul", "edited"]
    assert found[1][1:4] == ["add", "only", "with"]


def test_an_edit_that_does_not_fit_is_said(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "nets.py:build", "--edit", "/relu:0=x[:, :3]"]) == 2
    told = capfd.readouterr()
    assert "The edit of /relu:0 did not apply" in told.err
    assert "2×3 does not broadcast to 2×4." in told.err
    assert told.out == ""
