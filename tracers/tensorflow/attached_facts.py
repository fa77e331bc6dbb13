"""What can be said of a model in somebody else's program before it is run."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

from ..engine.backend import Inputs
from ..engine.lib import np
from ..ir import ModelFacts
from .externals import variables_by_handle
from .lib import EagerTensor, is_layer, tf
from .opening import input_names

_ROUNDS = (
    "Functions run op by op here. TensorFlow's graph optimizer, which fuses and reorders ops, may"
    " round otherwise where it is on."
)
_COMPILED = "What is under jit_compile runs without XLA, which rounds otherwise."


def named_inputs(target: Any, inputs: Inputs) -> dict[str, Any]:
    """Tensors and arrays among the inputs, by the names that the target gives them."""
    args, kwargs = inputs
    words = _words(target, len(args))
    found: dict[str, Any] = {}
    for word, value in (*zip(words, args, strict=True), *kwargs.items()):
        leaves: list[Any] = tf.nest.flatten(value)
        for place, leaf in enumerate(leaves):
            if isinstance(leaf, (EagerTensor, np.ndarray)):
                found[word if len(leaves) == 1 else f"{word}.{place}"] = leaf
    return found


def attached_facts(target: Any, inputs: dict[str, Any], name: str) -> ModelFacts:
    """The line about the model."""
    graph = SimpleNamespace(graph=SimpleNamespace(variables=()))
    variables = [row for _, row in variables_by_handle(target, graph).values() if row.trainable]
    sizes = [int(row.shape.num_elements() or 0) for row in variables]
    floating = [row.dtype.name for row in variables]
    compiled = getattr(target, "jit_compile", None) or getattr(target, "_jit_compile", None)
    return ModelFacts(
        name=name,
        framework="TensorFlow",
        version=tf.__version__,
        parameters=sum(sizes),
        parameter_bytes=sum(
            size * row.dtype.size for size, row in zip(sizes, variables, strict=True)
        ),
        inputs=tuple((word, *_described(value)) for word, value in inputs.items()),
        device="gpu:0" if tf.config.list_logical_devices("GPU") else "cpu",
        dtype=max(set(floating), key=floating.count) if floating else "",
        notes=(_ROUNDS, _COMPILED) if compiled is True else (_ROUNDS,),
    )


def _described(value: Any) -> tuple[tuple[int, ...], str]:
    if isinstance(value, EagerTensor):
        tensor: Any = value
        return tensor._shape_tuple(), tensor.dtype.name
    return tuple(value.shape), value.dtype.name


def _words(target: Any, count: int) -> list[str]:
    """What the target calls its positional arguments."""
    words = input_names(target)
    if len(words) < count:
        function = target.call if is_layer(target) else getattr(target, "python_function", target)
        try:
            words = list(inspect.signature(function).parameters)
        except (TypeError, ValueError):
            words = []
    words = [*words, *(f"input {place}" for place in range(len(words), count))]
    return words[:count]
