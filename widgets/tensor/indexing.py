"""Indices as NumPy writes them: from what a user types to a slice, and from an element to one."""

from __future__ import annotations

from dataclasses import replace

from ...tracers.ir import AxisPick
from .axes import Slice, parse_pick

Element = tuple[int, ...]
_AROUND = 64  # elements that are shown around one, where not all have room


def parse_index(text: str, shape: tuple[int, ...], now: Slice) -> Slice:
    """What `[0, 3, :, ::2]` shows. Axes left out are taken whole, at the end or at the `...`.

    Two axes can be spread; one that is taken whole beyond those keeps the index that it has.

    Raises:
        ValueError: a sentence that says what is wrong.
    """
    given = _parts(text, shape)
    picks = [
        _pick(part, axis, extent)
        for axis, (part, extent) in enumerate(zip(given, shape, strict=True))
    ]
    ranged = [axis for axis, pick in enumerate(picks) if not isinstance(pick, int)]
    for axis in ranged[:-2]:
        if picks[axis] != (0, shape[axis], 1):
            raise ValueError(f"At most two axes can be spread at once: give axis {axis} a number.")
        picks[axis] = now.index(axis)
    y, x = (-1, -1, *ranged)[-2:]
    if {y, x} == {now.y, now.x}:
        y, x = now.y, now.x
    return Slice(tuple(picks), y, x)


def reaching(
    shown: Slice, shape: tuple[int, ...], element: Element, room: tuple[int, int]
) -> Slice:
    """The slice that shows an element with as little change as can be, each cell one element.

    `room`: cells that there are for Y and for X.
    """
    picks = list(shown.picks)
    for axis, index in enumerate(element):
        pick = picks[axis]
        if isinstance(pick, int):
            picks[axis] = index
            continue
        if index not in range(*pick):
            pick = (0, shape[axis], 1)
        space = room[0] if axis == shown.y else room[1]
        if len(range(*pick)) > max(space, 1):
            length = min(_AROUND, max(space, 1), shape[axis])
            start = min(max(index - length // 2, 0), shape[axis] - length)
            pick = (start, start + length, 1)
        picks[axis] = pick
    return replace(shown, picks=tuple(picks))


def _parts(text: str, shape: tuple[int, ...]) -> list[str]:
    inner = text.strip()
    if inner.startswith("[") != inner.endswith("]"):
        raise ValueError("A bracket is missing.")
    inner = inner.removeprefix("[").removesuffix("]").strip().removesuffix(",")
    parts = [part.strip() for part in inner.split(",")] if inner else []
    dots = parts.count("...")
    if dots > 1:
        raise ValueError("There can be one ... only.")
    missing = len(shape) - (len(parts) - dots)
    if missing < 0:
        raise ValueError(f"The value has {len(shape)} axes, and {len(parts) - dots} were given.")
    at = parts.index("...") if dots else len(parts)
    return parts[:at] + [":"] * missing + parts[at + dots :]


def _pick(text: str, axis: int, extent: int) -> AxisPick:
    pick = parse_pick(text, extent)
    if pick is None:
        raise ValueError(_why(text, axis, extent))
    return pick[0] if isinstance(pick, tuple) and len(range(*pick)) == 1 else pick


def _why(text: str, axis: int, extent: int) -> str:
    parts = text.replace("\u2212", "-").split(":")
    try:
        given = [int(part) if part.strip() else None for part in parts]
    except ValueError:
        return f"“{text}” is no index: use a number, or start:stop:step."
    if len(given) == 1 and given[0] is not None:
        return f"Axis {axis} has {extent} elements, so none is at {given[0]}."
    if len(given) == 3 and given[2] is not None and given[2] < 1:
        return "Steps go forward: they must be at least 1."
    if len(given) > 3 or not text:
        return f"“{text}” is no index: use a number, or start:stop:step."
    return f"{text} picks nothing of axis {axis}, which has {extent} elements."
