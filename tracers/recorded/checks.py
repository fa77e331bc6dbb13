"""Whether rows that were read name only rows that there are, so that nothing later stumbles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..engine.watch import FrameLog
from ..ir import NOTHING, OUTSIDE, Frame, Graph, OpRecord, Place, Ref, TensorSummary
from ..protocol.messages import State


def check_graph(graph: Graph) -> None:
    """Raises ValueError."""
    ops, values, scopes = len(graph.ops), len(graph.values), len(graph.scopes)
    if not scopes or graph.scopes[0].parent != -1:
        raise ValueError("there is no root")
    for index, scope in enumerate(graph.scopes):
        _within([scope.parent], index, "a scope's parent", lowest=-1 if index == 0 else 0)
        _within([scope.op], ops, "a scope's op", lowest=-1)
        _texts(scope.key, scope.name, scope.path, scope.type)
        _within([scope.call], 1 << 40, "a scope's call")
    for op in graph.ops:
        _within([op.scope], scopes, "an op's scope")
        _within(op.inputs, values, "an op's input", lowest=-1)
        _within(op.outputs, values, "an op's output")
        _within([op.source], len(graph.sources), "an op's line", lowest=-1)
        _within([op.inner], scopes, "an op's inside", lowest=-1)
        _within([op.forward], ops, "an op's forward op", lowest=-1)
        _texts(op.key, op.type, op.note)
    for value in graph.values:
        _within([value.op], ops, "a value's op", lowest=-1)
        _within([value.slot], 1 << 30, "a value's slot", lowest=-1)
        _within(value.shape or (), 1 << 62, "an extent", lowest=-1)
        _texts(value.name, value.dtype)
    for line in graph.sources:
        _within([line.line], 1 << 31, "a line")
        _texts(line.file, line.function)


def check_rows(
    graph: Graph, records: Sequence[OpRecord], frames: Sequence[Frame], log: FrameLog
) -> None:
    """Raises ValueError."""
    count = len(records)
    if not frames or frames[0] != Frame(-1, 0):
        raise ValueError("there is no outermost frame")
    for index, frame in enumerate(frames):
        _within([frame.parent], index, "a frame's parent", lowest=-1 if index == 0 else 0)
        _within([frame.scope], len(graph.scopes), "a frame's scope")
        _within([frame.turn], 1 << 40, "a pass", lowest=-1)
    columns: tuple[Sequence[Any], ...] = (log.starts, log.ends, log.sources, log.leaves)
    if any(len(column) != len(frames) for column in columns):
        raise ValueError("frames are missing")
    _within(log.starts, count + 1, "a frame's first record")
    _within(log.ends, count + 1, "a frame's end", lowest=-1)
    _within(log.sources, len(graph.sources), "a frame's line", lowest=-1)
    if any(one > other for one, other in zip(log.starts, log.starts[1:], strict=False)):
        raise ValueError("frames are out of order")
    for index, row in enumerate(records):
        _within([row.op], len(graph.ops), "a record's op")
        _within([row.frame], len(frames), "a record's frame")
        _within([row.source], len(graph.sources), "a record's line", lowest=-1)
        _within([row.forward], count, "a record's forward one", lowest=-1)
        _number(row.duration)
        _texts(row.error)
        for ref in (*row.inputs, *row.gradient_of):
            _ref(ref, index, records, graph)
        for summary in row.outputs:
            _summary(summary)


def check_state(
    state: State, graph: Graph, records: Sequence[OpRecord], frames: Sequence[Frame]
) -> None:
    """Raises ValueError."""
    place: Place = state.head
    _within([place.record], len(records) + 1, "the head's record")
    _within([place.op], len(graph.ops), "the head's op", lowest=-1)
    _within([place.scope], len(graph.scopes), "the head's scope")
    _within([place.frame], len(frames), "the head's frame")
    _within([place.source], len(graph.sources), "the head's line", lowest=-1)
    if state.failure is not None:
        _within([state.failure.record], len(records), "the failing record", lowest=-1)


def _ref(ref: Ref, index: int, records: Sequence[OpRecord], graph: Graph) -> None:
    if ref == NOTHING:
        return
    record, slot = ref
    if record == OUTSIDE:
        _within([slot], len(graph.values), "a value from outside", lowest=-1)
        return
    _within([record], index, "a value that was read")
    _within([slot], len(records[record].outputs), "an output that was read")


def _summary(summary: TensorSummary) -> None:
    _within(summary.shape, 1 << 62, "an extent", lowest=-1)
    counts = (summary.nbytes, summary.nan, summary.posinf, summary.neginf)
    _within(counts, 1 << 62, "a count")
    _texts(summary.dtype, summary.device, summary.text)
    for number in (summary.minimum, summary.maximum, summary.mean, summary.rms):
        if number is not None:
            _number(number)


def _within(numbers: Iterable[Any], limit: int, what: str, lowest: int = 0) -> None:
    for number in numbers:
        if type(number) is not int or not lowest <= number < limit:
            raise ValueError(f"{what} is out of range")


def _number(value: Any) -> None:
    if type(value) not in (int, float):
        raise TypeError("a number was to stand here")


def _texts(*texts: Any) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text was to stand here")
