"""Requests for what the views show, and the arrays that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Form, TensorPiece, TensorRequest, ValueRef
from .axes import Slice

Array = npt.NDArray[Any]

_NONE: Mapping[int, tuple[str, ...]] = {}
BINS = 88  # a multiple of the bars beside the statistics


@dataclass(frozen=True, slots=True)
class AxisSpan:
    """An axis of a picture: element i of the picture is index start + i·step of the value.

    Attributes:
        axis: its number in the value, -1 where the value has none here.
        stop: one past the last index that the user asked for.
        labels: what the user calls each index of the axis; () for nothing.
    """

    axis: int
    name: str
    start: int
    stop: int
    step: int
    length: int
    labels: tuple[str, ...] = ()

    def label(self, cell: int) -> str:
        """What a cell's index is called, or the index."""
        index = self.at(cell)
        return self.labels[index] if index < len(self.labels) else str(index)

    def describe(self, cell: int) -> str:
        """ "key 22", "axis 3: 22", "key 22 (the)"."""
        index, apart = self.at(cell), ": " if self.name[-1:].isdigit() else " "
        label = f" ({self.labels[index]})" if index < len(self.labels) else ""
        return f"{self.name}{apart}{index}{label}"

    def at(self, cell: int) -> int:
        """The value's index that a cell shows."""
        return self.start + cell * self.step


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture's worth of a value: `values` is 2-D; a curve has one row."""

    values: Array
    y: AxisSpan
    x: AxisSpan

    @property
    def reduced(self) -> bool:
        """Elements were skipped to fit the pixels there are."""
        return self.y.step * self.x.step > 1


def plane_request(ref: ValueRef, shown: Slice, limit: tuple[int, int]) -> TensorRequest:
    """Ask for Y down and X across, at most `limit` of each."""
    axes = tuple(axis for axis in (shown.y, shown.x) if axis >= 0)
    ends = limit if len(axes) == 2 else limit[1:]
    return TensorRequest(ref, Form.PLANE, shown.picks, axes, ends if axes else ())


def stack_request(
    ref: ValueRef, shown: Slice, axis: int, run: tuple[int, int], limit: tuple[int, int]
) -> TensorRequest:
    """Ask for the slices `run` along an axis, each as the plane is."""
    start, stop = run
    spread = replace(shown, picks=(*shown.picks[:axis], (start, stop, 1), *shown.picks[axis + 1 :]))
    plane = plane_request(ref, spread, limit)
    return replace(plane, axes=(axis, *plane.axes), limit=(stop - start, *plane.limit))


def array_of(piece: TensorPiece) -> Array:
    """The piece's elements; strings as objects. Read-only where they are numbers."""
    if piece.code == "json":
        flat = _flat(json.loads(piece.data.decode("utf-8")))
        words = np.empty(len(flat), dtype=object)
        words[:] = flat
        return np.reshape(words, piece.shape)
    return np.reshape(np.frombuffer(piece.data, dtype=np.dtype(piece.code)), piece.shape)


def plane_of(
    piece: TensorPiece,
    shown: Slice,
    names: tuple[str, ...],
    labels: Mapping[int, tuple[str, ...]] = _NONE,
) -> Plane:
    """The answer to a plane_request."""
    values = array_of(piece)
    steps = list(piece.steps) or [1] * values.ndim
    while values.ndim < 2:
        values = values[None]
        steps.insert(0, 1)
    spans = (
        replace(_span(shown, axis, step, length, names), labels=labels.get(axis, ()))
        for axis, step, length in zip((shown.y, shown.x), steps, values.shape, strict=True)
    )
    return Plane(values, *spans)


def real(values: Array) -> Array:
    """Numbers that can be drawn: magnitudes of complex ones, 0 and 1 for booleans."""
    if values.dtype.kind == "c":
        return np.abs(values)
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    return values


def _span(shown: Slice, axis: int, step: int, length: int, names: tuple[str, ...]) -> AxisSpan:
    if axis < 0:
        return AxisSpan(-1, "", 0, length, 1, length)
    pick = shown.picks[axis]
    start, stop, _ = (pick, pick + 1, 1) if isinstance(pick, int) else pick
    return AxisSpan(axis, names[axis], start, stop, step, length)


def _flat(words: Any) -> list[str]:
    if not isinstance(words, list):
        return [str(words)]
    found: list[str] = []
    for word in cast("list[Any]", words):
        found.extend(_flat(word))
    return found
