"""Sees every outermost call of a `tf.function` or a Keras layer that a program makes."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ..engine.backend import Inputs
from ..engine.calls import Calls
from ..engine.counted import Counted
from ..ir import SourceLine
from .lib import tf
from .live_lines import user_line

_Function: Any = importlib.import_module(
    "tensorflow.python.eager.polymorphic_function.polymorphic_function"
).Function


def count(calls: Calls) -> None:
    """From now on, for as long as the process lives; once more when Keras has come."""
    keras: Any = sys.modules.get("keras")
    kinds: list[Any] = [_Function]
    if keras is not None and hasattr(keras, "layers") and keras.backend.backend() == "tensorflow":
        kinds.append(keras.layers.Layer)
    for kind in kinds:
        if not isinstance(kind.__call__, Counted):
            kind.__call__ = Counted(calls, kind.__call__, _seen)


def _seen(model: Any, inputs: Inputs) -> tuple[str, SourceLine | None] | None:
    if not tf.executing_eagerly() or _is_symbolic(inputs):
        return None
    name = getattr(model, "__name__", None)  # a function has one
    return (name if isinstance(name, str) else type(model).__name__), user_line()


def _is_symbolic(inputs: Inputs) -> bool:
    """A Keras model is being put together from layers."""
    keras: Any = sys.modules.get("keras")
    kind = getattr(keras, "KerasTensor", None)
    return kind is not None and any(isinstance(each, kind) for each in tf.nest.flatten(inputs))
