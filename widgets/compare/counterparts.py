"""Which group of one graph is the counterpart of one of the other."""

from __future__ import annotations

from collections import Counter

from ..graph.model import GraphModel
from .couples import Couples, op_of

_MOST_OF_IT = 0.75  # share of a group's matched ops that its counterpart holds
_NOT_MORE = 2.0  # times as many ops a counterpart may hold that is found by them alone


class Counterparts:
    """Of one comparison, in one direction: from side `side` to the other."""

    def __init__(self, couples: Couples, side: str, here: GraphModel, there: GraphModel) -> None:
        self._couples, self._side = couples, side
        self._other = "B" if side == "A" else "A"
        self._here, self._there = here, there
        self._paths: dict[str, str] = {}
        for row in couples.story.found.modules:
            one, other = (row.a, row.b) if side == "A" else (row.b, row.a)
            if one and other:
                self._paths.setdefault(one, other)
        self._scopes: dict[tuple[str, int], int] = {}
        for index, scope in enumerate(there.graph.scopes):
            if index in there.groups and scope.path:
                self._scopes.setdefault((scope.path, scope.call), index)
        self._known: dict[int, int] = {}

    def of(self, group: int) -> int:
        """The other graph's group; -1 for none, 0 for the whole of it alone for the whole."""
        if group == 0:
            return 0
        found = self._known.get(group)
        if found is None:
            found = self._known[group] = self._find(group)
        return found

    def _find(self, group: int) -> int:
        row = self._here.row(group)
        path = self._paths.get(row.path)
        if path is not None:
            named = self._scopes.get((path, row.call), self._scopes.get((path, 1), -1))
            if named > 0:
                return named
        return self._by_ops(group)

    def _by_ops(self, group: int) -> int:
        """The innermost group that holds what the ops are matched with."""
        counts: Counter[int] = Counter()
        total = 0
        for op in self._here.ops_of(group):
            for couple in self._couples.of_op(self._side, op):
                other = op_of(self._couples.half(self._other).run, couple.ref(self._other))
                if other >= 0:
                    total += 1
                    counts.update(self._there.path(self._there.group_of_op(other)))
        best, depth = -1, -1
        for one, count in counts.items():
            around = self._there.groups[one].depth
            if one != 0 and count >= _MOST_OF_IT * total and around > depth:
                best, depth = one, around
        if best < 0:
            return -1
        held = sum(len(self._couples.of_op(self._other, op)) for op in self._there.ops_of(best))
        return best if held <= _NOT_MORE * total else -1
