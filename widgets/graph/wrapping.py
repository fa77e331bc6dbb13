"""Which module is no more than a wrapper of the whole model."""

from __future__ import annotations

from collections.abc import Sequence

from ...tracers.ir import Graph, ScopeKind, is_inlined

WRAPPED = 0.8  # share of all ops that makes a module a wrapper of the whole


def wrapper_of(graph: Graph, counts: Sequence[int]) -> int:
    """The one module that holds nearly everything ("transformer"); it needs no frame. -1: none."""
    top = [
        scope
        for scope in range(1, len(graph.scopes))
        if graph.scopes[scope].parent == 0 and not is_inlined(graph, counts, scope)
    ]
    back = [scope for scope in top if graph.scopes[scope].kind is ScopeKind.BACKWARD]
    inner = [scope for scope in top if scope not in back]
    if len(inner) != 1 or graph.scopes[inner[0]].kind is not ScopeKind.MODULE:
        return -1
    whole = counts[0] - sum(counts[scope] for scope in back)
    return inner[0] if counts[inner[0]] >= WRAPPED * whole else -1
