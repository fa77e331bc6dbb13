"""Writes a run's graph for other programs: GraphML and JSON, as networkx has them.

Nodes are ops and values under their stable keys (see `network`), with what is known of their last
execution. GraphML takes text and numbers alone, so that there the scopes are a JSON text of the
graph; in JSON they are a list.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx
from networkx.readwrite.graphml import GraphMLWriter

from ...tracers.ir import Run, TensorSummary
from .collecting import uncollected
from .network import network, scope_tree, value_names
from .rows import unchecked

FORMATS = ("graphml", "json")
_UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def write_graph(run: Run, path: Path, check: Callable[[], None] = unchecked) -> tuple[int, int]:
    """Write a graph in the format of the name; how many nodes and edges there are.

    `check` is called often, and may raise Cancelled; then, and where it raises OSError, the file
    stays as it was.
    """
    partial = path.with_name(f"{path.name}.part")
    with uncollected():
        net = described(run, check)
        try:
            if path.suffix.lower() == ".graphml":
                _write_graphml(net, run, partial, check)
            else:
                _write_json(net, run, partial, check)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    return net.number_of_nodes(), net.number_of_edges()


def described(run: Run, check: Callable[[], None] = unchecked) -> nx.MultiDiGraph[str]:
    """Ops and values, with how often they ran, how long that took, and their last statistics."""
    graph = run.graph
    net = network(graph, check)
    names = value_names(graph)
    for index, op in enumerate(graph.ops):
        check()
        runs = run.executions(index)
        if not runs:
            continue
        facts: dict[str, Any] = net.nodes[op.key]
        last = run.records[runs[-1]]
        facts["executions"] = len(runs)
        facts["seconds"] = math.fsum(run.records[record].duration for record in runs)
        facts["phase"] = last.phase.value
        if last.error:
            facts["error"] = last.error
        for slot, output in enumerate(last.outputs[: len(op.outputs)]):
            net.nodes[names[op.outputs[slot]]].update(_statistics(output))
    return net


def _statistics(output: TensorSummary) -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {
        "shape": json.dumps(output.shape),
        "dtype": output.dtype,
        "device": output.device,
        "bytes": output.nbytes,
    }
    for name in ("minimum", "maximum", "mean", "rms"):
        value: float | None = getattr(output, name)
        if value is not None and math.isfinite(value):
            facts[name] = float(value)
    if not output.finite:
        facts.update(nan=output.nan, posinf=output.posinf, neginf=output.neginf)
    if output.text:
        facts["text"] = output.text
    return facts


def _scopes(run: Run) -> list[dict[str, Any]]:
    tree = scope_tree(run.graph)
    rows: list[dict[str, Any]] = []
    for scope in run.graph.scopes:
        row: dict[str, Any] = {"key": scope.key, **tree.nodes[scope.key]}
        if scope.parent >= 0:
            row["parent"] = run.graph.scopes[scope.parent].key
        rows.append(row)
    return rows


def _write_graphml(
    net: nx.MultiDiGraph[str], run: Run, path: Path, check: Callable[[], None]
) -> None:
    for _, facts in net.nodes(data=True):
        check()
        for name, value in facts.items():
            if isinstance(value, str):
                facts[name] = printable(value)
    net.graph["scopes"] = printable(json.dumps(_scopes(run), ensure_ascii=False))
    with path.open("wb") as file:
        checked = _Checked(file, check)
        xml: Any = GraphMLWriter(encoding="utf-8", prettyprint=False)  # it has no types
        add = xml.add_data

        def add_data(*fact: Any, **more: Any) -> Any:
            check()
            return add(*fact, **more)

        xml.add_data = add_data
        xml.add_graph_element(net)
        xml.dump(checked)


class _Checked:
    """A file that looks up before each piece."""

    def __init__(self, file: BinaryIO, check: Callable[[], None]) -> None:
        self._file = file
        self._check = check

    def write(self, data: bytes) -> int:
        """Write a piece."""
        self._check()
        return self._file.write(data)


def printable(text: str) -> str:
    """A text without the characters that XML does not allow."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _write_json(net: nx.MultiDiGraph[str], run: Run, path: Path, check: Callable[[], None]) -> None:
    """Row by row: what encodes a whole graph at once would hold up every other thread."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"directed": true, "multigraph": true,\n"graph": {"scopes": [')
        _rows(file.write, _scopes(run), check)
        file.write(']},\n"nodes": [')
        _rows(file.write, ({"id": name, **facts} for name, facts in net.nodes(data=True)), check)
        file.write('],\n"edges": [')
        edges = net.edges(data=True, keys=True)
        ends = ({"source": a, "target": b, "key": key, **facts} for a, b, key, facts in edges)
        _rows(file.write, ends, check)
        file.write("]}\n")


def _rows(write: Callable[[str], Any], rows: Any, check: Callable[[], None]) -> None:
    for number, row in enumerate(rows):
        check()
        write(("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False, allow_nan=False))
