"""Runs `opscope compare` on the models of compare_models.py and reads what it wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opscope.app.cli import main

Told = dict[str, Any]


class Compared:
    """What one comparison came to."""

    def __init__(self, code: int, told: Told, text: str) -> None:
        self.code, self.told, self.text = code, told, text

    @property
    def first(self) -> Told:
        """The first divergence."""
        found = self.told["divergence"]
        assert found is not None, self.text
        return found

    def place(self, side: str) -> tuple[str, str]:
        """Type and module of the op that is named on one side."""
        return self.first[side]["type"], self.first[side]["module"]

    @property
    def cause(self) -> tuple[str, str]:
        """How well it is known, and its kind."""
        return self.first["cause"]["certainty"], self.first["cause"]["kind"]


def compared(capsys: pytest.CaptureFixture[str], a: str, b: str, *more: str) -> Compared:
    """Through the real command, two adapters and two debuggees, from the current folder."""
    path = Path("compared.json")
    code = main(["compare", a, b, "--json", str(path), *more])
    text = capsys.readouterr().out
    told = json.loads(path.read_text())
    path.unlink()
    return Compared(code, told, text)
