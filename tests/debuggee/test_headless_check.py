"""`opscope check` through the real command, adapter and debuggee: exit codes, JSON and JUnit."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import pytest

from opscope.app.cli import main

MODELS = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 2)

    def forward(self, x):
        return torch.relu(self.line(x)).sum()

class Head(torch.nn.Module):
    def forward(self, x):
        return torch.log(torch.relu(x)).mean()

class Faulty(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = Head()

    def forward(self, x):
        return self.head(x) * 2

class Root(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(4))

    def forward(self, x):
        return (self.weight * x).abs().sqrt().sum()

class Fails(torch.nn.Module):
    def forward(self, x):
        y = torch.relu(x) + 1
        return y @ y
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(MODELS)
    return tmp_path


def checked(*words: str) -> tuple[int, dict[str, Any]]:
    code = main(["check", *words, "--json", "out.json"])
    return code, json.loads(Path("out.json").read_text())


def test_a_clean_model(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["check", "nets.py:Net", "--input", "3x4", "--backward", "--watch", "nan"]) == 0
    assert "Net: nothing found in " in capfd.readouterr().out


def test_a_fault_is_explained_and_written(folder: Path, capfd: pytest.CaptureFixture[str]):
    words = ("nets.py:Faulty", "--input", "x=[[1, 0], [2, 3]]", "--watch", "range 0..1 @ head.relu")
    code, body = checked(*words, "--junit", "out.xml")
    assert code == 1
    fault, watch = body["findings"]
    assert (fault["kind"], fault["rule"]) == ("non-finite", "log-of-zero")
    assert (fault["index"], fault["operands"], fault["result"]) == ([0, 1], {"x": "0"}, "−Inf")
    assert (fault["spread_ops"], fault["spread_values"], fault["times"]) == (2, 2, 1)
    assert fault["source"]["line"] == 1 + MODELS[: MODELS.index("torch.log")].count("\n")
    assert (watch["kind"], watch["rule"]) == ("watch", "range 0..1 @ head.relu")
    suite = xml.parse("out.xml").getroot()
    cases = {case.get("name"): case.findall("failure") for case in suite.findall("testcase")}
    assert {name: len(failures) for name, failures in cases.items()} == {
        "runs": 0,
        "finite": 1,
        "range 0..1 @ head.relu": 1,
    }
    assert suite.get("failures") == "2"
    assert "the log of 0" in str(cases["finite"][0].get("message"))


def test_what_is_allowed_does_not_count(folder: Path):
    for allowed in ("log-of-*", "head", "head.log"):
        code, body = checked("nets.py:Faulty", "--input", "2x2:zeros", "--allow", allowed)
        assert (code, body["findings"], body["allowed"]) == (0, [], 1)
    assert main(["check", "nets.py:Faulty", "--input", "2x2:zeros", "--allow", "tail.*"]) == 1


def test_a_gradient_is_checked_where_asked(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["check", "nets.py:Root", "--input", "4x:ones"]) == 0
    assert main(["check", "nets.py:Root", "--input", "4x:ones", "--backward"]) == 1
    said = capfd.readouterr().out
    assert "SqrtBackward in backward makes Inf at [0]: the slope of the square root" in said
    assert "  try: Add a small constant inside the function" in said


def test_a_model_that_fails_is_a_finding(folder: Path):
    code, body = checked("nets.py:Fails", "--input", "3x4")
    assert code == 1
    assert [finding["kind"] for finding in body["findings"]] == ["failed"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nets.py:Net", "--input", "3x4", "--watch", "dead>5"), "a share from 0 to 1"),
        (("nets.py:Net", "--input", "3x4", "--junit", "no/where.xml"), "There is no folder"),
        (("nets.py:None", "--input", "3x4"), "None"),
        (("nets.py:Net", "--input", "3x5"), "does not take these inputs"),
        (("nothing",), "neither a command nor a model"),
    ],
)
def test_what_cannot_be_checked(
    folder: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
):
    assert main(["check", *words]) == 2
    assert sentence in capfd.readouterr().err


@pytest.mark.long
def test_what_a_recorded_run_had_does_not_count(folder: Path):
    spec = str(folder / "nets.py") + ":Faulty"
    inputs = ("--input", "2x2:zeros")
    assert main(["trace", spec, *inputs, "--save", "old"]) == 0
    assert checked(spec, *inputs)[0] == 1
    code, body = checked(spec, *inputs, "--baseline", "old.opscope")
    assert code == 0
    assert body["findings"] == []
    assert body["allowed"] == 1


def test_a_baseline_that_is_none_is_told(folder: Path, capsys: pytest.CaptureFixture[str]):
    spec = str(folder / "nets.py") + ":Faulty"
    assert main(["check", spec, "--input", "2x2", "--baseline", "nets.py"]) == 2
    assert "nets.py is no recorded run" in capsys.readouterr().err
    assert main(["check", spec, "--input", "2x2", "--baseline", "none.opscope"]) == 2
    assert "The baseline could not be read" in capsys.readouterr().err
