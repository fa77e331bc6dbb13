"""Rules of an element that is 0, of ops that make an element of many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ir.finding import Index
from .element import Element, listed, number_text
from .moved import Source
from .products import factors
from .rules_slices import reduced_axes
from .why_zero_link import Link, underflow


def softmax(at: Element) -> Link | None:
    """Masked, or far below the row's largest."""
    shape = at.given[0].summary.shape if at.given[0].summary is not None else ()
    x = at.number(0)
    axis = int(at.attributes.get("dim", at.attributes.get("axis", "-1")))
    part: Any = at.part(0, (axis,)) if shape else None
    if x is None or part is None or not part.size:
        return None
    if x == -math.inf:
        return Link("reads −Inf, as a mask puts it", "masked")
    most = float(part.max())
    gap = f"{number_text(x)} lies {number_text(most - x)} below the row's largest"
    return Link(f"underflows: {gap}, {number_text(most)}", f"{at.summary.dtype}-underflow")


def reduction(at: Element) -> Link | None:
    """Sums, means and their kin: of zeros, of nothing, or of what cancels."""
    shape = at.given[0].summary.shape if at.given and at.given[0].summary is not None else None
    if shape is None:
        return None
    if math.prod(shape) == 0:
        return Link(f"is a {at.name} over nothing", "empty")
    axes = reduced_axes(at)
    part: Any = at.part(0, axes)
    if part is None:
        return None
    if not part.any():
        return Link(f"is over {part.size:,} zeros", source=_first_of(at, axes))
    if at.name == "prod":
        return Link(f"multiplies {listed(part)}, one of which is 0", "times-zero")
    total = float(part.sum())
    return underflow(at, total / part.size) or Link(f"adds up {listed(part)} to 0", "cancelled")


def _first_of(at: Element, axes: tuple[int, ...]) -> Source | None:
    summary = at.given[0].summary
    if summary is None:
        return None
    rank = len(summary.shape)
    gone = {axis % rank for axis in axes}
    if len(at.index) == rank:
        return Source(0, tuple(0 if n in gone else place for n, place in enumerate(at.index)))
    rest = iter(at.index)
    return Source(0, tuple(0 if n in gone else next(rest) for n in range(rank)))


def product(at: Element) -> Link | None:
    """Matrix products and convolutions: which side is 0."""
    found = factors(at)
    if found is None:
        return None
    left, right, bias = found.left, found.right, found.bias
    if not right.any():
        return Link("multiplies by weights that are all 0", source=found.right_at)
    if not left.any():
        padded = found.left_at is None
        return Link(
            "multiplies a part of its input that is all 0",
            "" if not padded else "padding",
            None if padded else found.left_at,
        )
    total = float(left @ right)
    if not (left * right).any():
        words = f"has a 0 in each of {left.size:,} products"
        return Link(words, "" if found.zero_at else "zero-products", found.zero_at)
    tiny = underflow(at, total) if not bias else None
    if tiny is not None:
        return tiny
    more = f" and the bias {number_text(bias)}" if bias else ""
    return Link(f"adds up {left.size:,} products{more} that cancel each other", "cancelled")


def norm(at: Element) -> Link | None:
    """Normalisations: a gain of 0, or nothing that differs from the mean."""
    x = at.number(0)
    rank = len(at.given[0].summary.shape) if at.given[0].summary is not None else 0
    axis = 1 if "batch" in at.name or at.name == "group_norm" else rank - 1
    where: Index = (at.index[axis],) if axis < len(at.index) else ()
    for n, given in enumerate(at.given[1:], 1):
        if given.summary is None or len(given.summary.shape) != 1 or given.value is None:
            continue
        if "batch" in at.name and n < 3:
            continue  # the running mean and variance
        part = at.cut(given.value, where)
        if part is not None and part.size == 1 and part[0] == 0:
            return Link("multiplies by a gain of 0", source=Source(n, where))
        break
    if at.name in ("layer_norm", "rms_norm"):
        row: Any = at.part(0, (-1,))
        if row is not None and row.size and float(np.ptp(row)) == 0.0:
            return Link("normalises a row whose elements are all equal", "no-spread")
    return None if x is None else Link(f"reads {number_text(x)}, the mean", "at-the-mean")
