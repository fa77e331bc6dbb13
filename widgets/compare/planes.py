"""The part of two values that is looked at, cut out of arrays that may be files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tensor.axes import Slice
from ..tensor.colours import Norm, Palette, choose_norm
from ..tensor.pieces import Array, AxisSpan, Plane, real
from .story import Both


@dataclass(frozen=True, slots=True)
class Planes:
    """The same piece of A, of B and of |A − B|.

    Attributes:
        norm: of A and B together.
        off_norm: of |A − B|.
    """

    a: Plane
    b: Plane
    off: Plane
    norm: Norm
    off_norm: Norm

    @property
    def rows(self) -> int:
        """How many cells it is high."""
        return self.a.values.shape[0]

    @property
    def columns(self) -> int:
        """How many cells it is wide."""
        return self.a.values.shape[1]


def is_numeric(both: Both) -> bool:
    """Both are arrays of numbers, of one shape."""
    kinds = {both.a.dtype.kind, both.b.dtype.kind}
    return kinds <= set("fiubc") and both.a.shape == both.b.shape


def planes_of(both: Both, shown: Slice, names: tuple[str, ...], most: tuple[int, int]) -> Planes:
    """Cut out Y down and X across, no more than `most` of each: elements are skipped."""
    a, spans = _cut(both.a, shown, names, most)
    b, _ = _cut(both.b, shown, names, most)
    with np.errstate(all="ignore"):
        off = np.abs(_wide(a) - _wide(b))
    one, other, gone = (Plane(values, *spans) for values in (a, b, off))
    together = np.concatenate([real(a).ravel(), real(b).ravel()])
    return Planes(one, other, gone, choose_norm(together), _off_norm(off))


def _off_norm(off: Array) -> Norm:
    """From zero up, never grey: what is no number has its own colour."""
    good = off[np.isfinite(off)]
    norm = choose_norm(good if good.size else np.zeros(1))
    if norm.palette is Palette.MAGMA and norm.low == 0 and good.size and float(good.max()) > 0:
        return norm
    high = float(good.max()) if good.size else 0.0
    return Norm(Palette.MAGMA, 0.0, high if high > 0 else 1.0)


def _wide(values: Array) -> Array:
    return values if values.dtype.kind == "c" else values.astype(np.float64)


def _cut(
    values: Array, shown: Slice, names: tuple[str, ...], most: tuple[int, int]
) -> tuple[Array, tuple[AxisSpan, AxisSpan]]:
    index: list[int | slice] = []
    spans: dict[int, AxisSpan] = {}
    for axis, pick in enumerate(shown.picks):
        if isinstance(pick, int):
            index.append(pick)
            continue
        start, stop, step = pick
        length = max(0, -(-(stop - start) // step))
        limit = max(most[0] if axis == shown.y else most[1], 1)
        step *= max(-(-length // limit), 1)
        index.append(slice(start, stop, step))
        count = len(range(start, stop, step))
        spans[axis] = AxisSpan(axis, names[axis], start, stop, step, count)
    piece: Array = np.array(values[tuple(index)])
    if shown.y >= 0 and shown.x >= 0 and shown.y > shown.x:
        piece = np.transpose(piece)
    while piece.ndim < 2:
        piece = piece[None]
    none = AxisSpan(-1, "", 0, 1, 1, 1)
    return piece, (spans.get(shown.y, none), spans.get(shown.x, none))
