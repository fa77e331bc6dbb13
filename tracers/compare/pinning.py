"""Values that the user says are one."""

from __future__ import annotations

from ..ir import OUTSIDE, Ref
from .fits import Fit, Matching
from .side import Side
from .wishes import CannotCompare, Wishes


def pin(a: Side, b: Side, made: Matching, wishes: Wishes) -> None:
    """Match what is pinned, whatever its elements. Raises CannotCompare where that is not held, or
    no order of axes makes the one the other."""
    wanted = sorted(wishes.pinned)
    for one, other in wanted:
        for side, ref, known in ((a, one, made.a.rows), (b, other, made.b.rows)):
            if ref not in known:
                raise CannotCompare(
                    f"{side.name}'s {label_of(side, ref)} cannot be pinned: its value is not held,"
                    " is no real number, or does not depend on the inputs."
                )
    files = a.hand_out([one for one, _ in wanted])
    asked = [(files.get(one, ""), made.b.classes[other], None) for one, other in wanted]
    for (one, other), (path, first, _), near in zip(wanted, asked, b.apart(asked), strict=True):
        mine = made.a.classes[one]
        if near is None:
            raise CannotCompare(
                f"{a.name}'s {label_of(a, one)} is {_shape(a, one)} and {b.name}'s"
                f" {label_of(b, other)} {_shape(b, other)}: no order of axes makes the one the"
                " other, so they cannot be pinned."
            )
        if mine in made.fits or first in made.back:
            side, ref = (a, one) if mine in made.fits else (b, other)
            raise CannotCompare(f"{side.name}'s {label_of(side, ref)} is pinned twice.")
        made.add(Fit(mine, first, near, one, path))


def label_of(side: Side, ref: Ref) -> str:
    """What to call a value: the op that made it, or its own name."""
    if ref[0] == OUTSIDE:
        return side.run.graph.values[ref[1]].name or "input"
    return side.run.graph.op_label(side.rows[ref[0]].op)


def _shape(side: Side, ref: Ref) -> str:
    return "×".join(str(extent) for extent in side.shape(ref)) or "a scalar"
