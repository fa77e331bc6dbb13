"""Sees every outermost call of a `tf.function` or a Keras layer that a program makes."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any

from ..engine.backend import Inputs
from ..engine.calls import Calls
from ..engine.counted import Counted, Sight
from .lib import tf
from .live_lines import user_line

_Function: Any = importlib.import_module(
    "tensorflow.python.eager.polymorphic_function.polymorphic_function"
).Function
_TRAINER = "keras.src.backend.tensorflow.trainer"  # where Keras makes a model's functions
_METHODS = frozenset({"fit", "evaluate", "predict"}) | {
    f"{what}_on_batch" for what in ("train", "test", "predict")
}


def count(calls: Calls) -> None:
    """From now on, for as long as the process lives; once more when Keras has come."""
    keras: Any = sys.modules.get("keras")
    kinds: list[Any] = [_Function]
    if keras is not None and hasattr(keras, "layers") and keras.backend.backend() == "tensorflow":
        kinds.append(keras.layers.Layer)
    for kind in kinds:
        if not isinstance(kind.__call__, Counted):
            kind.__call__ = Counted(calls, kind.__call__, _seen)


def _seen(model: Any, inputs: Inputs) -> Sight | None:
    if not tf.executing_eagerly() or _is_symbolic(inputs):
        return None
    line = user_line()
    if isinstance(model, _Function) and model.python_function.__module__ == _TRAINER:
        found = _keras_call()
        if found is not None:
            return Sight(found[0], line, found[1])
    name = getattr(model, "__name__", None)  # a function has one
    return Sight(name if isinstance(name, str) else type(model).__name__, line)


def _keras_call() -> tuple[str, Any] | None:
    """The method of a Keras model (fit, evaluate, …) that this thread is in, and the model."""
    frame = inspect.currentframe()
    while frame is not None:
        model = frame.f_locals.get("self")
        if frame.f_code.co_name in _METHODS and isinstance(model, sys.modules["keras"].Model):
            return f"{type(model).__name__}.{frame.f_code.co_name}", model
        frame = frame.f_back
    return None


def _is_symbolic(inputs: Inputs) -> bool:
    """A Keras model is being put together from layers."""
    keras: Any = sys.modules.get("keras")
    kind = getattr(keras, "KerasTensor", None)
    return kind is not None and any(isinstance(each, kind) for each in tf.nest.flatten(inputs))
