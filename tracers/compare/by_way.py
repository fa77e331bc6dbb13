"""Compares two runs by the way in which the second was derived from the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .comparing import Cancelled, Told, compare
from .compiled import compare_compiled
from .result import Comparison
from .same_model import compare_same
from .side import Side
from .ways import Against
from .weights import pair_weights
from .wishes import NO_WISHES, Wishes


def compare_by(
    against: Against | None,
    a: Side,
    b: Side,
    told: Told = lambda stage: None,
    wishes: Wishes = NO_WISHES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """As `compare`; `against` is None for two models that were named apart.

    Raises CannotCompare, Cancelled, and what the debuggees refuse.
    """
    if against is None or against.word == "git" or not (a.live and b.live):
        return compare(a, b, told, wishes, cancelled)

    def halt() -> None:
        if cancelled():
            raise Cancelled

    def tell(stage: str) -> None:
        halt()
        told(stage)

    a.halt = b.halt = halt
    if against.compiled:
        return compare_compiled(a, b, tell, wishes)
    found = compare_same(a, b, against, tell, wishes)
    tell("Pairing weights")
    return replace(found, weights=pair_weights(a, b))
