"""Pairs the ops of two runs of one framework by their order, types and modules: where one of them
computes with few digits, elements tell little."""

from __future__ import annotations

import difflib

from ..ir import OUTSIDE, Ref
from .levels import Levels
from .matching import Fit, Matching
from .side import Side


def align(a: Side, b: Side, levels: Levels) -> Matching:
    """Values of ops that stand in the same order in both, if they are near enough."""
    mine, theirs = _names(a), _names(b)
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    wanted: list[tuple[Ref, Ref]] = list(zip(a.inputs, b.inputs, strict=False))
    for first, other, size in matcher.get_matching_blocks():
        for step in range(size):
            one, two = first + step, other + step
            slots = min(len(a.rows[one].outputs), len(b.rows[two].outputs))
            wanted += [((one, slot), (two, slot)) for slot in range(slots)]
    wanted = [pair for pair in wanted if _comparable(a, b, *pair)]
    made = Matching(a.prints([one for one, _ in wanted]), b.prints([two for _, two in wanted]))
    files = a.hand_out([one for one, _ in wanted])
    wanted = [pair for pair in wanted if pair[0] in files]
    answers = b.against([(files[one], two) for one, two in wanted], levels.match)
    for (one, two), answer in zip(wanted, answers, strict=True):
        if answer is not None and _is_first(made, one, two):
            made.add(Fit(one, two, answer[0], one, files[one], answer[1]))
    return made


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
