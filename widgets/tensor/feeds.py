"""What the table and the image grid ask for."""

from __future__ import annotations

from ...tracers.ir import AxisPick, Form, TensorRequest, ValueRef
from .axes import Slice, looks_channels_last, strip_axis
from .table import PAGE, Side


def table_sides(shown: Slice, names: tuple[str, ...]) -> tuple[Side, Side]:
    """Rows and columns: Y and X, or X downwards where it is alone, or one cell."""
    if shown.x < 0:
        return Side(), Side()
    if shown.y < 0:
        return _side(shown, shown.x, names), Side()
    return _side(shown, shown.y, names), _side(shown, shown.x, names)


def page_request(
    ref: ValueRef, shown: Slice, sides: tuple[Side, Side], page: tuple[int, int]
) -> TensorRequest:
    """Ask for the elements of one page of the table."""
    picks = list(shown.picks)
    axes: list[int] = []
    for side, number, size in zip(sides, page, PAGE, strict=True):
        if side.axis < 0:
            continue
        first, last = number * size, min((number + 1) * size, side.length) - 1
        picks[side.axis] = (side.at(first), side.at(last) + 1, side.step)
        axes.append(side.axis)
    return TensorRequest(ref, Form.PLANE, tuple(picks), tuple(axes))


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


def _side(shown: Slice, axis: int, names: tuple[str, ...]) -> Side:
    pick = shown.picks[axis]
    if isinstance(pick, int):
        return Side(names[axis], pick, 1, 1, axis)
    return Side(names[axis], pick[0], pick[2], shown.extent(axis), axis)
