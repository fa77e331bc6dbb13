"""Statistics of NumPy arrays, in few passes and accumulated wider than the array's dtype."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..engine.lib import np

_BLOCK = 1 << 16  # elements: one block stays in the cache for all of its passes
_SMALL = 1e-15  # squares below are lost in float32


@dataclass(frozen=True, slots=True)
class Statistics:
    """See TensorSummary for the fields."""

    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    rms: float | None = None
    nan: int = 0
    posinf: int = 0
    neginf: int = 0


def measure(array: Any) -> Statistics:
    """Statistics of an array; all None where its dtype has no order (complex, strings)."""
    if array.size == 0:
        return Statistics()
    kind = array.dtype.kind
    if kind == "b":
        array = array.view(np.uint8)
    elif kind == "c":
        return _complex(array)
    elif kind == "V":  # bfloat16, fp8 and int4 of ml_dtypes; fields are quantized types
        if array.dtype.names is not None:
            return Statistics()
    elif kind not in "iuf":
        return Statistics()
    with np.errstate(all="ignore"):
        return _real(np.ravel(array))


def _real(flat: Any) -> Statistics:
    """One walk over blocks; anything unusual goes to the careful way."""
    low, high, total, squares = math.inf, -math.inf, 0.0, 0.0
    floating = flat.dtype.kind == "f" and flat.dtype.itemsize >= 4
    wide = np.float64 if flat.dtype.kind in "iu" else np.float32
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if not floating:
            block = block.astype(wide)
        least, most = float(block.min()), float(block.max())
        if not (math.isfinite(least) and math.isfinite(most)):
            return _careful(flat)
        low, high = min(low, least), max(high, most)
        total += float(block.sum())
        squares += float(np.dot(block, block))
    if not (math.isfinite(total) and math.isfinite(squares)):
        return _careful(flat)
    if max(-low, high) < _SMALL and (low or high):
        return _careful(flat)
    return Statistics(low, high, total / flat.size, math.sqrt(squares / flat.size))


def _careful(flat: Any) -> Statistics:
    """In float64 (long double for float64), with NaN and infinities counted."""
    wider = np.longdouble if flat.dtype.itemsize == 8 else np.float64
    nan = posinf = neginf = finite = 0
    low, high = math.inf, -math.inf
    total, squares = wider(0), wider(0)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK].astype(wider)
        nan += int(np.isnan(block).sum())
        posinf += int(np.isposinf(block).sum())
        neginf += int(np.isneginf(block).sum())
        good = block[np.isfinite(block)]
        if good.size:
            finite += good.size
            low, high = min(low, float(good.min())), max(high, float(good.max()))
            total += good.sum()
            squares += np.square(good).sum()
    if not finite:
        return Statistics(nan=nan, posinf=posinf, neginf=neginf)
    if finite < flat.size:
        return Statistics(low, high, None, None, nan, posinf, neginf)
    mean, rms = float(total / finite), float(np.sqrt(squares / finite))
    return Statistics(low, high, _or_none(mean), _or_none(rms))


def _complex(array: Any) -> Statistics:
    """Complex numbers have no order; only what is not finite is counted."""
    with np.errstate(all="ignore"):
        real, imaginary = array.real, array.imag
        nan = np.isnan(real) | np.isnan(imaginary)
        positive = np.isposinf(real) | np.isposinf(imaginary)
        negative = np.isneginf(real) | np.isneginf(imaginary)
    return Statistics(
        nan=int(nan.sum()),
        posinf=int((positive & ~nan).sum()),
        neginf=int((negative & ~positive & ~nan).sum()),
    )


def _or_none(number: float) -> float | None:
    return number if math.isfinite(number) else None
