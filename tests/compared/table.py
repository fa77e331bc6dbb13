"""Holds what was found against what was put in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from opscope.tracers.compare.result import Certainty, Divergence, OpSide
from opscope.tracers.compare.side import Side
from opscope.tracers.ir import Ref
from tests.compared.pair import Compared
from tests.compared.plan import KERAS, TORCH
from tests.compared.spots import Place, Spot

_MOVES = frozenset(
    {"Reshape", "Transpose", "Squeeze", "ExpandDims", "Identity", "StopGradient", "Cast", "Pad"}
    | {"view", "reshape", "transpose", "permute", "squeeze", "unsqueeze", "contiguous", "to"}
    | {"pad", "float", "getitem", "flatten", "StridedSlice", "dropout"}
)
# What may be told of each kind of bug.
_TOLD = {
    "activation": "activation gelu negative_slope",
    "align": "align_corners half_pixel_centers",
    "axis": "axis dim",
    "bias": "weight left_out",
    "ceil": "ceil_mode padding",
    "channels": "left_out order weight",
    "concat": "order",
    "count": "count_include_pad padding",
    "dropout": "dropout left_out",
    "dtype": "dtype",
    "eps": "eps",
    "gates": "gates order weight",
    "gelu": "gelu",
    "half pixel": "half_pixel_centers align_corners",
    "mask": "mask is_causal",
    "mode": "mode normalization",
    "mode of resize": "mode",
    "padding": "padding",
    "reorder": "order weight normalization",
    "residual": "left_out",
    "scale": "scale left_out",
    "stride": "stride",
    "transposed": "weight transpose_a transpose_b",
}


@dataclass(frozen=True)
class Verdict:
    """Of one divergence against one bug, on both sides.

    Attributes:
        cause: it is proved or hinted at, by a kind that the bug is of.
    """

    module: bool
    op: bool
    cause: bool


NOTHING = Verdict(False, False, False)


def verdicts(made: Compared) -> list[Verdict]:
    """Of the first divergence for a case with one bug; for one with more, of each bug's best."""
    spots = made.case.spots
    if len(spots) == 1:
        first = made.found.divergence
        return [NOTHING if first is None else judge(made, spots[0], first)]
    return [
        max(
            (judge(made, spot, each) for each in made.found.divergences),
            key=lambda each: (each.module, each.op),
            default=NOTHING,
        )
        for spot in spots
    ]


def judge(made: Compared, spot: Spot, found: Divergence) -> Verdict:
    """The ops that a divergence names against those of a bug."""
    module = op = True
    for writing, place in ((TORCH, spot.torch), (KERAS, spot.keras)):
        named = found.a if made.case.first == writing else found.b
        side = made.sides[writing]
        places = [place] if place is not None else _readers(made, spot, writing)
        module &= any(each.has_module(named.module) for each in places)
        op &= any(_holds(each, named, side) for each in places)
    known = found.cause.certainty is not Certainty.UNKNOWN
    return Verdict(
        module, op, known and found.cause.kind.replace(" ", "_") in _TOLD[spot.bug.kind].split()
    )


def _holds(place: Place, named: OpSide, side: Side) -> bool:
    return place.holds(named.module, side.type_of(named.record))


def _readers(made: Compared, spot: Spot, lacking: str) -> list[Place]:
    """In a writing that lacks an op: what reads the value that the op would have read, the last
    one that was made, and what that was made by where nothing reads it."""
    owner = KERAS if lacking == TORCH else TORCH
    place = spot.torch if owner == TORCH else spot.keras
    assert place is not None
    mine, theirs = made.sides[owner], made.sides[lacking]
    turned = made.case.first == lacking
    pairs = {(p.b if turned else p.a): (p.a if turned else p.b) for p in made.found.pairs}
    owned = [
        record
        for record in range(len(mine.rows))
        if place.holds(mine.module(record)[0], mine.type_of(record))
    ]
    inside = set(owned)
    refs = {
        ref
        for record in owned
        for ref in mine.rows[record].inputs
        if ref in mine.dynamic and ref[0] not in inside
    }
    if not refs:
        return []
    source = max(refs)
    seen = [pairs[ref] for ref in _same(mine, source) if ref in pairs]
    found = [record for ref in seen for record in _reading(theirs, ref)]
    return [
        Place(theirs.module(record)[0], frozenset({theirs.type_of(record)}), False)
        for record in found
    ]


def _same(side: Side, ref: Ref) -> list[Ref]:
    """A value and those that views of it were made of."""
    found = [ref]
    while ref[0] >= 0 and side.type_of(ref[0]) in _MOVES:
        ref = side.rows[ref[0]].inputs[0]
        found.append(ref)
    return found


def _reading(side: Side, ref: Ref) -> Iterable[int]:
    """What reads a value, behind views of it, too."""
    waiting = [ref]
    while waiting:
        each = waiting.pop()
        for record in side.readers.get(each, []):
            yield record
            if side.type_of(record) in _MOVES:
                waiting += [(record, slot) for slot in range(len(side.rows[record].outputs))]


def described(made: Compared) -> str:
    """One line on what was put in and what was found."""
    bugs = " + ".join(f"{s.bug.kind}/{s.bug.side}/{s.bug.path}" for s in made.case.spots) or "clean"
    rows = [
        f"A {d.a.module}:{d.a.type} B {d.b.module}:{d.b.type} {d.cause.certainty.value}"
        f" {d.cause.kind} ({d.cause.sentence}) {d.error}"
        for d in made.found.divergences
    ]
    return f"{made.case.name} A={made.case.first} [{bugs}] -> " + " | ".join(rows or ["equal"])


@dataclass
class Table:
    """What all cases came to."""

    rows: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    missed: list[str] = field(default_factory=list[str])
    kinds: set[str] = field(default_factory=set[str])

    def add(self, made: Compared) -> None:
        """One more case."""
        bugs = len(made.case.spots)
        self.kinds |= set(made.case.kinds)
        if not bugs:
            self._note("false findings", float(not made.found.equal))
            missed = not made.found.equal
        elif bugs == 1:
            (found,) = verdicts(made)
            self._note("module", found.module)
            self._note("op", found.op)
            self._note("cause", found.cause)
            missed = not (found.module and found.op and found.cause)
        else:
            both = all(found.module for found in verdicts(made))
            self._note("both of two bugs", both)
            missed = not both
        if missed:
            self.missed.append(described(made))

    def count(self, name: str) -> int:
        """How many cases it is true of."""
        return int(sum(self.rows.get(name, ())))

    def share(self, name: str) -> float:
        """Per cent of the cases that it is true of."""
        rows = self.rows.get(name, [])
        return 100 * sum(rows) / max(1, len(rows))

    def lines(self) -> list[str]:
        """As people read it."""
        return [f"{name}: {self.count(name)} of {len(rows)}" for name, rows in self.rows.items()]

    def _note(self, name: str, value: float) -> None:
        self.rows.setdefault(name, []).append(float(value))
