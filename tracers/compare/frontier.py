"""Goes back from what the runs come to, through values that are in one run alone, to the ops whose
inputs are in both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..ir import Ref
from .matching import Matching, likeness
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
        if any(feeder in behind or _is_real(side, feeder) for feeder in feeders):
            behind.add(record)
        elif _is_real(side, record):
            first.append(record)
    return Open(frozenset(records), tuple(first), tuple(ends))


def pair_first(a: Side, b: Side, made: Matching, one: Open, other: Open) -> tuple[int, int] | None:
    """The two ops that the difference begins with; None where a run has none."""
    ranked: list[tuple[float, float, int, int]] = []
    for mine in one.first:
        anchors = {
            made.fits[ref].b for ref in _anchors(a, made.a.classes, mine) if ref in made.fits
        }
        for theirs in other.first:
            common = anchors & set(_anchors(b, made.b.classes, theirs))
            alike = likeness(a.module(mine)[0], b.module(theirs)[0])
            late = mine / max(1, len(a.rows)) + theirs / max(1, len(b.rows))
            ranked.append((0.0 if common else 1.0, late - 0.02 * alike, mine, theirs))
    if not ranked:
        return None
    _, _, mine, theirs = min(ranked)
    return mine, theirs


def following(side: Side, first: int, part: Open, most: int) -> list[int]:
    """Records of the part from one on, with those that begin beside it on the same values."""
    inputs = set(side.rows[first].inputs)
    found = {first}
    for record in sorted(part.records):
        if record < first or len(found) >= most:
            continue
        row = side.rows[record]
        beside = record in part.first and bool(inputs & set(row.inputs))
        if beside or any(ref[0] in found for ref in row.inputs):
            found.add(record)
    return sorted(found)


def _anchors(side: Side, classes: dict[Ref, Ref], record: int) -> list[Ref]:
    return [classes.get(ref, ref) for ref in side.rows[record].inputs]


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
