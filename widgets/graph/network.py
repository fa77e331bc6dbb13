"""A graph as networkx has it, for analysis and export: ops and values, and the tree of scopes.

Nodes are named by their stable keys, so that two graphs of one model can be compared. All that is
told of a node is text or a number; what is not known is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import networkx as nx

from ...tracers.ir import Graph, Op, Value
from .rows import unchecked


def network(graph: Graph, check: Callable[[], None] = unchecked) -> nx.MultiDiGraph[str]:
    """Ops and values as nodes; an op leads to the values it makes, a value to its ops.

    An op that takes a value twice has two edges from it; an edge's key is the position of the
    output or the argument. `check` is called often, and may raise Cancelled.
    """
    net: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    names = value_names(graph)
    for value, name in zip(graph.values, names, strict=True):
        check()
        net.add_node(name, **_value_facts(value))
    for op in graph.ops:
        check()
        net.add_node(op.key, **_op_facts(graph, op))
        for slot, value in enumerate(op.outputs):
            net.add_edge(op.key, names[value], key=slot, role="output")
        for position, value in enumerate(op.inputs):
            net.add_edge(names[value], op.key, key=position, role="input")
    return net


def scope_tree(graph: Graph) -> nx.DiGraph[str]:
    """The scopes, one for each call, each leading to those in it; the root's name is ""."""
    tree: nx.DiGraph[str] = nx.DiGraph()
    for scope in graph.scopes:
        facts: dict[str, str | int] = {
            "kind": scope.kind.value,
            "name": scope.name,
            "path": scope.path,
            "type": scope.type,
            "call": scope.call,
        }
        if scope.op >= 0:
            facts["inside_of"] = graph.ops[scope.op].key
        tree.add_node(scope.key, **facts)
        if scope.parent >= 0:
            tree.add_edge(graph.scopes[scope.parent].key, scope.key)
    return tree


def value_names(graph: Graph) -> list[str]:
    """A name for each value: its op's key and slot, or its kind and own name."""
    names: list[str] = []
    taken: dict[str, int] = {}
    for value in graph.values:
        name = f"{value.kind.value} {value.name}".strip()
        if value.op >= 0:
            name = f"{graph.ops[value.op].key} output {value.slot}"
        before = taken[name] = taken.get(name, 0) + 1
        names.append(name if before == 1 else f"{name} #{before}")
    return names


def _op_facts(graph: Graph, op: Op) -> dict[str, str | int]:
    scope = graph.scopes[op.scope]
    facts: dict[str, str | int] = {
        "kind": "op",
        "type": op.type,
        "category": op.category.value,
        "presence": op.presence.value,
        "scope": scope.key,
        "path": scope.path,
    }
    if op.note:
        facts["note"] = op.note
    if op.source >= 0:
        line = graph.sources[op.source]
        facts.update(file=line.file, line=line.line, function=line.function)
    if op.attributes:
        facts["attributes"] = json.dumps(dict(op.attributes), ensure_ascii=False)
    if op.inner >= 0:
        facts["inside"] = graph.scopes[op.inner].key
    if op.forward >= 0:
        facts["forward"] = graph.ops[op.forward].key
    return facts


def _value_facts(value: Value) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"kind": value.kind.value}
    if value.name:
        facts["name"] = value.name
    if value.shape is not None:
        facts["shape"] = json.dumps(value.shape)
    if value.dtype:
        facts["dtype"] = value.dtype
    return facts
