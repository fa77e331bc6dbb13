"""Pythons that could run the model: where they may be, and what each has installed.

Finding and understanding alone; who starts them to ask is elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

PATIENCE = 15.0  # seconds for one interpreter
_LEVELS = 5  # folders above the model's in which a virtual environment is looked for
_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_CONDA = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", ".conda")
_OLDEST = (3, 10)
_PACKAGES = ("torch", "tensorflow", "keras", "numpy")
# Metadata alone: no framework is imported.
QUESTION = """
import json, sys
from importlib import metadata
def version(*names):
    for name in names:
        try:
            return metadata.version(name)
        except Exception:
            pass
    return ""
print(json.dumps({
    "version": list(sys.version_info[:3]), "prefix": sys.prefix,
    "packages": {
        "torch": version("torch"),
        "tensorflow": version("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly"),
        "keras": version("keras"), "numpy": version("numpy"),
    },
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python and what it has.

    Attributes:
        version: (3, 12, 1); () where it did not answer.
        packages: version by name of torch, tensorflow, keras and numpy; "" where absent.
        problem: a sentence why it cannot run a model, "" if it can.
    """

    path: str
    version: tuple[int, ...] = ()
    prefix: str = ""
    packages: dict[str, str] = field(default_factory=dict[str, str])
    problem: str = ""

    @property
    def text(self) -> str:
        """Version and frameworks in one line."""
        if not self.version:
            return self.problem or "asking…"
        parts = [f"Python {'.'.join(map(str, self.version[:2]))}"]
        for name, shown in (("torch", "PyTorch"), ("tensorflow", "TensorFlow")):
            have = self.packages.get(name, "")
            if have:
                parts.append(f"{shown} {'.'.join(have.split('+')[0].split('.')[:2])}")
        return " · ".join(parts if len(parts) > 1 else [*parts, "no framework"])

    def lacks(self, frameworks: Iterable[str]) -> str:
        """A sentence about a framework that the model wants and this does not have, or ""."""
        shown = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
        missing = [shown[name] for name in sorted(frameworks) if not self.packages.get(name)]
        if not self.version or not missing:
            return ""
        return f"This interpreter has no {' and no '.join(missing)}."


def candidates(near: str = "") -> list[str]:
    """Paths of Pythons, the likeliest first; `near` is a file or folder of the model."""
    seen: dict[str, None] = {}
    for path in _places(near):
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            seen.setdefault(os.path.abspath(path))
    return list(seen)


def _places(near: str) -> Iterator[str]:
    folder = Path(near or ".").absolute()
    for above in [folder, *folder.parents][: _LEVELS + 1]:
        for name in _ENVIRONMENTS:
            yield _python_in(above / name)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(variable):
            yield _python_in(Path(os.environ[variable]))
    yield sys.executable
    home = Path.home()
    folders = [home / ".virtualenvs", home / ".pyenv" / "versions"]
    for name in _CONDA:
        yield _python_in(home / name)
        folders.append(home / name / "envs")
    for parent in folders:
        if parent.is_dir():
            yield from (_python_in(child) for child in sorted(parent.iterdir()))
    listed = home / ".conda" / "environments.txt"
    if listed.is_file():
        lines = listed.read_text(encoding="utf-8", errors="replace").splitlines()
        yield from (_python_in(Path(line.strip())) for line in lines if line.strip())
    for name in ("python3", "python", *(f"python3.{minor}" for minor in range(14, 9, -1))):
        yield shutil.which(name) or ""


def _python_in(prefix: Path) -> str:
    """The interpreter of an environment, "" where there is none."""
    if os.name == "nt":
        for path in (prefix / "Scripts" / "python.exe", prefix / "python.exe"):
            if path.is_file():
                return str(path)
        return ""
    path = prefix / "bin" / "python"
    return str(path) if path.is_file() else ""


def read_answer(path: str, text: str) -> Interpreter:
    """What an interpreter printed, understood."""
    try:
        answer = cast("dict[str, Any]", json.loads(text.strip().splitlines()[-1]))
        version = tuple(int(part) for part in answer["version"])
        packages = {name: str(answer["packages"].get(name) or "") for name in _PACKAGES}
        prefix = str(answer["prefix"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Interpreter(path, problem="This is no Python that answers.")
    problem = ""
    if version < _OLDEST:
        problem = f"Python {version[0]}.{version[1]} is too old; a model needs 3.10 or newer."
    elif not packages["numpy"]:
        problem = "This interpreter has no NumPy, which stepping a model needs."
    return Interpreter(path, version, prefix, packages, problem)
