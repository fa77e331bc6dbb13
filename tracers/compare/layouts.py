"""B's elements as they stand in A's value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .result import Pair

Shape = tuple[int, ...]
Array = Any  # a NumPy array


@dataclass(frozen=True, slots=True)
class Layout:
    """Reshaped to `split` (() for as it is), its axes in this `order` (() for as they are), and
    reshaped to the other's shape, the one value is laid out as the other."""

    split: Shape = ()
    order: tuple[int, ...] = ()


def laid_out(array: Array, pair: Pair, shape: Shape) -> Array:
    """B's array in the shape of A's value; a view where NumPy can give one."""
    if pair.split:
        array = array.reshape(pair.split)
    if pair.order:
        array = array.transpose(pair.order)
    return array.reshape(shape)


def back(encoded: Sequence[int], first: Shape, second: Shape) -> Layout:
    """The second value as the first, where `encoded` tells how the first stands in the second."""
    backward, *axes = encoded
    bare = _bare(second)
    if backward:  # the second's axes, ordered so, are the first's, of which some are joined
        return _layout(bare, tuple(axes), second, first)
    mine = _bare(first)
    split = tuple(mine[axis] for axis in axes)
    return _layout(split, _inverse(axes), second, first)


def forth(encoded: Sequence[int], first: Shape, second: Shape) -> Layout:
    """The first value as the second."""
    backward, *axes = encoded
    bare = _bare(second)
    if not backward:
        return _layout(_bare(first), tuple(axes), first, second)
    split = tuple(bare[axis] for axis in axes)
    return _layout(split, _inverse(axes), first, second)


def _layout(split: Shape, order: tuple[int, ...], shape: Shape, target: Shape) -> Layout:
    if order == tuple(range(len(order))) or math.prod(shape) <= 1:
        return Layout()
    if split != _bare(shape):
        return Layout(split, order)
    return Layout((), _with_ones(order, shape, target))


def _with_ones(order: tuple[int, ...], shape: Shape, target: Shape) -> tuple[int, ...]:
    """An order of the axes that are not 1 as one of all axes; those that are 1 come where the
    target has such ones, as long as there are some."""
    places = [axis for axis, extent in enumerate(shape) if extent != 1]
    ones = [axis for axis, extent in enumerate(shape) if extent == 1]
    rest = [places[axis] for axis in order]
    found: list[int] = []
    for extent in target:
        if extent == 1 and ones:
            found.append(ones.pop(0))
        elif extent != 1 and rest:
            found.append(rest.pop(0))
    return (*found, *rest, *ones)


def _inverse(axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=lambda place: axes[place]))


def _bare(shape: Shape) -> Shape:
    return tuple(extent for extent in shape if extent != 1)
