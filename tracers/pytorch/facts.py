"""The one line of facts about a model, and the names of its inputs."""

from __future__ import annotations

import inspect
from typing import Any

from ..engine.backend import Inputs, LoadOptions
from ..ir import Graph, ModelFacts, ValueKind
from .lib import is_tensor, torch
from .modules import Names
from .nested import leaves
from .statistics import dtype_name, shape_of


def name_inputs(target: Any, inputs: Inputs) -> dict[str, Any]:
    """Every tensor among the inputs, by the name that the model's own signature gives it."""
    args, kwargs = inputs
    named: dict[str, Any] = {}
    words = _parameter_names(target, len(args))
    for word, value in (*zip(words, args, strict=True), *kwargs.items()):
        for name, leaf in leaves(value, word):
            if is_tensor(leaf) and all(leaf is not other for other in named.values()):
                named[name] = leaf
    return named


def model_facts(names: Names, inputs: dict[str, Any], options: LoadOptions) -> ModelFacts:
    """What can be said before a run."""
    parameters = [tensor for _, tensor in names.parameters()]
    first = parameters[0] if parameters else next(iter(inputs.values()), None)
    training = names.roots[0][1].training if names.roots else None
    return ModelFacts(
        name=options.name,
        framework="PyTorch",
        version=str(torch.__version__),
        parameters=sum(tensor.numel() for tensor in parameters),
        parameter_bytes=sum(tensor.numel() * tensor.element_size() for tensor in parameters),
        inputs=tuple(
            (name, shape_of(tensor) or (), dtype_name(tensor.dtype))
            for name, tensor in inputs.items()
        ),
        synthetic=options.synthetic,
        device="cpu" if first is None else str(first.device),
        dtype=_main_dtype(parameters or list(inputs.values())),
        training=training,
        backward=True,
    )


def forecast(graph: Graph) -> int | None:
    """Bytes that all outputs of the map take together, None where the map does not tell."""
    total = 0
    outputs = [value for value in graph.values if value.kind is ValueKind.OUTPUT]
    for value in outputs:
        if value.shape is None or any(extent < 0 for extent in value.shape):
            return None
        dtype: Any = getattr(torch, value.dtype, None)
        if isinstance(dtype, torch.dtype):
            size = dtype.itemsize
            for extent in value.shape:
                size *= extent
            total += size
    return total if outputs else None


def _main_dtype(tensors: list[Any]) -> str:
    """The dtype that most elements have."""
    counts: dict[str, int] = {}
    for tensor in tensors:
        name = dtype_name(tensor.dtype)
        counts[name] = counts.get(name, 0) + tensor.numel()
    return max(counts, key=lambda name: counts[name]) if counts else ""


def _parameter_names(target: Any, count: int) -> list[str]:
    forward = getattr(target, "forward", target)
    try:
        parameters = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    words: list[str] = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            break
        words.append(parameter.name)
    if len(words) >= count:
        return words[:count]
    return words + [f"input {place}" for place in range(len(words), count)]
