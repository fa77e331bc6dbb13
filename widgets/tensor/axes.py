"""Which part of a value is shown: one pick per axis, two of them spread over Y and X."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...tracers.ir import AxisPick

_SPATIAL = re.compile(
    r".*(conv|pool|batch_?norm|group_?norm|instance_?norm|bias_?add|upsample|interpolate|resize"
    r"|pixel_(un)?shuffle|depthtospace|spacetodepth|relu6|zeropad|lrn).*",
    re.IGNORECASE,
)
_FIRST: dict[int, tuple[str, ...]] = {
    3: ("batch", "channel", "length"),
    4: ("batch", "channel", "row", "column"),
    5: ("batch", "channel", "depth", "row", "column"),
}
_LAST: dict[int, tuple[str, ...]] = {
    3: ("batch", "length", "channel"),
    4: ("batch", "row", "column", "channel"),
    5: ("batch", "depth", "row", "column", "channel"),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a value.

    Attributes:
        picks: per axis an index, or (start, stop, step).
        y, x: the axes spread downwards and sideways; -1 for none. Those, alone, have ranges.
    """

    picks: tuple[AxisPick, ...] = ()
    y: int = -1
    x: int = -1

    def index(self, axis: int) -> int:
        """The picked index, or the first of the picked range."""
        pick = self.picks[axis]
        return pick if isinstance(pick, int) else pick[0]

    def extent(self, axis: int) -> int:
        """How many elements are picked along an axis."""
        pick = self.picks[axis]
        return 1 if isinstance(pick, int) else _length(pick)

    def at_index(self, axis: int, index: int) -> Slice:
        """Pick one index; the axis leaves Y or X."""
        y, x = self.y, self.x
        if axis == x:
            y, x = -1, y
        elif axis == y:
            y = -1
        return Slice(_put(self.picks, axis, index), y, x)

    def at_range(self, axis: int, pick: tuple[int, int, int]) -> Slice:
        """Pick a range; an axis that is neither Y nor X takes the place of Y, or of X if free."""
        there = replace(self, picks=_put(self.picks, axis, pick))
        if axis in (self.y, self.x):
            return there
        if self.x < 0:
            return replace(there, x=axis)
        freed = there.picks if self.y < 0 else _put(there.picks, self.y, self.index(self.y))
        return replace(there, picks=freed, y=axis)

    def spread(self, axis: int, role: str, extent: int) -> Slice:
        """Put an axis on "y" or "x". The axis that was there takes the other's place."""
        other = self.x if role == "x" else self.y
        if axis == other:
            return self
        picks = self.picks
        if axis in (self.y, self.x):
            return Slice(picks, self.x, self.y) if self.y >= 0 else self
        picks = _put(picks, axis, (0, extent, 1))
        if other >= 0:
            picks = _put(picks, other, self.index(other))
        y, x = (self.y, axis) if role == "x" else (axis, self.x)
        return Slice(picks, y, x) if x >= 0 else Slice(picks, -1, y)

    def text(self) -> str:
        """As NumPy writes it, without brackets: "0, 3, 0:64, 0:64"."""
        return ", ".join(pick_text(pick) for pick in self.picks)


def pick_text(pick: AxisPick) -> str:
    """ "3", "0:64", "0:64:2"."""
    if isinstance(pick, int):
        return str(pick)
    start, stop, step = pick
    return f"{start}:{stop}" if step == 1 else f"{start}:{stop}:{step}"


def parse_pick(text: str, extent: int) -> AxisPick | None:
    """What a user typed: "3", "-1", "8:32", "8:", ":", "::2"; None if it makes no sense."""
    parts = [part.strip() for part in text.replace("\u2212", "-").split(":")]
    if len(parts) > 3 or extent < 1:
        return None
    try:
        given = [int(part) if part else None for part in parts]
    except ValueError:
        return None
    if len(given) == 1:
        index = given[0]
        if index is None:
            return None
        index = index + extent if index < 0 else index
        return index if 0 <= index < extent else None
    step = given[2] if len(given) == 3 and given[2] is not None else 1
    if step < 1:
        return None
    start, stop, _ = slice(given[0], given[1], step).indices(extent)
    return (start, stop, step) if start < stop else None


_ATTENTION: dict[tuple[str, int], tuple[str, ...]] = {
    ("softmax", 4): ("batch", "head", "query", "key"),
    ("softmax", 3): ("batch · head", "query", "key"),
    ("scaled_dot_product_attention", 4): ("batch", "head", "query", "feature"),
}


def axis_names(
    op_type: str, attributes: tuple[tuple[str, str], ...], rank: int, place: str = ""
) -> tuple[str, ...]:
    """What the axes of an op's output are called, where its type says so; else "axis 0", …

    `place` is the path of the op's module: a softmax in attention is over keys.
    """
    plain = tuple(f"axis {axis}" for axis in range(rank))
    kind = op_type.lower().lstrip("_")
    if "attn" in place.lower() or "attention" in place.lower() or kind.startswith("scaled_dot"):
        known = _ATTENTION.get((kind, rank))
        if known:
            return known
    if kind == "embedding" and rank == 3:
        return ("batch", "token", "feature")
    if rank not in _FIRST or not _SPATIAL.fullmatch(op_type):
        return plain
    layout = dict(attributes).get("data_format", "").strip("b'\"").lower()
    if layout:
        return _LAST[rank] if layout.endswith("c") or layout == "channels_last" else _FIRST[rank]
    # TensorFlow spells its ops in capitals and puts channels last unless told otherwise.
    return _LAST[rank] if op_type[:1].isupper() else _FIRST[rank]


def is_named(names: tuple[str, ...]) -> bool:
    """The names say more than the axes' numbers."""
    return bool(names) and not names[0].startswith("axis ")


def default_slice(shape: tuple[int, ...], names: tuple[str, ...] = ()) -> Slice:
    """The last two axes that have more than one element, or the image's; index 0 elsewhere."""
    wide = [axis for axis, extent in enumerate(shape) if extent > 1]
    if "row" in names and "column" in names:
        image = [names.index("row"), names.index("column")]
        wide = image if all(axis in wide for axis in image) else wide
    elif looks_channels_last(shape):
        wide = [len(shape) - 3, len(shape) - 2]
    y, x = (-1, *wide)[-2:] if wide else (-1, -1)
    picks = tuple((0, extent, 1) if axis in (y, x) else 0 for axis, extent in enumerate(shape))
    return Slice(picks, y, x)


def adapted(
    old: Slice, old_shape: tuple[int, ...], shape: tuple[int, ...], names: tuple[str, ...]
) -> Slice:
    """The user's picks on another value: kept where the shape is the same or they still fit."""
    if shape == old_shape:
        return old
    fresh = default_slice(shape, names)
    if len(shape) != len(old_shape) or (fresh.y, fresh.x) != (old.y, old.x):
        return fresh
    picks = tuple(
        min(was, extent - 1) if isinstance(was, int) and isinstance(now, int) else now
        for was, now, extent in zip(old.picks, fresh.picks, shape, strict=True)
    )
    return replace(fresh, picks=picks)


def looks_channels_last(shape: tuple[int, ...]) -> bool:
    """A batch of pictures with 1, 3 or 4 channels behind the pixels."""
    if len(shape) not in (3, 4) or shape[-1] not in (1, 3, 4):
        return False
    return min(shape[-3], shape[-2]) >= 8


def strip_axis(shape: tuple[int, ...], shown: Slice, names: tuple[str, ...]) -> int:
    """The axis whose slices stand beside each other: channels, else the last one; -1 for none."""
    free = [
        axis for axis, extent in enumerate(shape) if extent > 1 and axis not in (shown.y, shown.x)
    ]
    for name in ("channel", "head"):
        if name in names and names.index(name) in free:
            return names.index(name)
    return free[-1] if free else -1


def _length(pick: tuple[int, int, int]) -> int:
    start, stop, step = pick
    return max(0, -(-(stop - start) // step))


def _put(picks: tuple[AxisPick, ...], axis: int, pick: AxisPick) -> tuple[AxisPick, ...]:
    return (*picks[:axis], pick, *picks[axis + 1 :])


def zoomed(shown: Slice, shape: tuple[int, ...], ranges: list[tuple[int, int, int]]) -> Slice:
    """A slice at (axis, start, stop) ranges, as far as the shape has them; [] shows all again."""
    if not ranges:
        ranges = [(axis, 0, shape[axis]) for axis in (shown.y, shown.x) if axis >= 0]
    for axis, start, stop in ranges:
        length = min(stop - start, shape[axis])
        start = max(min(start, shape[axis] - length), 0)
        shown = shown.at_range(axis, (start, start + length, 1))
    return shown
