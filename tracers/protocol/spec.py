"""Model specs: where a model stands, as the user writes it. Parsing alone; nothing is run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .refusal import Refusal

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


class SpecKind(str, Enum):
    """How a spec is opened."""

    FILE = "file"
    MODULE = "module"
    ARTEFACT = "artefact"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A parsed spec.

    Attributes:
        where: absolute path of a file or folder, or a dotted module name.
        name: dotted name in the module, or part of the artefact; "" where none was given.
        framework: of an artefact: "torch", "tensorflow" or RECORDED; "" otherwise.
        shown: what the window calls it when the model has no better name.
    """

    kind: SpecKind
    where: str
    name: str
    framework: str
    shown: str


# What opens the file of a recorded run: no framework.
RECORDED = "recorded"

# Suffixes of single files, with the package that opens them.
ARTEFACTS = {
    ".pt2": "torch",
    ".pt": "torch",
    ".pth": "torch",
    ".keras": "tensorflow",
    ".h5": "tensorflow",
    ".hdf5": "tensorflow",
    ".pb": "tensorflow",
    ".tflite": "tensorflow",
    ".opscope": RECORDED,
}
_UNSUPPORTED = {
    ".onnx": "an ONNX model",
    ".safetensors": "a file of weights without a model",
    ".ckpt": "a checkpoint without a model",
    ".bin": "a file of weights without a model",
    ".ipynb": "a notebook",
}


def parse_spec(text: str, cwd: str = "") -> ModelSpec:
    """Raises Refusal "bad-spec" for what is no spec, and for files that are not there."""
    text = text.strip()
    if not text:
        raise Refusal("bad-spec", "No model was named; write path/file.py:name, for example.")
    if "\0" in text:
        raise Refusal("bad-spec", "A model spec cannot hold a character of code 0.")
    if text.startswith("sample:"):
        return _sample(text.removeprefix("sample:"))
    whole = Path(cwd or os.getcwd(), os.path.expanduser(text))
    if os.path.exists(whole):  # False for what no path can be, too
        return _existing(whole, "", text)
    left, name = split_name(text)
    path = Path(cwd or os.getcwd(), os.path.expanduser(left))
    if name and os.path.exists(path):
        return _existing(path, name, left)
    suffix = path.suffix.lower()
    if suffix == ".py" or suffix in ARTEFACTS or suffix in _UNSUPPORTED or _has_slash(left):
        raise Refusal("bad-spec", f"There is no file or folder {left}.")
    if name and all(part.isidentifier() for part in left.split(".")):
        return ModelSpec(SpecKind.MODULE, left, name, "", f"{left}:{name}")
    if all(part.isidentifier() for part in left.split(".")):
        raise Refusal(
            "bad-spec",
            f'"{text}" names no file and no model; write path/file.py:name, package.module:name, '
            "the path of a saved model, or sample:NAME.",
        )
    raise Refusal(
        "bad-spec", f'"{text}" is not a model spec; write path/file.py:name, for example.'
    )


def split_name(text: str) -> tuple[str, str]:
    """The part before the last colon, and the dotted name after it ("" where there is none)."""
    left, colon, name = text.rpartition(":")
    if not colon or not left or not all(part.isidentifier() for part in name.split(".")):
        return text, ""
    if len(left) == 1 and left.isalpha() and os.name == "nt":  # a drive
        return text, ""
    return left, name


def sample_names() -> list[str]:
    """Names of the bundled models, in alphabetical order."""
    hidden = {"catalogue"}
    files = SAMPLES.glob("*.py")
    return sorted(f.stem for f in files if not f.stem.startswith("_") and f.stem not in hidden)


def _sample(name: str) -> ModelSpec:
    if name not in sample_names():
        known = ", ".join(sample_names())
        raise Refusal("bad-spec", f'There is no sample "{name}"; the samples are {known}.')
    return ModelSpec(SpecKind.FILE, str(SAMPLES / f"{name}.py"), "build", "", name)


def _existing(path: Path, name: str, shown: str) -> ModelSpec:
    path = path.absolute()
    label = f"{path.name}:{name}" if name else path.name
    if path.name in ("saved_model.pb", "saved_model.pbtxt"):
        path = path.parent
        label = f"{path.name}:{name}" if name else path.name
    if path.is_dir():
        framework = _folder_framework(path, shown)
        return ModelSpec(SpecKind.ARTEFACT, str(path), name, framework, label)
    suffix = path.suffix.lower()
    if suffix == ".py":
        return ModelSpec(SpecKind.FILE, str(path), name, "", label)
    if suffix in ARTEFACTS:
        return ModelSpec(SpecKind.ARTEFACT, str(path), name, ARTEFACTS[suffix], label)
    what = _UNSUPPORTED.get(suffix)
    if what is not None:
        raise Refusal("bad-spec", f"{shown} is {what}, which Opscope does not open.")
    raise Refusal(
        "bad-spec",
        f"{shown} is no model that Opscope opens; these are Python files, .pt2, .pt, .keras, .h5, "
        ".pb and .tflite files, SavedModel folders and Hugging Face folders, and .opscope files of "
        "recorded runs.",
    )


def _folder_framework(path: Path, shown: str) -> str:
    if (path / "saved_model.pb").exists() or (path / "saved_model.pbtxt").exists():
        return "tensorflow"
    if (path / "config.json").exists():
        if (path / "tf_model.h5").exists() and not _has_torch_weights(path):
            return "tensorflow"
        return "torch"
    raise Refusal(
        "bad-spec",
        f"The folder {shown} has neither a saved_model.pb (SavedModel) nor a config.json "
        "(Hugging Face model).",
    )


def _has_torch_weights(path: Path) -> bool:
    return any(any(path.glob(pattern)) for pattern in ("*.safetensors", "pytorch_model*.bin"))


def _has_slash(text: str) -> bool:
    return "/" in text or os.sep in text
