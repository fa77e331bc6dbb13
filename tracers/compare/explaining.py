"""Why the runs part at a place, with both sides' ops next to each other."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Ref
from .causes import Found, Region, find_cause, same_text
from .fits import Matching
from .levels import Levels
from .result import Divergence, OpSide
from .side import Side
from .starts import Start


@dataclass(frozen=True, slots=True)
class Explained:
    """Attributes:
    at: values of A and B that are one but for the cause, where that is proved.
    """

    divergence: Divergence
    at: tuple[Ref, Ref] | None


def explained(a: Side, b: Side, made: Matching, start: Start, levels: Levels) -> Explained:
    """By the ops there, run once more on the same inputs."""
    anchors = made.anchors()
    for ref in start.at_b:
        anchors.pop(ref, None)
    files_b: dict[tuple[int, int], str] = {}
    if b.live:
        _, files_b = b.lockstep(anchors, start.at_b, ())
    missing = [ref for ref in start.at_b if ref not in files_b]
    files_b |= b.hand_out(missing)
    proof = levels.proof
    if start.local and start.error is not None and not levels.coarse:
        proof = min(proof, max(levels.flag, start.error / 8))
    files_a = a.hand_out(start.at_a)
    mine = Region(a, start.a, start.first_a, start.at_a, {}, files_a, made.same_as_a)
    theirs = Region(b, start.b, start.first_b, start.at_b, anchors, files_b, made.same_as_b)
    found = find_cause(mine, theirs, proof)
    one, other = _named(mine, found, found.a), _named(theirs, found, found.b)
    rows = _side_by_side(one, other)
    told = Divergence(one, other, rows, found.cause, start.error, start.local)
    return Explained(told, found.at)


def _named(region: Region, found: Found, better: int | None) -> OpSide:
    return region.side.op(region.first if better is None else better, region.whole)


def _side_by_side(a: OpSide, b: OpSide) -> tuple[tuple[str, str, str, bool], ...]:
    mine, theirs = dict(a.attributes), dict(b.attributes)
    rows: list[tuple[str, str, str, bool]] = []
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name, ""), theirs.get(name, "")
        differs = bool(one) and bool(other) and not same_text(one, other)
        rows.append((name, one, other, differs))
    return tuple(rows)
