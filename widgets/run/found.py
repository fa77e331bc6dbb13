"""What a query found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Run, Selection

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a query found, or why it is none.

    Attributes:
        text: the query.
        problem: a sentence where it is no query, "" otherwise.
        plain: it is words alone, which may as well name something that is no op.
        ops: the ops that fit, in order.
        mask: for each op whether it fits.
        records: for each record whether it is one that was asked for; None where the query asks
            nothing of executed ops, so that all of an op's are.
        costs: how badly each of `ops` fits the words, the lower the better.
    """

    text: str
    problem: str
    plain: bool
    ops: Ints
    mask: Bools
    records: Bools | None
    costs: Floats

    def holds(self, op: int) -> bool:
        """An op fits."""
        return 0 <= op < len(self.mask) and bool(self.mask[op])

    def best(self, most: int) -> list[tuple[float, int]]:
        """(cost, op) of those that fit best, best first; of equal ones the first in the graph."""
        costs = self.costs
        some = np.arange(len(costs))
        if len(costs) > most:
            limit = np.partition(costs, most - 1)[most - 1]
            below = np.flatnonzero(costs < limit)
            level = np.flatnonzero(costs == limit)[: most - len(below)]
            some = np.concatenate([below, level])
        order = some[np.lexsort((some, costs[some]))]
        return [(float(costs[index]), int(self.ops[index])) for index in order.tolist()]

    def place_of(self, op: int) -> int:
        """Which one an op is among those found, from 0; -1 where it is none."""
        at = int(np.searchsorted(self.ops, op))
        return at if at < len(self.ops) and self.ops[at] == op else -1

    def after(self, op: int, step: int) -> int:
        """The op found next after one (step 1), or before it (-1), around the end; -1 for none."""
        if not len(self.ops):
            return -1
        if step > 0:
            at = int(np.searchsorted(self.ops, op, "right"))
        else:
            at = int(np.searchsorted(self.ops, op, "left")) - 1 if op >= 0 else -1
        return int(self.ops[at % len(self.ops)])

    def selection_of(self, run: Run, op: int) -> Selection:
        """An op found, with its first execution that was asked for."""
        if self.records is None:
            return Selection(op=op)
        known = len(self.records)
        rows = (row for row in run.executions(op) if row < known and self.records[row])
        return Selection(op=op, record=next(rows, -1))


def nothing(text: str, ops: int, problem: str = "") -> Found:
    """No op fits."""
    none = np.zeros(0, np.int32)
    return Found(text, problem, False, none, np.zeros(ops, bool), None, np.zeros(0))
