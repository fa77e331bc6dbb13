"""Compares two runs of one model that differ in their dtype, mode or weights.

The ops are the same ones, so they are paired by order; each op of B is run once more on A's values,
and what differs then has come about in that op.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..ir import OUTSIDE, Ref, ValueKind
from ..protocol.messages import COMPARE_APART
from .causes import Region, find_cause, same_text
from .comparing import CannotCompare
from .levels import Levels, levels_of, stand_out
from .pairing import pairs_by_order
from .result import (
    Cause,
    Certainty,
    Comparison,
    Divergence,
    ModulePair,
    OpSide,
    Pair,
    Tally,
)
from .same_causes import by_mode, by_range, is_mode_type, masked_alike, mode_type, reads_beyond
from .side import Anchors, Side
from .ways import Against
from .wishes import Wishes

_AT_ONCE = 400
_FAR = 0.5  # of a value whose op cannot be run once more
_UNITS = {"bfloat16": 2.0**-8, "float16": 2.0**-11}
_ABOVE = {True: 3.0, False: 8.0}  # times the noise, where one of the runs has few digits, and else
_LARGE = 0.1
_MOST_NOISY = 200
_NAMED = 6


@dataclass(slots=True)
class _Work:
    """What is known so far. `files`: A's values, by B's; `local` errors by B's value."""

    a: Side
    b: Side
    levels: Levels
    pairs: list[tuple[Ref, Ref]]
    files: dict[Ref, str] = field(default_factory=dict[Ref, str])
    anchors: Anchors = field(default_factory=Anchors)
    local: dict[Ref, float] = field(default_factory=dict[Ref, float])
    apart: dict[Ref, tuple[float, float, float]] = field(
        default_factory=dict[Ref, tuple[float, float, float]]
    )

    @property
    def back(self) -> dict[Ref, Ref]:
        """A's value by B's."""
        return {other: one for one, other in self.pairs}


def compare_same(
    a: Side, b: Side, against: Against, told: Callable[[str], None], wishes: Wishes
) -> Comparison:
    """Raises CannotCompare, and what the debuggees refuse."""
    levels = levels_of(_dtypes(a) | _dtypes(b))
    told("Pairing ops")
    work = _Work(a, b, levels, _as_wished(a, b, pairs_by_order(a, b), wishes))
    _hold(work)
    if not work.pairs:
        raise CannotCompare("The two runs of the model have no op in common.")
    told(f"Running {b.name}'s ops on {a.name}'s values")
    work.local, _ = b.lockstep(work.anchors)
    told("Telling rounding from differences")
    found = _one_of_each(work, _found(work))
    told("Looking for causes")
    divergences = _explained(work, found[: wishes.most], against)
    notes = [*_limits(work, against), *_summary(work, found, divergences, against)]
    return Comparison(
        _pairs(work, found),
        _tally(a, {one for one, _ in work.pairs}),
        _tally(b, {other for _, other in work.pairs}),
        _modules(work, divergences),
        tuple(divergences),
        max((row[0] for row in work.apart.values()), default=None),
        tuple(notes),
    )


def _as_wished(
    a: Side, b: Side, pairs: list[tuple[Ref, Ref]], wishes: Wishes
) -> list[tuple[Ref, Ref]]:
    pinned = [pair for pair in wishes.pinned if a.shape(pair[0]) == b.shape(pair[1])]
    taken = {one for one, _ in pinned}, {other for _, other in pinned}
    kept = [
        pair
        for pair in pairs
        if pair not in wishes.forbidden and pair[0] not in taken[0] and pair[1] not in taken[1]
    ]
    return sorted([*kept, *pinned], key=lambda pair: pair[1])


def _hold(work: _Work) -> None:
    """A's values as files, and how far B's own are from them."""
    files = work.a.hand_out([one for one, _ in work.pairs])
    work.pairs = [pair for pair in work.pairs if pair[0] in files]
    work.files = {other: files[one] for one, other in work.pairs}
    for first in range(0, len(work.pairs), _AT_ONCE):
        some = work.pairs[first : first + _AT_ONCE]
        rows: list[list[object]] = [
            [files[one], *other, [0, *range(_axes(work.b.shape(other)))]] for one, other in some
        ]
        for (_, other), row in zip(some, _apart(work.b, rows), strict=True):
            if row is not None:
                error, order, largest, mean = row
                work.anchors[other] = (work.files[other], order)
                work.apart[other] = (error, largest, mean)
    work.pairs = [pair for pair in work.pairs if pair[1] in work.anchors]


def _axes(shape: tuple[int, ...]) -> int:
    return sum(extent != 1 for extent in shape)


def _apart(
    side: Side, rows: list[list[object]]
) -> list[tuple[float, list[int], float, float] | None]:
    side.halt()
    return side.client.request(COMPARE_APART, {"pairs": rows}, 1e7)["rows"]


def _found(work: _Work) -> list[Ref]:
    """B's values that differ for more than rounding, in order."""
    least = max((_UNITS.get(dtype, 0.0) for dtype in _dtypes(work.a) | _dtypes(work.b)), default=0)
    large = {ref for ref, error in work.local.items() if error > _LARGE}  # however many there are
    flagged = sorted(large.union(stand_out(work.local, work.levels)))[:_MOST_NOISY]
    noises = work.b.noise(work.anchors, flagged, least)
    above = _ABOVE[work.levels.coarse]
    noisy = zip(flagged, noises, strict=True)
    found = {ref for ref, noise in noisy if work.local[ref] > above * noise}
    _, own = work.b.lockstep(work.anchors, sorted(found)) if found else ({}, {})
    found = {
        ref
        for ref in found
        if ref not in own or not masked_alike(work.files[ref], own[ref], work.levels.flag)
    }
    back = work.back
    found |= {ref for ref in flagged if by_range(work.a, work.b, back[ref], ref) is not None}
    found -= {ref for ref in found if reads_beyond(work.a, work.b, back[ref], ref)}
    for ref, (error, _, _) in work.apart.items():
        if ref in work.local or ref[0] == OUTSIDE:
            continue
        before = [work.apart[each][0] for each in work.b.rows[ref[0]].inputs if each in work.apart]
        if error > _FAR and before and max(before) < _FAR / 20:
            found.add(ref)
    drops = {ref for ref in back if ref[0] >= 0 and work.b.drops(ref[0])}
    drops = {ref for ref in drops if not work.a.drops(back[ref][0])}
    return sorted(found | drops)


def _one_of_each(work: _Work, found: list[Ref]) -> list[Ref]:
    """Without values that differ by what is named for another one already."""
    named: set[tuple[str, int]] = set()
    kept: list[Ref] = []
    for ref in found:
        maker = _maker(work.b, _whole(work, ref), set(work.anchors))
        path, type_ = work.b.module(maker)
        name = (path, -1) if mode_type(work.b, maker) and is_mode_type(type_) else ("", maker)
        if name not in named:
            named.add(name)
            kept.append(ref)
    return kept


def _explained(work: _Work, found: list[Ref], against: Against) -> list[Divergence]:
    if not found:
        return []
    back = work.back
    _, own = work.b.lockstep(work.anchors, found)
    missing = work.b.hand_out([ref for ref in found if ref not in own])
    held = {one for one, _ in work.pairs}
    divergences: list[Divergence] = []
    for ref in found:
        mine = _segment(work.a, back[ref], held)
        theirs = _segment(work.b, ref, set(work.anchors))
        first_a, first_b = _maker(work.a, mine, held), _maker(work.b, theirs, set(work.anchors))
        anchors = {each: row for each, row in work.anchors.items() if each != ref}
        path = own.get(ref) or missing.get(ref, "")
        files = {ref: path} if path else {}
        regions = (
            Region(work.a, mine, first_a, (back[ref],), {}, {back[ref]: work.files[ref]}),
            Region(work.b, theirs, first_b, (ref,), anchors, files),
        )
        one = work.a.op(first_a, mine)
        other = work.b.op(first_b, theirs)
        cause = _cause(work, regions, ref, against)
        rows = _side_by_side(one, other)
        error = work.local.get(ref, work.apart[ref][0])
        divergences.append(Divergence(one, other, rows, cause, error, ref in work.local))
    return divergences


def _cause(work: _Work, regions: tuple[Region, Region], ref: Ref, against: Against) -> Cause:
    mine, theirs = regions
    known = by_range(work.a, work.b, work.back[ref], ref)
    if known is not None:
        return known
    proof = work.levels.proof
    error = work.local.get(ref)
    if error is not None and not work.levels.coarse:
        proof = min(proof, max(work.levels.flag, error / 8))
    cause = find_cause(mine, theirs, proof).cause
    if against.word == "train":
        return by_mode(work.a, work.b, mine, theirs, cause)
    if against.word == "weights" and cause.certainty is not Certainty.PROVED and not cause.kind:
        read = work.b.rows[theirs.first].inputs
        names = [work.b.run.graph.values[each[1]].name for each in read if _is_weight(work.b, each)]
        if names:
            sentence = f"It reads {names[0]}, which the two files may have otherwise."
            return Cause(Certainty.HINTED, "weight", sentence)
    return cause


def _segment(side: Side, ref: Ref, held: set[Ref]) -> tuple[int, ...]:
    """Records from the last values in common up to one."""
    found: set[int] = set()
    waiting = [ref]
    while waiting:
        each = waiting.pop()
        shared = each != ref and each in held
        if each[0] < 0 or each[0] in found or shared or each not in side.dynamic:
            continue
        found.add(each[0])
        waiting += side.rows[each[0]].inputs
    return tuple(sorted(found)) or (max(ref[0], 0),)


def _maker(side: Side, segment: tuple[int, ...], held: set[Ref]) -> int:
    """The op that the report names: what acts by mode, else what the other run lacks."""
    for record in segment:
        if mode_type(side, record):
            return record
    for record in segment:
        slots = range(len(side.rows[record].outputs))
        if not any((record, slot) in held for slot in slots):
            return record
    return segment[-1]


def _is_weight(side: Side, ref: Ref) -> bool:
    kinds = (ValueKind.PARAMETER, ValueKind.BUFFER)
    return ref[0] == OUTSIDE and ref[1] >= 0 and side.run.graph.values[ref[1]].kind in kinds


def _side_by_side(a: OpSide, b: OpSide) -> tuple[tuple[str, str, str, bool], ...]:
    mine, theirs = dict(a.attributes), dict(b.attributes)
    rows: list[tuple[str, str, str, bool]] = []
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name, ""), theirs.get(name, "")
        rows.append((name, one, other, bool(one) and bool(other) and not same_text(one, other)))
    return tuple(rows)


def _pairs(work: _Work, found: list[Ref]) -> tuple[Pair, ...]:
    rows: list[Pair] = []
    for one, other in sorted(work.pairs):
        error, largest, mean = work.apart[other]
        after = sum(each[0] < other[0] for each in found)
        pair = Pair(one, other, error, work.local.get(other))
        rows.append(replace(pair, largest=largest, mean=mean, after=after))
    return tuple(rows)


def _tally(side: Side, paired: set[Ref]) -> Tally:
    matched = merged = unmatched = 0
    for record, row in enumerate(side.rows):
        refs = [(record, slot) for slot in range(len(row.outputs))]
        if any(ref in paired for ref in refs):
            matched += 1
        elif any(ref in side.dynamic and side.is_real(ref) for ref in refs):
            unmatched += 1
        else:
            merged += 1
    return Tally(matched, merged, unmatched)


def _modules(work: _Work, divergences: list[Divergence]) -> tuple[ModulePair, ...]:
    shared = Counter(work.a.module(one[0])[0] for one, _ in work.pairs if one[0] >= 0)
    off = {found.a.module for found in divergences}
    sides: list[list[str]] = []
    for side in (work.a, work.b):
        paths = (side.module(record)[0] for record in range(len(side.rows)))
        sides.append(list(dict.fromkeys(paths)))
    mine, theirs = sides
    rows = [
        ModulePair(path, path if path in theirs else None, shared[path], path in off)
        for path in mine
    ]
    return (*rows, *(ModulePair(None, path, 0) for path in theirs if path not in mine))


def _dtypes(side: Side) -> set[str]:
    own = {each.dtype for row in side.rows for each in row.outputs if "float" in each.dtype}
    return own | {side.facts.dtype}


def _limits(work: _Work, against: Against) -> list[str]:
    """What such a comparison cannot see."""
    found: list[str] = []
    if work.levels.coarse:
        found.append(
            f"On the same values an op may be {work.levels.flag:.1e} off before it counts, which is"
            " what rounding makes of it: smaller mistakes, small changes of eps and GELU by tanh"
            " cannot be seen here."
        )
        found.append(
            "Each op is judged alone; how far rounding adds up over the whole run is the error of"
            " the last values."
        )
    if against.word == "float64":
        found.append(
            "What is told is the rounding of A's own ops; a mistake that both dtypes make is not"
            " seen."
        )
    if against.word == "train":
        found.append(
            "Each op is judged on A's values, so a difference counts where it comes about; what the"
            " run leaves in running statistics, and gradients, are not compared."
        )
    left = sum(ref not in work.local for ref in work.anchors if ref[0] >= 0)
    if left:
        found.append(
            f"{left} values come of ops that could not be run once more; of these only a large"
            " difference is seen."
        )
    gone = sum(
        not each.kept
        for side in (work.a, work.b)
        for row in side.rows
        for each in row.outputs
        if "float" in each.dtype
    )
    if gone:
        found.append(
            f"{gone} values were let go to stay within the memory for kept values, and are not"
            " compared."
        )
    return found


def _summary(
    work: _Work, found: list[Ref], divergences: list[Divergence], against: Against
) -> list[str]:
    """All that differs, where it is more than what is explained one by one."""
    notes: list[str] = []
    labels = [work.b.run.graph.op_label(work.b.rows[ref[0]].op) for ref in found]
    if against.word == "train" and found:
        kinds = [
            kind
            for ref in found
            for kind in [next(filter(None, (mode_type(work.b, n) for n in _whole(work, ref))), "")]
        ]
        by_kind = Counter(kind for kind in kinds if kind)
        other = sum(not kind for kind in kinds)
        named = ", ".join(f"{count} {kind}" for kind, count in by_kind.items())
        if named:
            rest = f"; {other} more differ for another reason" if other else ", and nothing else"
            notes.append(
                "In training mode these act otherwise by design, which is no mistake unless the"
                f" mode is: {named}{rest}."
            )
    if len(found) > len(divergences):
        rest = labels[len(divergences) :]
        named = ", ".join(rest[:_NAMED]) + (", …" if len(rest) > _NAMED else "")
        notes.append(f"{len(rest)} more ops differ on the same values: {named}.")
    return notes


def _whole(work: _Work, ref: Ref) -> tuple[int, ...]:
    return _segment(work.b, ref, set(work.anchors))
