"""The bundled models. Read off their files' text; no framework is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled model; it is opened as `sample:NAME`.

    Attributes:
        title: its name as shown ("ResNet-18").
        about: one sentence.
        framework: "PyTorch", "TensorFlow" or both.
        against: of a sample that is two models, the name of the other one, "" for one model.
    """

    name: str
    path: Path
    title: str
    about: str
    framework: str
    against: str = ""

    @property
    def spec(self) -> str:
        """What opens it."""
        return f"sample:{self.name}"

    @property
    def other(self) -> str:
        """What opens the model that it is compared with, "" where it is one model."""
        return f"sample:{self.against}" if self.against else ""


def samples(folder: Path = FOLDER) -> list[Sample]:
    """All of them: PyTorch's before TensorFlow's, in alphabetical order."""
    files = sorted(folder.glob("*.py"))
    found = [_read(file) for file in files if not file.stem.startswith("_")]
    return sorted(
        (sample for sample in found if sample is not None),
        key=lambda sample: (sample.framework, sample.name),
    )


def _read(file: Path) -> Sample | None:
    """A file without the three constants is no sample."""
    words = _constants(ast.parse(file.read_text(encoding="utf-8")))
    if not {"TITLE", "ABOUT", "FRAMEWORK"} <= words.keys():
        return None
    told = (words[name] for name in ("TITLE", "ABOUT", "FRAMEWORK"))
    return Sample(file.stem, file, *told, words.get("AGAINST", ""))


def _constants(module: ast.Module) -> dict[str, str]:
    """Names in capitals that a module's top level gives a plain string."""
    found: dict[str, str] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        value = statement.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            found.update((name, value.value) for name in names if name.isupper())
    return found
