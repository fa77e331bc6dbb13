"""Compares two runs that are over: what they share, and where they first differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..ir import Ref
from .causes import Found, Region, find_cause, same_text
from .frontier import Open, following, open_part, pair_first
from .levels import Levels, above_noise, levels_of, stand_out
from .matching import Matching, likeness, match
from .result import Comparison, Divergence, ModulePair, OpSide, Tally
from .sequence import align
from .side import Side
from .wishes import NO_WISHES, Cancelled, Wishes

__all__ = ["Cancelled", "CannotCompare", "Told", "Wishes", "compare"]

Told = Callable[[str], None]

_MOST = 16  # records of a region
_MOST_NOISY = 40  # flagged values whose noise is looked at


class CannotCompare(Exception):
    """The two runs have nothing to be held against each other; the sentence says why."""


@dataclass(frozen=True, slots=True)
class _Start:
    """A place where the runs differ: records of both sides, the first ones, and how far."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    first_a: int
    first_b: int
    at_a: tuple[Ref, ...]
    at_b: tuple[Ref, ...]
    error: float | None = None
    local: bool = False


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
        return _exchanged(_compare(b, a, tell))
    return _compare(a, b, tell)


def _compare(a: Side, b: Side, told: Told) -> Comparison:
    notes: list[str] = []
    levels = levels_of({side.facts.dtype for side in (a, b)} | _float_dtypes(a) | _float_dtypes(b))
    told("Matching values")
    by_order = levels.coarse and a.facts.framework == b.facts.framework
    made = align(a, b, levels) if by_order else match(a, b, levels.match)
    _check_inputs(a, b, made)
    one, other = open_part(a, made.has_a), open_part(b, made.has_b)
    if not [ref for ref in made.fits if ref[0] >= 0] and not (one.first and other.first):
        raise CannotCompare(
            "The two runs have no value in common, and no op that begins on the same inputs."
        )
    local: dict[Ref, float] = {}
    live = b.live
    if live:
        told(f"Running {b.name}'s ops on {a.name}'s values")
        local, _ = b.lockstep(made.anchors())
        if not local:
            notes.append(f"No op of {b.name} could be run once more on {a.name}'s values.")
    else:
        notes.append(
            "Both runs are recorded ones: no op can be run once more, so a small difference may be"
            " told late, and a cause is seldom proved."
        )
    start = _first(a, b, made, one, other, local, levels)
    notes += _notes(a, b, one, other, levels, start)
    divergence = None
    if start is not None:
        told("Looking for the cause")
        divergence = _explained(a, b, made, start, levels)
    return Comparison(
        made.pairs(local),
        _tally(a, made.has_a, one),
        _tally(b, made.has_b, other),
        _modules(a, b, made, divergence),
        () if divergence is None else (divergence,),
        max((fit.error for fit in made.fits.values()), default=None),
        tuple(notes),
    )


def _exchanged(made: Comparison) -> Comparison:
    """The same with A for B."""
    pairs = (replace(pair, a=pair.b, b=pair.a) for pair in made.pairs)
    turned = tuple(_turned(found) for found in made.divergences)
    return replace(
        made,
        pairs=tuple(sorted(pairs, key=lambda pair: pair.a)),
        tally_a=made.tally_b,
        tally_b=made.tally_a,
        modules=tuple(replace(row, a=row.b, b=row.a) for row in made.modules),
        divergences=turned,
    )


def _turned(found: Divergence) -> Divergence:
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


def _first(
    a: Side,
    b: Side,
    made: Matching,
    one: Open,
    other: Open,
    local: dict[Ref, float],
    levels: Levels,
) -> _Start | None:
    """What comes earlier: an op whose value is off by more than rounding, or one whose value is in
    one run alone."""
    pair = pair_first(a, b, made, one, other)
    hard = None
    if pair is not None:
        mine, theirs = following(a, pair[0], one, _MOST), following(b, pair[1], other, _MOST)
        hard = _Start(tuple(mine), tuple(theirs), *pair, _values(a, mine), _values(b, theirs))
    soft = _drift(a, b, made, local, levels)
    if hard is None or soft is None:
        return hard or soft
    return soft if soft.first_b < hard.first_b else hard


def _drift(
    a: Side, b: Side, made: Matching, local: dict[Ref, float], levels: Levels
) -> _Start | None:
    """The first matched value whose local error rounding does not explain."""
    flagged = stand_out(local, levels) if local else _jumps(b, made, levels)
    if not flagged:
        return None
    flagged = flagged[:_MOST_NOISY]
    if local:
        noises = b.noise(made.anchors(), flagged)
        pairs = zip(flagged, noises, strict=True)
        flagged = [ref for ref, noise in pairs if above_noise(local[ref], noise)]
    for ref in flagged:
        fit = made.fits[made.back[ref]]
        if fit.a[0] < 0:
            continue
        mine, theirs = _segment(a, fit.a, made.has_a), _segment(b, ref, made.has_b)
        error = local.get(ref, fit.error)
        ends = (fit.member,), (ref,)
        begins = _begins(a, mine), _begins(b, theirs)
        return _Start(mine, theirs, *begins, *ends, error, ref in local)
    return None


def _begins(side: Side, segment: tuple[int, ...]) -> int:
    """The first record of a segment that gives more than one number over and over."""
    for record in segment:
        for summary in side.rows[record].outputs:
            if summary.minimum is None or summary.minimum != summary.maximum:
                return record
    return segment[0]


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


def _segment(side: Side, ref: Ref, has: Callable[[Ref], bool]) -> tuple[int, ...]:
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


def _explained(a: Side, b: Side, made: Matching, start: _Start, levels: Levels) -> Divergence:
    anchors = made.anchors()
    for ref in start.at_b:
        anchors.pop(ref, None)
    files_b: dict[Ref, str] = {}
    if b.live:
        _, files_b = b.lockstep(anchors, start.at_b)
    missing = [ref for ref in start.at_b if ref not in files_b]
    files_b |= b.hand_out(missing)
    proof = levels.proof
    if start.local and start.error is not None and not levels.coarse:
        proof = min(proof, max(levels.flag, start.error / 8))
    files_a = a.hand_out(start.at_a)
    mine = Region(a, start.a, start.first_a, start.at_a, {}, files_a)
    theirs = Region(b, start.b, start.first_b, start.at_b, anchors, files_b)
    found = find_cause(mine, theirs, proof)
    one, other = _named(mine, found, found.a), _named(theirs, found, found.b)
    return Divergence(one, other, _side_by_side(one, other), found.cause, start.error, start.local)


def _named(region: Region, found: Found, better: int | None) -> OpSide:
    return region.side.op(region.first if better is None else better, region.whole)


def _side_by_side(a: OpSide, b: OpSide) -> tuple[tuple[str, str, str, bool], ...]:
    mine, theirs = dict(a.attributes), dict(b.attributes)
    rows: list[tuple[str, str, str, bool]] = []
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name, ""), theirs.get(name, "")
        differs = bool(one) and bool(other) and not same_text(one, other)
        rows.append((name, one, other, differs))
    return tuple(rows)


def _values(side: Side, records: list[int]) -> tuple[Ref, ...]:
    found = [(record, n) for record in records for n in range(len(side.rows[record].outputs))]
    return tuple(
        ref for ref in found if side.is_real(ref) and side.rows[ref[0]].outputs[ref[1]].kept
    )


def _tally(side: Side, has: Callable[[Ref], bool], part: Open) -> Tally:
    matched = merged = 0
    for record, row in enumerate(side.rows):
        if record in part.records:
            continue
        if any(has((record, slot)) for slot in range(len(row.outputs))):
            matched += 1
        else:
            merged += 1
    return Tally(matched, merged, len(part.records))


def _modules(
    a: Side, b: Side, made: Matching, divergence: Divergence | None
) -> tuple[ModulePair, ...]:
    """Modules that share most values; those without one stand alone."""
    votes: dict[str, Counter[str]] = {}
    for fit in made.fits.values():
        if fit.a[0] >= 0 and fit.b[0] >= 0:
            votes.setdefault(a.module(fit.a[0])[0], Counter())[b.module(fit.b[0])[0]] += 1
    if divergence is not None:
        votes.setdefault(divergence.a.module, Counter())[divergence.b.module] += 0
    rows: list[ModulePair] = []
    taken: set[str] = set()
    for path in _paths(a):
        if path not in votes:
            rows.append(ModulePair(path, None, 0))
            continue
        pairs = votes[path]
        best = max(pairs, key=lambda other: (pairs[other], likeness(path, other)))
        taken.add(best)
        row = ModulePair(path, best, pairs[best])
        differs = divergence is not None and (path, best) == (
            divergence.a.module,
            divergence.b.module,
        )
        rows.append(replace(row, differs=differs))
    rows += [ModulePair(None, path, 0) for path in _paths(b) if path not in taken]
    return tuple(rows)


def _paths(side: Side) -> list[str]:
    return list(dict.fromkeys(side.module(record)[0] for record in range(len(side.rows))))


def _float_dtypes(side: Side) -> set[str]:
    return {
        summary.dtype for row in side.rows for summary in row.outputs if "float" in summary.dtype
    }


def _notes(
    a: Side, b: Side, one: Open, other: Open, levels: Levels, start: _Start | None
) -> list[str]:
    found: list[str] = []
    for side in (a, b):
        gone = [
            summary
            for row in side.rows
            for summary in row.outputs
            if not summary.kept and "float" in summary.dtype
        ]
        if gone:
            found.append(
                f"{len(gone)} values of {side.name} were let go to stay within the memory for kept"
                " values, and are not compared."
            )
    if levels.coarse:
        found.append(
            "One of the runs computes with few digits: small changes of eps and GELU by tanh"
            " cannot be seen there."
        )
    if start is None:
        for side, part, lacking in ((a, one, b), (b, other, a)):
            if part.ends:
                label = side.run.graph.op_label(side.rows[part.ends[-1][0]].op)
                found.append(f"{lacking.name} has no value like that of {side.name}'s {label}.")
    return found
