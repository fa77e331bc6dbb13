"""Compares two runs that are over: what they share, and where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from .fits import Matching
from .frontier import open_part
from .levels import levels_of
from .matching import match
from .overview import left_over, modules, notes_on, pairs, tally
from .result import Comparison, Divergence
from .search import Search, Told
from .sequence import align, in_order
from .side import Side
from .weights import pair_weights
from .wishes import NO_WISHES, Cancelled, CannotCompare, Wishes

__all__ = ["Cancelled", "CannotCompare", "Told", "Wishes", "compare"]

_HERE_AND_THERE = 0.2  # of all values


def compare(
    a: Side,
    b: Side,
    told: Told = lambda stage: None,
    wishes: Wishes = NO_WISHES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Raises CannotCompare, Cancelled, and what the debuggees refuse.

    `told` hears each stage before it begins; `cancelled` is asked before each stage and request.

    The second run is the one whose ops are run once more; where it cannot, but the first can, the
    two change places.
    """

    def halt() -> None:
        if cancelled():
            raise Cancelled

    def tell(stage: str) -> None:
        halt()
        told(stage)

    a.halt = b.halt = halt
    if a.live and not b.live:
        found = _turned(_compare(b, a, tell, wishes.exchanged(), True))
    else:
        found = _compare(a, b, tell, wishes, False)
    tell("Pairing weights")
    return replace(found, weights=pair_weights(a, b))


def _compare(a: Side, b: Side, told: Told, wishes: Wishes, exchanged: bool) -> Comparison:
    levels = levels_of({side.facts.dtype for side in (a, b)} | _float_dtypes(a) | _float_dtypes(b))
    told("Matching values")
    by_order = levels.coarse and a.facts.framework == b.facts.framework
    couples = in_order(a, b) if by_order else None
    if couples is None:
        made = match(a, b, levels.match, wishes)
    else:
        made = align(a, b, couples, levels, wishes)
    _check_inputs(a, b, made)
    one, other = open_part(a, made.has_a), open_part(b, made.has_b)
    if not [ref for ref in made.fits if ref[0] >= 0] and not (one.first and other.first):
        raise CannotCompare(
            "The two runs have no value in common, and no op that begins on the same inputs."
        )
    search = Search(a, b, made, couples, levels, wishes)
    search.run(told)
    notes = [*search.notes, *notes_on(a, b, levels)]
    if not search.starts:
        notes += left_over(a, b, search.one, search.other)
    divergences = search.divergences(told)
    return Comparison(
        pairs(a, b, made, search.local, exchanged),
        tally(a, made.has_a, search.one, search.parting_a),
        tally(b, made.has_b, search.other, search.parting_b),
        modules(a, b, made, divergences),
        divergences,
        max((fit.error for fit in made.fits.values() if not fit.after), default=None),
        tuple(notes),
    )


def _turned(made: Comparison) -> Comparison:
    """The same with A for B; the pairs are turned already."""
    return replace(
        made,
        tally_a=made.tally_b,
        tally_b=made.tally_a,
        modules=tuple(replace(row, a=row.b, b=row.a) for row in made.modules),
        divergences=tuple(_other_way(found) for found in made.divergences),
    )


def _other_way(found: Divergence) -> Divergence:
    rows = tuple((name, other, one, differs) for name, one, other, differs in found.attributes)
    return replace(found, a=found.b, b=found.a, attributes=rows)


def _check_inputs(a: Side, b: Side, made: Matching) -> None:
    """The inputs must be the same; where a fingerprint does not tell, nothing is said."""
    if not a.inputs or not b.inputs:
        return
    if any(ref in made.a.rows for ref in a.inputs) and any(ref in made.b.rows for ref in b.inputs):
        matched = [ref for ref in a.inputs if made.has_a(ref)]
        zero = all(made.a.rows[ref][2] == 0 for ref in a.inputs if ref in made.a.rows)
        if not matched and not zero:
            raise CannotCompare(
                "The two runs were not made on the same inputs; give both the same ones with"
                " --input, or record them anew."
            )


def _float_dtypes(side: Side) -> set[str]:
    """Those that a run computes in, but for a layer here and there."""
    dtypes = (summary.dtype for row in side.rows for summary in row.outputs)
    counts = Counter(dtype for dtype in dtypes if "float" in dtype)
    return {dtype for dtype, count in counts.items() if count > _HERE_AND_THERE * counts.total()}
