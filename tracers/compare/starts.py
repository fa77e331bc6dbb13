"""Places where two runs part: a value off by more than rounding, or one in one run alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..ir import Ref
from .fits import Matching
from .frontier import Open, following, pair_first
from .levels import Levels, above_noise, stand_out
from .movers import family
from .side import Side

_MOST = 24  # records of a region
_MOST_NOISY = 40  # flagged values whose noise is looked at


@dataclass(frozen=True, slots=True)
class Start:
    """A place where the runs part.

    Attributes:
        a, b: records of both sides that are looked at.
        first_a, first_b: those that it begins with.
        at_a, at_b: values by which the two are told apart.
        error: how far they are apart; of ops on the same inputs where `local`.
    """

    a: tuple[int, ...]
    b: tuple[int, ...]
    first_a: int
    first_b: int
    at_a: tuple[Ref, ...]
    at_b: tuple[Ref, ...]
    error: float | None = None
    local: bool = False


def parted(a: Side, b: Side, made: Matching, one: Open, other: Open) -> Start | None:
    """Where values begin that are in one run alone."""
    pair = pair_first(a, b, made, one, other)
    if pair is None:
        return None
    mine, theirs = following(a, pair[0], one, _MOST), following(b, pair[1], other, _MOST)
    return Start(tuple(mine), tuple(theirs), *pair, _values(a, mine), _values(b, theirs))


def drifted(
    a: Side,
    b: Side,
    made: Matching,
    local: dict[Ref, float],
    levels: Levels,
    among: Iterable[Ref] | None = None,
) -> list[Start]:
    """Matched values whose local error rounding does not explain, in B's order; of those `among`,
    where that is told."""
    flagged = stand_out(local, levels) if local else _jumps(b, made, levels)
    if among is not None:
        wanted = frozenset(among)
        flagged = [ref for ref in flagged if ref in wanted]
    flagged = [ref for ref in flagged if made.fits[made.back[ref]].a[0] >= 0][:_MOST_NOISY]
    if local and flagged:
        noises = b.noise(made.anchors(), flagged)
        pairs = zip(flagged, noises, strict=True)
        flagged = [ref for ref, noise in pairs if above_noise(local[ref], noise)]
    found: list[Start] = []
    for ref in flagged:
        fit = made.fits[made.back[ref]]
        mine, theirs = segment(a, fit.a, made.has_a), segment(b, ref, made.has_b)
        error = local.get(ref, fit.error)
        begins = _begins(a, mine), _begins(b, theirs)
        found.append(Start(mine, theirs, *begins, (fit.member,), (ref,), error, ref in local))
    return found


def segment(side: Side, ref: Ref, has: Callable[[Ref], bool]) -> tuple[int, ...]:
    """Records from the last values in common up to one."""
    found: set[int] = set()
    waiting = [ref]
    while waiting:
        each = waiting.pop()
        shared = each != ref and has(each)
        if each[0] < 0 or each[0] in found or shared or each not in side.dynamic:
            continue
        found.add(each[0])
        waiting += side.rows[each[0]].inputs
    return tuple(sorted(found))


def _begins(side: Side, records: tuple[int, ...]) -> int:
    """The first record of a segment that computes, and gives more than one number over and over."""
    for record in records:
        if family(side.type_of(record)):
            continue
        for summary in side.rows[record].outputs:
            if summary.minimum is None or summary.minimum != summary.maximum:
                return record
    return records[0]


def _jumps(b: Side, made: Matching, levels: Levels) -> list[Ref]:
    """Without a lockstep: where the error is far above that of all that was read."""
    found: list[Ref] = []
    for first in sorted(made.fits):
        fit = made.fits[first]
        if fit.b[0] < 0 or fit.error <= 8 * levels.flag:
            continue
        before = [made.back.get(made.b.classes.get(ref, ref)) for ref in b.rows[fit.b[0]].inputs]
        known = [made.fits[ref].error for ref in before if ref is not None]
        if known and fit.error > 20 * max(known):
            found.append(fit.b)
    return sorted(found)


def _values(side: Side, records: list[int]) -> tuple[Ref, ...]:
    found = [(record, n) for record in records for n in range(len(side.rows[record].outputs))]
    return tuple(
        ref for ref in found if side.is_real(ref) and side.rows[ref[0]].outputs[ref[1]].kept
    )
