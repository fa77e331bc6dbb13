"""What the user changed in a run: a value that an op gives or reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EditKind(str, Enum):
    """What a value is replaced by."""

    EXPRESSION = "expression"  # `text` over `x`, the value itself, and `inputs`
    CONSTANT = "constant"  # every element is the number in `text`
    FILE = "file"  # the array in the .npy file that `text` names
    NOISE = "noise"  # plus normal noise; `text` is its standard deviation
    ZERO = "zero"  # every element is zero
    ELEMENT = "element"  # `text` is "[0, 2] = 1.5": the element, or all behind these first indices


@dataclass(frozen=True, slots=True)
class Edit:
    """One change, anchored by names that survive a new run.

    Attributes:
        id: given by who made it, unique in a session.
        where: key of the op.
        turn: which execution of the op in the run, from 0.
        slot: which output, or input in argument order.
        label: how it is listed ("output of softmax in h.5.attn").
    """

    id: int
    where: str
    kind: EditKind
    text: str = ""
    turn: int = 0
    slot: int = 0
    is_input: bool = False
    enabled: bool = True
    label: str = ""


class Difference(str, Enum):
    """How an executed op stands against the run without edits."""

    EDITED = "edited"  # the user's own change
    CHANGED = "changed"  # its outputs differ
    ADDED = "added"  # ran only with the edits
    REMOVED = "removed"  # ran only without them


@dataclass(frozen=True, slots=True)
class Change:
    """One op that the edits touched.

    Attributes:
        op: index into Graph.ops.
        record: in the edited run, -1 for one that it does not have.
        before: record in the run without edits, -1 for one that it does not have.
        largest: the largest absolute difference of an output's elements, None where unknown.
        text: a few words ("max 3.2 to 5.1").
    """

    op: int
    record: int
    before: int
    how: Difference
    largest: float | None = None
    text: str = ""
