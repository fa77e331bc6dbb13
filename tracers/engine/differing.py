"""How far a value is from what it was."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir.finding import Index

# Rows of two values of the same shape: the first row's number, the value's, the other's.
Rows = tuple[int, Any, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """The element that is furthest from what it was.

    Attributes:
        most: how far; infinite where one of the two is no finite number.
        largest: the largest finite |x| of the whole value before.
        old, new: the element before and now.
    """

    most: float = 0.0
    largest: float = 0.0
    index: Index = ()
    old: float = math.nan
    new: float = math.nan


def change_of(parts: Iterable[Rows]) -> Changed:
    """Of a value that comes in parts. NaN where NaN was is no change, and the same infinity."""
    found, largest = Changed(), 0.0
    for start, now, old in parts:
        new: Any = np.asarray(now, np.float64)
        was: Any = np.asarray(old, np.float64)
        if not new.size:
            continue
        shape: tuple[int, ...] = new.shape
        new, was = new.ravel(), was.ravel()
        with np.errstate(all="ignore"):
            apart: Any = np.abs(new - was)
        apart[(new == was) | (np.isnan(new) & np.isnan(was))] = 0.0
        apart[np.isnan(apart)] = np.inf
        finite: Any = np.isfinite(was)
        if finite.any():
            largest = max(largest, float(np.abs(was[finite]).max()))
        flat = int(apart.argmax())
        most = float(apart[flat])
        if most > found.most:
            place = [int(n) for n in np.unravel_index(flat, shape)]
            if place:
                place[0] += start
            found = Changed(most, 0.0, tuple(place), float(was[flat]), float(new[flat]))
    return Changed(found.most, largest, found.index, found.old, found.new)
