"""What one element of an op's output has read of its inputs, as the rules of provenance tell it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..ir.finding import Index
from ..ir.provenance import Source, Way
from .again import Again
from .element import Element, Given
from .lib import np

Picks = tuple[int | slice, ...]

# Rounding of one operation, by dtype of the output; of whole numbers there is none.
_ROUNDING = {
    "float64": 2.3e-16,
    "float32": 1.2e-7,
    "float16": 9.8e-4,
    "bfloat16": 7.9e-3,
    "float8_e4m3fn": 0.13,
    "float8_e5m2": 0.25,
}
_ROUNDINGS = 1024  # that a long sum may come to
_ELSEWHERE = 4e-3  # accelerators multiply float32 with fewer digits where they are told so


@dataclass(frozen=True, slots=True)
class Read:
    """The elements of one input that were read.

    Attributes:
        at: which input.
        picks: which elements, axis by axis.
        derivative: of the element by each of these, flat; None where it has none.
    """

    at: int
    picks: Picks
    derivative: Any = None
    way: Way = Way.EXACT
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found.

    Attributes:
        how: one sentence on it.
        value: what the rule makes of the element; None where it does not tell.
    """

    reads: tuple[Read, ...]
    how: str
    value: float | None = None


@dataclass(slots=True)
class Asked:
    """The element that is asked about, with its op's inputs at hand.

    Attributes:
        value: the element as the run has it; None where it is not held or no real number.
        again: the op, to be run once more; None where it cannot be, for the reason `stuck`.
        check: raises where nobody waits for the answer any more.
        problems: why ways that were tried did not lead to the element.
    """

    element: Element
    value: float | None
    again: Again | None
    stuck: str = ""
    check: Callable[[], None] = lambda: None
    problems: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """The op's, as the rules know it."""
        return self.element.name.lstrip("_")

    @property
    def index(self) -> Index:
        """The element's."""
        return self.element.index

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output."""
        return self.element.summary.shape

    @property
    def inputs(self) -> Sequence[Given]:
        """What the op read."""
        return self.element.given

    def shape_of(self, at: int) -> tuple[int, ...]:
        """Of an input."""
        summary = self.inputs[at].summary
        return () if summary is None else summary.shape

    def dtype_of(self, at: int) -> str:
        """Of an input."""
        summary = self.inputs[at].summary
        return "" if summary is None else summary.dtype

    def is_float(self, at: int) -> bool:
        """An input has derivatives."""
        return "float" in self.dtype_of(at)

    def array(self, at: int, picks: Picks = ()) -> Any:
        """Elements of an input, in its own dtype; the picks' shape."""
        return self.element.backend.cut(self.inputs[at].value, picks)

    @property
    def places(self) -> Mapping[str, int]:
        """Which input is which argument, as far as that is known."""
        return self.again.places if self.again is not None else dict[str, int]()

    @property
    def arguments(self) -> Mapping[str, object]:
        """Arguments that are no tensors, as far as they are known."""
        return self.again.given if self.again is not None else dict[str, object]()

    def place(self, *names: str) -> int:
        """The input that is the first of these arguments, -1 for none."""
        places = self.places
        return next((places[name] for name in names if name in places), -1)

    def given(self, *names: str) -> object:
        """The first of these arguments that is there and not None."""
        given = self.arguments
        return next((given[name] for name in names if given.get(name) is not None), None)

    def whole(self, *names: str, default: int) -> int:
        """An argument that is a whole number."""
        value = self.given(*names)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def agrees(self, value: float, magnitude: float) -> bool:
        """The element is what a rule makes of it; `magnitude`: of what it is added up from."""
        mine = self.value
        if mine is None:
            return True
        if not (math.isfinite(mine) and math.isfinite(value)):
            return _kind(mine) == _kind(value) or not math.isfinite(magnitude)
        rounding = _ROUNDINGS * _ROUNDING.get(self.element.summary.dtype, 0.0)
        if rounding and self.element.summary.device != "cpu":
            rounding = max(rounding, _ELSEWHERE)
        scale = abs(mine) + (magnitude if math.isfinite(magnitude) else 0.0)
        return abs(mine - value) <= rounding * scale + 1e-30


def _kind(value: float) -> str:
    return "nan" if math.isnan(value) else str(value) if math.isinf(value) else "finite"


def alone(index: Sequence[int]) -> Picks:
    """One element, with all axes kept."""
    return tuple(slice(place, place + 1) for place in index)


def extents(picks: Picks, shape: Sequence[int]) -> tuple[range, ...]:
    """The places along each axis that are picked."""
    full = (*picks, *(slice(None),) * (len(shape) - len(picks)))
    return tuple(
        range(pick, pick + 1) if isinstance(pick, int) else range(extent)[pick]
        for pick, extent in zip(full, shape, strict=True)
    )


def contributions(values: Any, derivative: Any) -> Any:
    """derivative × value; what has no influence gives nothing, whatever it is."""
    with np.errstate(all="ignore"):
        return np.where(derivative == 0, 0.0, derivative * values)


def strongest_first(
    asked: Asked, read: Read, most: int
) -> tuple[tuple[Source, ...], int, float, float]:
    """The elements that gave most, how many there are, what the others gave, and the magnitudes'
    sum."""
    ranges = extents(read.picks, asked.shape_of(read.at))
    values = asked.element.cut(asked.inputs[read.at].value, read.picks)
    count = math.prod(len(each) for each in ranges)
    if values is None or values.size != count:
        return (), count, 0.0, 0.0
    real = values.dtype.kind != "c"
    gave = None
    if read.derivative is not None and real:
        derivative = np.asarray(read.derivative, np.float64).reshape(-1)
        gave = contributions(values, derivative)
        keys = np.where(np.isnan(gave), np.inf, np.abs(gave))
        order = _largest(keys, most)
        if not read.picks and count > 1:  # of all of an input, those that have an influence
            count = int(np.count_nonzero(derivative))
            order = [place for place in order if derivative[place] != 0]
    else:
        derivative, order = None, list(range(min(most, count)))
    sources: list[Source] = []
    for place in order:
        spots = np.unravel_index(place, tuple(len(each) for each in ranges)) if ranges else ()
        index = tuple(each[int(spot)] for each, spot in zip(ranges, spots, strict=True))
        sources.append(
            Source(
                index,
                float(values[place]) if real else None,
                None if gave is None else float(gave[place]),
                None if derivative is None else float(derivative[place]),
            )
        )
    rest = magnitude = 0.0
    if gave is not None:
        finite = np.where(np.isfinite(gave), gave, 0.0)
        magnitude = float(np.abs(finite).sum())
        finite[order] = 0.0
        rest = float(finite.sum())
    return tuple(sources), count, rest, magnitude


def _largest(keys: Any, most: int) -> list[int]:
    """Places of the largest keys, falling; of equal ones the first stand first."""
    if keys.size > 4 * most:
        some = np.argpartition(keys, keys.size - most)[-most:]
        some.sort()
    else:
        some = np.arange(keys.size)
    order = some[np.argsort(-keys[some], kind="stable")]
    return [int(place) for place in order[:most]]
