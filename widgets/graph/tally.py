"""How many ops of each scope ran: ops sorted by their place in the tree of scopes, counted once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .model import GraphModel

Flags = npt.NDArray[np.bool_]


class Tally:
    """Counts of flags over scopes and all beneath them. Ops with an inside are not counted."""

    def __init__(self, model: GraphModel) -> None:
        self._model = model
        self._order = np.zeros(0, np.int64)
        self._first: list[int] = []  # by scope: where its ops begin in the order
        self._last: list[int] = []
        self._sums: dict[bool, npt.NDArray[np.int64]] = {}
        self._known = (-1, -1)

    def forget(self) -> None:
        """The flags are others than when they were counted."""
        self._sums.clear()

    def count(self, scope: int, which: bool, flags: Flags) -> tuple[int, int]:
        """Flagged ops of a scope, and all of them. `which` names the flags until `forget`."""
        known = len(self._model.graph.scopes), len(flags)
        if self._known != known:
            self._known = known
            self._sort(len(flags))
        sums = self._sums.get(which)
        if sums is None:
            sums = np.zeros(len(self._order) + 1, np.int64)
            np.cumsum(flags[self._order], out=sums[1:])
            self._sums[which] = sums
        first, last = self._first[scope], self._last[scope]
        return int(sums[last] - sums[first]), last - first

    def _sort(self, count: int) -> None:
        """Sort the first `count` ops."""
        graph, model = self._model.graph, self._model
        self._sums.clear()
        parents = [row.parent for row in graph.scopes]
        sizes = [1] * len(parents)
        for scope in range(len(parents) - 1, 0, -1):
            sizes[parents[scope]] += sizes[scope]
        places = [0] * len(parents)  # of scopes, each before what is in it
        free = [1] * len(parents)
        for scope in range(1, len(parents)):
            parent = parents[scope]
            places[scope] = places[parent] + free[parent]
            free[parent] += sizes[scope]
        rows = graph.ops[:count]
        ops = [op for op, row in enumerate(rows) if row.inner < 0 or model.key_of_op(op) == op]
        of_op = np.array([places[graph.ops[op].scope] for op in ops], np.int64)
        sorted_ = np.argsort(of_op, kind="stable")
        self._order = np.array(ops, np.int64)[sorted_]
        of_op = of_op[sorted_]
        starts = np.array(places)
        self._first = np.searchsorted(of_op, starts).tolist()
        self._last = np.searchsorted(of_op, starts + np.array(sizes)).tolist()
