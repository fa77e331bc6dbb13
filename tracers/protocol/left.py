"""Adds to a run what its process had recorded, and could not send, when it died."""

from __future__ import annotations

from typing import Any

from ..ir import OUTSIDE, Frame, Graph, OpRecord, Phase, Ref, Run, ScopeKind, TensorSummary


def take_left(run: Run, left: dict[str, Any]) -> bool:
    """Append records and frames, as far as the graph has their ops; False where there are none.

    `left` is as in `exited`. What came of the ops is not known: outputs have the shapes of the map,
    and no statistics.
    """
    frames = _new(left, "frames", "first_frame", len(run.frames))
    for row in frames:
        frame = Frame(*row)
        if frame.scope >= len(run.graph.scopes) or frame.parent >= len(run.frames):
            break
        run.frames.append(frame)
    known = len(run.records)
    for op, frame, source in _new(left, "records", "first", known):
        if op >= len(run.graph.ops) or frame >= len(run.frames):
            break
        run.add_records([_record(run, op, frame, source)])
    return len(run.records) > known


def _new(left: dict[str, Any], name: str, first: str, known: int) -> list[list[int]]:
    """The rows that are not here yet; none where one before them is missing."""
    skipped = known - int(left.get(first, 0))
    return [] if skipped < 0 else list(left.get(name, ()))[skipped:]


def _record(run: Run, op: int, frame: int, source: int) -> OpRecord:
    graph = run.graph
    row = graph.ops[op]
    values = [graph.values[index] for index in row.outputs]
    chain = graph.scope_chain(row.scope)
    back = any(graph.scopes[scope].kind is ScopeKind.BACKWARD for scope in chain)
    return OpRecord(
        op,
        frame,
        Phase.BACKWARD if back else Phase.FORWARD,
        0.0,
        tuple(_ref(run, graph, index) for index in row.inputs),
        tuple(TensorSummary(value.shape or (), value.dtype, kept=False) for value in values),
        source if source < len(graph.sources) else row.source,
    )


def _ref(run: Run, graph: Graph, index: int) -> Ref:
    """The value that an op of the map reads, as the run has it."""
    value = graph.values[index] if index >= 0 else None
    made = -1 if value is None or value.op < 0 else run.last_execution(value.op)
    return (OUTSIDE, index) if value is None or made < 0 else (made, value.slot)
