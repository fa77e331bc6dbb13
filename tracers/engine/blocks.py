"""A picked part of a value, block by block: what statistics and searches go through."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

BLOCK = 1 << 22  # elements that are looked at in one go


class Cutter(Protocol):
    """What of a backend reading takes; see backend.Backend."""

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]: ...

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Range:
    """A picked part of one axis; `index` where it is a single element that drops the axis."""

    axis: int
    start: int
    stop: int
    step: int
    index: int | None = None

    @property
    def size(self) -> int:
        """How many elements."""
        return len(range(self.start, self.stop, self.step))

    def pick(self) -> int | slice:
        """For indexing."""
        if self.index is not None:
            return self.index
        return slice(self.start, self.stop, self.step)

    def coarser(self, factor: int) -> Range:
        """Every `factor`-th of the elements."""
        return replace(self, step=self.step * factor)


def blocks(backend: Cutter, value: object, ranges: list[Range]) -> Iterator[Any]:
    """The picked elements, flat, cut along the first ranged axes so that each part is small."""
    if math.prod(item.size for item in ranges) == 0:
        return
    lead = next((item for item in ranges if item.index is None and item.size > 1), None)
    if lead is None:
        yield numbers(np.asarray(backend.cut(value, tuple(item.pick() for item in ranges))))
        return
    rest = math.prod(item.size for item in ranges) // lead.size
    rows = max(1, BLOCK // rest)
    for first in range(0, lead.size, rows):
        start = lead.start + first * lead.step
        stop = min(lead.stop, start + rows * lead.step)
        part = [slice(start, stop, lead.step) if item is lead else item.pick() for item in ranges]
        yield numbers(np.asarray(backend.cut(value, tuple(part))))


def numbers(array: Any) -> Any:
    """Flat, as something with an order: complex as magnitude, booleans as 0 and 1."""
    flat = array.reshape(-1)
    if flat.dtype.kind == "c":
        return np.abs(flat)
    return flat.astype(np.uint8) if flat.dtype.kind == "b" else flat
