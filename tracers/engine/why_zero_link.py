"""What an op did to give 0, and what its rules read."""

from __future__ import annotations

from dataclasses import dataclass

from .element import Element, broadcast, number_text
from .moved import Source

# Smallest numbers above 0, by dtype.
TINIEST = {
    "float16": 5.960464477539063e-08,
    "bfloat16": 9.183549615799121e-41,
    "float32": 1.401298464324817e-45,
    "float64": 5e-324,
    "float8_e4m3fn": 0.001953125,
    "float8_e5m2": 1.52587890625e-05,
}


@dataclass(frozen=True, slots=True)
class Link:
    """What an op did to give 0.

    Attributes:
        words: as it goes on behind the op's name ("cuts its input −1.3 off at 0").
        rule: the cause in a word, where this is it; "" where the 0 was read.
        source: the element that was read as 0.
    """

    words: str
    rule: str = ""
    source: Source | None = None


def read_at(at: Element, given: int) -> Source | None:
    """The element of an input at this element's place, by the rules of broadcasting."""
    summary = at.given[given].summary if given < len(at.given) else None
    if summary is None:
        return None
    where = broadcast(summary.shape, at.summary.shape, at.index)
    return None if where is None else Source(given, where)


def underflow(at: Element, exact: float) -> Link | None:
    """A result that is not 0 but for the dtype's end."""
    least = TINIEST.get(at.summary.dtype)
    if least is None or exact == 0 or abs(exact) > least:
        return None
    text = f"gives {number_text(exact)}, which {at.summary.dtype} rounds to 0"
    return Link(text, f"{at.summary.dtype}-underflow")
