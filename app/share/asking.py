"""What a page needs to know that a client does not: lines of source, statistics of what came from
outside, and the elements around the one that is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from ...tracers.ir import OUTSIDE, Run, TensorPiece, TensorRequest, TensorSummary, ValueRef
from ...tracers.ir.tensor import AxisPick, Form
from ...tracers.protocol.json_ir import decode_piece, encode_request
from ...tracers.protocol.messages import TENSOR
from .subject import Subject
from .text import number

MOST_INPUTS = 12  # that are asked for
ROWS, COLUMNS = 7, 8  # elements shown around the one that is meant

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; `input` is the number of the input that it is about, -1 for none."""

    command: str
    arguments: Json
    input: int = -1


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some elements of an output.

    Attributes:
        rows: of texts.
        row_names, column_names: the elements' places along the last two axes.
        marked: the element that is meant, as row and column.
        axes: the whole index with ranges written out ("[0, 2:9, 0:8]").
    """

    rows: tuple[tuple[str, ...], ...]
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    marked: tuple[int, int]
    axes: str


@dataclass(slots=True)
class Answers:
    """What has come; what was refused is not there."""

    source: str = ""
    summaries: dict[int, TensorSummary] = field(default_factory=dict[int, TensorSummary])
    excerpt: Excerpt | None = None


def asks_of(run: Run, subject: Subject) -> list[Ask]:
    """What to ask for a subject."""
    found: list[Ask] = []
    source = source_of(run, subject)
    if source >= 0:
        path = run.graph.sources[source].file
        found.append(Ask("source", {"source": {"path": path}, "sourceReference": 0}))
    if not 0 <= subject.record < len(run.records):
        return found
    record = run.records[subject.record]
    outside = [slot for slot, ref in enumerate(record.inputs) if ref[0] == OUTSIDE]
    for slot in outside[:MOST_INPUTS]:
        wanted = TensorRequest(ValueRef(subject.record, slot, is_input=True), Form.SUMMARY)
        found.append(Ask(TENSOR, encode_request(wanted), slot))
    piece = _around(run, subject)
    return [*found, Ask(TENSOR, encode_request(piece))] if piece is not None else found


def take(answers: Answers, ask: Ask, body: Json, subject: Subject) -> None:
    """Take an answer in; what is broken counts as not answered."""
    try:
        if ask.command == "source":
            answers.source = str(body["content"])
            return
        piece = decode_piece(body, None)
        if ask.input >= 0:
            answers.summaries[ask.input] = piece.whole
        else:
            answers.excerpt = _excerpt(piece, subject)
    except (KeyError, ValueError, TypeError):
        return


def source_of(run: Run, subject: Subject) -> int:
    """The line of a subject, as an index into Graph.sources; -1 where unknown."""
    if 0 <= subject.record < len(run.records) and run.records[subject.record].source >= 0:
        return run.records[subject.record].source
    return run.graph.ops[subject.op].source if subject.op >= 0 else -1


def _around(run: Run, subject: Subject) -> TensorRequest | None:
    """The elements around the one that is meant, else the first ones."""
    record = run.records[subject.record]
    if subject.slot >= len(record.outputs):
        return None
    shape = record.outputs[subject.slot].shape
    if not shape or 0 in shape:
        return None
    index = subject.index if len(subject.index) == len(shape) else (0,) * len(shape)
    if any(not 0 <= at < extent for at, extent in zip(index, shape, strict=True)):
        return None
    picks: list[AxisPick] = []
    for axis, (at, extent) in enumerate(zip(index, shape, strict=True)):
        last = len(shape) - 1 - axis
        picks.append(at if last > 1 else _window(at, extent, COLUMNS if last == 0 else ROWS))
    return TensorRequest(ValueRef(subject.record, subject.slot), picks=tuple(picks))


def _window(at: int, extent: int, most: int) -> tuple[int, int, int]:
    start = max(0, min(at - most // 2, extent - most))
    return start, min(start + most, extent), 1


def _excerpt(piece: TensorPiece, subject: Subject) -> Excerpt:
    picks = piece.request.picks
    ranges = [pick for pick in picks if not isinstance(pick, int)]
    shape = piece.shape if len(piece.shape) == 2 else (1, *piece.shape)
    if len(shape) != 2 or shape[0] > ROWS or shape[1] > COLUMNS:
        raise ValueError("not what was asked for")
    texts = _texts(piece)
    rows = [texts[at * shape[1] : (at + 1) * shape[1]] for at in range(shape[0])]
    if any(len(row) != shape[1] for row in rows):
        raise ValueError("elements are missing")
    down = _places(ranges[0], shape[0]) if len(ranges) == 2 else ("",)
    across = _places(ranges[-1], shape[1])
    index = subject.index[-2:] if len(subject.index) == len(picks) else ()
    names = [str(at) for at in index]
    row = down.index(names[0]) if len(names) == 2 and names[0] in down else 0
    column = across.index(names[-1]) if names and names[-1] in across else -1
    marked = (row, column) if column >= 0 else (-1, -1)
    axes = ", ".join(str(p) if isinstance(p, int) else f"{p[0]}:{p[1]}" for p in picks)
    return Excerpt(tuple(rows), down, across, marked, f"[{axes}]")


def _places(taken: tuple[int, int, int], count: int) -> tuple[str, ...]:
    return tuple(str(taken[0] + step) for step in range(count))


def _texts(piece: TensorPiece) -> tuple[str, ...]:
    if piece.code == "json":
        words: object = json.loads(piece.data)
        return tuple(_flat(words))
    elements = np.frombuffer(piece.data, dtype=np.dtype(piece.code))
    return tuple(number(element) for element in cast("list[object]", elements.tolist()))


def _flat(words: object) -> Iterator[str]:
    if isinstance(words, list):
        for word in cast("list[object]", words):
            yield from _flat(word)
    else:
        yield str(words)[:24]
