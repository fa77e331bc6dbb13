"""`opscope check --html` through the real command, adapter and debuggee."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from opscope.app.cli import main

MODELS = """
import torch

class Head(torch.nn.Module):
    def forward(self, x):
        return torch.log(torch.relu(x)).mean()

class Faulty(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = Head()
        self.scale = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.head(x * self.scale) * 2

class Fails(torch.nn.Module):
    def forward(self, x):
        y = torch.relu(x) + 1
        return y @ y

class Other(Faulty):
    def forward(self, x):
        return self.head(torch.sigmoid(x * self.scale)) * 3

class Fine(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(MODELS)
    return tmp_path


def text_of(path: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", path.read_text().partition("<body>")[2]))


def test_a_finding_has_a_page_with_values_source_graph_and_command(folder: Path) -> None:
    words = ["nets.py:Faulty", "--input", "x=2x3:float32:zeros"]
    assert main(["check", *words, "--html", "page.html"]) == 1
    page = (folder / "page.html").read_text()
    text = text_of(folder / "page.html")
    assert "<h1>log in head makes −Inf</h1>" in page
    assert "the log of 0 is −Inf" in text
    assert "return torch.log(torch.relu(x)).mean()" in text
    assert "output[0:2, 0:3]" in text
    assert '<svg class="graph"' in page
    assert "opscope check nets.py:Faulty --input x=2x3:float32:zeros" in text
    assert str(folder) in text
    assert list(folder.glob(".page*")) == []


def test_what_came_from_outside_has_its_statistics(folder: Path) -> None:
    words = ["nets.py:Faulty", "--input", "x=2x3:float32:zeros", "--watch", "zero @ mul"]
    main(["check", *words, "--html", "page.html"])
    text = text_of(folder / "page.html")
    assert re.search(r"parameter scale\s+1\s+float32\s+1\s+1\s+1\s+0\s+none", text)


def test_an_error_and_a_run_without_findings_have_pages_too(folder: Path) -> None:
    assert main(["check", "nets.py:Fails", "--input", "2x3", "--html", "failed.html"]) == 1
    text = text_of(folder / "failed.html")
    assert "matmul raised RuntimeError" in text
    assert "return y @ y" in text
    assert main(["check", "nets.py:Fine", "--input", "2x3", "--html", "fine.html"]) == 0
    assert "Fine: nothing found" in text_of(folder / "fine.html")


def test_a_page_that_cannot_be_written_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", "nets.py:Fine", "--input", "2x3"]
    assert main([*words, "--html", "no/page.html"]) == 2
    assert "There is no folder" in capsys.readouterr().err
    (folder / "taken.html").mkdir()
    assert main([*words, "--html", "taken.html"]) == 2
    assert "taken.html could not be written" in capsys.readouterr().err
    assert list(folder.glob(".taken*")) == []


@pytest.mark.long
def test_a_comparison_has_a_page_with_both_sides(folder: Path) -> None:
    words = ["nets.py:Faulty", "nets.py:Other", "--input", "x=2x3:float32:ones"]
    assert main(["compare", *words, "--html", "both.html"]) == 1
    page, text = (folder / "both.html").read_text(), text_of(folder / "both.html")
    assert "<h1>The runs first differ at " in page
    assert "Cause, " in text
    assert page.count('<svg class="graph"') == 2
    assert "torch.sigmoid(x * self.scale)" in text
    assert "opscope compare nets.py:Faulty nets.py:Other --input x=2x3:float32:ones" in text
    alike = ["nets.py:Fine", "nets.py:Fine", "--input", "2x3", "--html", "same.html"]
    assert main(["compare", *alike]) == 0
    assert "Nothing differs" in text_of(folder / "same.html")
