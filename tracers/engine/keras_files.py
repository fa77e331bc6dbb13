"""Opens .keras and .h5 files, with whatever framework Keras computes on."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from ..protocol.refusal import Refusal
from .backend import LoadOptions, Progress

_MISSING = re.compile(
    r"Could not locate (?:class|function) '([^']+)'"
    r"|Unknown (?:layer|object|\w+ function): '?([\w>]+)'?"
)


def open_keras(path: str, options: LoadOptions, progress: Progress) -> object:
    """The model, without its optimizer.

    Raises Refusal: "not-trusted" for Lambda layers, "bad-artefact" for what cannot be read.
    """
    name = Path(path).name
    progress("Reading the model's configuration")
    config = _configuration(path)
    lambdas = '"Lambda"' in config or '"__lambda__"' in config
    if lambdas and not options.trusted:
        raise Refusal(
            "not-trusted",
            f"{name} has a Lambda layer, whose code would run as it is opened; open it as trusted"
            " if you know where it comes from.",
        )
    progress("Reading weights")
    keras: Any = importlib.import_module("keras")
    try:
        return keras.models.load_model(
            path,
            custom_objects=_objects(options.custom),
            compile=False,
            safe_mode=not options.trusted,
        )
    except (ValueError, TypeError, OSError, KeyError, AttributeError) as error:
        found = _MISSING.search(str(error))
        if found:
            missing = found.group(1) or found.group(2)
            raise Refusal(
                "bad-artefact",
                f"{name} needs {missing}, which is not known here; name the Python file that"
                " defines it with --custom-objects.",
            ) from error
        raise Refusal(
            "bad-artefact",
            f"{name} cannot be read by Keras {keras.__version__}: {first_line(error)}",
        ) from error


def _configuration(path: str) -> str:
    """The model's configuration as JSON text."""
    name = Path(path).name
    if path.endswith(".keras"):
        try:
            with zipfile.ZipFile(path) as archive:
                config = archive.read("config.json").decode("utf-8")
            json.loads(config)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise Refusal(
                "bad-artefact", f"{name} is damaged, or is no Keras file: {first_line(error)}"
            ) from error
        return config
    h5py: Any = importlib.import_module("h5py")
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
    except OSError as error:
        raise Refusal(
            "bad-artefact", f"{name} is damaged, or is no HDF5 file: {first_line(error)}"
        ) from error
    if config is None:
        raise Refusal(
            "bad-artefact",
            f"{name} holds weights without a model; open it from a Python file that builds the"
            " model and loads them.",
        )
    return config.decode("utf-8") if isinstance(config, bytes) else str(config)


def _objects(module: dict[str, object]) -> dict[str, object]:
    """Classes and functions that a module of the user's defines or imports."""
    return {
        name: value
        for name, value in module.items()
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value))
    }


def first_line(error: BaseException) -> str:
    """The first line of an error's message, as the end of a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
