"""Values that are taken to be finite until an op that reads them tells.

Of a convolution and the normalization after it, only the latter's output need be looked at: an
element that is not finite leaves elements there that are not.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..ir import Graph, Ref


class Doubts:
    """What is in doubt of one run.

    Attributes:
        spreading: types of ops whose first output is not finite wherever a tensor they read is not.
    """

    def __init__(self, graph: Graph, spreading: frozenset[str]) -> None:
        self.spreading = spreading
        self._graph = graph
        self._told_later: frozenset[int] = frozenset()
        self._in_doubt: dict[Ref, int] = {}  # with the first record whose doubt hangs on it
        self.look_ahead()

    def __len__(self) -> int:
        return len(self._in_doubt)

    def __contains__(self, ref: Ref) -> bool:
        return ref in self._in_doubt

    def look_ahead(self) -> None:
        """Find the ops of the map whose readers will tell of their output."""
        graph = self._graph
        found: set[int] = set()
        if self.spreading:
            for op in list(graph.ops):
                if op.type in self.spreading:
                    found.update(value for value in op.inputs if value >= 0)
        made = [(value, graph.values[value].op) for value in found]
        self._told_later = frozenset(
            op for value, op in made if op >= 0 and graph.ops[op].outputs[0] == value
        )

    def may_wait(self, op: int) -> bool:
        """One of those that read the op's first output will tell."""
        return op in self._told_later

    def add(self, ref: Ref, inputs: Iterable[Ref] = ()) -> None:
        """A value was not looked at. What it spreads from hangs on it from now on."""
        first = ref[0]
        for given in inputs:
            first = min(first, self._in_doubt.pop(given, first))
        self._in_doubt[ref] = first

    def dispel(self, inputs: Iterable[Ref]) -> None:
        """An op that spreads gave finite elements: so are those that it read."""
        for ref in inputs:
            self._in_doubt.pop(ref, None)

    def take(self) -> list[tuple[Ref, int]]:
        """All of them, each with the first record whose doubt hangs on it; forgotten here."""
        found = list(self._in_doubt.items())
        self._in_doubt.clear()
        return found

    def forget_from(self, record: int) -> None:
        """The run was rewound: the records from one on are others now."""
        for ref in [ref for ref in self._in_doubt if ref[0] >= record]:
            del self._in_doubt[ref]
