"""A dry run that the model's own error ended: the part of the map that it drew, and the error."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..engine.recorder import Recorder
from ..engine.shape_errors import sentences
from ..engine.standard_input import ReadsInput
from ..engine.user_code import said
from ..ir import Failure, Graph
from .lines import error_line

_LONG = 400
# Errors of the run without data itself: the model may well go on where there is data.
_LIMITS = ("torch._subclasses", "torch.fx.experimental", "torch._dynamo")
_WORDS = ("fake", "meta tensor", "meta device", "data pointer", "data_ptr", "symbolic", "storage")


@dataclass(frozen=True, slots=True)
class Partial:
    """What there is of a map.

    Attributes:
        failure: the error; its record counts the graph's ops here, -1 where no op raised it.
    """

    graph: Graph
    failure: Failure


def partial_of(scratch: Recorder, error: Exception) -> Partial | None:
    """What a dry run drew until an error; None where that is not the model's own."""
    if _is_limit(error):
        return None
    run = scratch.run
    graph, last = scratch.builder.graph, len(run.records) - 1
    message = " ".join(said(error).split())
    message = message if len(message) <= _LONG else message[: _LONG - 1] + "…"
    kind = type(error).__name__
    if last >= 0 and run.records[last].error == f"{kind}: {said(error)}":
        op = run.records[last].op
        failure = Failure(kind, message, graph.op_label(op), op, shapes=sentences(run, last))
        return Partial(graph, failure)
    line = error_line(error)
    where = f"{os.path.basename(line.file)}, line {line.line}" if line is not None else "the model"
    return Partial(graph, Failure(kind, message, where))


def _is_limit(error: Exception) -> bool:
    if isinstance(error, (NotImplementedError, ReadsInput)):
        return True
    if type(error).__module__.startswith(_LIMITS):
        return True
    text = said(error).lower()
    return any(word in text for word in _WORDS)


def filled_in(graph: Graph, partial: Partial) -> Failure:
    """Give a graph without shapes what the partial one knows of the same ops; the failure, by the
    graph's own rows."""
    mine = {op.key: index for index, op in enumerate(graph.ops)}
    for op in partial.graph.ops:
        index = mine.get(op.key, -1)
        if index < 0:
            continue
        row = graph.ops[index]
        graph.ops[index] = replace(row, note=op.note, attributes=op.attributes)
        for here, there in zip(row.outputs, op.outputs, strict=False):
            _fill(graph, here, partial.graph, there)
    outside = {(v.kind, v.name): n for n, v in enumerate(partial.graph.values) if v.op < 0}
    for index, value in enumerate(graph.values):
        if value.op < 0 and (value.kind, value.name) in outside:
            _fill(graph, index, partial.graph, outside[value.kind, value.name])
    failure = partial.failure
    if failure.record < 0:
        return failure
    return replace(failure, record=mine.get(partial.graph.ops[failure.record].key, -1))


def _fill(graph: Graph, here: int, other: Graph, there: int) -> None:
    known = other.values[there]
    graph.values[here] = replace(graph.values[here], shape=known.shape, dtype=known.dtype)
