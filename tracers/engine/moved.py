"""Where an element comes from, of ops that only move elements: reshapes, slices, joins, pads."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..ir.finding import Index
from .element import Element, broadcast
from .slices import parse_index


@dataclass(frozen=True, slots=True)
class Source:
    """An element of one of an op's inputs; `given` is -1 where the op itself put it there."""

    given: int
    index: Index = ()


PUT = Source(-1)
_Rule = Callable[[Element], Source | None]


def moved(at: Element) -> Source | None:
    """The element that was moved here; None where the op does more, or its arguments do not tell.

    What is found is held against the element itself: a rule that would not lead to an equal one
    has not understood the arguments.
    """
    rule = _RULES.get(at.name)
    if rule is None or not at.given:
        return None
    try:
        found = rule(at)
    except (IndexError, ValueError, ZeroDivisionError):
        return None
    if found is None or found is PUT:
        return found
    given = at.given[found.given]
    if given.summary is None or given.value is None or len(found.index) != len(given.summary.shape):
        return None
    part = at.cut(given.value, found.index)
    if part is None or part.size != 1 or part.dtype.kind == "c":
        return None
    return found if at.result is None or float(part[0]) == at.result else None


def integers(at: Element, *names: str, given: int = -1) -> list[int] | None:
    """An argument of integers, by name; where that is not there, a tensor among the inputs."""
    for name in names:
        text = at.attributes.get(name)
        if text is None:
            continue
        try:
            value: object = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None
        if isinstance(value, int):
            return [int(value)]
        if isinstance(value, (tuple, list)):
            items = cast("Sequence[object]", value)
            if all(isinstance(item, int) for item in items):
                return [int(cast(int, item)) for item in items]
        return None
    held = at.given[given].value if 0 < given < len(at.given) else None
    if held is not None:
        part = at.cut(held, ())
        return None if part is None else [int(n) for n in part]
    return None


def _shape(at: Element, given: int = 0) -> tuple[int, ...]:
    summary = at.given[given].summary
    if summary is None:
        raise ValueError("unknown shape")
    return summary.shape


def _flat(at: Element, given: int = 0) -> Source | None:
    """Of ops that keep the elements and their order."""
    shape = _shape(at, given)
    if math.prod(shape) != math.prod(at.summary.shape):
        return None
    flat = int(np.ravel_multi_index(at.index, at.summary.shape)) if at.index else 0
    return Source(given, tuple(int(n) for n in np.unravel_index(flat, shape)) if shape else ())


def _spread(at: Element) -> Source | None:
    where = broadcast(_shape(at), at.summary.shape, at.index)
    return None if where is None else Source(0, where)


def _permute(at: Element) -> Source | None:
    rank = len(at.index)
    order = list(range(rank))
    if at.name in ("t", "numpy_t"):
        order.reverse()
    elif at.name != "permute" and len(at.given) < 2:
        one, other = ((integers(at, f"dim{n}", f"axis{n}") or [-1 - n])[0] for n in (0, 1))
        order[one], order[other] = order[other], order[one]
    else:
        dims = integers(at, "dims", given=1)
        if dims is None or len(dims) != rank:
            return None
        order = [dim % rank for dim in dims]
    index = [0] * rank
    for here, there in enumerate(order):
        index[there] = at.index[here]
    return Source(0, tuple(index))


def _getitem(at: Element) -> Source | None:
    shape = _shape(at)
    pieces = parse_index(at.attributes.get("index", ""), len(shape))
    if pieces is None:
        return None
    text = at.attributes["index"].strip("()")
    numbers = iter(int(part) for part in text.split(",") if part.strip().lstrip("-").isdigit())
    left, index = iter(at.index), [0] * len(shape)
    for piece in pieces:
        if piece.axis < 0:
            next(left)
        elif piece.text is None:
            index[piece.axis] = next(numbers) % shape[piece.axis]
        else:
            bounds = [int(part) if part else None for part in piece.text.split(":")]
            index[piece.axis] = range(shape[piece.axis])[slice(*bounds)][next(left)]
    return Source(0, tuple(index))


def _slice(at: Element) -> Source | None:
    """TensorFlow's: begin, end and strides; which axes it drops is told by the extents."""
    shape, out = _shape(at), at.summary.shape
    begin, strides = integers(at, given=1), integers(at, given=3)
    if begin is None:
        return None
    if math.prod(shape) == math.prod(out):
        return _flat(at)
    strides = strides or [1] * len(begin)
    if len(out) > len(shape):
        return None
    drops = len(shape) - len(out)
    left, index = iter(at.index), [0] * len(shape)
    for axis, extent in enumerate(shape):
        if axis >= len(begin):
            index[axis] = next(left)
        elif drops:  # numbers stand first, where there are any
            drops -= 1
            index[axis] = begin[axis] % extent
        else:
            index[axis] = (begin[axis] + next(left) * strides[axis]) % extent
    return Source(0, tuple(index))


def _narrow(at: Element) -> Source | None:
    dim = (integers(at, "dim") or [0])[0] % len(at.index)
    start = (integers(at, "start") or [0])[0]
    index = list(at.index)
    index[dim] += start % max(1, _shape(at)[dim])
    return Source(0, tuple(index))


def _select(at: Element) -> Source | None:
    shape = _shape(at)
    dim = (integers(at, "dim") or [0])[0] % len(shape)
    picked = integers(at, "index")
    if picked is None:
        return None
    return Source(0, (*at.index[:dim], picked[0] % shape[dim], *at.index[dim:]))


def _tensors(at: Element) -> list[int]:
    """Inputs that are joined: not the axis that TensorFlow gives as a tensor."""
    dtype = at.summary.dtype
    return [n for n, g in enumerate(at.given) if g.summary is not None and g.summary.dtype == dtype]


def _join(at: Element) -> Source | None:
    rank = len(at.index)
    axis = integers(at, "dim", "axis", given=len(at.given) - 1) if at.name == "concatv2" else None
    axis = axis or integers(at, "dim", "axis") or [0]
    dim = axis[0] % rank
    left = at.index[dim]
    for given in _tensors(at):
        shape = _shape(at, given)
        if len(shape) != rank:
            continue
        if left < shape[dim]:
            return Source(given, (*at.index[:dim], left, *at.index[dim + 1 :]))
        left -= shape[dim]
    return None


def _stack(at: Element) -> Source | None:
    dim = (integers(at, "dim", "axis") or [0])[0] % len(at.index)
    return Source(_tensors(at)[at.index[dim]], (*at.index[:dim], *at.index[dim + 1 :]))


def _split(at: Element) -> Source | None:
    """One of equal parts: the last may be smaller."""
    if at.name == "split" and len(at.given) > 1:
        axis, given = (integers(at, given=1) or [0]), 0
        if at.given[0].summary is not None and at.given[0].summary.shape == ():
            part = at.cut(cast(object, at.given[0].value), ())
            axis, given = ([0] if part is None else [int(part[0])]), 1
    else:
        axis, given = (integers(at, "dim", "axis") or [0]), 0
    shape = _shape(at, given)
    dim = axis[0] % len(shape)
    size = integers(at, "split_size_or_sections", "split_size")
    if size is not None and len(size) > 1:
        start = sum(size[: at.slot])
    elif size is not None:
        start = at.slot * size[0]
    else:
        parts = integers(at, "chunks", "num_split", "num")
        if parts is None:
            return None
        start = at.slot * -(-shape[dim] // parts[0])
    if at.name in ("unpack", "unbind"):
        return Source(given, (*at.index[:dim], at.slot, *at.index[dim:]))
    index = list(at.index)
    index[dim] += start
    return Source(given, tuple(index))


def _unbind(at: Element) -> Source | None:
    dim = (integers(at, "dim", "axis") or [0])[0] % len(_shape(at))
    return Source(0, (*at.index[:dim], at.slot, *at.index[dim:]))


def _pad(at: Element) -> Source | None:
    shape = _shape(at)
    if at.attributes.get("mode", "constant") not in ("constant", "None"):
        return None
    pads = integers(at, "pad")
    index = list(at.index)
    for axis in range(len(shape)):
        if pads is not None:
            back = 2 * (len(shape) - 1 - axis)
            before = pads[back] if back < len(pads) else 0
        else:
            table = integers(at, given=1)
            if table is None:
                return None
            before = table[2 * axis]
        index[axis] -= before
        if not 0 <= index[axis] < shape[axis]:
            return PUT
    return Source(0, tuple(index))


def _band(at: Element) -> Source | None:
    """tril, triu and TensorFlow's band: an element of the band stays, the others are put to 0."""
    kept = Source(0, at.index)
    diagonal = (integers(at, "diagonal") or [0])[0]
    row, column = at.index[-2], at.index[-1]
    if at.name == "tril":
        return kept if column - row <= diagonal else PUT
    if at.name == "triu":
        return kept if column - row >= diagonal else PUT
    lower, upper = integers(at, given=1), integers(at, given=2)
    if lower is None or upper is None:
        return None
    below, above = row - column, column - row
    inside = (lower[0] < 0 or below <= lower[0]) and (upper[0] < 0 or above <= upper[0])
    return kept if inside else PUT


def _rows(at: Element) -> Source | None:
    """Embeddings, index_select and gather along an axis: picked by an index tensor."""
    table, picks = 0, 1
    axis = 0
    if at.name == "embedding":  # torch's gives the indices first, and the table after them
        table, picks = 1, 0
    elif at.name == "gather" and len(at.given) > 2:
        axis = (integers(at, given=2) or [0])[0]
    elif at.name in ("index_select", "gather", "take_along_dim"):
        axis = (integers(at, "dim", "axis") or [0])[0]
    shape, index_shape = _shape(at, table), _shape(at, picks)
    axis %= max(1, len(shape))
    chosen = at.given[picks].value
    if chosen is None:
        return None
    alike = len(index_shape) == len(at.index) == len(shape) and len(at.given) < 3
    if at.name in ("gather", "take_along_dim") and alike:
        part = at.cut(chosen, at.index)
        if part is None:
            return None
        return Source(table, (*at.index[:axis], int(part[0]), *at.index[axis + 1 :]))
    rank = len(index_shape)
    part = at.cut(chosen, at.index[axis : axis + rank])
    if part is None or part.size != 1:
        return None
    return Source(table, (*at.index[:axis], int(part[0]), *at.index[axis + rank :]))


def _flip(at: Element) -> Source | None:
    dims, shape = integers(at, "dims", given=1), _shape(at)
    if dims is None:
        return None
    index = list(at.index)
    for dim in dims:
        index[dim] = shape[dim] - 1 - index[dim]
    return Source(0, tuple(index))


def _roll(at: Element) -> Source | None:
    shifts, dims, shape = integers(at, "shifts"), integers(at, "dims"), _shape(at)
    if shifts is None or dims is None:
        return None
    index = list(at.index)
    for shift, dim in zip(shifts, dims, strict=True):
        index[dim] = (index[dim] - shift) % shape[dim]
    return Source(0, tuple(index))


def _tile(at: Element) -> Source | None:
    shape = _shape(at)
    tail = at.index[len(at.index) - len(shape) :]
    return Source(0, tuple(place % extent for place, extent in zip(tail, shape, strict=True)))


def _max(at: Element) -> Source | None:
    """A maximum or minimum over axes: the element that was picked."""
    if at.slot:
        return None
    shape = _shape(at)
    axes = integers(at, "dim", "axis", given=1)
    gone = {axis % len(shape) for axis in axes} if axes is not None else set(range(len(shape)))
    keeps = len(at.index) == len(shape)
    rest = iter(at.index)
    picks: list[int | slice] = []
    for axis in range(len(shape)):
        if keeps:
            place = next(rest)
            picks.append(slice(None) if axis in gone else place)
        else:
            picks.append(slice(None) if axis in gone else next(rest))
    part: Any = at.cut(cast(object, at.given[0].value), tuple(picks))
    if part is None or not part.size:
        return None
    place = int(part.argmin() if at.name in ("min", "amin", "reduce_min") else part.argmax())
    inner = np.unravel_index(place, tuple(shape[axis] for axis in sorted(gone)))
    found = iter(int(n) for n in inner)
    return Source(0, tuple(next(found) if isinstance(pick, slice) else int(pick) for pick in picks))


_SAME = (
    *("reshape", "view", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", "expanddims"),
    *("contiguous", "clone", "detach", "identity", "stopgradient", "alias", "unsafe_view", "copy"),
    *("view_as", "reshape_as", "data", "ensureshape", "preventgradient", "lift_fresh", "cpu"),
    *("snapshot", "readvariableop", "type_as", "requires_grad", "accumulategrad", "viewbackward"),
)
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_SAME, _flat),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to", "broadcastto"), _spread),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_t", "mt", "swapaxes"), _permute),
    **dict.fromkeys(("swapdims", "adjoint"), _permute),
    **dict.fromkeys(("cat", "concat", "concatenate", "concatv2"), _join),
    **dict.fromkeys(("stack", "pack"), _stack),
    **dict.fromkeys(("split", "chunk", "tensor_split", "split_with_sizes"), _split),
    **dict.fromkeys(("unbind", "unpack"), _unbind),
    **dict.fromkeys(("pad", "constant_pad_nd", "padv2"), _pad),
    **dict.fromkeys(("tril", "triu", "matrixbandpart"), _band),
    **dict.fromkeys(("embedding", "index_select", "gather", "take_along_dim"), _rows),
    "resourcegather": _rows,
    **dict.fromkeys(("flip", "reversev2"), _flip),
    **dict.fromkeys(("repeat", "tile"), _tile),
    **dict.fromkeys(("max", "amax", "min", "amin"), _max),
    "roll": _roll,
    "getitem": _getitem,
    "slice": _slice,
    "narrow": _narrow,
    "select": _select,
}
