"""Extents of windows that slide along an axis: convolutions and pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast


def window(
    type_: str,
    given: Mapping[str, object],
    weight: Sequence[int],
    extent: int,
    place: int,
    spatial: int,
) -> tuple[str, int]:
    """What happens to one axis, in words; and the extent that rounding up would give, 0 where
    nothing is rounded down. `place` counts the `spatial` axes.

    After the formulas in the documentation of torch.nn.Conv2d, ConvTranspose2d and MaxPool2d.
    """

    def of(name: str, default: int) -> int:
        value = given.get(name)
        if isinstance(value, (tuple, list)):
            items = cast("Sequence[object]", value)
            value = items[place] if len(items) == spatial else items[0]
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    convolves = type_.startswith("conv")
    kernel = weight[len(weight) - spatial + place] if convolves else of("kernel_size", 1)
    stride = of("stride", 1 if convolves else kernel)
    dilation = of("dilation", 1)
    words = [f"kernel {kernel}"]
    words += [f"stride {stride}"] * (stride != 1)
    if isinstance(given.get("padding"), str):
        return f"{', '.join(words)}, padding {given['padding']}", 0
    padding = of("padding", 0)
    words += [f"padding {padding}"] * (padding != 0)
    words += [f"dilation {dilation}"] * (dilation != 1)
    text = ", ".join(words)
    room = extent + 2 * padding - dilation * (kernel - 1) - 1
    rounds_up = given.get("ceil_mode") is True
    grows = "transpose" in type_ or given.get("transposed") is True
    if grows or room % stride == 0 or rounds_up:
        return text, 0
    return text, room // stride + 2
