"""Opens saved models: .keras, .h5, SavedModel folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..engine.backend import LoadOptions, Progress
from ..engine.keras_files import first_line, open_keras
from ..protocol.refusal import Refusal
from .debug_info import DebugInfo
from .frozen import REFERENCES, freeze_saved_model, open_frozen
from .lib import tf
from .lite import open_lite
from .reaching import check_lite, check_saved_model
from .signatures import chosen_function


def open_artefact(path: str, options: LoadOptions, progress: Progress) -> object:
    """A Keras model, or a SavedModel's signature as a concrete function.

    Raises:
        Refusal: "not-trusted" for Lambda layers and for ops that reach beyond the graph,
            "bad-artefact" for what cannot be read.
    """
    if path.endswith(".pb"):
        return open_frozen(path, options, progress)
    if path.endswith(".tflite"):
        if not options.trusted:
            check_lite(_bytes_of(path), Path(path).name)
        return open_lite(path, progress)
    if Path(path).is_dir():
        return _saved_model(path, options, progress)
    return open_keras(path, options, progress)


def _saved_model(path: str, options: LoadOptions, progress: Progress) -> object:
    name = Path(path).name
    if not any(Path(path, file).exists() for file in ("saved_model.pb", "saved_model.pbtxt")):
        raise Refusal("bad-artefact", f"{name} is no SavedModel: it has no saved_model.pb.")
    progress("Reading the SavedModel")
    if not options.trusted:
        check_saved_model(path)
    try:
        loaded: Any = tf.saved_model.load(path)
    except (ValueError, OSError, KeyError, AttributeError, tf.errors.OpError) as error:
        raise Refusal(
            "bad-artefact", f"{name} cannot be read as a SavedModel: {first_line(error)}"
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


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""  # which opening it tells


def _operations(function: Any) -> list[Any]:
    graph = getattr(function, "graph", None)
    return [] if graph is None else list(graph.get_operations())
