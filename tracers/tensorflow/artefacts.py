"""Opens saved models: .keras, .h5, SavedModel folders."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from ..engine.backend import LoadOptions, Progress
from ..protocol.refusal import Refusal
from .debug_info import DebugInfo
from .frozen import REFERENCES, freeze_saved_model, open_frozen
from .lib import h5py, keras, tf
from .lite import open_lite
from .signatures import chosen_function

_MISSING = re.compile(r"Could not locate class '([^']+)'|Unknown layer: '?([\w>]+)'?")


def open_artefact(path: str, options: LoadOptions, progress: Progress) -> object:
    """A Keras model, or a SavedModel's signature as a concrete function.

    Raises:
        Refusal: "not-trusted" for Lambda layers, "bad-artefact" for what cannot be read.
    """
    if path.endswith(".pb"):
        return open_frozen(path, options, progress)
    if path.endswith(".tflite"):
        return open_lite(path, progress)
    if Path(path).is_dir():
        return _saved_model(path, options, progress)
    return _keras_model(path, options, progress)


def _keras_model(path: str, options: LoadOptions, progress: Progress) -> object:
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
    try:
        return keras.models.load_model(path, compile=False, safe_mode=not options.trusted)
    except (ValueError, TypeError, OSError, KeyError, AttributeError) as error:
        found = _MISSING.search(str(error))
        if found:
            missing = found.group(1) or found.group(2)
            raise Refusal(
                "bad-artefact",
                f"{name} needs the class {missing}, which is not known here; open it from a Python"
                " file that defines the class and loads the model.",
            ) from error
        raise Refusal(
            "bad-artefact", f"{name} cannot be read by Keras {keras.__version__}: {_first(error)}"
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
                "bad-artefact", f"{name} is damaged, or is no Keras file: {_first(error)}"
            ) from error
        return config
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
    except OSError as error:
        raise Refusal(
            "bad-artefact", f"{name} is damaged, or is no HDF5 file: {_first(error)}"
        ) from error
    if config is None:
        raise Refusal(
            "bad-artefact",
            f"{name} holds weights without a model; open it from a Python file that builds the"
            " model and loads them.",
        )
    return config.decode("utf-8") if isinstance(config, bytes) else str(config)


def _saved_model(path: str, options: LoadOptions, progress: Progress) -> object:
    name = Path(path).name
    if not any(Path(path, file).exists() for file in ("saved_model.pb", "saved_model.pbtxt")):
        raise Refusal("bad-artefact", f"{name} is no SavedModel: it has no saved_model.pb.")
    progress("Reading the SavedModel")
    try:
        loaded: Any = tf.saved_model.load(path)
    except (ValueError, OSError, KeyError, AttributeError, tf.errors.OpError) as error:
        raise Refusal(
            "bad-artefact", f"{name} cannot be read as a SavedModel: {_first(error)}"
        ) from error
    function = chosen_function(loaded, options.part)
    if function is None:
        known = sorted(loaded.signatures)
        wanted = f"no function {options.part}" if options.part else "several signatures"
        if not known:
            raise Refusal("bad-artefact", f"{name} has no signature that could be run.")
        raise Refusal(
            "bad-spec", f"{name} has {wanted}; name one after a colon: {', '.join(known)}."
        )
    if any(op.type in REFERENCES for op in _operations(function)):
        return freeze_saved_model(path, options.part, progress)
    function.opscope_owner = loaded  # the variables live as long as what was loaded
    function.opscope_lines = DebugInfo(path)
    return function


def _operations(function: Any) -> list[Any]:
    graph = getattr(function, "graph", None)
    return [] if graph is None else list(graph.get_operations())


def _first(error: BaseException) -> str:
    """The first line of a message, as the end of a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
