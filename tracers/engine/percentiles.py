"""Percentiles of a value, and how many different integers it holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ir import PERCENTS, TensorPiece, TensorRequest, TensorSummary
from ..protocol.refusal import Refusal
from .blocks import Cutter, Range, blocks

_SAMPLE = 1 << 20  # elements that percentiles are taken of; more are sampled
_SPAN = 1 << 26  # integers between least and greatest that are ticked off one by one


def percentiles(
    backend: Cutter,
    value: object,
    whole: TensorSummary,
    request: TensorRequest,
    ranges: list[Range],
) -> TensorPiece:
    """The answer to Form.PERCENTILES. Raises Refusal where the value has no numbers."""
    step = _step(math.prod(item.size for item in ranges), ranges)
    sample: list[Any] = []
    integers: list[Any] = []
    offset = 0
    for part in blocks(backend, value, ranges):
        if part.dtype.kind not in "fiu":
            raise Refusal("not-numeric", f"A {whole.dtype} has no numbers to sort.")
        chosen = part[-offset % step :: step]
        sample.append(chosen[np.isfinite(chosen)] if part.dtype.kind == "f" else chosen)
        if part.dtype.kind in "iu":
            integers.append(part)
        offset += int(part.size)
    flat: Any = np.concatenate(sample) if sample else np.empty(0)
    if flat.size == 0:
        return TensorPiece(request, whole, (0,), (1,), b"", "<f8", sampled=step)
    wide = flat if flat.dtype.kind == "f" and flat.dtype.itemsize >= 4 else flat.astype(np.float64)
    found: Any = np.percentile(wide, PERCENTS).astype("<f8")
    return TensorPiece(
        request,
        whole,
        (len(PERCENTS),),
        (1,),
        found.tobytes(),
        "<f8",
        distinct=_distinct(integers) if integers and whole.dtype != "bool" else None,
        sampled=step,
    )


def _step(size: int, ranges: list[Range]) -> int:
    """Every so-manieth element is looked at; never in step with the last axis."""
    step = max(1, math.ceil(size / _SAMPLE))
    last = next((item.size for item in reversed(ranges) if item.size > 1), 1)
    while step > 1 and math.gcd(step, last) > 1:
        step += 1
    return step


def _distinct(parts: list[Any]) -> int | None:
    """None where they lie too far apart to be ticked off, and are too many to be sorted."""
    low = min(int(part.min()) for part in parts)
    high = max(int(part.max()) for part in parts)
    if high - low < _SPAN:
        seen = np.zeros(high - low + 1, bool)
        for part in parts:
            seen[part.astype(np.int64) - low if part.dtype != np.uint64 else part - low] = True
        return int(np.count_nonzero(seen))
    if sum(int(part.size) for part in parts) > 4 * _SAMPLE:
        return None
    return int(np.unique(np.concatenate(parts)).size)
