"""Variations of an op in which its elements come to lie elsewhere: padding, strides, resizing,
masks, the order of inputs, channels and gates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from .again import Again
from .axis_orders import MASKED
from .lib import Array, as_items, np
from .varying import Subject, Variation, inputs_of, on_input, with_argument

_ONE_SIDED = ("sub", "div", "truediv", "realdiv", "matmul", "mm", "bmm", "pow", "cat", "concatv2")
_MOST_FACTORS = 12


def _padding(subject: Subject, again: Again) -> Iterator[Variation]:
    """All at the end, as TensorFlow's SAME pads where the stride is 2."""
    pads = again.given.get("padding")
    first = subject.inputs[0] if subject.inputs else None
    if first is None or first.ndim < 3 or not ("conv" in subject.name or "pool" in subject.name):
        return
    if isinstance(pads, str):
        other = "VALID" if pads.upper() == "SAME" else "SAME"
        value = other if pads.isupper() else other.lower()
        yield with_argument(subject, again, "padding", value, "padding")
        return
    spatial = first.ndim - 2
    items = as_items(pads)
    every = [pads] * spatial if items is None else list(items)
    sizes = [pad for pad in every if isinstance(pad, int)]
    if len(sizes) != len(every):
        return
    sizes *= spatial if len(sizes) == 1 else 1
    fill = -math.inf if "max_pool" in subject.name else 0.0
    none: object = 0 if items is None else (0,) * len(every)
    for before in (-1, 1):
        if all(size > 0 for size in sizes):
            around = [(size + before, size - before) for size in sizes]
            wide = np.pad(first, ((0, 0), (0, 0), *around), constant_values=fill)
            where = "more at the end" if before < 0 else "more at the start"
            run = on_input(subject, again.varied({"padding": none}), 0, wide)
            yield Variation("padding", f"padding {where}, as SAME has it", run)
    if any(sizes):
        yield with_argument(subject, again, "padding", none, "padding")


def _padded_before(subject: Subject, again: Again) -> Iterator[Variation]:
    """An op of its own has put zeros around: more or fewer of them on a side."""
    first = subject.inputs[0] if subject.inputs else None
    if first is None or first.ndim != 4 or not ("conv" in subject.name or "pool" in subject.name):
        return
    axes = (1, 2) if subject.type[:1].isupper() else (2, 3)
    own = [_zeros_around(first, axis) for axis in axes]
    if not any(before or after for before, after in own):
        return
    inside = [slice(None)] * 4
    for axis, (before, after) in zip(axes, own, strict=True):
        inside[axis] = slice(before, first.shape[axis] - after)
    core = first[tuple(inside)]
    for around in ((0, 0), (0, 1), (1, 0), (1, 1)):
        if all(around == each for each in own):
            continue
        wide = np.pad(core, [around if axis in axes else (0, 0) for axis in range(4)])
        says = f"{around[0]} before and {around[1]} after as padding, instead of {own[0]}"
        yield Variation("padding", says, on_input(subject, again, 0, wide))


def _zeros_around(array: Array, axis: int) -> tuple[int, int]:
    """One or none at either end."""
    ends = [not np.any(array.take(place, axis)) for place in (0, -1)]
    return int(ends[0]), int(ends[1])


def _strides(subject: Subject, again: Again) -> Iterator[Variation]:
    if not ("conv" in subject.name or "pool" in subject.name):
        return
    for name in ("stride", "strides"):
        own = again.given.get(name)
        items = as_items(own)
        every = [own] if items is None else list(items)
        if not every or not all(isinstance(each, int) for each in every):
            continue
        spatial = every[1:-1] if name == "strides" and len(every) == 4 else every
        for step in (1, 2):
            if any(each != step for each in spatial):
                new = [step] * len(spatial)
                new = [1, *new, 1] if spatial is not every else new
                several = tuple(new) if isinstance(own, tuple) else new
                value: object = new[0] if items is None else several
                yield with_argument(subject, again, name, value, "stride")


def _mask(subject: Subject, again: Again) -> Iterator[Variation]:
    """One place further on or back."""
    for place, array in enumerate(subject.inputs):
        if array is None or array.ndim < 2 or array.shape[-1] < 2 or place in subject.weights:
            continue
        if array.dtype.kind == "b":
            hides = True
        else:
            hides = array.dtype.kind == "f" and bool((np.abs(array) >= MASKED).any())
            hides = hides and not bool(((np.abs(array) < MASKED) & (array != 0)).any())
        if not hides:
            continue
        start, end = array[..., :1], array[..., -1:]  # what comes in is as along the diagonal
        start = np.concatenate([start[..., 1:, :], start[..., -1:, :]], -2)
        end = np.concatenate([end[..., :1, :], end[..., :-1, :]], -2)
        for where, moved in (
            ("further on", np.concatenate([start, array[..., :-1]], -1)),
            ("further back", np.concatenate([array[..., 1:], end], -1)),
        ):
            says = f"the mask one place {where}"
            yield Variation("mask", says, on_input(subject, again, place, moved))


def _vectors_exchanged(subject: Subject, again: Again) -> Iterator[Variation]:
    """A normalization's weights, given in another order."""
    if "norm" not in subject.name:
        return
    vectors = [
        (name, place)
        for name, place in again.places.items()
        if place in subject.weights and _rank(subject, place) == 1
    ]
    for number, (name, one) in enumerate(vectors):
        for other_name, other in vectors[number + 1 :]:
            inputs = inputs_of(subject)
            inputs[one], inputs[other] = inputs[other], inputs[one]
            says = f"{name} and {other_name} exchanged"
            yield Variation("order", says, partial(again.run, inputs, False))


def _rank(subject: Subject, place: int) -> int:
    array = subject.inputs[place]
    return 0 if array is None else array.ndim


def _outputs_in_another_order(subject: Subject, again: Again) -> Iterator[Variation]:
    """Rows of a weight: of heads that lie side by side, or one within the other."""
    weights = [array for place in subject.weights if (array := subject.inputs[place]) is not None]
    if subject.name not in ("linear", "matmul", "addmm", "mm", "biasadd") or not weights:
        return
    found = again.run(inputs_of(subject), False)
    count = found[0].shape[-1] if found and found[0].ndim else 0
    for heads in [n for n in range(2, count // 2 + 1) if count % n == 0][:_MOST_FACTORS]:
        says = f"its outputs in another order ({heads} × {count // heads})"
        yield Variation("order", says, partial(_interleaved, found[0], heads))


def _interleaved(array: Array, heads: int) -> list[Array]:
    split = array.reshape(*array.shape[:-1], heads, -1)
    return [np.ascontiguousarray(split.swapaxes(-1, -2)).reshape(array.shape)]


def _gates(subject: Subject, again: Again) -> Iterator[Variation]:
    """Of an LSTM, whose weights have four parts."""
    if subject.name != "lstm":
        return
    for order in ((0, 1, 3, 2), (1, 0, 2, 3), (0, 2, 1, 3)):
        inputs = inputs_of(subject)
        for place in subject.weights:
            array = subject.inputs[place]
            if array is not None and array.shape and array.shape[0] % 4 == 0:
                parts = np.split(array, 4)
                inputs[place] = np.concatenate([parts[each] for each in order])
        names = ", ".join("ifgo"[each] for each in order)
        says = f"its gates in the order {names} instead of i, f, g, o"
        yield Variation("gates", says, partial(again.run, inputs, False))


def _squares(subject: Subject, again: Again) -> Iterator[Variation]:
    """The four square weights of a recurrence, each transposed."""
    if subject.name not in ("lstm", "linear", "matmul"):
        return
    for place in sorted(subject.weights):
        array = subject.inputs[place]
        if array is None or array.ndim != 2 or max(array.shape) != 4 * min(array.shape):
            continue
        axis = 0 if array.shape[0] > array.shape[1] else 1
        turned = np.concatenate([part.T for part in np.split(array, 4, axis)], axis)
        says = "the four square parts of its weight transposed"
        yield Variation("weight", says, on_input(subject, again, place, turned))


def _ways_to_resize(subject: Subject, again: Again) -> Iterator[Variation]:
    own = again.given.get("mode")
    if subject.name not in ("interpolate", "upsample", "grid_sample") or not isinstance(own, str):
        return
    if again.given.get("align_corners") is None and own in ("linear", "bilinear", "bicubic"):
        yield with_argument(subject, again, "align_corners", True, "align_corners")
    for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
        if mode != own:
            yield with_argument(subject, again, "mode", mode, "mode")


def _exchanged(subject: Subject, again: Again) -> Iterator[Variation]:
    arrays = list(subject.inputs)
    if subject.name in _ONE_SIDED and len(arrays) >= 2 and arrays[1] is not None:
        values = inputs_of(subject)
        swapped = [values[1], values[0], *values[2:]]
        yield Variation("order", "the two inputs exchanged", lambda: again.run(swapped, False))
    first = arrays[0] if arrays else None
    if first is not None and "conv" in subject.name and first.ndim == 4:
        for axis in (1, 3):
            if first.shape[axis] == 3:
                says = "channels reversed (RGB and BGR)"
                yield Variation("order", says, on_input(subject, again, 0, np.flip(first, axis)))


PLACE_RULES: tuple[Callable[[Subject, Again], Iterator[Variation]], ...] = (
    _mask,
    _padding,
    _padded_before,
    _strides,
    _ways_to_resize,
    _exchanged,
    _vectors_exchanged,
    _gates,
    _squares,
    _outputs_in_another_order,
)
