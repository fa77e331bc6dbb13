"""Where one element of a value came from: elements of its op's inputs, and how much each gave."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .finding import Index
from .run import Ref


class Way(str, Enum):
    """How contributions were found."""

    EXACT = "exact"  # the elements by the op's own index map, derivatives by its own formula
    GRADIENT = "gradient"  # derivatives by the framework, of the op run once more as a whole
    PERTURBATION = "perturbation"  # finite differences on some elements
    NONE = "none"  # nothing can be said of amounts


@dataclass(frozen=True, slots=True)
class Source:
    """One element of an input.

    Attributes:
        value: None where it is no real number.
        contribution: derivative × value, NaN and infinities as they come; None where it has none.
        derivative: of the element that came from it; None where that is not known.
    """

    index: Index
    value: float | None
    contribution: float | None
    derivative: float | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """An input of the op, with the elements that count.

    Attributes:
        slot: which input of the record.
        ref: the record and slot that made it; (OUTSIDE, index into Graph.values).
        name: what to call it; its argument's name stands in `role`, where that is known.
        elements: by falling magnitude of the contribution, NaN first.
        count: how many elements it came from; -1 where that is not known.
        rest: sum of the finite contributions of those that are not among `elements`.
        magnitude: sum of the finite contributions' magnitudes, of all.
        note: one sentence where the way alone does not tell.
    """

    slot: int
    ref: Ref
    name: str
    shape: tuple[int, ...]
    dtype: str
    way: Way
    role: str = ""
    elements: tuple[Source, ...] = ()
    count: int = -1
    rest: float = 0.0
    magnitude: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Of one element of an op's output, or of a value from outside.

    The contribution of an input element is the derivative of the output's element by it, times
    its value ("gradient × input", Shrikumar et al. 2016, arXiv:1605.01713; for sums, products and
    what only moves elements this is the very amount that is added up). Both factors of a product
    have all of it, so that contributions add up to the element input by input, not over inputs.

    Attributes:
        value: the element itself; None where it is not held or no real number.
        way: the least exact one among the inputs.
        how: one sentence on how the contributions were found.
        problem: one sentence on why nothing was found; "" where something was.
        missing: values that were let go, without which nothing can be said.
        outside: nothing of the run made the value.
    """

    ref: Ref
    index: Index
    value: float | None
    way: Way = Way.NONE
    how: str = ""
    feeds: tuple[Feed, ...] = ()
    problem: str = ""
    missing: tuple[Ref, ...] = ()
    outside: bool = False


def strongest(found: Provenance) -> tuple[Ref, Index] | None:
    """The element that gave most: where to go on. Of equal ones that which the model computed, then
    the first. None where no amounts are known, and more than one element may be it."""
    ranked = [
        (_magnitude(source), feed.ref[0] >= 0, -feed.slot, feed.ref, source.index)
        for feed in found.feeds
        for source in feed.elements
        if source.contribution is not None
    ]
    if ranked:
        best = max(ranked, key=lambda row: row[:3])
        return best[3], best[4]
    alone = [(feed.ref, each.index) for feed in found.feeds for each in feed.elements]
    return alone[0] if len(alone) == 1 else None


def _magnitude(source: Source) -> float:
    contribution = source.contribution
    if contribution is None or contribution != contribution:
        return float("inf")
    return abs(contribution)
