"""Which scopes stand for themselves, and which wrap a single op. One rule for gate and view."""

from __future__ import annotations

from collections.abc import Sequence

from .graph import Graph, ScopeKind

_WRAPPERS = (ScopeKind.MODULE, ScopeKind.GROUP)


def op_counts(graph: Graph) -> list[int]:
    """Ops in each scope and everything beneath it, by scope index."""
    counts = [0] * len(graph.scopes)
    for op in graph.ops:
        counts[op.scope] += 1
    for index in range(len(graph.scopes) - 1, 0, -1):  # parents always come first
        counts[graph.scopes[index].parent] += counts[index]
    return counts


def is_inlined(graph: Graph, counts: Sequence[int], scope: int) -> bool:
    """A module or group around one op is shown, and stepped, as that op."""
    return scope > 0 and graph.scopes[scope].kind in _WRAPPERS and counts[scope] <= 1
