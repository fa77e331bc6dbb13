"""Who feeds whom, op by op: what an op takes, who takes what it makes, and all that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ...tracers.ir import Graph

_NOBODY: Sequence[int] = ()


class Flow:
    """Links between ops of a graph, kept as it grows.

    An op with an inside (a call, a loop) stands around other ops. Where everything before or after
    an op is asked for, such an op brings its inside along, and what is inside reads what the op
    reads, and goes where its outputs go.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._after: list[list[int] | None] = []
        self._before: list[list[int] | None] = []
        self._users: dict[int, list[int]] = {}
        self._hosts: list[int] = []  # by scope: the op whose inside it is in, -1
        self._inside: dict[int, list[int]] = {}  # ops of each op's inside, without deeper ones'

    def grow(self, count: int) -> None:
        """Make room for ops up to `count`."""
        graph = self._graph
        for row in graph.scopes[len(self._hosts) :]:
            outer = self._hosts[row.parent] if row.parent >= 0 else -1
            self._hosts.append(row.op if row.op >= 0 else outer)
        for op in range(len(self._after), count):
            self._after.append(None)
            self._before.append(None)
            host = self._hosts[graph.ops[op].scope]
            if host >= 0:
                self._inside.setdefault(host, []).append(op)

    def link(self, source: int, op: int) -> None:
        """An op takes what another makes."""
        after, before = self._after[source], self._before[op]
        if after is None:
            self._after[source] = [op]
        elif after[-1] != op:
            after.append(op)
        if before is None:
            self._before[op] = [source]
        elif source not in before:
            before.append(source)

    def use(self, value: int, op: int) -> None:
        """An op takes a value from outside."""
        users = self._users.setdefault(value, [])
        if not users or users[-1] != op:
            users.append(op)

    def users(self, value: int) -> list[int]:
        """Ops that take a value from outside, in order."""
        return self._users.get(value, [])

    def after(self, op: int) -> Sequence[int]:
        """Ops that take what an op makes, in order."""
        return self._after[op] or _NOBODY if op < len(self._after) else _NOBODY

    def before(self, op: int) -> Sequence[int]:
        """Ops that make what an op takes, in argument order."""
        return self._before[op] or _NOBODY if op < len(self._before) else _NOBODY

    def descendants(self, ops: Iterable[int]) -> set[int]:
        """All that depends on some ops, without themselves unless they do."""
        return self._reach(ops, self.after)

    def ancestors(self, ops: Iterable[int]) -> set[int]:
        """All that some ops depend on, without themselves unless they do."""
        return self._reach(ops, self.before)

    def _reach(self, ops: Iterable[int], beside: Callable[[int], Sequence[int]]) -> set[int]:
        nested, rows, hosts = bool(self._inside), self._graph.ops, self._hosts
        stack = list(ops)
        around: set[int] = set()  # ops whose inside is reached, though they are not
        found: set[int] = set()
        while stack:
            op = stack.pop()
            fresh = [other for other in beside(op) if other not in found]
            found.update(fresh)
            stack += fresh
            if not nested:
                continue
            if op in found and op in self._inside:
                inner = [other for other in self._inside[op] if other not in found]
                found.update(inner)
                stack += inner
            host = hosts[rows[op].scope]
            if host >= 0 and host not in around:
                around.add(host)
                stack.append(host)
        return found
