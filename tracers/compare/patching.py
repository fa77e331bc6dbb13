"""Patch and continue: gives B's run A's value where the two parted, so that what follows can be
compared again. A patch is right where values of A return behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..ir import Ref
from .fits import Fit, Matching
from .frontier import Open, following
from .levels import Levels
from .matching import likeness, shapes_of
from .prints import Prints
from .side import Side
from .starts import Start, segment

_MOST_MINE, _MOST_THEIRS = 24, 240  # values that a patch is looked for among
_MOST_TRIES = 60
_MOST_KNOWN = 64  # values of A that may return
_WINDOW = 120  # records of B that a patch is tried on
_RETURNED = 2  # values that must return
_MOST_NEAR, _NEARLY = 24, 0.05
_NAMED = 1.4  # steps that like names are worth: fewer than one on both sides


@dataclass(frozen=True, slots=True)
class Patch:
    """Where B is given A's value.

    Attributes:
        a, b: records of both sides from the last values in common up to there.
    """

    fit: Fit
    a: tuple[int, ...]
    b: tuple[int, ...]


def find_patch(
    a: Side, b: Side, made: Matching, one: Open, other: Open, start: Start, levels: Levels
) -> Patch | None:
    """The earliest that is right; None where none is."""
    mine = _behind(a, made.a, start.first_a, one)
    theirs = _behind(b, made.b, start.first_b, other)
    wanted = _likely(a, b, made, mine[:_MOST_MINE], theirs[:_MOST_THEIRS])
    members = {first: shapes_of(a, made.a, first) for first in mine[:_MOST_KNOWN]}
    files = a.hand_out([each for every in members.values() for each in every])
    numbers = {first: number for number, first in enumerate(mine)}
    after_a = {first: _depending(a, made.a, first, one) for first in mine[:_MOST_MINE]}
    after_b: dict[Ref, int] = {}
    tries: list[tuple[Ref, Ref, Ref, int]] = []
    for first, second in wanted:
        if second not in after_b:
            after_b[second] = _depending(b, made.b, second, other)
        counts = after_a[first], after_b[second]
        if (0 in counts and any(counts)) or len(tries) >= _MOST_TRIES:
            continue
        for member in members[first]:
            if member in files:
                tries.append((first, second, member, min(_RETURNED, *counts)))
    if not tries:
        return None
    tries.sort(key=lambda each: not each[3])  # those that nothing speaks for come last
    right = b.try_patches(
        made.anchors(),
        {
            "known": [
                [numbers[first], files[each]]
                for first, every in members.items()
                for each in every
                if each in files
            ],
            "tries": [
                [files[member], *second, numbers[first] + 1, needed]
                for first, second, member, needed in tries
            ],
            "often": made.often(),
            "tolerance": levels.match,
            "window": _WINDOW,
        },
    )
    if right is None:
        return _nearest(a, b, made, [(files[each[2]], *each[:3]) for each in tries[:_MOST_NEAR]])
    first, second, member, _ = tries[right[0]]
    (near,) = b.apart([(files[member], second, right[1])])
    if near is None:
        return None
    return _patch(a, b, made, Fit(first, second, near, member, files[member]))


def proved_patch(a: Side, b: Side, made: Matching, one: Ref, other: Ref) -> Patch | None:
    """At values that are one but for a cause that is proved; None where they cannot be held
    against each other, or one of them has a counterpart."""
    first, second = made.a.classes.get(one), made.b.classes.get(other)
    if first is None or second is None or first in made.fits or second in made.back:
        return None
    files = a.hand_out([one])
    asked = [(files[one], second, None)] if one in files else []
    for near in b.apart(asked, made.often()):
        if near is not None:
            return _patch(a, b, made, Fit(first, second, near, one, files[one]))
    return None


def without_dropout(a: Side, b: Side, made: Matching, start: Start) -> Patch | None:
    """B's dropout gives on what it reads, as A has it."""
    for record in start.b:
        if not b.drops(record) or not b.rows[record].outputs:
            continue
        second = made.b.classes.get((record, 0))
        for ref in b.rows[record].inputs:
            first = made.back.get(made.b.classes.get(ref, ref))
            known = made.fits.get(first) if first is not None else None
            if known is None or second is None or second in made.back:
                continue
            for near in b.apart([(known.path, second, None)], made.often()):
                if near is not None:
                    return _patch(a, b, made, replace(known, b=second, near=near))
    return None


def _nearest(
    a: Side, b: Side, made: Matching, tries: list[tuple[str, Ref, Ref, Ref]]
) -> Patch | None:
    """Where nothing returns, as where two divergences follow on each other: values that are nearly
    equal are meant to be."""
    asked = [(path, second, None) for path, _, second, _ in tries]
    answers = b.apart(asked, made.often())
    best: tuple[float, Fit] | None = None
    for (path, first, second, member), near in zip(tries, answers, strict=True):
        if near is not None and near.error < (_NEARLY if best is None else best[0]):
            best = near.error, Fit(first, second, near, member, path)
    return None if best is None else _patch(a, b, made, best[1])


def stuck_behind(b: Side, made: Matching, records: Iterable[int]) -> frozenset[int]:
    """What could not be run on A's values, and what reads that without another value between."""
    found = set(records)
    waiting = list(found)
    while waiting:
        record = waiting.pop()
        for slot in range(len(b.rows[record].outputs)):
            if not made.has_b((record, slot)):
                fresh = [each for each in b.readers.get((record, slot), ()) if each not in found]
                found.update(fresh)
                waiting += fresh
    return frozenset(found)


def _patch(a: Side, b: Side, made: Matching, fit: Fit) -> Patch:
    return Patch(fit, segment(a, fit.a, made.has_a), segment(b, fit.b, made.has_b))


def _behind(side: Side, prints: Prints, first: int, part: Open) -> list[Ref]:
    """Classes of real values that a run computes alone from a record on, in order."""
    records = following(side, first, part, len(part.records) + 1)
    found: dict[Ref, None] = {}
    for record in records:
        for slot in range(len(side.rows[record].outputs)):
            ref = record, slot
            if ref in prints.rows and prints.classes[ref] == ref and side.is_real(ref):
                found[ref] = None
    return list(found)


def _depending(side: Side, prints: Prints, ref: Ref, part: Open) -> int:
    """How many classes are computed from one in this run alone, up to as many as must return."""
    found: set[Ref] = set()
    seen: set[int] = set()
    waiting = list(prints.members[ref])
    while waiting and len(found) < _RETURNED:
        for record in side.readers.get(waiting.pop(), ()):
            if record in seen or record not in part.records:
                continue
            seen.add(record)
            outputs = [(record, slot) for slot in range(len(side.rows[record].outputs))]
            waiting += outputs
            found.update(
                prints.classes[each]
                for each in outputs
                if each in prints.rows and side.is_real(each) and prints.classes[each] != ref
            )
    return min(len(found), _RETURNED)


def _likely(
    a: Side, b: Side, made: Matching, mine: list[Ref], theirs: list[Ref]
) -> list[tuple[Ref, Ref]]:
    """Values of as many elements, the earliest and those of modules with like names first."""
    ranked: list[tuple[float, Ref, Ref]] = []
    for place, one in enumerate(mine):
        count, path = made.a.rows[one][0], a.module(one[0])[0]
        for offset, other in enumerate(theirs):
            if made.b.rows[other][0] == count:
                theirs_at = b.module(other[0])[0]
                alike = 1.0 if path == theirs_at else likeness(path, theirs_at)
                ranked.append((place + 0.5 * offset - _NAMED * alike, one, other))
    ranked.sort()
    return [(one, other) for _, one, other in ranked]
