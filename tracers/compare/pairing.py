"""Pairs the values of two runs of one model by the order of its ops, however far apart they are."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Sequence

from ..ir import OUTSIDE, Ref
from .side import Side

Name = tuple[str, str]


def pairs_by_order(a: Side, b: Side) -> list[tuple[Ref, Ref]]:
    """Inputs, outputs of ops of one type in one module that stand in the same order, and what
    leaves modules that are computed in other ops."""
    found = [
        (one, other)
        for one, other in zip(a.inputs, b.inputs, strict=False)
        if a.shape(one) == b.shape(other)
    ]
    for one, other in _records(_names(a), _names(b)):
        slots = min(len(a.rows[one].outputs), len(b.rows[other].outputs))
        rows = (((one, slot), (other, slot)) for slot in range(slots))
        found += [pair for pair in rows if _comparable(a, b, *pair)]
    return sorted(found + _leaving_pairs(a, b, found), key=lambda pair: pair[1])


def _names(side: Side) -> list[Name]:
    return [(side.module(record)[0], side.type_of(record)) for record in range(len(side.rows))]


def _records(mine: Sequence[Name], theirs: Sequence[Name]) -> list[tuple[int, int]]:
    """Records with the same names; what both begin and end with is not searched."""
    least = min(len(mine), len(theirs))
    head = next((n for n in range(least) if mine[n] != theirs[n]), least)
    left = least - head
    tail = next((n for n in range(left) if mine[-1 - n] != theirs[-1 - n]), left)
    found = [(n, n) for n in range(head)]
    middle = mine[head : len(mine) - tail], theirs[head : len(theirs) - tail]
    matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
    for first, other, size in matcher.get_matching_blocks():
        found += [(head + first + step, head + other + step) for step in range(size)]
    return found + [(len(mine) - n, len(theirs) - n) for n in range(tail, 0, -1)]


def _comparable(a: Side, b: Side, one: Ref, other: Ref) -> bool:
    if one not in a.dynamic or other not in b.dynamic or a.shape(one) != b.shape(other):
        return False
    kept = a.rows[one[0]].outputs[one[1]].kept and b.rows[other[0]].outputs[other[1]].kept
    number = all("float" in dtype or "int" in dtype for dtype in (a.dtype(one), b.dtype(other)))
    return kept and number


def _leaving_pairs(a: Side, b: Side, known: Sequence[tuple[Ref, Ref]]) -> list[tuple[Ref, Ref]]:
    """What modules hand on, where they hand on as much in both runs."""
    taken = {one for one, _ in known}, {other for _, other in known}
    mine, theirs = _leaving(a), _leaving(b)
    found: list[tuple[Ref, Ref]] = []
    for path in mine.keys() & theirs.keys():
        if len(mine[path]) != len(theirs[path]):
            continue
        for pair in zip(mine[path], theirs[path], strict=True):
            if pair[0] not in taken[0] and pair[1] not in taken[1] and _comparable(a, b, *pair):
                found.append(pair)
                taken[0].add(pair[0])
                taken[1].add(pair[1])
    return found


def _leaving(side: Side) -> dict[str, list[Ref]]:
    """By module: values made in it, or further inside, that ops outside of it read."""
    paths = [side.module(record)[0] for record in range(len(side.rows))]
    found: dict[str, list[Ref]] = defaultdict(list)
    for ref in sorted(side.dynamic):
        if ref[0] == OUTSIDE or not side.is_real(ref):
            continue
        readers = [paths[record] for record in side.readers.get(ref, ())]
        path = paths[ref[0]]
        while path and any(not _inside(reader, path) for reader in readers):
            found[path].append(ref)
            path = path.rpartition(".")[0]
    return found


def _inside(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")
