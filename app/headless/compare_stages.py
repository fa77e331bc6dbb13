"""What the report says of compiled graphs: each stage's error, and where the graphs break off."""

from __future__ import annotations

import os

from ...tracers.ir.stages import Compilation, CompiledGraph, GraphBreak, Stage
from .report import counted

_MOST = 20


def stage_lines(made: Compilation | None) -> list[str]:
    """Graph by graph; nothing where no run was compiled."""
    if made is None:
        return []
    lines = [f"stages: {' → '.join(made.names)}"]
    for number, graph in enumerate(made.graphs[:_MOST]):
        stages = ", ".join(_stage(stage) for stage in graph.stages[1:])
        place = f" from {_place(graph.file, graph.line)}" if graph.line else ""
        lines.append(f"graph {number}: {_size(graph)}{place}{f'; {stages}' if stages else ''}")
    if len(made.graphs) > _MOST:
        lines.append(f"graph: {len(made.graphs) - _MOST} more, see --json")
    lines += [f"graph break: {_break(each)}" for each in made.breaks[:_MOST]]
    if len(made.breaks) > _MOST:
        lines.append(f"graph break: {len(made.breaks) - _MOST} more, see --json")
    return lines


def _size(graph: CompiledGraph) -> str:
    return counted(graph.ops, "op")


def _stage(stage: Stage) -> str:
    if stage.error is None:
        return f"{stage.name} could not be run"
    if stage.error == 0:
        return f"{stage.name} bit for bit"
    return f"{stage.name} {stage.error:.1e}{' ≠' if stage.parted else ''}"


def _break(each: GraphBreak) -> str:
    place = f"{_place(each.file, each.line)}: " if each.line else ""
    return f"{place}{each.reason}"


def _place(file: str, line: int) -> str:
    return f"{os.path.basename(file)}:{line}"
