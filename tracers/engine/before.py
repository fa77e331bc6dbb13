"""What is known of the run before a restart: statistics of every execution, by the op's key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..ir import TensorSummary
from ..ir.watchpoint import Watch
from ..protocol.refusal import Refusal
from .element import number_text

NAMES = ("least", "greatest", "mean", "rms")
# Of one output: its least and greatest element, mean and rms; None where not known.
Numbers = Sequence[float | None]
# By the op's key: of each execution, of each output.
Table = Mapping[str, Sequence[Sequence[Numbers]]]


class Before:
    """Holds a run against the one before it."""

    def __init__(self, table: Table | None = None) -> None:
        self._table: Table = table or {}

    @property
    def known(self) -> bool:
        """There was a run before."""
        return bool(self._table)

    def change(self, watch: Watch, key: str, turn: int, slot: int, summary: TensorSummary) -> str:
        """Which statistic is further from what it was than a watch allows, in words; "" for none.

        Raises Refusal where nothing is known of the run before.
        """
        if not self._table:
            raise Refusal(
                "no-run-before", "There is no run before this one; restart to compare with this."
            )
        turns = self._table.get(key, ())
        outputs = turns[turn] if turn < len(turns) else ()
        if slot >= len(outputs):
            return ""
        old = outputs[slot]
        new = (summary.minimum, summary.maximum, summary.mean, summary.rms)
        largest = max((abs(x) for x in old[:2] if x is not None), default=0.0)
        limit = watch.number * (largest if watch.relative else 1)
        for name, was, now in zip(NAMES, old, new, strict=True):
            if was is None and now is None:
                continue
            if was is None or now is None or not abs(now - was) <= limit:
                return f"its {name} was {_text(was)} in the run before and is {_text(now)}"
        return ""


def read_before(given: object) -> Before:
    """As a request has it. Raises Refusal."""
    if given is None:
        return Before()
    try:
        rows = cast("dict[str, list[list[list[Any]]]]", given)
        table = {
            str(key): [[_numbers(output) for output in outputs] for outputs in turns]
            for key, turns in rows.items()
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise Refusal("bad-arguments", f"That is no table of the run before: {error}.") from error
    return Before(table)


def _numbers(output: Sequence[Any]) -> Numbers:
    numbers = [None if x is None else float(x) for x in output]
    if len(numbers) != len(NAMES):
        raise ValueError(f"{len(numbers)} numbers instead of {len(NAMES)}")
    return [None if x is None or not math.isfinite(x) else x for x in numbers]


def _text(number: float | None) -> str:
    return "not finite" if number is None else number_text(number)
