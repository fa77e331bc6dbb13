"""TensorFlow's values for the engine: shapes, statistics, parts of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..engine.late import ANY
from ..engine.lib import np
from ..engine.numbers import is_finite, measure
from ..engine.replacements import Verdict
from ..ir import TensorSummary
from ..protocol.refusal import Refusal
from .edits import difference, like
from .functions import TensorFlowFunctions, device_name
from .lib import EagerTensor, array_of, tf
from .lists import is_list, stacked

_TEXT_LIMIT = 120
_MOVING = frozenset(
    {
        "ConcatV2", "DepthToSpace", "ExpandDims", "GatherNd", "GatherV2", "Identity", "MaxPool",
        "Pack", "Pad", "Relu", "Relu6", "Reshape", "ReverseV2", "Slice", "SpaceToDepth", "Split",
        "SplitV", "Squeeze", "StopGradient", "StridedSlice", "Tile", "Transpose", "Unpack",
    }
)  # fmt: skip
_SPREADING = frozenset({"AddV2", "BiasAdd", "FusedBatchNormV3", "Mul", "Sub"})
_FUNCTIONS = TensorFlowFunctions()


class TensorFlowBackend:
    """Eager tensors never change, so they are kept by reference.

    A variable's read shares the variable's buffer, and TensorFlow copies that buffer before
    the next assignment as long as the read lives.
    """

    name = "TensorFlow"
    no_edits = ""

    @property
    def functions(self) -> TensorFlowFunctions:
        return _FUNCTIONS

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype; ((), type name) for what is no tensor."""
        if isinstance(value, EagerTensor):
            tensor: Any = value
            dtype, opaque = _dtype(tensor._datatype_enum())
            inside = stacked(tensor) if opaque and is_list(tensor) else None
            return (tensor if inside is None else inside)._shape_tuple(), dtype
        return (), type(value).__name__

    def summarize(self, value: object) -> TensorSummary:
        """Statistics over the tensor's own memory, without a copy."""
        if not isinstance(value, EagerTensor):
            return TensorSummary((), type(value).__name__, text=_shorten(repr(value)))
        tensor: Any = value
        dtype, opaque = _dtype(tensor._datatype_enum())
        shape = tensor._shape_tuple()
        device = device_name(tensor.backing_device)
        if opaque:
            inside = stacked(tensor) if is_list(tensor) else None
            if inside is None:
                return _in_words(tensor, shape, dtype, device)
            tensor, shape, dtype = inside, inside._shape_tuple(), inside.dtype.name
        array = array_of(tensor)
        found = measure(array)
        return TensorSummary(
            shape,
            dtype,
            device,
            array.nbytes,
            found.minimum,
            found.maximum,
            found.mean,
            found.rms,
            found.nan,
            found.posinf,
            found.neginf,
        )

    def keep(self, value: object) -> object:
        """The value itself."""
        return value

    @property
    def moving(self) -> frozenset[str]:
        return _MOVING

    @property
    def spreading(self) -> frozenset[str]:
        return _SPREADING

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        """The value, and what a look tells: that all is finite, with statistics pending."""
        if isinstance(value, EagerTensor):
            tensor: Any = value
            dtype, opaque = _dtype(tensor._datatype_enum())
            known = finite in (dtype, ANY)
            if not opaque and tensor._num_elements() and (known or is_finite(array_of(tensor))):
                return value, _pending(tensor._shape_tuple(), dtype, tensor.backing_device)
        return value, self.summarize(value)

    def summarize_all(self, values: Sequence[object]) -> list[TensorSummary]:
        """Statistics of kept values."""
        return [self.summarize(value) for value in values]

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any:
        """A part, as a NumPy array of its own.

        Raises:
            Refusal: "no-data" for resources, variants and what is no tensor.
        """
        if not isinstance(value, EagerTensor):
            raise Refusal("no-data", f"A {type(value).__name__} has no elements to show.")
        tensor: Any = value
        dtype = tensor.dtype
        inside = stacked(tensor) if is_list(tensor) else None
        if inside is not None:
            tensor, dtype = inside, inside.dtype
        elif dtype in (tf.resource, tf.variant):
            raise Refusal(
                "no-data", f"A {dtype.name} has no elements to show: {_opaque_text(tensor)}."
            )
        if dtype == tf.string:
            part = np.asarray(tensor[index], dtype=object)
            texts = np.empty(part.shape, dtype=object)
            for place in np.ndindex(*part.shape):
                texts[place] = _decode(part[place])
            return texts
        part = np.asarray(array_of(tensor)[index])
        if part.dtype.names is not None:  # qint8 and its kin: one field with the integer
            return np.array(part[part.dtype.names[0]])
        if part.dtype.isbuiltin != 1:
            return part.astype(_wider(dtype.name))
        return np.array(part)

    def like(self, value: object, array: Any) -> object:
        """A new tensor like a tensor, with an array's numbers."""
        return like(value, array)

    def difference(self, one: object, other: object) -> Verdict:
        """Of two kept values, bit by bit."""
        return difference(one, other)


def _in_words(tensor: Any, shape: tuple[int, ...], dtype: str, device: str) -> TensorSummary:
    """Of strings, resources and variants."""
    if dtype != "string":
        return TensorSummary(shape, dtype, device, text=_shorten(_opaque_text(tensor)))
    array = np.asarray(tensor, dtype=object)
    nbytes = sum(len(item) for item in array.flat)
    text = _shorten(", ".join(repr(_decode(item)) for item in array.flat[:8]))
    return TensorSummary(shape, dtype, device, nbytes, text=text)


def _wider(name: str) -> Any:
    """The NumPy dtype that takes every element of one that NumPy itself lacks."""
    if name.startswith(("int", "uint")):
        return np.int8 if name.startswith("int") else np.uint8
    return np.float32


@lru_cache(maxsize=64)
def _dtype(number: int) -> tuple[str, bool]:
    """Name of a dtype by TensorFlow's number for it; whether it is shown in words."""
    dtype = tf.as_dtype(number)
    return dtype.name, dtype in (tf.string, tf.resource, tf.variant)


@lru_cache(maxsize=4096)
def _pending(shape: tuple[int, ...], dtype: str, device: str) -> TensorSummary:
    """Of a value that is finite; one for all that look the same."""
    nbytes = math.prod(shape) * np.dtype(tf.as_dtype(dtype).as_numpy_dtype).itemsize
    return TensorSummary(shape, dtype, device_name(device), nbytes, pending=True)


def _opaque_text(tensor: Any) -> str:
    """What TensorFlow prints for a value that has no elements."""
    text = str(tensor._summarize_value())
    return text.removeprefix("value=")


def _decode(item: Any) -> str:
    return item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"
