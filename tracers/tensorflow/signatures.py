"""Inputs made up from what a model says of itself."""

from __future__ import annotations

from typing import Any

from ..engine.backend import Inputs
from ..engine.lib import np
from .lib import is_layer, is_module, keras, tf
from .lite import LiteModel

_SIDE = 224  # of an image whose size the model leaves open
_LENGTH = 16  # of any other axis that it leaves open
_IDS = 10  # integers are below: small enough for most vocabularies


def example_inputs(target: Any) -> Inputs | None:
    """Tensors that fit the target's declared inputs; None where it declares none."""
    if isinstance(target, LiteModel):
        return tuple(map(tf.constant, target.example_inputs())), {}
    if is_layer(target):
        return _for_keras(target)
    function = chosen_function(target)
    if function is None:
        return None
    signature = _signature(function)
    if signature is None:
        return None
    rng = np.random.default_rng(0)

    def made(spec: Any) -> Any:
        return _made(spec, rng) if isinstance(spec, tf.TypeSpec) else spec

    args, kwargs = tf.nest.map_structure(made, signature)
    return tuple(args), dict(kwargs)


def chosen_function(target: Any, part: str = "") -> Any:
    """What of a target is run: itself, a signature of a SavedModel, its call; None for nothing."""
    signatures = getattr(target, "signatures", None)
    if signatures is not None and not hasattr(target, "captured_inputs"):
        if part:
            return signatures.get(part) or getattr(target, part, None)
        if "serving_default" in signatures:
            return signatures["serving_default"]
        if len(signatures) == 1:
            return next(iter(signatures.values()))
        for name in ("serve", "__call__"):
            function = getattr(target, name, None)
            if hasattr(function, "get_concrete_function"):
                return function
        return None
    if hasattr(target, "get_concrete_function") or hasattr(target, "captured_inputs"):
        return target
    if is_module(target) and callable(target):
        return target.__call__
    return None


def _signature(function: Any) -> Any:
    """(args, kwargs) of TensorSpecs."""
    if getattr(function, "opscope_feeds", None) is not None:  # of a graph without a signature
        return tuple(tf.TensorSpec(feed.shape, feed.dtype) for feed in function.opscope_feeds), {}
    if hasattr(function, "structured_input_signature"):
        return function.structured_input_signature
    declared = getattr(function, "input_signature", None)
    if declared is not None:
        return declared, {}
    traces = getattr(function, "concrete_functions", None)  # of a loaded function
    if traces:
        return traces[0].structured_input_signature
    traces = traces_of(function)
    return traces[-1].structured_input_signature if traces else None


def traces_of(function: Any) -> list[Any]:
    """Concrete functions that the user's own code has made of a tf.function, oldest first."""
    known = getattr(function, "_list_all_concrete_functions", None)
    return list(known()) if known is not None else []


def declared_shapes(target: Any) -> list[Any]:
    """Shapes that a target declares for its inputs, in order; [] where it declares none."""
    if is_layer(target):
        return [tf.TensorShape(tensor.shape) for tensor in getattr(target, "inputs", None) or ()]
    function = chosen_function(target)
    signature = _signature(function) if function is not None else None
    specs: list[Any] = tf.nest.flatten(signature) if signature is not None else []
    return [spec.shape for spec in specs if isinstance(spec, tf.TensorSpec)]


def _for_keras(layer: Any) -> Inputs | None:
    rng = np.random.default_rng(0)
    structure = getattr(layer, "_inputs_struct", getattr(layer, "_nested_inputs", None))
    if structure is None and isinstance(layer, keras.Sequential) and layer.inputs:
        structure = layer.inputs[0]
    if structure is not None:

        def made(tensor: Any) -> Any:
            return _made(tensor, rng)

        return (tf.nest.map_structure(made, structure),), {}
    shapes = getattr(layer, "_build_shapes_dict", None)
    if not shapes or len(shapes) != 1:
        return None
    (shape,) = shapes.values()
    if not isinstance(shape, (tuple, list)) or not all(n is None or n >= 0 for n in _ints(shape)):
        return None
    spec = tf.TensorSpec(list(_ints(shape)), layer.compute_dtype)
    return (_made(spec, rng),), {}


def _ints(shape: Any) -> list[int | None]:
    """Extents, with -1 in the place of anything that is none (a nested shape)."""
    return [n if n is None or isinstance(n, int) else -1 for n in shape]


def _made(spec: Any, rng: Any) -> Any:
    """One tensor for a TensorSpec or KerasTensor."""
    dtype = tf.as_dtype(spec.dtype)
    shape = _extents(tf.TensorShape(spec.shape))
    if dtype == tf.string:
        return tf.fill(shape, "text")
    if dtype == tf.bool:
        return tf.ones(shape, tf.bool)
    if dtype.is_integer:
        return tf.constant(rng.integers(0, _IDS, shape), dtype)
    if dtype.is_complex:
        return tf.cast(rng.standard_normal(shape), dtype)
    return tf.cast(tf.constant(rng.standard_normal(shape), tf.float32), dtype)


def _extents(shape: Any) -> list[int]:
    if shape.rank is None:
        return [1]
    image = shape.rank == 4
    found: list[int] = []
    for axis, extent in enumerate(shape.as_list()):
        unknown = 1 if axis == 0 else _SIDE if image else _LENGTH
        found.append(unknown if extent is None else int(extent))
    return found
