"""Patch and continue: gives B's run A's value where the two parted, so that what follows can be
compared again. A patch is right where values of A return behind it."""

from __future__ import annotations

from collections import defaultdict
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
_MOST_TRIES, _MOST_LATE = 60, 30
_MOST_KNOWN = 320  # values of A that may return
_WINDOW = 120  # records of B that a patch is tried on
_RETURNED = 2  # values that must return
_MOST_NEAR, _NEARLY = 24, 0.02  # error
_NAMED = 1.4  # steps that like names are worth: fewer than one on both sides


@dataclass(frozen=True, slots=True)
class Patch:
    """Where B is given A's value.

    Attributes:
        a, b: records of both sides from the last values in common up to there.
        cast: the same value of B in A's dtype, where B has it in both: it is given there, too, so
            that no digits are lost.
    """

    fit: Fit
    a: tuple[int, ...]
    b: tuple[int, ...]
    cast: tuple[Fit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    """A value of A, the file of one of its class, and what it may be of B's.

    Attributes:
        number: of A's class among those behind the place.
        needed: how many values must return.
    """

    a: Ref
    b: Ref
    member: Ref
    path: str
    number: int
    needed: int


def find_patch(
    a: Side, b: Side, made: Matching, one: Open, other: Open, start: Start, levels: Levels
) -> Patch | None:
    """The earliest that is right; None where none is."""
    theirs = _behind(b, made.b, start.first_b, other)
    counts = {float(made.b.rows[ref][0]) for ref in theirs}
    every = _behind(a, made.a, start.first_a, one)
    mine = [ref for ref in every if float(made.a.rows[ref][0]) in counts]
    members = {first: shapes_of(a, made.a, first) for first in mine[:_MOST_KNOWN]}
    files = a.hand_out([each for some in members.values() for each in some])
    numbers = {first: number for number, first in enumerate(mine)}
    tries: list[_Try] = []
    after_b: dict[Ref, int] = {}
    for first, second in _likely(a, b, made, mine[:_MOST_KNOWN], theirs):
        if second not in after_b:
            after_b[second] = _depending(b, made.b, second, other)
        depending = _depending(a, made.a, first, one), after_b[second]
        if 0 in depending and any(depending):
            continue
        needed = min(_RETURNED, *depending)
        tries += [
            _Try(first, second, member, files[member], numbers[first], needed)
            for member in members[first]
            if member in files
        ]
    if not tries:
        return None
    tries.sort(key=lambda each: not each.needed)  # those that nothing speaks for come last
    right = b.try_patches(
        made.anchors(),
        {
            "known": [
                [numbers[first], files[each]]
                for first, some in members.items()
                for each in some
                if each in files
            ],
            "tries": [[each.path, *each.b, each.number + 1, each.needed] for each in tries],
            "often": made.often(),
            "tolerance": levels.match,
            "window": _WINDOW,
        },
    )
    if right is None:
        return _nearly(a, b, made, tries) or _of_module(a, b, made, every, theirs, start)
    found = tries[right[0]]
    earlier = [each for each in tries if each.number < found.number]
    nearly = _nearly(a, b, made, earlier)
    if nearly is not None:
        return nearly
    for near in b.apart([(found.path, found.b, right[1])]):
        if near is not None:
            return _patch(a, b, made, Fit(found.a, found.b, near, found.member, found.path))
    return None


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


def _nearly(a: Side, b: Side, made: Matching, tries: list[_Try]) -> Patch | None:
    """Where the next divergence follows at once, nothing returns between; but values that are
    nearly equal, and of one dtype, are meant to be. The earliest of A's."""
    some = [each for each in tries if a.dtype(each.member) in _dtypes(b, made, each.b)]
    some = some[:_MOST_NEAR]
    answers = b.apart([(each.path, each.b, None) for each in some], made.often())
    fits = [
        (each.number, near.error, Fit(each.a, each.b, near, each.member, each.path))
        for each, near in zip(some, answers, strict=True)
        if near is not None and near.error < _NEARLY
    ]
    if not fits:
        return None
    return _patch(a, b, made, min(fits, key=lambda row: row[:2])[2])


def _of_module(
    a: Side, b: Side, made: Matching, mine: list[Ref], theirs: list[Ref], start: Start
) -> Patch | None:
    """What modules of one name give on, where both have as many elements."""
    for path_a in _around(a.module(start.first_a)[0]):
        for path_b in _around(b.module(start.first_b)[0]):
            if path_a.rpartition(".")[2].lower() != path_b.rpartition(".")[2].lower():
                continue
            first, second = _given_on(a, made.a, mine, path_a), _given_on(b, made.b, theirs, path_b)
            if first is None or second is None:
                continue
            if made.a.rows[first][0] != made.b.rows[second][0]:
                continue
            members, shape = shapes_of(a, made.a, first), b.shape(second)
            member = next((each for each in members if a.shape(each) == shape), first)
            files = a.hand_out([member])
            asked = [(files[member], second, None)] if member in files else []
            for near in b.apart(asked, made.often()):
                if near is not None:
                    return _patch(a, b, made, Fit(first, second, near, member, files[member]))
    return None


def _around(path: str) -> list[str]:
    """A module and those around it, without the model itself."""
    parts = path.split(".") if path else []
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _given_on(side: Side, prints: Prints, refs: list[Ref], path: str) -> Ref | None:
    """The last of some values that a module makes and that is read outside of it."""

    def inside(record: int) -> bool:
        return f"{side.module(record)[0]}.".startswith(f"{path}.")

    for ref in reversed(refs):
        readers = (each for member in prints.members[ref] for each in side.readers.get(member, ()))
        if inside(ref[0]) and any(not inside(each) for each in readers):
            return ref
    return None


def stuck_behind(b: Side, made: Matching, records: Iterable[int]) -> frozenset[int]:
    """What could not be run on A's values, and what reads that without another value between."""
    found = {
        record
        for record in records
        if not all(made.has_b((record, slot)) for slot in range(len(b.rows[record].outputs)))
    }
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
    parts = segment(a, fit.a, made.has_a), segment(b, fit.b, made.has_b)
    wanted = a.dtype(fit.member)
    members = made.b.members.get(fit.b, ()) if b.dtype(fit.b) != wanted else ()
    cast = [ref for ref in members if b.dtype(ref) == wanted][:1]
    answers = b.apart([(fit.path, ref, None) for ref in cast], made.often())
    more = [
        replace(fit, b=ref, near=near)
        for ref, near in zip(cast, answers, strict=True)
        if near is not None
    ]
    return Patch(fit, *parts, tuple(more))


def _dtypes(side: Side, made: Matching, first: Ref) -> set[str]:
    """Of B's values of a class."""
    return {side.dtype(ref) for ref in made.b.members[first]}


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
    """Values of as many elements: first the earliest and those of modules with like names, then
    those that as much comes after in both runs."""
    by_count: dict[float, list[tuple[int, Ref]]] = defaultdict(list)
    for offset, other in enumerate(theirs):
        by_count[float(made.b.rows[other][0])].append((offset, other))
    early: list[tuple[float, Ref, Ref]] = []
    late: list[tuple[int, int, Ref, Ref]] = []
    for place, one in enumerate(mine):
        path = a.module(one[0])[0]
        near_end = len(mine) - place
        for offset, other in by_count[float(made.a.rows[one][0])]:
            late.append((abs(near_end - (len(theirs) - offset)), place, one, other))
            if place < _MOST_MINE and offset < _MOST_THEIRS:
                theirs_at = b.module(other[0])[0]
                alike = 1.0 if path == theirs_at else likeness(path, theirs_at)
                early.append((place + 0.5 * offset - _NAMED * alike, one, other))
    ahead = [(one, other) for _, one, other in sorted(early)[:_MOST_TRIES]]
    behind = [(one, other) for _, _, one, other in sorted(late)[:_MOST_LATE]]
    return list(dict.fromkeys([*ahead, *behind]))
