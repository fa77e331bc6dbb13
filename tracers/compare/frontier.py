"""Goes back from what the runs come to, through values that are in one run alone, to the ops whose
inputs are in both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..ir import Ref
from .matching import Matching, likeness
from .movers import family
from .side import Side


@dataclass(frozen=True, slots=True)
class Open:
    """What a run computes alone.

    Attributes:
        records: all of it.
        first: those whose inputs are in both runs.
        ends: values that nothing reads, and that the other run does not have.
    """

    records: frozenset[int]
    first: tuple[int, ...]
    ends: tuple[Ref, ...]


def open_part(side: Side, has: Callable[[Ref], bool]) -> Open:
    """`has` says of a value that the other run has it, too."""
    ends = [ref for ref in _ends(side) if not has(ref)]
    records: set[int] = set()
    waiting = list(ends)
    while waiting:
        ref = waiting.pop()
        if ref[0] < 0 or ref[0] in records or ref not in side.dynamic or has(ref):
            continue
        records.add(ref[0])
        waiting += side.rows[ref[0]].inputs
    behind: set[int] = set()  # they depend on real numbers that are in this run alone
    first: list[int] = []
    for record in sorted(records):
        feeders = {ref[0] for ref in side.rows[record].inputs if not has(ref)} & records
        if any(each in behind or _computes(side, each) for each in feeders):
            behind.add(record)
        elif _is_real(side, record):
            first.append(record)
    return Open(frozenset(records), tuple(first), tuple(ends))


def pair_first(a: Side, b: Side, made: Matching, one: Open, other: Open) -> tuple[int, int] | None:
    """The two ops that the difference begins with; None where a run has none.

    Ops that only move elements are named where both sides begin with such ones, else what reads
    them.
    """
    anchors_a = {
        record: {made.fits[ref].b for ref in _anchors(a, made.a.classes, one, record)
                 if ref in made.fits}
        for record in one.first
    }  # fmt: skip
    anchors_b = {record: set(_anchors(b, made.b.classes, other, record)) for record in other.first}
    ranked: list[tuple[int, float, int, int]] = []
    for mine, here in anchors_a.items():
        for theirs, there in anchors_b.items():
            kinds = family(a.type_of(mine)), family(b.type_of(theirs))
            alike = likeness(a.module(mine)[0], b.module(theirs)[0])
            late = mine / max(1, len(a.rows)) + theirs / max(1, len(b.rows))
            unlike = 2 * (not here & there) + (kinds[0] != kinds[1])
            ranked.append((unlike, late - 0.02 * alike, mine, theirs))
    if not ranked:
        return _with_its_source(a, b, made, one, other)
    _, _, mine, theirs = min(ranked)
    return mine, theirs


def _with_its_source(
    a: Side, b: Side, made: Matching, one: Open, other: Open
) -> tuple[int, int] | None:
    """Where one run goes on from the value that the other ends with: the op that it goes on with,
    and the one that made the value there."""
    for record in one.first:
        for ref in _anchors(a, made.a.classes, one, record):
            fit = made.fits.get(ref)
            if fit is not None and fit.b[0] >= 0 and _ends_with(b, made.b.members[fit.b]):
                return record, fit.b[0]
    for record in other.first:
        for ref in _anchors(b, made.b.classes, other, record):
            first = made.back.get(ref)
            if first is not None and first[0] >= 0 and _ends_with(a, made.a.members[first]):
                return first[0], record
    return None


def _ends_with(side: Side, members: list[Ref]) -> bool:
    """Nothing reads a value, but to move its elements."""
    return all(
        family(side.type_of(record)) for ref in members for record in side.readers.get(ref, ())
    )


def following(side: Side, first: int, part: Open, most: int) -> list[int]:
    """Records of the part from one on, with those that begin beside it on the same values."""
    inputs = set(side.rows[first].inputs)
    found = {first, *_moved(side, first, part)}
    for record in sorted(part.records):
        if record < first or len(found) >= most:
            continue
        row = side.rows[record]
        beside = record in part.first and bool(inputs & set(row.inputs))
        if beside or any(ref[0] in found for ref in row.inputs):
            found.add(record)
    return sorted(found)


def _moved(side: Side, record: int, part: Open) -> set[int]:
    """Ops of the part that move elements to where a record reads them."""
    found: set[int] = set()
    waiting = [ref[0] for ref in side.rows[record].inputs]
    while waiting:
        each = waiting.pop()
        if each in part.records and each not in found and family(side.type_of(each)):
            found.add(each)
            waiting += [ref[0] for ref in side.rows[each].inputs]
    return found


def _anchors(side: Side, classes: dict[Ref, Ref], part: Open, record: int) -> list[Ref]:
    """What a record reads of what is in both runs, moved to where it reads it or not."""
    readers = [record, *_moved(side, record, part)]
    return [classes.get(ref, ref) for each in readers for ref in side.rows[each].inputs]


def _ends(side: Side) -> list[Ref]:
    """What the run comes to: values that nothing reads, but for by-products of an op."""
    found: list[Ref] = []
    for index, row in enumerate(side.rows):
        refs = [(index, slot) for slot in range(len(row.outputs))]
        if not any(ref in side.readers for ref in refs):
            found += [ref for ref in refs if side.is_real(ref) and ref in side.dynamic][:1]
    return found


def _is_real(side: Side, record: int) -> bool:
    return any(side.is_real((record, slot)) for slot in range(len(side.rows[record].outputs)))


def _computes(side: Side, record: int) -> bool:
    return _is_real(side, record) and not family(side.type_of(record))
