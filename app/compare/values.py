"""The elements of a pair of values, in A's layout, and what their difference comes to.

Runs beside the GUI thread: arrays are files that are mapped, and read in pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...tracers.compare.result import Pair
from ...widgets.compare.story import Both
from ...widgets.tensor.formatting import number

Array = Any  # of NumPy

_PIECE = 1 << 18  # elements that are read at once
_SAMPLED = 1 << 22  # from so many differences on, the median is that of an even sample


class NoElements(Exception):
    """The two arrays cannot be laid over each other; the sentence says why."""


def both_of(
    index: int, pair: Pair, a: str, b: str, tolerance: float, rest: Callable[[], None]
) -> Both:
    """From two files; `rest` is called between pieces. Raises NoElements, OSError, ValueError."""
    mine, theirs = _mapped(a), _mapped(b)
    turned = in_layout(mine, theirs, pair.order)
    return Both(index, mine, turned, facts_of(mine, turned, tolerance, rest))


def in_layout(a: Array, b: Array, order: tuple[int, ...]) -> Array:
    """B's elements as A has them. Raises NoElements."""
    if b.size != a.size:
        raise NoElements(
            f"A has {a.size:,} elements here and B has {b.size:,}, so they cannot be shown in one"
            " layout."
        )
    turned = b.transpose(order) if len(order) == b.ndim and order else b
    return turned if turned.shape == a.shape else turned.reshape(a.shape)


def facts_of(
    a: Array, b: Array, tolerance: float, rest: Callable[[], None]
) -> tuple[tuple[str, str], ...]:
    """Name and text: the largest, mean and median difference, the cosine of both, and the share of
    elements that differ by more than `tolerance` times A's root mean square."""
    largest, total, count, odd = 0.0, 0.0, 0, 0
    products = np.zeros(3)  # a·a, b·b, a·b
    for one, other in _pieces(a, b):
        gap, good = _differences(one, other)
        if gap.size:
            largest = max(largest, float(gap.max()))
            total += float(gap.sum())
            products += _products(one[good], other[good])
        count, odd = count + int(gap.size), odd + int(good.size - gap.size)
        rest()
    if not count:
        return (("not finite", f"{odd:,}"),) if odd else ()
    limit = tolerance * math.sqrt(float(products[0]) / count)
    over, some = 0, _Sample(a.size)
    for one, other in _pieces(a, b):
        gap, _ = _differences(one, other)
        over += int(np.count_nonzero(gap > limit))
        some.take(gap)
        rest()
    rows = [
        ("max", number(largest)),
        ("mean", number(total / count)),
        ("median", number(some.median())),
        ("cosine", _cosine(products)),
        ("over tol.", f"{100 * (over + odd) / (count + odd):.1f} %"),
    ]
    return (*rows, ("not finite", f"{odd:,}")) if odd else tuple(rows)


class _Sample:
    """Differences for the median: all, or every nth where there are very many."""

    def __init__(self, size: int) -> None:
        self._step = 1 + size // _SAMPLED
        self._parts: list[Array] = []

    def take(self, gap: Array) -> None:
        """Some more."""
        self._parts.append(gap[:: self._step].astype(np.float32))

    def median(self) -> float:
        """Of what was taken."""
        return float(np.median(np.concatenate(self._parts)))


def _mapped(path: str) -> Array:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _pieces(a: Array, b: Array) -> Iterator[tuple[Array, Array]]:
    """Both flat and in float64, piece by piece along the outermost axes."""
    if a.size <= _PIECE or not a.ndim:
        yield _flat(a), _flat(b)
        return
    inner = max(a.size // a.shape[0], 1)
    if inner > _PIECE:
        for one, other in zip(a, b, strict=True):
            yield from _pieces(one, other)
        return
    step = _PIECE // inner
    for first in range(0, a.shape[0], step):
        yield _flat(a[first : first + step]), _flat(b[first : first + step])


def _flat(array: Array) -> Array:
    wide: Array = np.asarray(array, np.complex128 if array.dtype.kind == "c" else np.float64)
    return wide.reshape(-1)


def _products(a: Array, b: Array) -> Array:
    found: list[Any] = [np.vdot(x, y) for x, y in ((a, a), (b, b), (a, b))]
    return np.array([complex(each).real for each in found])


def _differences(a: Array, b: Array) -> tuple[Array, Array]:
    """|A − B| where it is a number, and where that is; what is equal differs by 0."""
    with np.errstate(all="ignore"):
        gap = np.abs(a - b)
    good = np.isfinite(gap)
    if good.all():
        return gap, good
    alike = ~good & ((a == b) | (np.isnan(a) & np.isnan(b)))
    return np.where(alike, 0.0, gap)[good | alike], good


def _cosine(products: Array) -> str:
    a, b, both = (float(each) for each in products)
    return f"{both / math.sqrt(a * b):.4g}" if a > 0 and b > 0 else "–"
