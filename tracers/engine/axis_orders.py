"""Holds two values against each other whose axes may stand in another order.

Elements count as masked that are not finite or at least 1e8 in size (-inf and -1e9 alike): they
must be as many on both sides, and their sizes do not matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from .lib import Array, np

MASKED = 1e8
FAR = 9.0  # of values that have nothing to do with each other
_SAMPLE = 128
_MOST_AXES = 6
_MOST_ORDERS = 150


@dataclass(frozen=True, slots=True)
class AxisOrder:
    """How the elements of a value stand in another, axes of extent 1 left out.

    Attributes:
        axes: the first value transposed so and reshaped is the second; the other way around where
            `backward`.
    """

    axes: tuple[int, ...]
    backward: bool = False

    def encode(self) -> list[int]:
        """As JSON."""
        return [int(self.backward), *self.axes]


def decode_order(row: object) -> AxisOrder:
    """Back from `encode`. Raises ValueError where it is none."""
    numbers = cast("list[object]", row) if isinstance(row, list) else []
    if not numbers or not all(type(number) is int for number in numbers):
        raise ValueError("an order of axes is a list of whole numbers")
    first, *axes = cast("list[int]", numbers)
    return AxisOrder(tuple(axes), bool(first))


def unmasked(array: Array) -> tuple[Array, int]:
    """In float64 with zeros where it is masked, and how many these are."""
    wide = np.asarray(array, np.float64)
    mask = ~(np.abs(wide) < MASKED)
    count = int(np.count_nonzero(mask))
    return (np.where(mask, 0.0, wide) if count else wide), count


def orders(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[AxisOrder, ...]:
    """Every way in which elements of the one shape may stand in the other, the plain one first."""
    if math.prod(first) != math.prod(second):
        return ()
    return _orders(_squeezed(first), _squeezed(second))


@lru_cache(4096)
def _orders(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[AxisOrder, ...]:
    if max(len(first), len(second)) > _MOST_AXES:
        return (AxisOrder(tuple(range(len(first)))),)
    found = list(_one_way(first, second, False))
    if sorted(first) != sorted(second):  # else both ways are the same
        found += _one_way(second, first, True)
    return tuple(found[:_MOST_ORDERS])


def _one_way(
    first: tuple[int, ...], second: tuple[int, ...], backward: bool
) -> Iterator[AxisOrder]:
    """Where axes are joined or split, they keep together in one of the shapes."""
    borders = set(itertools.accumulate(second, int.__mul__))
    for axes in itertools.permutations(range(len(first))):
        mine = set(itertools.accumulate((first[axis] for axis in axes), int.__mul__))
        if mine <= borders or borders <= mine:
            yield AxisOrder(axes, backward)


def arranged(array: Array, shape: tuple[int, ...], order: AxisOrder) -> Array:
    """The first value's elements as they stand in the second, whose shape is given."""
    bare = array.reshape(_squeezed(array.shape))
    if not order.backward:
        return np.ascontiguousarray(bare.transpose(order.axes)).reshape(shape)
    squeezed = _squeezed(shape)
    turned = bare.reshape(tuple(squeezed[axis] for axis in order.axes))
    return np.ascontiguousarray(turned.transpose(np.argsort(order.axes))).reshape(shape)


def distance(first: Array, second: Array) -> float:
    """Root mean square of the difference over that of the first; FAR where masks differ."""
    one, masked = unmasked(first)
    other, also = unmasked(second)
    if masked != also:
        return FAR
    if not one.size:
        return 0.0
    apart = float(np.sqrt(np.mean(np.square(one - other))))
    scale = float(np.sqrt(np.mean(np.square(one))))
    if scale > 1e-30:
        return min(apart / scale, FAR)
    return 0.0 if apart <= 1e-30 else FAR


def best_order(
    first: Array, second: Array, tolerance: float, prefer: Iterable[AxisOrder] = ()
) -> tuple[float, AxisOrder | None]:
    """The order in which the first value is nearest to the second, and how near that is.

    A sample tells most orders off; the first one far below the tolerance is taken.
    """
    ways = orders(first.shape, second.shape)
    ahead = [way for way in prefer if way in ways]
    ways = (*ahead, *(way for way in ways if way not in ahead))
    places = np.random.default_rng(0).integers(0, max(second.size, 1), min(_SAMPLE, second.size))
    clean, _ = unmasked(second)
    some = clean.reshape(-1)[places]
    scale = float(np.sqrt(np.mean(np.square(clean)))) if clean.size else 0.0
    limit = max(20 * tolerance, 0.3 if tolerance > 1e-2 else 0.0) * (scale or 1.0)
    best: tuple[float, AxisOrder | None] = (FAR, None)
    for way in ways:
        turned = arranged(first, second.shape, way)
        if len(ways) > 2:
            mine, _ = unmasked(turned.reshape(-1)[places])
            if float(np.sqrt(np.mean(np.square(mine - some)))) > limit:
                continue
        error = distance(turned, second)
        if error < best[0]:
            best = (error, way)
        if error <= tolerance / 10:
            break
    return best


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(extent) for extent in shape if extent != 1)
