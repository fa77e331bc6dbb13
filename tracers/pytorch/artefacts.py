"""Models in files: exported programs, TorchScript, pickles; and Hugging Face folders."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import pickle
import re
import warnings
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from ..engine.backend import LoadOptions, Progress
from ..engine.keras_files import open_keras
from ..protocol.refusal import Refusal
from .huggingface import open_folder
from .lib import is_tensor, nn, torch

_FORCE = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
# What a size in an exported program may be written with; SymPy evaluates it as Python.
_HARMLESS = re.compile(r"[\w\s+\-*/%(),.<>=!&|~]*")
# In TorchScript, and in the names of an exported program's operations.
_REACHING = re.compile(
    rb"\b(?:torch|aten|ops\.aten)\s*\.\s*(?:save|from_file)\b|\b__torch__\.torch\.classes\.(?!quantized)"
    rb"[\w.]+"
)
_SIZES = re.compile(rb'"expr_str"\s*:\s*"((?:[^"\\]|\\.)*)"')


def open_artefact(path: str, options: LoadOptions, progress: Progress) -> object:
    """What the file or folder holds. Raises Refusal with one sentence."""
    if os.path.isdir(path):
        return open_folder(path, options, progress)
    file = Path(path)
    if not file.is_file():
        raise Refusal("no-file", f"There is no file {path}.")
    progress(f"Reading {file.name}")
    if file.suffix in (".keras", ".h5", ".hdf5"):  # Keras computes on PyTorch here
        return open_keras(path, options, progress)
    if file.suffix == ".safetensors":
        raise _weights_alone(file)
    names = _names_inside(file)
    if any(name.endswith("/constants.pkl") for name in names) and any(
        "/code/" in name for name in names
    ):
        return _open_script(file, options)
    if file.suffix == ".pt2" or any(_is_export(name) for name in names):
        return _open_export(file, options)
    return _open_pickle(file, options)


def _names_inside(file: Path) -> list[str]:
    """Names in a zip archive, [] where the file is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return []


def _is_export(name: str) -> bool:
    return name.endswith(("serialized_exported_program.json", "archive_format")) or (
        "/models/" in name and name.endswith(".json")
    )


def _open_script(file: Path, options: LoadOptions) -> Any:
    """TorchScript runs only its own operations when it is opened, no Python."""
    if not options.trusted:
        _check_script(file)
    try:
        return torch.jit.load(str(file), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        raise _unreadable(file, error) from error


def _check_script(file: Path) -> None:
    """Two of its operations write files, and what is attached from C++ may do anything."""
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith(".py") and (found := _REACHING.search(archive.read(name))):
                raise Refusal(
                    "not-trusted",
                    f"{file.name} reaches beyond its model when it runs"
                    f" ({found[0].decode().rstrip('(').strip()}); open it as trusted if you trust"
                    " where it comes from.",
                )


def _open_export(file: Path, options: LoadOptions) -> Any:
    guard = contextlib.nullcontext() if options.trusted else _no_code(file)
    log = logging.getLogger("torch.export")
    level = log.level
    log.setLevel(logging.CRITICAL)  # it logs the traceback of what is said in a sentence here
    try:
        with guard, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.export.load(str(file))
    except Exception as error:  # a damaged file can break anything
        if _wants_pickle(error):
            raise _untrusted(file) from error
        raise _unreadable(file, error) from error
    finally:
        log.setLevel(level)


def _wants_pickle(error: BaseException | None) -> bool:
    """Somewhere behind the error stands a pickle that was not allowed to run."""
    while error is not None:
        if isinstance(error, (_Pickled, pickle.UnpicklingError)):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Pickled(Exception):
    """An untrusted file wants to be unpickled."""


class _NoPickle:
    """Stands in for the pickle module where torch opens an exported program."""

    def __getattr__(self, name: str) -> Any:
        if name in ("loads", "load", "Unpickler"):
            raise _Pickled
        return getattr(pickle, name)


@contextlib.contextmanager
def _no_code(file: Path) -> Generator[None, None, None]:
    """torch.export.load falls back to full unpickling; inside, it may not."""
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                _check_sizes(archive.read(name))
    before = os.environ.get(_FORCE)
    os.environ[_FORCE] = "1"
    package = _package()
    if package is not None:
        package.pickle = _NoPickle()
    try:
        yield
    finally:
        if package is not None:
            package.pickle = pickle
        if before is None:
            del os.environ[_FORCE]
        else:
            os.environ[_FORCE] = before


def _package() -> Any:
    """The module that opens exported programs and may unpickle; None in a torch without it."""
    try:
        found: Any = importlib.import_module("torch.export.pt2_archive._package")
    except ImportError:
        return None
    return found if hasattr(found, "pickle") else None


def _check_sizes(text: bytes) -> None:
    if _REACHING.search(text):
        raise _Pickled
    for found in _SIZES.finditer(text):
        size = found[1].decode("utf-8", "replace")
        if "__" in size or not _HARMLESS.fullmatch(size):
            raise _Pickled


def _open_pickle(file: Path, options: LoadOptions) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = torch.load(str(file), map_location="cpu", weights_only=not options.trusted)
    except (AttributeError, ImportError) as error:
        raise Refusal(
            "bad-artefact",
            f"{file.name} is a pickle of a class that cannot be found here ({error}); name a"
            " function that builds the model instead.",
        ) from error
    except Exception as error:  # a damaged file can break anything
        if isinstance(error, pickle.UnpicklingError) and not options.trusted:
            raise _untrusted(file) from error
        raise _unreadable(file, error) from error
    if isinstance(value, nn.Module):
        return value
    if _is_weights(value):
        raise _weights_alone(file)
    raise Refusal("bad-artefact", f"{file.name} holds a {type(value).__name__}, not a model.")


def _is_weights(value: Any) -> bool:
    """A state dict, or a checkpoint that holds one."""
    if not isinstance(value, dict):
        return False
    parts = cast("dict[Any, Any]", value).values()
    return any(is_tensor(part) or _is_weights(part) for part in parts)


def _weights_alone(file: Path) -> Refusal:
    return Refusal(
        "weights-alone",
        f"{file.name} holds weights without a model; name a function that builds the model and"
        " loads them, like model.py:build.",
    )


def _untrusted(file: Path) -> Refusal:
    return Refusal(
        "not-trusted",
        f"{file.name} can run code when it is opened; open it as trusted if you trust where it"
        " comes from.",
    )


def _unreadable(file: Path, error: Exception) -> Refusal:
    words = " ".join(str(error).split("\n")[0].split()).rstrip(".")
    if words.startswith("Weights only load failed") or not re.search("[a-z]{3}", words):
        words = "it is damaged, or something else"
    return Refusal("bad-artefact", f"{file.name} cannot be read as a PyTorch model: {words[:160]}.")
