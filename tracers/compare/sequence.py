"""Pairs the ops of two runs of one framework by their order, types and modules: where one of them
computes with few digits, elements tell little."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ..ir import OUTSIDE, Ref
from .fits import Fit, Matching
from .levels import Levels
from .pinning import pin
from .prints import Prints
from .side import Side
from .wishes import NO_WISHES, Wishes

Couple = tuple[Ref, Ref]


def in_order(a: Side, b: Side) -> list[Couple]:
    """Values of ops that stand in the same order in both."""
    mine, theirs = _names(a), _names(b)
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    wanted: list[Couple] = list(zip(a.inputs, b.inputs, strict=False))
    for first, other, size in matcher.get_matching_blocks():
        for step in range(size):
            one, two = first + step, other + step
            slots = min(len(a.rows[one].outputs), len(b.rows[two].outputs))
            wanted += [((one, slot), (two, slot)) for slot in range(slots)]
    return [pair for pair in wanted if _comparable(a, b, *pair)]


def align(
    a: Side, b: Side, couples: Sequence[Couple], levels: Levels, wishes: Wishes = NO_WISHES
) -> Matching:
    """Those that are near enough. Raises CannotCompare where a pin does not fit."""
    ones = [*(one for one, _ in couples), *(one for one, _ in wishes.pinned)]
    others = [*(other for _, other in couples), *(other for _, other in wishes.pinned)]
    made = Matching(a.prints(sorted(set(ones))), b.prints(sorted(set(others))))
    pin(a, b, made, wishes)
    align_more(a, b, made, couples, made.b, levels, wishes)
    return made


def align_more(
    a: Side,
    b: Side,
    made: Matching,
    couples: Sequence[Couple],
    among: Prints,
    levels: Levels,
    wishes: Wishes = NO_WISHES,
    after: int = 0,
) -> list[Fit]:
    """Of what is not matched yet, of B's values those `among`; what was found."""
    wanted = [
        (one, two)
        for one, two in couples
        if two in among.rows and _is_first(made, one, two) and made.allows(wishes, one, two)
    ]
    files = a.hand_out([one for one, _ in wanted])
    wanted = [pair for pair in wanted if pair[0] in files]
    answers = b.against([(files[one], two) for one, two in wanted], levels.match)
    found: list[Fit] = []
    for (one, two), near in zip(wanted, answers, strict=True):
        if near is not None and _is_first(made, one, two):
            found.append(Fit(one, two, near, one, files[one], after))
            made.add(found[-1])
    return found


def _is_first(made: Matching, one: Ref, two: Ref) -> bool:
    """Both stand for their classes, and neither is taken."""
    firsts = made.a.classes.get(one) == one and made.b.classes.get(two) == two
    return firsts and one not in made.fits and two not in made.back


def _names(side: Side) -> list[tuple[str, str]]:
    return [(side.module(record)[0], side.type_of(record)) for record in range(len(side.rows))]


def _comparable(a: Side, b: Side, one: Ref, two: Ref) -> bool:
    if one[0] == OUTSIDE:
        return True
    dynamic = one in a.dynamic and two in b.dynamic
    kept = a.rows[one[0]].outputs[one[1]].kept and b.rows[two[0]].outputs[two[1]].kept
    return dynamic and kept and (a.is_real(one) or a.shape(one) != ()) and a.dtype(one) != "bool"
