"""Whether rows that were read name only rows that there are, so that nothing later stumbles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from ..engine.watch import FrameLog
from ..ir import NOTHING, OUTSIDE, Frame, Graph, OpRecord, Place, TensorSummary
from ..protocol.messages import State


def check_graph(graph: Graph) -> None:
    """Raises ValueError, or TypeError."""
    ops, values, scopes = len(graph.ops), len(graph.values), len(graph.scopes)
    if not scopes or graph.scopes[0].parent != -1:
        raise ValueError("there is no root")
    _parents([row.parent for row in graph.scopes], "a scope's parent")
    _within([row.op for row in graph.scopes], ops, "a scope's op", lowest=-1)
    _texts(text for row in graph.scopes for text in (row.key, row.name, row.path, row.type))
    _within([row.call for row in graph.scopes], 1 << 40, "a scope's call")
    _within([row.scope for row in graph.ops], scopes, "an op's scope")
    _within(_flat(row.inputs for row in graph.ops), values, "an op's input", lowest=-1)
    _within(_flat(row.outputs for row in graph.ops), values, "an op's output")
    _within([row.source for row in graph.ops], len(graph.sources), "an op's line", lowest=-1)
    _within([row.inner for row in graph.ops], scopes, "an op's inside", lowest=-1)
    _within([row.forward for row in graph.ops], ops, "an op's forward op", lowest=-1)
    _texts(text for row in graph.ops for text in (row.key, row.type, row.note))
    _within([row.op for row in graph.values], ops, "a value's op", lowest=-1)
    _within([row.slot for row in graph.values], 1 << 30, "a value's slot", lowest=-1)
    _within(_flat(row.shape or () for row in graph.values), 1 << 62, "an extent", lowest=-1)
    _texts(text for row in graph.values for text in (row.name, row.dtype))
    _within([row.line for row in graph.sources], 1 << 31, "a line")
    _texts(text for row in graph.sources for text in (row.file, row.function))


def check_rows(
    graph: Graph, records: Sequence[OpRecord], frames: Sequence[Frame], log: FrameLog
) -> None:
    """Raises ValueError, or TypeError."""
    count = len(records)
    if not frames or frames[0] != Frame(-1, 0):
        raise ValueError("there is no outermost frame")
    _parents([row.parent for row in frames], "a frame's parent")
    _within([row.scope for row in frames], len(graph.scopes), "a frame's scope")
    _within([row.turn for row in frames], 1 << 40, "a pass", lowest=-1)
    columns: tuple[Sequence[Any], ...] = (log.starts, log.ends, log.sources, log.leaves)
    if any(len(column) != len(frames) for column in columns):
        raise ValueError("frames are missing")
    _within(log.starts, count + 1, "a frame's first record")
    _within(log.ends, count + 1, "a frame's end", lowest=-1)
    _within(log.sources, len(graph.sources), "a frame's line", lowest=-1)
    if any(one > other for one, other in zip(log.starts, log.starts[1:], strict=False)):
        raise ValueError("frames are out of order")
    _within([row.op for row in records], len(graph.ops), "a record's op")
    _within([row.frame for row in records], len(frames), "a record's frame")
    _within([row.source for row in records], len(graph.sources), "a record's line", lowest=-1)
    _within([row.forward for row in records], count, "a record's forward one", lowest=-1)
    _numbers(row.duration for row in records)
    _texts(row.error for row in records)
    _refs(graph, records)
    _summaries([summary for row in records for summary in row.outputs])


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


def _parents(rows: Sequence[Any], what: str) -> None:
    """Of each row but the first, one that stands before it."""
    _within(rows, len(rows), what, lowest=-1)
    if any(not 0 <= parent < index for index, parent in enumerate(rows) if index):
        raise ValueError(f"{what} is out of range")


def _refs(graph: Graph, records: Sequence[OpRecord]) -> None:
    """What was read was there: an earlier record's output, or a value from outside."""
    counts = [len(row.outputs) for row in records]
    values = len(graph.values)
    for index, row in enumerate(records):
        for ref in (*row.inputs, *row.gradient_of) if row.gradient_of else row.inputs:
            record, slot = ref
            if type(record) is not int or type(slot) is not int:
                raise TypeError("a whole number was to stand here")
            if 0 <= record < index:
                sound = 0 <= slot < counts[record]
            else:
                sound = ref == NOTHING or (record == OUTSIDE and -1 <= slot < values)
            if not sound:
                raise ValueError("a value that was read is out of range")


def _summaries(rows: Sequence[TensorSummary]) -> None:
    _within(_flat(row.shape for row in rows), 1 << 62, "an extent", lowest=-1)
    counts = _flat((row.nbytes, row.nan, row.posinf, row.neginf) for row in rows)
    _within(counts, 1 << 62, "a count")
    _texts(text for row in rows for text in (row.dtype, row.device, row.text))
    ends = ((row.minimum, row.maximum, row.mean, row.rms) for row in rows)
    _numbers(number for four in ends for number in four if number is not None)


def _flat(rows: Iterable[Iterable[Any]]) -> list[Any]:
    return [*chain.from_iterable(rows)]


def _within(numbers: Sequence[Any], limit: int, what: str, lowest: int = 0) -> None:
    """A whole column at once, since there are tens of thousands of rows."""
    if not numbers:
        return
    if not set(map(type, numbers)) == {int} or min(numbers) < lowest or max(numbers) >= limit:
        raise ValueError(f"{what} is out of range")


def _numbers(values: Iterable[Any]) -> None:
    if not set(map(type, values)) <= {int, float}:
        raise TypeError("a number was to stand here")


def _texts(texts: Iterable[Any]) -> None:
    if not set(map(type, texts)) <= {str}:
        raise TypeError("a text was to stand here")
