"""Graphs for the window's benchmarks: that of a traced transformer, and repeats of its blocks.

`python -m tests.benchmarks.graphs BLOCKS FILE` traces `models.deep` with blocks of width 16, and
writes the graph as a debuggee sends it. No framework is imported where it is read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from opscope.tracers.ir import Graph, Op, Scope, Value
from opscope.tracers.protocol.columns import decode_graph, encode_graph

TRACED = Path("build/bench-graph.json")
BLOCKS = 46  # about a thousand ops


def traced() -> dict[str, Any]:
    """The message body with the graph of a model of `BLOCKS` blocks."""
    command = [sys.executable, "-m", "tests.benchmarks.graphs", str(BLOCKS), str(TRACED)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads(TRACED.read_text())


def repeated(body: dict[str, Any], times: int) -> Graph:
    """Copies of a graph one after another: each begins with what the one before ends with."""
    first = decode_graph(body)
    graph = decode_graph(body)
    entry = next(value for value in first.ops[0].inputs if first.values[value].op < 0)
    for copy in range(1, times):
        _append(graph, first, entry, copy)
    return graph


def scopeless(graph: Graph) -> Graph:
    """The same ops with nothing that groups them, as in a frozen graph."""
    ops = [replace(row, scope=0) for row in graph.ops]
    return Graph(graph.scopes[:1], ops, graph.values, graph.sources)


def _append(graph: Graph, first: Graph, entry: int, copy: int) -> None:
    scopes, ops, values = len(graph.scopes) - 1, len(graph.ops), len(graph.values)
    last = graph.ops[-1].outputs[0]

    def value(index: int) -> int:
        return last if index == entry else values + index

    graph.scopes += [_scope(row, scopes, copy) for row in first.scopes[1:]]
    graph.values += [_value(row, ops, copy) for row in first.values]
    graph.ops += [_op(row, scopes, value, copy) for row in first.ops]


def _renamed(path: str, copy: int) -> str:
    """The path of the same module in a later copy: blocks are numbered on."""
    block, dot, rest = path.partition(".")
    return f"{int(block) + copy * BLOCKS}{dot}{rest}" if block.isdigit() else path


def _scope(row: Scope, by: int, copy: int) -> Scope:
    path = _renamed(row.path, copy)
    parent = row.parent + by if row.parent > 0 else 0
    name = path if row.path == row.name else row.name
    return replace(row, key=f"{row.key}@{copy}", parent=parent, path=path, name=name)


def _value(row: Value, by: int, copy: int) -> Value:
    return replace(row, op=row.op + by if row.op >= 0 else -1, name=_renamed(row.name, copy))


def _op(row: Op, scopes: int, value: Any, copy: int) -> Op:
    return replace(
        row,
        key=f"{row.key}@{copy}",
        scope=row.scope + scopes if row.scope > 0 else 0,
        inputs=tuple(map(value, row.inputs)),
        outputs=tuple(map(value, row.outputs)),
    )


def main(blocks: int, file: Path) -> None:
    """Trace, and write."""
    import torch
    from torch import nn

    from .models import PreNormBlock
    from .recorded import Bench

    torch.manual_seed(0)
    model = nn.Sequential(*(PreNormBlock(16, 4) for _ in range(blocks))).eval()
    loaded = Bench(model, (torch.randn(1, 8, 16),)).load()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(encode_graph(loaded.run.graph)))
    loaded.publisher.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
