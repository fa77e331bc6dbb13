"""Another run of the same model: in another dtype or mode, or with the weights of a file."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from ..engine.backend import Inputs, LoadOptions
from ..protocol.refusal import Refusal
from .lib import is_layer, tf

_DTYPES = ("bfloat16", "float16", "float64")


def derive(target: Any, inputs: Inputs, way: str, options: LoadOptions) -> tuple[object, Inputs]:
    """The model, changed in place as `way` says, with its inputs. Raises Refusal "bad-way"."""
    word, _, more = way.partition(":")
    if word in _DTYPES:
        return target, _cast(target, inputs, word, options)
    if word in ("train", "eval"):
        return target, _switched(target, inputs, word == "train", options)
    if word == "weights":
        _load(target, inputs, Path(more), options)
        return target, inputs
    raise Refusal("bad-way", f"A model of TensorFlow cannot be run in the way {way}.")


def _cast(target: Any, inputs: Inputs, word: str, options: LoadOptions) -> Inputs:
    """Keras casts the weights of every layer as they are used."""
    if not is_layer(target):
        raise Refusal(
            "bad-way",
            f"{options.name} is no Keras model: the dtypes of a tf.function are written in its"
            " code, so it cannot be cast from outside.",
        )
    policy = _policy(word)
    for layer in target._flatten_layers():
        layer.dtype_policy = policy

    def cast_one(value: Any) -> Any:
        if tf.is_tensor(value) and value.dtype.is_floating:
            return tf.cast(value, word)
        return value

    return tf.nest.map_structure(cast_one, inputs)


def _policy(word: str) -> Any:
    """Compute in the dtype, whatever the variables are in."""
    keras: Any = importlib.import_module("keras")
    if word != "float64":
        return keras.DTypePolicy(f"mixed_{word}")
    policy = keras.DTypePolicy("mixed_bfloat16")  # Keras has no name for what is wanted
    policy._name, policy._compute_dtype = "mixed_float64", word
    return policy


def _switched(target: Any, inputs: Inputs, training: bool, options: LoadOptions) -> Inputs:
    args, kwargs = inputs
    if not is_layer(target) and "training" not in _parameters(target):
        raise Refusal(
            "bad-way",
            f"{options.name} takes no argument called training, so there is no mode that could be"
            " switched.",
        )
    return args, {**kwargs, "training": training}


def _parameters(target: Any) -> list[str]:
    function = getattr(target, "python_function", target)
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _load(target: Any, inputs: Inputs, file: Path, options: LoadOptions) -> None:
    if not is_layer(target):
        raise Refusal(
            "bad-way",
            f"{options.name} is no Keras model, so {file.name} cannot be loaded into it; write a"
            " factory that loads it.",
        )
    if not file.exists():
        raise Refusal("bad-way", f"There is no file {file}.")
    if not target.built:
        target(*inputs[0], **inputs[1])
    try:
        target.load_weights(str(file))
    except Exception as error:  # a damaged file can break anything
        words = " ".join(str(error).split()).rstrip(".")
        raise Refusal(
            "bad-way", f"{file.name} does not hold the weights of {options.name}: {words[:200]}."
        ) from error
