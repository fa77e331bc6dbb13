"""Statistics of NumPy arrays, in few passes and accumulated wider than the array's dtype."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .lib import np

_BLOCK = 1 << 17  # elements: one block stays in the cache for all of its passes
_ROW = 512  # sums run over rows of a block first: short enough to stay exact in float32
_SMALL = 1e-15  # squares below are lost in float32
_LARGE = 1e15  # sums of squares above may not fit in float32
_FLAT = 0.98  # share of the mean in the rms above which their difference means nothing

_minimum, _maximum, _add = np.minimum.reduce, np.maximum.reduce, np.add.reduce
_ONES = {kind: np.ones(_ROW, kind) for kind in ("f", "d")}


def _row_products_of_old(rows: Any, other: Any) -> Any:
    return np.einsum("ij,ij->i", rows, np.broadcast_to(other, rows.shape))


# One product for each row. Rows are too short for BLAS to share among threads, which would wait
# for each other longer than they compute. NumPy has `vecdot` from 2.0 on.
_row_products: Any = getattr(np, "vecdot", _row_products_of_old)


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
    return _real(array.ravel())


def is_finite(array: Any) -> bool:
    """One cheap look: True means that every element is finite, False that this is not known.

    A sum of squares is finite only where every element is.
    """
    kind = array.dtype.kind
    if kind in "iub":
        return True
    if kind != "f" or array.dtype.itemsize < 4:
        return False
    flat = array.ravel()
    with np.errstate(all="ignore"):
        if flat.size < 4 * _ROW:
            return math.isfinite(float(flat.dot(flat)))
        for start in range(0, flat.size, _BLOCK):
            block = flat[start : start + _BLOCK]
            whole = block.size - block.size % _ROW
            rows, rest = block[:whole].reshape(-1, _ROW), block[whole:]
            squares = float(_add(_row_products(rows, rows))) + float(rest.dot(rest))
            if not math.isfinite(squares):
                return False
    return True


def _real(flat: Any) -> Statistics:
    """One walk over blocks; anything unusual goes to the careful way."""
    low, high, total, squares = math.inf, -math.inf, 0.0, 0.0
    floating = flat.dtype.kind == "f" and flat.dtype.itemsize >= 4
    wide = np.float64 if flat.dtype.kind in "iu" else np.float32
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if not floating:
            block = block.astype(wide)
        least, most = float(_minimum(block)), float(_maximum(block))
        if not (math.isfinite(least) and math.isfinite(most)):
            return _careful(flat)
        low, high = min(low, least), max(high, most)
        if high > _LARGE or low < -_LARGE:
            return _careful(flat)
        total, squares = _add_sums(block, total, squares)
    if max(-low, high) < _SMALL and (low or high):
        return _careful(flat)
    mean, square = total / flat.size, squares / flat.size
    if flat.size > _ROW and mean * mean > _FLAT * square and low != high:
        return _careful(flat)
    return Statistics(low, high, mean, math.sqrt(square))


def _add_sums(block: Any, total: float, squares: float) -> tuple[float, float]:
    """Add a block's sum and sum of squares; the sum as products with ones, which are faster."""
    if block.size < 4 * _ROW:
        return total + float(_add(block)), squares + float(block.dot(block))
    whole = block.size - block.size % _ROW
    rows, rest = block[:whole].reshape(-1, _ROW), block[whole:]
    total += float(_add(_row_products(rows, _ONES[block.dtype.char]), dtype=np.float64))
    squares += float(_add(_row_products(rows, rows), dtype=np.float64))
    return total + float(_add(rest)), squares + float(rest.dot(rest))


def _careful(flat: Any) -> Statistics:
    with np.errstate(all="ignore"):
        return _counted(flat)


def _counted(flat: Any) -> Statistics:
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
