"""Walks extents back through what has run, to where they were set or changed."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field

from ..ir import OUTSIDE, Graph, Ref, Run, ValueKind
from .axis_calls import Call, Origin, plain_type
from .axis_rules import origin

_MOST_STEPS = 2_000
_AS_WRITTEN = frozenset({"index", "equation"})  # arguments that are told apart by others

Node = tuple[Ref, int]  # one axis of one value


@dataclass(frozen=True, slots=True)
class Change:
    """An op that did something to the extent of an axis.

    Attributes:
        before: extents that it read; () where the op set the extent itself.
        ceil: what rounding up would have given, 0 where nothing was rounded down.
    """

    record: int
    before: tuple[int, ...]
    after: int
    how: str
    ceil: int = 0


@dataclass(slots=True)
class Trail:
    """Everything that one axis of a value goes back to, newest first.

    Attributes:
        nodes: every axis on the way.
        ends: values from outside the model's ops, with the axis.
        unknown: records of ops that no rule is known for.
    """

    nodes: list[Node] = field(default_factory=list["Node"])
    changes: list[Change] = field(default_factory=list["Change"])
    ends: list[tuple[int, int]] = field(default_factory=list["tuple[int, int]"])
    unknown: list[int] = field(default_factory=list["int"])


def walk(run: Run, start: Node, until: Collection[Node] = ()) -> Trail:
    """Follow an axis back; not past the axes in `until`."""
    trail = Trail()
    seen: set[Node] = set()
    waiting = [start]
    while waiting and len(seen) < _MOST_STEPS:
        node = waiting.pop(0)
        if node in seen:
            continue
        seen.add(node)
        trail.nodes.append(node)
        if node not in until:
            waiting += _step(run, node, trail)
    return trail


def _step(run: Run, node: Node, trail: Trail) -> list[Node]:
    (record, slot), axis = node
    if record == OUTSIDE:
        trail.ends.append((slot, axis))
        return []
    call = call_of(run, record)
    found = origin(call, slot, axis) if call is not None else None
    if call is None or found is None:
        trail.unknown.append(record)
        return []
    inputs = run.records[record].inputs
    if found.how:
        trail.changes.append(_change(call, found, record, call.outputs[slot][axis]))
    return [(inputs[index], place) for index, place in found.sources]


def _change(call: Call, found: Origin, record: int, after: int) -> Change:
    before = tuple(call.inputs[index][place] for index, place in found.sources)
    return Change(record, before, after, found.how, found.ceil)


def call_of(run: Run, record: int) -> Call | None:
    """A record as the rules see it; None where the shape of something that it read is unknown."""
    row = run.records[record]
    op = run.graph.ops[row.op]
    inputs = [shape_of(run, ref) for ref in row.inputs]
    known = tuple(shape for shape in inputs if shape is not None)
    if len(known) < len(inputs):
        return None
    given = {key: _parsed(key, text) for key, text in op.attributes}
    return Call(plain_type(op.type), known, tuple(item.shape for item in row.outputs), given)


def shape_of(run: Run, ref: Ref) -> tuple[int, ...] | None:
    """Of a value of the run."""
    record, slot = ref
    if record == OUTSIDE:
        return run.graph.values[slot].shape if 0 <= slot < len(run.graph.values) else None
    outputs = run.records[record].outputs if 0 <= record < len(run.records) else ()
    return outputs[slot].shape if slot < len(outputs) else None


def outside_name(graph: Graph, value: int) -> str:
    """A value from outside the model's ops, for a sentence ("the parameter fc.weight")."""
    row = graph.values[value]
    if row.kind is ValueKind.CONSTANT:
        return row.name if row.name.startswith("constant") else f"the constant {row.name}"
    return f"the {row.kind.value} {row.name}"


def _parsed(key: str, text: str) -> object:
    if key in _AS_WRITTEN:
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
