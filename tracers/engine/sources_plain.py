"""Ops that need not run once more: sums and means, the place of an extreme, and dropout."""

from __future__ import annotations

import math
from typing import Any

from .lib import np
from .sources import Asked, Found, Read, alone
from .sources_local import reduced


def added(asked: Asked) -> Found | None:
    """Sums and means: each element's share is the same."""
    part = reduced(asked) if asked.name in ("sum", "mean") and len(asked.inputs) < 3 else None
    picks = part.picks[0] if part is not None else None
    if picks is None or any(name in asked.arguments for name in ("out_type", "T_out")):
        return None
    values = asked.element.cut(asked.inputs[0].value, picks)
    if values is None or not values.size or values.dtype.kind == "c":
        return None
    share = 1.0 / values.size if asked.name == "mean" else 1.0
    with np.errstate(all="ignore"):
        total = float(values.sum()) * share
        magnitude = float(np.abs(values).sum()) * share
    if not asked.agrees(total, magnitude):
        return None
    how = f"The {asked.name} of {values.size:,} elements: each gives "
    how += "its value." if share == 1.0 else f"1/{values.size:,} of its value."
    return Found((Read(0, picks, np.full(values.size, share)),), how, total)


def chosen(asked: Asked) -> Found | None:
    """argmax and argmin: the element whose place the output tells."""
    if asked.name not in ("argmax", "argmin") or asked.value is None:
        return None
    shape = asked.shape_of(0)
    which, axis = int(asked.value), asked.place("dimension", "axis")
    dim = int(asked.array(axis)) if axis > 0 else asked.given("dim", "axis")
    if isinstance(dim, int):
        dim %= max(len(shape), 1)
        rest = list(asked.index)
        if len(rest) == len(shape):
            rest.pop(dim)
        index = (*rest[:dim], which, *rest[dim:])
    else:
        index = tuple(int(place) for place in np.unravel_index(which, shape or (1,)))[: len(shape)]
    if any(not 0 <= place < extent for place, extent in zip(index, shape, strict=True)):
        return None
    note = "It is the one whose place the output tells; amounts do not apply."
    return Found((Read(0, alone(index), note=note),), "The element that was chosen.")


def dropped(asked: Asked) -> Found | None:
    """Dropout, which would draw other numbers the next time: what it did to the element."""
    if "dropout" not in asked.name or asked.value is None or not asked.inputs:
        return None
    if asked.shape_of(0) != asked.shape:
        return None
    x: Any = asked.element.cut(asked.inputs[0].value, asked.index)
    if x is None or x.size != 1:
        return None
    factor = asked.value / float(x[0]) if x[0] else math.nan
    if not x[0]:
        return Found((Read(0, alone(asked.index)),), "Nought, whether it was dropped or not.")
    how = "It was dropped." if factor == 0 else f"It was kept, and multiplied by {factor:.6g}."
    return Found((Read(0, alone(asked.index), np.full(1, factor)),), how, asked.value)
