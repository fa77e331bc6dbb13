"""Tensors from arrays, and the inputs that a model brings along."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, cast

from ..engine.backend import Inputs
from ..protocol.refusal import Refusal
from . import huggingface
from .lib import is_tensor, torch

np: Any = importlib.import_module("numpy")


def tensor(array: Any) -> object:
    """A NumPy array as a tensor of the same dtype.

    Raises Refusal "bad-input" for strings and what else torch has no dtype for.
    """
    array = np.asarray(array)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    try:
        return torch.from_numpy(np.ascontiguousarray(array).copy()).reshape(array.shape)
    except TypeError as error:
        raise Refusal(
            "bad-input", f"PyTorch has no tensors of NumPy's dtype {array.dtype}."
        ) from error


def example_inputs(target: Any) -> Inputs | None:
    """Of an exported program its own; of a transformers model made-up ones; of another module
    `example_inputs` or `example_input_array`; None where there are none.
    """
    made = huggingface.example_inputs(target)
    if made is not None:
        return made
    for name in ("example_inputs", "example_input_array"):
        given: Any = getattr(target, name, None)
        if callable(given):
            if any(
                p.default is inspect.Parameter.empty
                and p.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
                for p in inspect.signature(given).parameters.values()
            ):
                continue
            given = given()
        made = _as_inputs(given)
        if made is not None:
            return made
    return None


def _as_inputs(given: Any) -> Inputs | None:
    if is_tensor(given):
        return (given,), {}
    if isinstance(given, dict) and given:
        return (), {str(key): value for key, value in cast("dict[Any, Any]", given).items()}
    if isinstance(given, (tuple, list)) and given:
        parts = cast("list[Any]", given)
        if len(parts) == 2 and isinstance(parts[0], (tuple, list)) and isinstance(parts[1], dict):
            return tuple(cast("list[Any]", parts[0])), dict(cast("dict[str, Any]", parts[1]))
        return tuple(parts), {}
    return None
