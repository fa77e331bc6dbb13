"""What was found wrong with the numbers of a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# An element: its index in a value.
Index = tuple[int, ...]


class FindingKind(str, Enum):
    """How it came to be found."""

    PRODUCER = "producer"  # an op made it from values that were in order
    OUTSIDE = "outside"  # it came in with an input, parameter or buffer
    WATCH = "watch"  # a watched condition holds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, at the first op that shows it.

    Attributes:
        record: index of the record, -1 where a value from outside is the cause.
        slot: which output of the record, or index into Graph.values.
        rule: which rule was broken, in a word ("log-of-zero"); of a watch, its condition.
        message: what happened and why, in one sentence.
        advice: what to try, in one sentence; "" where there is nothing to say.
        index: of the first element that shows it; () of a scalar, and where not known.
        operands: what went into that element, as (name, text).
        result: what the element is.
        spread_ops, spread_values: ops and values after it that are not finite because of it.
        times: how many executions of the op show it.
    """

    kind: FindingKind
    record: int
    slot: int
    rule: str
    message: str
    advice: str = ""
    index: Index = ()
    operands: tuple[tuple[str, str], ...] = ()
    result: str = ""
    spread_ops: int = 0
    spread_values: int = 0
    times: int = 1
