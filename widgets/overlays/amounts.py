"""The numbers of an overlay: for each op and value, and gathered for each scope."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Graph

Floats = npt.NDArray[np.float64]


class Amounts:
    """Grows with a graph; NaN stands where nothing is known.

    Attributes:
        ops, values: by index into the graph's rows.
        version: another number after each change.
    """

    def __init__(self, graph: Graph, summed: bool) -> None:
        self._graph = graph
        self._summed = summed
        self.version = 0
        self.ops: Floats = np.empty(0)
        self.values: Floats = np.empty(0)
        self._scopes: Floats = np.empty(0)
        self._stale = False
        self.grow()

    def grow(self) -> bool:
        """Make room for rows that the graph has gained; whether there were any."""
        graph = self._graph
        sizes = (len(graph.ops), len(graph.values), len(graph.scopes))
        if sizes == (len(self.ops), len(self.values), len(self._scopes)):
            return False
        self.ops, self.values, self._scopes = (
            np.concatenate([old, np.full(size - len(old), np.nan)])
            for old, size in zip((self.ops, self.values, self._scopes), sizes, strict=True)
        )
        self._stale = True  # an op may have gained an inside
        self.version += 1
        return True

    def clear(self) -> None:
        """Forget every amount."""
        for rows in (self.ops, self.values, self._scopes):
            rows.fill(np.nan)
        self._stale = False
        self.version += 1

    def add(self, op: int, amount: float) -> None:
        """Add to an op's amount, and to those of all scopes around it."""
        old = self.ops[op]
        self.ops[op] = amount if np.isnan(old) else old + amount
        self.version += 1
        if self._stale:
            return
        rows, scopes = self._graph.scopes, self._scopes
        scope = self.home(op)
        while scope >= 0:
            old = scopes[scope]
            scopes[scope] = amount if np.isnan(old) else old + amount
            scope = rows[scope].parent

    def raise_to(self, op: int, amount: float) -> None:
        """Let an op have an amount, unless it has one that is further from zero."""
        if not abs(self.ops[op]) >= abs(amount):
            self.put(op, amount)

    def put(self, op: int, amount: float) -> None:
        """Let an op have an amount, whatever it had."""
        old = self.ops[op]
        if old == amount:
            return
        self.ops[op] = amount
        self.version += 1
        if self._summed or abs(old) > abs(amount):
            self._stale = True
        if self._stale:
            return
        rows, scopes = self._graph.scopes, self._scopes
        scope = self.home(op)
        while scope >= 0 and not abs(scopes[scope]) >= abs(amount):
            scopes[scope] = amount
            scope = rows[scope].parent

    def put_value(self, value: int, amount: float) -> None:
        """Let an output, or a value from outside, have an amount."""
        self.values[value] = amount
        self.version += 1

    def home(self, op: int) -> int:
        """The scope that an op counts in: that of its inside where it has one."""
        row = self._graph.ops[op]
        return row.inner if row.inner >= 0 else row.scope

    def scope(self, scope: int) -> float:
        """What stands for all ops in a scope and beneath it; NaN where nothing is known."""
        if self._stale:
            self._gather()
        return float(self._scopes[scope])

    def together(self, amounts: Floats) -> float:
        """What stands for several amounts; NaN where none is known."""
        known = amounts[~np.isnan(amounts)]
        if not len(known):
            return float("nan")
        return float(known.sum() if self._summed else known[np.abs(known).argmax()])

    def _gather(self) -> None:
        """Work out all scopes anew, inner ones first: a scope stands after the one around it."""
        graph, summed = self._graph, self._summed
        rows: list[float | None] = [None] * len(graph.scopes)
        for op in np.flatnonzero(~np.isnan(self.ops)).tolist():
            home, amount = self.home(op), float(self.ops[op])
            rows[home] = _joined(rows[home], amount, summed)
        for scope in range(len(rows) - 1, 0, -1):
            amount = rows[scope]
            if amount is not None:
                parent = graph.scopes[scope].parent
                rows[parent] = _joined(rows[parent], amount, summed)
        self._scopes = np.array([np.nan if row is None else row for row in rows], np.float64)
        self._stale = False


def _joined(one: float | None, two: float, summed: bool) -> float:
    if one is None:
        return two
    if summed:
        return one + two
    return one if abs(one) >= abs(two) else two
