"""The next element of a value that is what someone looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..ir import Sought, TensorPiece, TensorRequest, TensorSummary
from ..protocol.refusal import Refusal
from .blocks import Cutter, Range, blocks

_EXTREMES = (Sought.GREATEST, Sought.LEAST)


def find_next(
    backend: Cutter,
    value: object,
    whole: TensorSummary,
    request: TensorRequest,
    ranges: list[Range],
) -> TensorPiece:
    """The answer to Form.FIND. Raises Refusal where the value has no numbers."""
    sizes = tuple(item.size for item in ranges)
    after = _place(request.after, ranges)
    flat = _numeric(blocks(backend, value, ranges), whole)
    if request.sought in _EXTREMES:
        found = _extreme(list(flat), after, request.sought is Sought.GREATEST)
    else:
        found = _match(flat, after, _test(request.sought, request.bound))
    index: list[int] = []
    if found >= 0:
        spots = np.unravel_index(found, sizes) if sizes else ()
        index = [r.start + int(s) * r.step for r, s in zip(ranges, spots, strict=True)]
    data = np.array(index, "<i8")
    return TensorPiece(request, whole, (len(index),), (1,), data.tobytes(), "<i8")


def _place(after: tuple[int, ...], ranges: list[Range]) -> int:
    """Where, among the picked elements, the search goes on; -1 before the first."""
    if not after:
        return -1
    if len(after) != len(ranges):
        raise Refusal(
            "bad-index", f"The value has {len(ranges)} axes, and {len(after)} were given."
        )
    flat = 0
    for item, index in zip(ranges, after, strict=True):
        spot = min(max((index - item.start) // item.step, 0), item.size - 1)
        flat = flat * item.size + spot
    return flat


def _numeric(parts: Iterator[Any], whole: TensorSummary) -> Iterator[Any]:
    for part in parts:
        if part.dtype.kind not in "fiu":
            raise Refusal("not-numeric", f"A {whole.dtype} has no numbers to look through.")
        yield part


def _test(sought: Sought, bound: float) -> Callable[[Any], Any]:
    """A mask of the elements that are looked for."""

    def above(part: Any) -> Any:
        return part > bound

    def below(part: Any) -> Any:
        return part < bound

    def beyond(part: Any) -> Any:
        return (part > bound) | (part < -bound)

    def nan(part: Any) -> Any:
        return np.isnan(part)

    return {
        Sought.ABOVE: above,
        Sought.BELOW: below,
        Sought.BEYOND: beyond,
        Sought.NAN: nan,
        Sought.INF: np.isinf,
    }[sought]


def _match(parts: Iterator[Any], after: int, test: Callable[[Any], Any]) -> int:
    """The first match behind `after`, else the first of all; -1 for none."""
    offset, first = 0, -1
    for part in parts:
        mask = test(part)
        hit = _first(mask)
        if hit >= 0:
            first = offset + hit if first < 0 else first
            skip = max(after + 1 - offset, 0)
            later = _first(mask[skip:])
            if later >= 0:
                return offset + skip + later
        offset += int(part.size)
    return first


def _first(mask: Any) -> int:
    if not mask.size:
        return -1
    spot = int(mask.argmax())
    return spot if bool(mask[spot]) else -1


def _extreme(parts: list[Any], after: int, falling: bool) -> int:
    """The next in falling (or rising) order behind the element `after`; the first after the last.

    NaN has no place in the order.
    """
    current = _at(parts, after) if after >= 0 else None
    if current is not None and current == current:
        found = _best(parts, falling, current, after)
        if found >= 0:
            return found
    return _best(parts, falling, None, -1)


def _best(parts: list[Any], falling: bool, current: Any, after: int) -> int:
    best: Any = None
    found, offset = -1, 0
    for part in parts:
        mask = part == part
        if current is not None:
            mask = (part < current) if falling else (part > current)
            skip = max(after + 1 - offset, 0)
            mask[skip:] |= part[skip:] == current
        spots = np.flatnonzero(mask)
        if spots.size:
            wanted = part[spots]
            spot = int(wanted.argmax() if falling else wanted.argmin())
            value = wanted[spot]
            if best is None or (value > best if falling else value < best):
                best, found = value, offset + int(spots[spot])
        offset += int(part.size)
    return found


def _at(parts: list[Any], place: int) -> Any:
    for part in parts:
        if place < part.size:
            return part[place]
        place -= int(part.size)
    return None
