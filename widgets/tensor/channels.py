"""Where the channels of pictures stand, and which axis makes a grid of pictures."""

from __future__ import annotations

from ...tracers.ir import AxisPick
from .axes import Slice, looks_channels_last, strip_axis


def image_axis(shape: tuple[int, ...], shown: Slice, names: tuple[str, ...]) -> int:
    """The axis whose slices are the grid's pictures; -1 where there is one picture alone."""
    free = [axis for axis in range(len(shape)) if axis not in (shown.y, shown.x)]
    if (shown.y, shown.x) == (len(shape) - 3, len(shape) - 2):
        return len(shape) - 1
    axis = strip_axis(shape, shown, names)
    return axis if axis >= 0 or not free else -1


def offers_colour(shape: tuple[int, ...], shown: Slice, axis: int) -> bool:
    """Three slices of some size may be red, green and blue."""
    if axis < 0 or shape[axis] != 3 or shown.y < 0:
        return False
    return min(shape[shown.y], shape[shown.x]) >= 8


def with_channels(shown: Slice, shape: tuple[int, ...], last: bool) -> Slice:
    """Spread the pixels' axes, given where the channels are; needs three axes."""
    rank = len(shape)
    y, x = (rank - 3, rank - 2) if last else (rank - 2, rank - 1)
    picks: list[AxisPick] = []
    for axis, extent in enumerate(shape):
        if axis in (y, x):
            old = shown.picks[axis]
            picks.append(old if isinstance(old, tuple) else (0, extent, 1))
        else:
            picks.append(min(shown.index(axis), extent - 1))
    return Slice(tuple(picks), y, x)


def channels_last(shape: tuple[int, ...], shown: Slice) -> bool:
    """The channels stand behind the pixels."""
    if (shown.y, shown.x) == (len(shape) - 3, len(shape) - 2):
        return True
    return looks_channels_last(shape) and shown.x != len(shape) - 1
