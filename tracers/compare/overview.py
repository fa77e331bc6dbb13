"""What two runs share, op by op and module by module, and what the reader must know of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from ..ir import Ref
from .fits import Matching
from .frontier import Open
from .layouts import back, forth
from .levels import Levels
from .matching import likeness
from .result import Divergence, ModulePair, Pair, Tally
from .side import Side


def pairs(
    a: Side, b: Side, made: Matching, local: dict[Ref, float], exchanged: bool
) -> tuple[Pair, ...]:
    """In A's order; `local` errors by B's value. Exchanged: the user's A is b."""
    found: list[Pair] = []
    for fit in made.fits.values():
        shapes = a.shape(fit.member), b.shape(fit.b)
        layout = (forth if exchanged else back)(fit.near.order, *shapes)
        found.append(
            Pair(
                fit.b if exchanged else fit.member,
                fit.member if exchanged else fit.b,
                fit.error,
                local.get(fit.b),
                layout.order,
                fit.near.largest,
                fit.near.mean,
                fit.after,
                layout.split,
            )
        )
    return tuple(sorted(found, key=lambda pair: pair.a))


def tally(side: Side, has: Callable[[Ref], bool], part: Open, parting: Collection[int]) -> Tally:
    """`parting` are records at which the runs part."""
    matched = merged = unmatched = 0
    for record, row in enumerate(side.rows):
        if record in part.records:
            unmatched += 1
        elif any(has((record, slot)) for slot in range(len(row.outputs))):
            matched += 1
        elif record in parting:
            unmatched += 1
        else:
            merged += 1
    return Tally(matched, merged, unmatched)


def modules(
    a: Side, b: Side, made: Matching, divergences: Sequence[Divergence]
) -> tuple[ModulePair, ...]:
    """Modules that share most values; those without one stand alone."""
    votes: dict[str, Counter[str]] = {}
    for fit in made.fits.values():
        if fit.a[0] >= 0 and fit.b[0] >= 0:
            votes.setdefault(a.module(fit.a[0])[0], Counter())[b.module(fit.b[0])[0]] += 1
    places = {(found.a.module, found.b.module) for found in divergences}
    for one, other in places:
        votes.setdefault(one, Counter())[other] += 0
    rows: list[ModulePair] = []
    taken: set[str] = set()
    for path in _paths(a):
        if path not in votes:
            rows.append(ModulePair(path, None, 0))
            continue
        counted = votes[path]
        best = max(counted, key=lambda other: (counted[other], likeness(path, other)))
        taken.add(best)
        row = ModulePair(path, best, counted[best])
        rows.append(replace(row, differs=(path, best) in places))
    rows += [ModulePair(None, path, 0) for path in _paths(b) if path not in taken]
    return tuple(rows)


def notes_on(a: Side, b: Side, levels: Levels) -> list[str]:
    """What limits the comparison."""
    found: list[str] = []
    for side in (a, b):
        gone = [
            summary
            for row in side.rows
            for summary in row.outputs
            if not summary.kept and "float" in summary.dtype
        ]
        if gone:
            found.append(
                f"{len(gone)} values of {side.name} were let go to stay within the memory for kept"
                " values, and are not compared."
            )
    if levels.coarse:
        found.append(
            "One of the runs computes with few digits: small changes of eps and GELU by tanh"
            " cannot be seen there."
        )
    return found


def left_over(a: Side, b: Side, one: Open, other: Open) -> list[str]:
    """What one of the runs comes to alone."""
    found: list[str] = []
    for side, part, lacking in ((a, one, b), (b, other, a)):
        if part.ends:
            label = side.run.graph.op_label(side.rows[part.ends[-1][0]].op)
            found.append(f"{lacking.name} has no value like that of {side.name}'s {label}.")
    return found


def _paths(side: Side) -> list[str]:
    return list(dict.fromkeys(side.module(record)[0] for record in range(len(side.rows))))
