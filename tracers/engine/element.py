"""One element that is not finite, and what went into it: what the rules of numbers look at."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir import Op, OpRecord, Phase, TensorSummary
from ..ir.finding import Index
from ..protocol.refusal import Refusal
from .backend import Backend
from .op_words import plain_name

# Largest finite numbers, by dtype.
LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "complex64": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
    "complex128": 1.7976931348623157e308,
    "float8_e4m3fn": 448.0,
    "float8_e5m2": 57344.0,
}
_BLOCK = 1 << 22  # elements looked at in one go
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|inf|nan)")


@dataclass(frozen=True, slots=True)
class Given:
    """A tensor that an op read: what is known of it, and its value where that is held."""

    name: str
    summary: TensorSummary | None
    value: object | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an element is not finite.

    Attributes:
        rule: in a word.
        why: as it goes on behind "op gives NaN at [0, 3]: ".
        operands: (name, text) of what went into the element.
    """

    rule: str
    why: str
    operands: tuple[tuple[str, str], ...] = ()


class Element:
    """An element of an output, with its op's inputs at hand.

    Attributes:
        index: of the first element that is not finite (with `nan`, that is NaN).
        result: the element; None where the output is not held.
    """

    def __init__(
        self,
        backend: Backend,
        op: Op,
        record: OpRecord,
        slot: int,
        output: object | None,
        given: Sequence[Given],
        nan: bool,
    ) -> None:
        self.backend = backend
        self.op = op
        self.name = plain_name(op.type)
        self.slot = slot
        self.given = given
        self.backward = record.phase is Phase.BACKWARD
        self.summary = record.outputs[slot]
        self.attributes = dict(op.attributes)
        self.index: Index = ()
        self.result: float | None = None
        if output is not None:
            found = first_bad(backend, output, self.summary.shape, nan)
            if found is not None:
                self.index, self.result = found

    @property
    def largest(self) -> float:
        """The largest number that the output's dtype can hold."""
        return LARGEST.get(self.summary.dtype, math.inf)

    @property
    def is_nan(self) -> bool:
        """It is NaN, as far as is known."""
        return math.isnan(self.result) if self.result is not None else self.summary.nan > 0

    def number(self, at: int) -> float | None:
        """The element of an input that goes into this one, by the rules of broadcasting."""
        if at >= len(self.given):
            return None
        given = self.given[at]
        if given.summary is None or given.value is None:
            return None
        where = broadcast(given.summary.shape, self.summary.shape, self.index)
        return None if where is None else self._at(given.value, where)

    def scalar(self, *names: str) -> float | None:
        """A number among the op's arguments, by the first of these names that has one."""
        for name in names:
            found = _NUMBER.fullmatch(self.attributes.get(name, ""))
            if found is not None:
                return float(found.group())
        return None

    def part(self, at: int, axes: Sequence[int]) -> Any:
        """Of an input, the elements along some axes at the element's place, flat; None where they
        cannot be had. The element's index is of the input without these axes, or with extent 1."""
        given = self.given[at] if at < len(self.given) else None
        if given is None or given.value is None or given.summary is None:
            return None
        shape = given.summary.shape
        gone = {axis % len(shape) for axis in axes} if shape else set[int]()
        if len(self.index) == len(shape):
            rest = [place for axis, place in enumerate(self.index) if axis not in gone]
        else:
            rest = list(self.index)
        if len(rest) != len(shape) - len(gone):
            return None
        left = iter(rest)
        picks = tuple(slice(None) if axis in gone else next(left) for axis in range(len(shape)))
        return self.cut(given.value, picks)

    def cut(self, value: object, picks: tuple[int | slice, ...]) -> Any:
        """A part of a value as float64, flat; None where it has none."""
        try:
            part = self.backend.cut(value, picks)
        except (Refusal, IndexError):
            return None
        if getattr(part, "dtype", None) is None or part.dtype.kind not in "fiubc":
            return None
        wide = np.complex128 if part.dtype.kind == "c" else np.float64
        return part.astype(wide).reshape(-1)

    def _at(self, value: object, where: Index) -> float | None:
        part = self.cut(value, where)
        if part is None or part.size != 1 or part.dtype.kind == "c":
            return None
        return float(part[0])


def broadcast(shape: Sequence[int], wide: Sequence[int], index: Index) -> Index | None:
    """Where an element of the broadcast shape comes from; None where it is not one."""
    if len(shape) > len(wide) or len(index) != len(wide):
        return None
    tail = len(wide) - len(shape)
    found: list[int] = []
    for extent, full, place in zip(shape, wide[tail:], index[tail:], strict=True):
        if extent not in (1, full):
            return None
        found.append(0 if extent == 1 else place)
    return tuple(found)


def first_bad(
    backend: Backend, value: object, shape: tuple[int, ...], nan: bool
) -> tuple[Index, float] | None:
    """The first element that is not finite (with `nan`, that is NaN), looked for by blocks of
    the first axis; None where there is none, or the value has no elements to look at."""
    rows = shape[0] if shape else 1
    inner = math.prod(shape[1:])
    step = max(1, _BLOCK // max(1, inner))
    for start in range(0, rows, step):
        picks = (slice(start, min(start + step, rows)),) if shape else ()
        try:
            part = backend.cut(value, picks)
        except (Refusal, IndexError):
            return None
        if part.dtype.kind not in "fc":
            return None
        flat = part.reshape(-1)
        bad = np.isnan(flat) if nan else ~np.isfinite(flat)
        at = int(bad.argmax()) if bad.size else 0
        if bad.size and bad[at]:
            place = [int(n) for n in np.unravel_index(at, part.shape)] if shape else []
            if place:
                place[0] += start
            item = flat[at]
            number = abs(item) if part.dtype.kind == "c" else item
            return tuple(place), float(number)
    return None


def number_text(value: float | None) -> str:
    """As a sentence has it."""
    if value is None:
        return "?"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "−Inf"
    return f"{value + 0.0:.6g}".replace("-", "−")


def listed(values: Any, most: int = 4) -> str:
    """The first few numbers of an array."""
    shown = ", ".join(number_text(float(value)) for value in values[:most])
    return f"[{shown}{', …' if len(values) > most else ''}]"
