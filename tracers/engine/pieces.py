"""Cuts, reduces and counts: from a request for a piece of a value to the piece."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ..ir import Form, TensorPiece, TensorRequest, TensorSummary
from ..protocol.refusal import Refusal
from .blocks import Cutter, Range, blocks
from .percentiles import percentiles
from .seek import find_next

ANSWER_BYTES = 4 << 20
MOST_BINS = 4096
_CACHED = 1 << 15  # elements that are counted into bins in one go
_REAL = ("float", "bfloat", "int", "uint")
_TEXT_BYTES = 64  # what a string of a string tensor is taken to need


def cut_piece(
    backend: Cutter, value: object, whole: TensorSummary, request: TensorRequest
) -> TensorPiece:
    """The answer to a request. Raises Refusal where it cannot be given."""
    extents = backend.describe(value)[0]
    if extents is None or any(extent < 0 for extent in extents):
        extents = whole.shape
    ranges = _ranges(request, extents)
    if request.form is Form.PLANE:
        return _plane(backend, value, whole, request, ranges)
    if whole.text and not whole.nbytes and not extents:
        raise Refusal("not-numeric", f"A {whole.dtype} has no numbers to count.")
    if request.form is Form.FIND:
        return find_next(backend, value, whole, request, ranges)
    if request.form is Form.PERCENTILES:
        return percentiles(backend, value, whole, request, ranges)
    return _statistics(backend, value, whole, request, ranges)


def _ranges(request: TensorRequest, extents: tuple[int, ...]) -> list[Range]:
    picks = request.picks or tuple((0, extent, 1) for extent in extents)
    if len(picks) != len(extents):
        raise Refusal(
            "bad-index", f"The value has {len(extents)} axes, and {len(picks)} were picked."
        )
    found: list[Range] = []
    for axis, (pick, extent) in enumerate(zip(picks, extents, strict=True)):
        if isinstance(pick, int):
            if not 0 <= pick < extent:
                raise Refusal(
                    "bad-index", f"Axis {axis} has {extent} elements, so none is at {pick}."
                )
            found.append(Range(axis, pick, pick + 1, 1, pick))
        else:
            start, stop, step = pick
            if not (0 <= start <= stop <= extent and step >= 1):
                raise Refusal(
                    "bad-index", f"{start}:{stop}:{step} is no part of axis {axis} of {extent}."
                )
            found.append(Range(axis, start, stop, step))
    return found


def _plane(
    backend: Cutter,
    value: object,
    whole: TensorSummary,
    request: TensorRequest,
    ranges: list[Range],
) -> TensorPiece:
    order = _order(request, ranges)
    limits = dict(zip(order, request.limit, strict=False))
    asked = {item.axis: item for item in ranges}
    for axis, limit in limits.items():
        if limit < 1:
            raise Refusal("bad-index", "A limit must be at least 1.")
        asked[axis] = _within(asked[axis], limit)
    _fit(asked, order, _itemsize(backend, value, ranges))
    index = tuple(asked[axis].pick() for axis in range(len(ranges)))
    array: Any = np.asarray(backend.cut(value, index))
    kept = [item.axis for item in ranges if item.index is None]
    array = array.transpose([kept.index(axis) for axis in order])
    code, data = _packed(array)
    return TensorPiece(
        request,
        whole,
        tuple(int(extent) for extent in array.shape),
        tuple(asked[axis].step for axis in order),
        data,
        code,
    )


def _order(request: TensorRequest, ranges: list[Range]) -> list[int]:
    """The ranged axes in the order of the answer."""
    kept = [item.axis for item in ranges if item.index is None]
    if not request.axes:
        return kept
    if sorted(request.axes) != kept:
        raise Refusal("bad-index", f"The axes {list(request.axes)} are not those picked as ranges.")
    return list(request.axes)


def _within(item: Range, limit: int) -> Range:
    return item.coarser(max(1, math.ceil(item.size / limit)))


def _itemsize(backend: Cutter, value: object, ranges: list[Range]) -> int:
    """Bytes of one element as it travels, seen on a single one."""
    if any(item.size == 0 for item in ranges):
        return 1
    one = np.asarray(backend.cut(value, tuple(slice(r.start, r.start + 1) for r in ranges)))
    return _TEXT_BYTES if one.dtype.hasobject else int(one.dtype.itemsize)


def _fit(asked: dict[int, Range], order: list[int], itemsize: int) -> None:
    """Make the longest axis coarser until the answer fits."""
    while math.prod(asked[axis].size for axis in order) * itemsize > ANSWER_BYTES:
        longest = max(order, key=lambda axis: asked[axis].size)
        asked[longest] = asked[longest].coarser(2)


def _packed(array: Any) -> tuple[str, bytes]:
    """Little-endian, C order."""
    if array.dtype.hasobject or array.dtype.kind in "SU":
        texts = [str(item) for item in array.reshape(-1).tolist()]
        return "json", json.dumps(texts, ensure_ascii=False).encode()
    ready: Any = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return str(ready.dtype.str), ready.tobytes()


def _statistics(
    backend: Cutter,
    value: object,
    whole: TensorSummary,
    request: TensorRequest,
    ranges: list[Range],
) -> TensorPiece:
    if request.form is Form.HISTOGRAM and not 1 <= request.bins <= MOST_BINS:
        raise Refusal("bad-index", f"The number of bins must be from 1 to {MOST_BINS}.")
    tally = Tally()
    if _is_all(whole, ranges):
        tally.take(whole)
    for block in blocks(backend, value, ranges):
        tally.add(block)
    shape = tuple(item.size for item in ranges if item.index is None)
    picked = tally.summary(whole, shape)
    if request.minus is not None and shape == whole.shape:
        whole = picked
    piece = TensorPiece(request, whole, picked=picked, zeros=tally.zeros)
    if request.form is Form.SUMMARY or tally.text:
        return piece
    if tally.low is None or tally.high is None:
        return replace(
            piece, shape=(request.bins,), steps=(1,), code="<i8", data=bytes(8 * request.bins)
        )
    low, high = tally.low, tally.high
    counts = np.zeros(request.bins, "<i8")
    for block in blocks(backend, value, ranges):
        counts += _count(
            block if picked.finite else block[np.isfinite(block)], low, high, request.bins
        )
    return replace(
        piece,
        shape=(request.bins,),
        steps=(1,),
        data=counts.tobytes(),
        code="<i8",
        low=low,
        high=high,
    )


def _is_all(whole: TensorSummary, ranges: list[Range]) -> bool:
    """All of a value of real numbers is picked, and its statistics are known."""
    picked = tuple(item.size for item in ranges if item.index is None)
    return whole.minimum is not None and picked == whole.shape and whole.dtype.startswith(_REAL)


def _count(finite: Any, low: float, high: float, bins: int) -> Any:
    """How many elements fall into each of equal bins from `low` to `high`, both included."""
    counts = np.zeros(bins, "<i8")
    scale = bins / (high - low) if high > low else math.inf
    if not 0 < scale < math.inf:  # too narrow to part: all in the middle bin
        counts[bins // 2] = finite.size
        return counts
    for first in range(0, finite.size, _CACHED):
        place: Any = np.subtract(finite[first : first + _CACHED], low, dtype=np.float64)
        place *= scale
        place.clip(0, bins - 1, out=place)
        counts += np.bincount(place.astype(np.int32), minlength=bins)
    return counts


class Tally:
    """Statistics over blocks, accumulated in float64.

    Attributes:
        low, high: of the finite elements; None where there are none.
    """

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None
        self.zeros: int | None = 0
        self.text = False
        self._count = 0
        self._sum = 0.0
        self._squares = 0.0
        self._nan = self._posinf = self._neginf = 0
        self._known: TensorSummary | None = None

    def take(self, whole: TensorSummary) -> None:
        """All elements will come, and this is their summary: only zeros need counting."""
        self._known = whole
        self.low, self.high = whole.minimum, whole.maximum

    def add(self, block: Any) -> None:
        """Take in some elements."""
        if block.dtype.kind not in "fiu":
            self.text = True
            self.zeros = None
            return
        self._count += int(block.size)
        self.zeros = (self.zeros or 0) + int(block.size - np.count_nonzero(block))
        if self._known is not None:
            return
        if block.dtype.kind == "f":
            finite = np.isfinite(block)
            if not finite.all():
                nan = int(np.isnan(block).sum())
                up = int((block == np.inf).sum())
                self._nan += nan
                self._posinf += up
                self._neginf += int(block.size - finite.sum()) - nan - up
                block = block[finite]
        if block.size:
            low, high = float(block.min()), float(block.max())
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)
            wide = block.astype(np.float64)
            self._sum += float(wide.sum())
            self._squares += float(np.dot(wide, wide))

    def summary(self, whole: TensorSummary, shape: tuple[int, ...]) -> TensorSummary:
        """As the picked part's summary."""
        if self._known is not None:
            return self._known
        clean = self._count > 0 and not (self._nan or self._posinf or self._neginf)
        all_elements = math.prod(whole.shape)
        itemsize = whole.nbytes // all_elements if all_elements else 0
        return TensorSummary(
            shape,
            whole.dtype,
            whole.device,
            itemsize * math.prod(shape),
            self.low,
            self.high,
            _finite(self._sum / self._count) if clean else None,
            _finite(math.sqrt(self._squares / self._count)) if clean else None,
            self._nan,
            self._posinf,
            self._neginf,
            kept=whole.kept,
        )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def element_text(item: object) -> str:
    """One element of a cut, as shown in a list of variables."""
    if isinstance(item, (float, np.floating)):
        return f"{float(cast(float, item)):.6g}"
    return str(item)
