"""Random graphs: nested and reused scopes, cycles, multi-edges, self-loops, hubs, isolated ops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from opscope.tracers.ir import Graph, ScopeKind, ValueKind
from tests.unit.widgets.graph_samples import Sketch

PLAIN = ("relu", "add", "matmul", "softmax", "layer_norm", "a_rather_long_name_for_an_op")
SHAPES = ("view", "transpose", "reshape", "permute")
DEEPEST = 4


def dice_graph(seed: int, ops: int = 60, hub: int = 0, cycles: int = 4) -> Graph:
    """As a run would write it down, and then some links that no run has.

    `hub`: uses of one value, besides. `cycles`: links to an op from a later one, or from itself.
    """
    dice = np.random.default_rng(seed)
    s = Sketch()
    inputs = [s.builder.external(ValueKind.INPUT, f"in{i}", (8, 8), "float32") for i in range(2)]
    made = list(inputs)
    scopes = [0]
    waiting: dict[int, int] = {}

    def chance(share: float) -> bool:
        return bool(dice.random() < share)

    def pick(values: list[int]) -> int:
        return values[int(dice.integers(len(values)))]

    def read() -> list[int]:
        if chance(0.06):
            return []  # with some luck nobody takes what it makes, either
        near = made[-6:]
        found = [pick(made if chance(0.08) else near) for _ in range(int(dice.integers(1, 4)))]
        return [*found, found[0]] if chance(0.1) else found

    while len(s.graph.ops) < ops:
        number = len(s.graph.scopes)
        deep = len(s.graph.scope_chain(s.scope)) > DEEPEST
        if chance(0.14) and not deep:
            s.enter(f"m{number}", f"Type{number % 3}")
            scopes.append(s.scope)
        elif chance(0.05) and not deep:
            kind = (ScopeKind.LOOP, ScopeKind.FUNCTION, ScopeKind.BRANCH)[number % 3]
            value = s.op("call", read(), (8, 8))
            s.enter(f"body{number}", "body", kind, op=s.graph.values[value].op)
            scopes.append(s.scope)
            made.append(s.builder.external(ValueKind.INPUT, f"arg{number}", (8,), "float32"))
            waiting[s.scope] = value  # nothing inside reads it
        elif chance(0.2):
            left = waiting.pop(s.scope, -1)
            made += [left] if left >= 0 else []
            s.scope = max(s.graph.scopes[s.scope].parent, 0)
        elif chance(0.05):
            s.scope = pick(scopes)  # comes back to a scope that was left
        else:
            names = SHAPES if chance(0.3) else PLAIN
            weights = [("weight", (8, 8))] if chance(0.2) else None
            buffers = [("mask", (8, 8))] if chance(0.08) else None
            wanted = read()
            if names is SHAPES:
                wanted = wanted[:1]
            outputs = 3 if chance(0.1) else 1
            kind = names[int(dice.integers(len(names)))]
            made.append(s.op(kind, wanted, (8, 8), "", weights, outputs, buffers))
    for _ in range(hub):
        s.op("relu", [made[2]], (8, 8))
    graph = s.graph
    for _ in range(cycles):
        first, second = sorted(int(at) for at in dice.integers(0, len(graph.ops), 2))
        row = graph.ops[first]
        later = graph.ops[second].outputs[0]
        graph.ops[first] = replace(row, inputs=(*row.inputs, later))
    return graph


def repeated(seed: int, blocks: int) -> Graph:
    """Blocks alike in a row, of a random inside."""
    dice = np.random.default_rng(seed)
    s = Sketch()
    x = s.builder.external(ValueKind.INPUT, "x", (8, 8), "float32")
    plan = [(int(dice.integers(6)), int(dice.integers(1, 4))) for _ in range(7)]
    for number in range(blocks):
        back = s.enter(f"h.{number}", "Block")
        made = [x]
        for kind, far in plan:
            made.append(s.op(PLAIN[kind], [made[-1], made[-min(far, len(made))]], (8, 8)))
        x = made[-1]
        s.scope = back
    return s.graph
