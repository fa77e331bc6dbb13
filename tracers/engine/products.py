"""What is multiplied for one element of a matrix product or a convolution."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .element import Element
from .moved import Index, Source, integers


@dataclass(frozen=True, slots=True)
class Factors:
    """The two sides of one element, flat and of the same size.

    Attributes:
        bias: what is added to the products, 0 where nothing is.
        left_at, right_at: the first element of each side; None where it is padding.
        zero_at: an element of the left side that is 0, or else of the right side; None where not
            known.
    """

    left: Any
    right: Any
    bias: float
    left_at: Source | None
    right_at: Source | None
    zero_at: Source | None


def factors(at: Element) -> Factors | None:
    """Of this element; None where the op's arguments do not tell."""
    if "transpose" in at.name or "depthwise" in at.name:
        return None
    try:
        return _patch(at) if at.name.startswith("conv") else _row_and_column(at)
    except (IndexError, ValueError, ZeroDivisionError):
        return None


def _row_and_column(at: Element) -> Factors | None:
    first = 1 if at.name in ("addmm", "baddbmm") else 0
    one, other = at.given[first], at.given[first + 1]
    if one.summary is None or other.summary is None or one.value is None or other.value is None:
        return None
    rank, width = len(one.summary.shape), len(other.summary.shape)
    if rank < 1 or width < 1:
        return None
    turned = at.name == "linear" or at.attributes.get("transpose_b") == "True"
    turned = turned or at.attributes.get("adj_y") == "True"
    flipped = at.attributes.get("transpose_a") == "True" or at.attributes.get("adj_x") == "True"
    lead = at.index[: max(0, len(at.index) - 2)]
    row_place = at.index[-2:-1] if width > 1 else at.index[-1:]
    rows: tuple[int | slice, ...] = () if rank == 1 else row_place
    left = _batch(lead, one.summary.shape[:-2]) + (
        (slice(None), *rows) if flipped else (*rows, slice(None))
    )
    right: tuple[int | slice, ...] = (slice(None),)
    if width > 1:
        column = at.index[-1]
        right = _batch(lead, other.summary.shape[:-2])
        right += (column, slice(None)) if turned else (slice(None), column)
    if at.name == "linear":
        left = (*at.index[:-1], slice(None))
    return _built(at, (first, one.value, left), (first + 1, other.value, right))


def _batch(lead: Index, shape: tuple[int, ...]) -> tuple[int | slice, ...]:
    """The leading axes of an operand, by the rules of broadcasting."""
    tail = lead[len(lead) - len(shape) :]
    return tuple(0 if extent == 1 else place for place, extent in zip(tail, shape, strict=True))


def _built(
    at: Element,
    one: tuple[int, object, tuple[int | slice, ...]],
    other: tuple[int, object, tuple[int | slice, ...]],
) -> Factors | None:
    left, right = at.cut(one[1], one[2]), at.cut(other[1], other[2])
    if left is None or right is None or left.size != right.size:
        return None
    starts = [
        Source(given, tuple(0 if isinstance(pick, slice) else pick for pick in picks))
        for given, _, picks in (one, other)
    ]
    zero_at = None
    for values, (given, _, picks) in ((left, one), (right, other)):
        if zero_at is None and (values == 0).any():
            place = int((values == 0).argmax())
            zero_at = Source(given, tuple(place if isinstance(p, slice) else p for p in picks))
    return Factors(left, right, _bias(at), starts[0], starts[1], zero_at)


def _bias(at: Element) -> float:
    place = 0 if at.name in ("addmm", "baddbmm") else 2
    given = at.given[place] if place < len(at.given) else None
    if given is None or given.value is None or given.summary is None or len(at.given) < 3:
        return 0.0
    channel = at.index[1] if at.name.startswith("conv") else at.index[-1]
    flat = at.cut(given.value, ())
    if flat is None:
        return 0.0
    return float(flat[channel % flat.size]) if len(given.summary.shape) < 2 else 0.0


def _patch(at: Element) -> Factors | None:
    """The window of the input under one place of a convolution, and the kernel."""
    given, kernel = at.given[0], at.given[1]
    if given.summary is None or kernel.summary is None:
        return None
    if given.value is None or kernel.value is None:
        return None
    shape, weight = given.summary.shape, kernel.summary.shape
    last = at.attributes.get("data_format") == "NHWC"  # TensorFlow: channels last, H×W×in×out
    spatial = len(weight) - 2
    sizes = weight[:spatial] if last else weight[2:]
    first = 1 if last else 2
    steps = _each(at, ("stride", "strides"), spatial, last)
    dilation = _each(at, ("dilation", "dilations"), spatial, last)
    before = _before(at, shape[first : first + spatial], sizes, steps, dilation)
    channel = at.index[-1] if last else at.index[1]
    out_channels = weight[-1] if last else weight[0]
    groups = (integers(at, "groups") or [1])[0]
    inner = weight[-2] if last else weight[1]
    group = channel // max(1, out_channels // groups)
    places = at.index[first : first + spatial]
    patch: Any = np.zeros((inner, *sizes))
    start: Index | None = None
    for offset in itertools.product(*map(range, sizes)):
        where = tuple(
            place * step + off * gap - pad
            for place, step, off, gap, pad in zip(
                places, steps, offset, dilation, before, strict=True
            )
        )
        if any(not 0 <= n < extent for n, extent in zip(where, shape[first:], strict=False)):
            continue
        picks: tuple[int | slice, ...]
        if last:
            picks = (at.index[0], *where, slice(None))
        else:
            picks = (at.index[0], slice(group * inner, (group + 1) * inner), *where)
        part = at.cut(given.value, picks)
        if part is None:
            return None
        patch[(slice(None), *offset)] = part
        if start is None:
            place = (at.index[0], *where, 0) if last else (at.index[0], group * inner, *where)
            start = tuple(int(n) for n in place)
    taken: tuple[int | slice, ...] = (channel,)
    if last:
        taken = (*[slice(None)] * (spatial + 1), channel)
    flat = at.cut(kernel.value, taken)
    if flat is None or flat.size != patch.size:
        return None
    right = np.moveaxis(flat.reshape(*sizes, inner), -1, 0).reshape(-1) if last else flat
    right_at = (*[0] * (spatial + 1), channel) if last else (channel, *[0] * (spatial + 1))
    left_at = None if start is None else Source(0, start)
    return Factors(patch.reshape(-1), right, _bias(at), left_at, Source(1, right_at), None)


def _each(at: Element, names: tuple[str, ...], spatial: int, last: bool) -> list[int]:
    found = integers(at, *names) or [1]
    if last and len(found) == spatial + 2:
        found = found[1:-1]
    return found * spatial if len(found) == 1 else found


def _before(
    at: Element,
    shape: tuple[int, ...],
    sizes: tuple[int, ...],
    steps: list[int],
    dilation: list[int],
) -> list[int]:
    """How much of the window lies before the input's first element, along each axis."""
    word = at.attributes.get("padding", "0").strip("'\"").lower()
    spatial = len(sizes)
    if word == "valid":
        return [0] * spatial
    if word != "same":
        given = integers(at, "padding") or [0]
        return given * spatial if len(given) == 1 else given
    before: list[int] = []
    for extent, size, step, gap in zip(shape, sizes, steps, dilation, strict=True):
        wide = (math.ceil(extent / step) - 1) * step + gap * (size - 1) + 1
        before.append(max(0, wide - extent) // 2)
    return before
