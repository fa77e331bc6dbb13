"""Trainings with a fault in a late step, plain and watched, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PATIENCE = 120.0

TORCH = '''
import copy
import sys

import torch

import opscope


def state(*parts):
    """The bits of models, optimizers and scalers, and of the random numbers to come."""
    rows = []

    def add(value):
        if isinstance(value, torch.Tensor):
            rows.append(value.detach().reshape(-1).contiguous().view(torch.uint8).tolist())
        elif isinstance(value, dict):
            for part in value.values():
                add(part)
        elif isinstance(value, list):
            for part in value:
                add(part)
        else:
            rows.append(value)

    for part in parts:
        add(part.state_dict())
    rows.append(torch.rand(3).tolist())
    return rows


def compare(train, **options):
    """Both trainings from the same start: what they come to, bit for bit."""
    options = {"every": 10, "open": False, **options}
    plain = train(lambda step: step)
    watched = train(lambda step: opscope.watch_steps(step, **options))
    print("equal" if repr(plain) == repr(watched) else "not equal")
'''


def run(text: str, folder: Path, window: str = "") -> tuple[str, str]:
    """What a script prints and what it says on standard error; it must end well."""
    file = folder / "training.py"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "OPSCOPE_WINDOW": window},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def line_of(text: str, part: str) -> int:
    """The number of the first line with a part."""
    rows = text.splitlines()
    return next(number for number, row in enumerate(rows, 1) if part in row)
