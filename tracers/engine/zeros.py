"""Counts the elements of values that are 0, for as long as a moment lasts."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ..ir import Ref
from ..protocol.refusal import Refusal
from .backend import Backend
from .blocks import Range, blocks
from .values import Values

MOMENT = 0.04  # seconds: what waits for the model's thread meanwhile does not wait longer


def count_zeros(
    values: Values, backend: Backend, refs: Sequence[Ref], seconds: float = MOMENT
) -> list[int | None]:
    """Of the first of these values, and of more until the time is over; None where a value is not
    held or has no numbers."""
    end = time.perf_counter() + seconds
    found: list[int | None] = []
    for ref in refs:
        found.append(zeros_of(values, backend, ref))
        if time.perf_counter() >= end:
            break
    return found


def zeros_of(values: Values, backend: Backend, ref: Ref) -> int | None:
    """Of one value; None where it is not held or has no numbers."""
    try:
        value, summary = values.get(ref)
    except Refusal:
        return None
    if summary.minimum is None or summary.maximum is None:
        return None
    if summary.finite and (summary.minimum > 0 or summary.maximum < 0):
        return 0
    ranges = [Range(axis, 0, extent, 1) for axis, extent in enumerate(summary.shape)]
    count = 0
    try:
        for part in blocks(backend, value, ranges):
            count += int(part.size - np.count_nonzero(part))
    except (Refusal, IndexError):
        return None
    return count
