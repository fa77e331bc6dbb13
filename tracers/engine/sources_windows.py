"""Convolutions and pools: the elements below the window, each with its weight.

After the formulas in the documentation of torch.nn.Conv2d, MaxPool2d, AvgPool2d and
AdaptiveAvgPool2d, and of tf.nn.convolution (padding "SAME").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from .lib import np
from .sources import Asked, Found, Picks, Read

_CONV = re.compile(r"conv[123]d|convolution|depthwiseconv2dnative")
_POOL = re.compile(r"(adaptive_)?(max|avg)_?pool([123]d)?(v2|_with_indices)?")
_PRODUCTS = (
    "Each product of an element below the window and its weight, as they are added up;"
    " both factors have the whole product."
)


@dataclass(frozen=True, slots=True)
class _Tap:
    """What a window covers along one axis: of the input, of its own places, and how many of these
    there are, those in the padding as well."""

    source: slice
    kernel: slice
    covered: int

    @property
    def count(self) -> int:
        """Of elements of the input."""
        return self.kernel.stop - self.kernel.start


@dataclass(frozen=True, slots=True)
class _Layout:
    """An input with a batch axis, whether it has one or not.

    Attributes:
        missing: 1 where the input has no batch axis.
    """

    shape: tuple[int, ...]
    index: tuple[int, ...]
    channel: int
    missing: int

    @property
    def spatial(self) -> list[int]:
        """The axes that a window slides along."""
        return [axis for axis in range(1, len(self.shape)) if axis != self.channel]

    def picks(self, channels: int | slice, taps: Sequence[_Tap]) -> Picks:
        """What a window covers of the input."""
        found: list[int | slice] = [self.index[0], *[0] * (len(self.shape) - 1)]
        found[self.channel] = channels
        for axis, tap in zip(self.spatial, taps, strict=True):
            found[axis] = tap.source
        return tuple(found[self.missing :])


def convolved(asked: Asked) -> Found | None:
    """A convolution, grouped and depthwise ones as well; no transposed one."""
    again = asked.again
    if not _CONV.fullmatch(asked.name) or again is None or asked.given("transposed") is True:
        return None
    native = "filter" in again.places  # TensorFlow's: the kernel's places first, then channels
    source, weight = asked.place("input", "self"), asked.place("weight", "filter")
    if min(source, weight) < 0:
        return None
    kernel = asked.shape_of(weight)
    layout = _layout(asked, source, len(kernel))
    sizes = kernel[: len(kernel) - 2] if native else kernel[2:]
    taps = _taps(asked, layout, sizes)
    out, depth = layout.index[layout.channel], layout.shape[layout.channel]
    window = tuple(tap.kernel for tap in taps)
    if asked.name == "depthwiseconv2dnative":
        first, width = out // kernel[-1], 1
        of_weight: Picks = (*window, first, out % kernel[-1])
    else:
        width, outputs = (kernel[-2], kernel[-1]) if native else (kernel[1], kernel[0])
        groups = max(depth // max(width, 1), 1)
        first = out // max(outputs // groups, 1) * width
        of_weight = (*window, slice(None), out) if native else (out, slice(None), *window)
    of_source = layout.picks(slice(first, first + width), taps)
    x = _block(asked, source, of_source, (width, *(tap.count for tap in taps)), layout)
    w = _block(asked, weight, of_weight, (width, *(tap.count for tap in taps)), native)
    if x is None or w is None:
        return None
    products = x * w
    reads = [
        Read(source, of_source, _turned(w, layout.channel != 1)),
        Read(weight, of_weight, _turned(x, native)),
    ]
    total, magnitude = float(products.sum()), float(np.abs(products).sum())
    bias = asked.place("bias")
    if bias >= 0:
        reads.append(Read(bias, (slice(out, out + 1),), np.ones(1)))
        total += float(asked.element.cut(asked.inputs[bias].value, (out,))[0])
    return Found(tuple(reads), _PRODUCTS, total) if asked.agrees(total, magnitude) else None


def pooled(asked: Asked) -> Found | None:
    """The element that a maximum chose, or those that a mean is of."""
    match = _POOL.fullmatch(asked.name)
    if match is None or asked.again is None or asked.element.slot:
        return None
    source = asked.place("input", "self", "value", "orig_input")
    if source < 0:
        return None
    rank = int(match.group(3)[0]) if match.group(3) else 2
    layout = _layout(asked, source, rank + 2)
    taps = _reach(asked, layout) if match.group(1) else _taps(asked, layout, None)
    picks = layout.picks(layout.index[layout.channel], taps)
    values = asked.element.cut(asked.inputs[source].value, picks)
    if values is None or not values.size:
        return None
    if match.group(2) == "max":
        return _chosen(asked, source, picks, values)
    divisor = values.size
    override = asked.whole("divisor_override", default=0)
    if asked.given("count_include_pad") is True or _counts_padding(asked):
        divisor = int(np.prod([tap.covered for tap in taps]))
    share = 1.0 / (override or max(divisor, 1))
    read = Read(source, picks, np.full(values.size, share))
    total = float(values.sum()) * share
    if not asked.agrees(total, float(np.abs(values).sum()) * share):
        return None
    return Found((read,), f"The mean of the elements below the window: each gives {share:.4g} of"
                 " its value.", total)  # fmt: skip


def _counts_padding(asked: Asked) -> bool:
    """avg_pool's default, where it was not said."""
    again = asked.again
    default = again is not None and "count_include_pad" not in again.given
    return default and asked.name.startswith("avg_pool")


def _chosen(asked: Asked, source: int, picks: Picks, values: Any) -> Found | None:
    place = int(values.argmax())
    if not asked.agrees(float(values[place]), 0.0):
        return None
    ranges = [
        range(pick, pick + 1) if isinstance(pick, int) else range(extent)[pick]
        for pick, extent in zip(picks, asked.shape_of(source), strict=True)
    ]
    spots = np.unravel_index(place, tuple(len(each) for each in ranges))
    one = tuple(
        slice(each[int(spot)], each[int(spot)] + 1)
        for each, spot in zip(ranges, spots, strict=True)
    )
    how = f"The greatest of the {values.size} elements below the window."
    return Found((Read(source, one, np.ones(1)),), how, float(values[place]))


def _layout(asked: Asked, source: int, rank: int) -> _Layout:
    missing = max(rank - len(asked.shape_of(source)), 0)
    form = asked.given("data_format")
    last = isinstance(form, str) and not form.startswith("NC")
    ones, noughts = (1,) * missing, (0,) * missing
    shape, index = (*ones, *asked.shape_of(source)), (*noughts, *asked.index)
    return _Layout(shape, index, len(shape) - 1 if last else 1, missing)


def _taps(asked: Asked, layout: _Layout, sizes: Sequence[int] | None) -> list[_Tap]:
    """Of a window that slides; `sizes`: a convolution's."""
    pooling = sizes is None
    if sizes is None:
        sizes = _per_axis(asked, layout, ("kernel_size", "ksize"), ())
    strides = _per_axis(asked, layout, ("stride", "strides"), sizes if pooling else ())
    dilations = _per_axis(asked, layout, ("dilation", "dilations"), ())
    found: list[_Tap] = []
    for n, axis in enumerate(layout.spatial):
        extent, place = layout.shape[axis], layout.index[axis]
        size, stride, step = sizes[n], strides[n], dilations[n]
        before, after = _padding(asked, layout, n, extent, (size, stride, step))
        start = place * stride - before
        first = max(0, -(start // step)) if start < 0 else 0
        end = max(min(size, -((start - extent) // step)), first)
        covered = min(start + size, extent + after) - start if step == 1 else size
        source = slice(start + first * step, start + (end - 1) * step + 1, step)
        found.append(_Tap(source if end > first else slice(0, 0), slice(first, end), covered))
    return found


def _reach(asked: Asked, layout: _Layout) -> list[_Tap]:
    """Of an adaptive pool: even parts that may overlap."""
    found: list[_Tap] = []
    output = (*(1,) * layout.missing, *asked.shape)
    for axis in layout.spatial:
        extent, parts, place = layout.shape[axis], output[axis], layout.index[axis]
        start, end = place * extent // parts, -(-(place + 1) * extent // parts)
        found.append(_Tap(slice(start, end), slice(0, end - start), end - start))
    return found


def _padding(
    asked: Asked, layout: _Layout, n: int, extent: int, window: tuple[int, int, int]
) -> tuple[int, int]:
    """Before and after, along the window's axis n."""
    size, stride, step = window
    padding = asked.given("padding")
    if isinstance(padding, str):
        reach = (size - 1) * step
        if padding == "same":
            return reach // 2, reach - reach // 2
        if padding == "SAME":
            total = max((-(-extent // stride) - 1) * stride + reach + 1 - extent, 0)
            return total // 2, total - total // 2
        if padding == "EXPLICIT":
            pads = cast("list[int]", asked.given("explicit_paddings"))
            axis = layout.spatial[n]
            return pads[2 * axis], pads[2 * axis + 1]
        return 0, 0
    both = _per_axis(asked, layout, ("padding",), (0,) * len(layout.spatial))[n]
    return both, both


def _per_axis(
    asked: Asked, layout: _Layout, names: tuple[str, ...], default: Sequence[int]
) -> list[int]:
    """An argument that is one number, one for each axis of the window, or one for each axis."""
    spatial = layout.spatial
    value = asked.given(*names)
    if isinstance(value, int):
        return [value] * len(spatial)
    items = list(cast("Sequence[int]", value)) if isinstance(value, (tuple, list)) else []
    if len(items) == len(layout.shape) > len(spatial) + 1:
        return [items[axis] for axis in spatial]
    if len(items) == 1:
        return items * len(spatial)
    if len(items) == len(spatial):
        return items
    return list(default) or [1] * len(spatial)


def _block(
    asked: Asked, at: int, picks: Picks, shape: tuple[int, ...], last: _Layout | bool
) -> Any:
    """What is below the window, channels first; None where it cannot be had."""
    values = asked.element.cut(asked.inputs[at].value, picks)
    turned = last if isinstance(last, bool) else last.channel != 1
    if values is None or values.size != int(np.prod(shape)):
        return None
    if not turned:
        return values.reshape(shape)
    return np.moveaxis(values.reshape(*shape[1:], shape[0]), -1, 0)


def _turned(block: Any, last: bool) -> Any:
    """Flat, in the order in which the elements stand."""
    return (np.moveaxis(block, 0, -1) if last else block).reshape(-1)
