"""Finds the values that both runs have, whatever their layout, their order and their names.

Values that a view or a transpose leaves as they are form one class; classes are matched. Their
elements decide; where several have the same ones, topology, order and names do.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict

from ..ir import OUTSIDE, Ref
from .fits import Fit, Matching
from .levels import ULP
from .movers import family
from .pinning import pin
from .prints import Prints
from .side import Side
from .wishes import NO_WISHES, Wishes

_BEHIND = 30.0  # errors of the nearest
_GATES = 4
_STEPS = 2  # a part, and what one op makes of it
_WORDS = re.compile(r"[a-z]+|\d+")


def match(a: Side, b: Side, tolerance: float, wishes: Wishes = NO_WISHES) -> Matching:
    """By elements first. Raises CannotCompare where a pin does not fit."""
    made = Matching(a.prints(_compared(a)), b.prints(_compared(b)))
    pin(a, b, made, wishes)
    match_more(a, b, made, made.b, tolerance, wishes)
    return made


def match_more(
    a: Side,
    b: Side,
    made: Matching,
    among: Prints,
    tolerance: float,
    wishes: Wishes = NO_WISHES,
    after: int = 0,
) -> list[Fit]:
    """Match what is not matched yet, of B's values those `among`; what was found."""
    mine = made.a.only(lambda first: first not in made.fits)
    theirs = among.only(lambda first: first not in made.back)
    wanted = [
        (first, other)
        for first, other in mine.candidates(theirs, max(2e-4, 3 * tolerance))
        if made.allows(wishes, first, other) and not _crossed(a, b, first, other)
    ]
    files = a.hand_out([each for first, _ in wanted for each in shapes_of(a, made.a, first)])
    asked: list[tuple[Ref, Ref, Ref]] = []
    for first, other in wanted:
        members = (member for member in _held_against(a, b, made, first, other) if member in files)
        asked += [(first, other, member) for member in members]
    answers = b.against([(files[member], other) for _, other, member in asked], tolerance)
    fits: dict[Ref, dict[Ref, Fit]] = defaultdict(dict)
    for (first, other, member), near in zip(asked, answers, strict=True):
        if near is None:
            continue
        known = fits[first].get(other)
        if known is None or near.error < known.error:
            fits[first][other] = Fit(first, other, near, member, files[member], after)
    near = _nearest([fit for rows in fits.values() for fit in rows.values()])
    return _choose(a, b, made, near)


def _compared(side: Side) -> list[Ref]:
    """Values that may be in both runs: they depend on the inputs, and are numbers."""
    found = list(side.inputs)
    for index, row in enumerate(side.rows):
        for slot, summary in enumerate(row.outputs):
            count = 1
            for extent in summary.shape:
                count *= extent
            number = "float" in summary.dtype or (count > 1 and "int" in summary.dtype)
            if number and summary.kept and (index, slot) in side.dynamic:
                found.append((index, slot))
    return found


def shapes_of(side: Side, prints: Prints, first: Ref) -> list[Ref]:
    """A value of the class for each of its shapes, three at most."""
    found: dict[tuple[int, ...], Ref] = {}
    for member in prints.members[first]:
        found.setdefault(_bare(side, member), member)
    return list(found.values())[:3]


def _held_against(a: Side, b: Side, made: Matching, first: Ref, other: Ref) -> list[Ref]:
    """Values of A's class that tell whether B's is equal. Where the first of both have the same
    extents, those decide: in other shapes elements may seem to be the same that stand elsewhere,
    like those of an attention's heads."""
    if sorted(_bare(a, first)) == sorted(_bare(b, other)):
        return [first]
    return shapes_of(a, made.a, first)


def _crossed(a: Side, b: Side, first: Ref, other: Ref) -> bool:
    """Both are parts of something that is cut into as many, like the gates of a recurrence, or made
    of nothing else, but not of the same part."""
    mine, theirs = _part(a, first), _part(b, other)
    return mine is not None and theirs is not None and mine[0] == theirs[0] and mine != theirs


def _part(side: Side, ref: Ref) -> tuple[int, int] | None:
    """Of how many parts a value is made of which."""
    for _ in range(_STEPS):
        if ref[0] == OUTSIDE:
            return None
        row = side.rows[ref[0]]
        if 1 < len(row.outputs) <= _GATES and family(side.type_of(ref[0])) == "cut":
            return len(row.outputs), ref[1]
        read = [each for each in row.inputs if each in side.dynamic]
        if len(read) != 1 or len(row.outputs) != 1:
            return None
        ref = read[0]
    return None


def _bare(side: Side, ref: Ref) -> tuple[int, ...]:
    return tuple(extent for extent in side.shape(ref) if extent != 1)


def _nearest(fits: list[Fit]) -> dict[Ref, list[Fit]]:
    """By A's class, without those that are far behind another one of A's or of B's: what hardly
    changes a value gives two that are nearly equal."""
    best_a: dict[Ref, float] = {}
    best_b: dict[Ref, float] = {}
    for fit in fits:
        best_a[fit.a] = min(fit.error, best_a.get(fit.a, fit.error))
        best_b[fit.b] = min(fit.error, best_b.get(fit.b, fit.error))
    found: dict[Ref, list[Fit]] = defaultdict(list)
    for fit in fits:
        if fit.error <= _BEHIND * max(min(best_a[fit.a], best_b[fit.b]), ULP):
            found[fit.a].append(fit)
    return found


def _choose(a: Side, b: Side, made: Matching, fits: dict[Ref, list[Fit]]) -> list[Fit]:
    """In A's order, so that topology is known; what is left over afterwards may be taken."""
    in_line = _in_line(fits)

    def rank(fit: Fit) -> tuple[float, ...]:
        near = abs(_place(a, fit.a) - _place(b, fit.b))
        line = (fit.a, fit.b) in in_line
        alike = likeness(name_at(a, fit.a), name_at(b, fit.b))
        return (-_shared(a, b, made, fit) - line - alike, near, fit.error)

    found: list[Fit] = []
    for first in sorted(fits):
        left = [fit for fit in fits[first] if fit.b not in made.back]
        if left:
            found.append(min(left, key=rank))
            made.add(found[-1])
    return found


def _in_line(fits: dict[Ref, list[Fit]]) -> set[tuple[Ref, Ref]]:
    """The longest sequence that rises in both runs."""
    ends: list[Ref] = []
    rows: list[tuple[Ref, Ref, int]] = []
    tops: list[int] = []
    for first in sorted(fits):
        for fit in sorted(fits[first], key=lambda fit: fit.b, reverse=True):
            place = bisect.bisect_left(ends, fit.b)
            rows.append((first, fit.b, tops[place - 1] if place else -1))
            if place == len(ends):
                ends.append(fit.b)
                tops.append(len(rows) - 1)
            else:
                ends[place], tops[place] = fit.b, len(rows) - 1
    found: set[tuple[Ref, Ref]] = set()
    at = tops[-1] if tops else -1
    while at >= 0:
        found.add(rows[at][:2])
        at = rows[at][2]
    return found


def _shared(a: Side, b: Side, made: Matching, fit: Fit) -> int:
    """2 where the makers of both read something in common, or both are inputs."""
    if fit.a[0] == OUTSIDE or fit.b[0] == OUTSIDE:
        return 4 if fit.a[0] == fit.b[0] else -4
    mine = {made.a.classes.get(ref, ref) for ref in a.rows[fit.a[0]].inputs}
    theirs = {made.b.classes.get(ref, ref) for ref in b.rows[fit.b[0]].inputs}
    common = {made.fits[ref].b for ref in mine if ref in made.fits} & theirs
    return 2 if common else 0


def _place(side: Side, ref: Ref) -> float:
    return ref[0] / max(1, len(side.rows))


def name_at(side: Side, ref: Ref) -> str:
    """The module that a value was made in, or the name of an input."""
    if ref[0] == OUTSIDE:
        return side.run.graph.values[ref[1]].name
    return side.module(ref[0])[0]


def likeness(one: str, other: str) -> float:
    """Words in common of two dotted names, from 0 to 1."""
    mine, theirs = set(_WORDS.findall(one.lower())), set(_WORDS.findall(other.lower()))
    return len(mine & theirs) / max(1, len(mine | theirs))
