"""Finds the values that both runs have, whatever their layout, their order and their names.

Values that a view or a transpose leaves as they are form one class; classes are matched. Their
elements decide; where several have the same ones, topology, order and names do.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from dataclasses import dataclass, field

from ..ir import OUTSIDE, Ref
from .prints import Prints
from .result import Pair
from .side import Anchors, Side

_WORDS = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Fit:
    """B's class that may be one of A's.

    Attributes:
        a, b: the first values of the classes.
        member: the value of A's class whose file was held against b.
    """

    a: Ref
    b: Ref
    error: float
    member: Ref
    path: str
    order: list[int]


@dataclass(slots=True)
class Matching:
    """The classes of both runs that are one.

    Attributes:
        fits: by A's class.
        back: A's class by B's.
    """

    a: Prints
    b: Prints
    fits: dict[Ref, Fit] = field(default_factory=dict[Ref, Fit])
    back: dict[Ref, Ref] = field(default_factory=dict[Ref, Ref])

    def add(self, fit: Fit) -> None:
        """Two classes are one."""
        self.fits[fit.a] = fit
        self.back[fit.b] = fit.a

    def has_a(self, ref: Ref) -> bool:
        """B has this value of A's, too."""
        return self.a.classes.get(ref, ref) in self.fits

    def has_b(self, ref: Ref) -> bool:
        """A has this value of B's, too."""
        return self.b.classes.get(ref, ref) in self.back

    def anchors(self) -> Anchors:
        """For a lockstep of B."""
        return {fit.b: (fit.path, fit.order) for fit in self.fits.values()}

    def pairs(self, local: dict[Ref, float]) -> tuple[Pair, ...]:
        """In A's order; `local` errors by B's value."""
        fits = sorted(self.fits.values(), key=lambda fit: fit.a)
        return tuple(Pair(fit.a, fit.b, fit.error, local.get(fit.b)) for fit in fits)


def match(a: Side, b: Side, tolerance: float) -> Matching:
    """By elements first."""
    made = Matching(a.prints(_compared(a)), b.prints(_compared(b)))
    loose = max(2e-4, 3 * tolerance)
    wanted = list(made.a.candidates(made.b, loose))
    files = a.hand_out([each for first, _ in wanted for each in _shapes(a, made.a, first)])
    asked: list[tuple[Ref, Ref, Ref]] = []
    for first, other in wanted:
        asked += [(first, other, member) for member in _shapes(a, made.a, first) if member in files]
    answers = b.against([(files[member], other) for _, other, member in asked], tolerance)
    fits: dict[Ref, dict[Ref, Fit]] = defaultdict(dict)
    for (first, other, member), answer in zip(asked, answers, strict=True):
        if answer is None:
            continue
        known = fits[first].get(other)
        if known is None or answer[0] < known.error:
            fits[first][other] = Fit(first, other, answer[0], member, files[member], answer[1])
    _choose(a, b, made, {first: list(rows.values()) for first, rows in fits.items()})
    return made


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


def _shapes(side: Side, prints: Prints, first: Ref) -> list[Ref]:
    """A value of the class for each of its shapes, three at most."""
    found: dict[tuple[int, ...], Ref] = {}
    for member in prints.members[first]:
        bare = tuple(extent for extent in side.shape(member) if extent != 1)
        found.setdefault(bare, member)
    return list(found.values())[:3]


def _choose(a: Side, b: Side, made: Matching, fits: dict[Ref, list[Fit]]) -> None:
    """In A's order, so that topology is known; what is left over afterwards may be taken."""
    in_line = _in_line(fits)

    def rank(fit: Fit) -> tuple[float, ...]:
        near = abs(_place(a, fit.a) - _place(b, fit.b))
        line = (fit.a, fit.b) in in_line
        alike = likeness(name_at(a, fit.a), name_at(b, fit.b))
        return (-_shared(a, b, made, fit) - line - alike, near, fit.error)

    for first in sorted(fits):
        left = [fit for fit in fits[first] if fit.b not in made.back]
        if left:
            made.add(min(left, key=rank))


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
