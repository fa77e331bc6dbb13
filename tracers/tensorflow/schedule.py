"""The order in which a function's ops run."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from typing import Any

from ..protocol.refusal import Refusal

Chain = tuple[Hashable, ...]


def needed_ops(graph: Any) -> set[Any]:
    """What TensorFlow runs: outputs, control outputs, stateful ops, and all that they need."""
    ops = graph.get_operations()
    todo = [tensor.op for tensor in graph.outputs]
    todo += list(getattr(graph, "control_outputs", None) or ())
    todo += [op for op in ops if op.op_def.is_stateful and op.type != "Placeholder"]
    needed: set[Any] = set()
    while todo:
        op = todo.pop()
        if op not in needed:
            needed.add(op)
            todo += before(op)
    return needed


def ordered(graph: Any, ops: set[Any], chain: Callable[[Any], Chain] | None = None) -> list[Any]:
    """Kahn's order, ties by creation, which for a traced function is the order of its code.

    Edges from what is not in `ops` do not count.
    With `chain` (the scopes around an op, outermost first), an op of the scope that is open goes
    before others, so that the scopes of an imported graph are entered as few times as possible.
    """
    rank = {op: index for index, op in enumerate(graph.get_operations())}
    order = sorted_by(ops, lambda op: before(op) & ops, rank.__getitem__, chain)
    if len(order) < len(ops):
        raise Refusal("not-supported", "This graph has a loop that no op of it closes or opens.")
    return order


def sorted_by(
    items: set[Any],
    before: Callable[[Any], set[Any]],
    rank: Callable[[Any], int],
    chain: Callable[[Any], Chain] | None = None,
) -> list[Any]:
    """Kahn's order of things that come after others, ties by rank; without those in a cycle."""
    missing: dict[Any, int] = {}
    after: dict[Any, list[Any]] = {}
    for item in items:
        earlier_ones = before(item)
        missing[item] = len(earlier_ones)
        for earlier in earlier_ones:
            after.setdefault(earlier, []).append(item)
    ready = _Ready(chain or (lambda _: ()))
    for item, count in missing.items():
        if not count:
            ready.push(rank(item), item)
    order: list[Any] = []
    while (item := ready.pop()) is not None:
        order.append(item)
        for later in after.get(item, ()):
            missing[later] -= 1
            if not missing[later]:
                ready.push(rank(later), later)
    return order


class _Ready:
    """Ops that may run next, apart by the scopes around them."""

    def __init__(self, chain: Callable[[Any], Chain]) -> None:
        self._chain = chain
        self._heaps: dict[Chain, list[tuple[int, Any]]] = {}
        self._current: Chain = ()

    def push(self, rank: int, op: Any) -> None:
        heapq.heappush(self._heaps.setdefault(self._chain(op), []), (rank, op))

    def pop(self) -> Any:
        """The next op, None when there is none."""
        if not self._heaps:
            return None
        chain = min(self._heaps, key=self._rank)
        heap = self._heaps[chain]
        op = heapq.heappop(heap)[1]
        if not heap:
            del self._heaps[chain]
        self._current = chain
        return op

    def _rank(self, chain: Chain) -> tuple[int, int]:
        return -_shared(chain, self._current), self._heaps[chain][0][0]


def before(op: Any) -> set[Any]:
    """What an op waits for."""
    return {tensor.op for tensor in op.inputs} | set(op.control_inputs)


def _shared(first: Chain, second: Chain) -> int:
    """How many scopes, from the outermost, two chains have in common."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
