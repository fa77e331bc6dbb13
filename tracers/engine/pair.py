"""The difference of two values, cut as if it were one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir import TensorSummary
from ..protocol.refusal import Refusal
from .blocks import Cutter

Index = tuple[int | slice, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values whose shapes broadcast to `shape`."""

    first: object
    second: object
    shape: tuple[int, ...]


class PairBackend:
    """Reads pairs by means of a framework's backend; only what cutting needs."""

    def __init__(self, backend: Cutter) -> None:
        self._backend = backend

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """The common shape."""
        assert isinstance(value, Pair)
        return value.shape, "float32"

    def cut(self, value: object, index: Index) -> Any:
        """A part of the difference."""
        assert isinstance(value, Pair)
        first = self._part(value.first, index)
        second = self._part(value.second, index)
        return subtracted(first, second)

    def _part(self, value: object, index: Index) -> Any:
        extents = self._backend.describe(value)[0] or ()
        own = index[len(index) - len(extents) :]
        picks = tuple(
            pick if extent != 1 else (0 if isinstance(pick, int) else slice(0, 1))
            for pick, extent in zip(own, extents, strict=True)
        )
        return np.asarray(self._backend.cut(value, picks))


def subtracted(first: Any, second: Any) -> Any:
    """In float32, or wider where an operand is; infinities of the same sign differ by 0.

    Raises Refusal "not-numeric" for strings.
    """
    for part in (first, second):
        if part.dtype.kind not in "fiubc":
            raise Refusal("not-numeric", "Only numbers can be subtracted.")
    kind: Any = np.result_type(first, second, np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        one, other = first.astype(kind), second.astype(kind)
        result: Any = one - other
        alike = np.isinf(one) & (one == other)
    if alike.any():
        result = np.where(alike, np.zeros((), kind), result)
    return np.asarray(result)


def paired(
    backend: Cutter,
    first: tuple[object, TensorSummary],
    second: tuple[object, TensorSummary],
) -> tuple[Pair, TensorSummary]:
    """Two values as one, and what is known of it. Raises Refusal where the shapes do not fit."""
    shapes = [backend.describe(value)[0] or summary.shape for value, summary in (first, second)]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        one, other = ("×".join(str(n) for n in s) or "a scalar" for s in shapes)
        raise Refusal(
            "shapes", f"{one} and {other} cannot be subtracted: the shapes do not broadcast."
        ) from None
    wide = any(
        s.dtype in ("float64", "int32", "uint32", "int64", "uint64") for _, s in (first, second)
    )
    mixed = any("complex" in s.dtype for _, s in (first, second))
    dtype = ("complex128" if wide else "complex64") if mixed else "float64" if wide else "float32"
    size = np.dtype(dtype).itemsize * math.prod(shape)
    return Pair(first[0], second[0], shape), TensorSummary(
        shape, dtype, first[1].device, size, kept=True
    )
