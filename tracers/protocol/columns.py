"""Rows of dataclasses as columns, strings interned: small to send, quick to decode."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union

from ..ir import Graph, Op, OpRecord, Scope, SourceLine, TensorSummary, Value
from ..ir.run import Frame
from .bulk import bulk

Row = TypeVar("Row")
Table = dict[str, Any]


class Strings:
    """Interned strings of one message; index 0 is always ""."""

    def __init__(self, rows: Sequence[str] = ("",)) -> None:
        self.rows = list(rows)
        self._index = {text: index for index, text in enumerate(self.rows)}

    def put(self, text: str) -> int:
        """The index of `text`, added if new."""
        index = self._index.get(text)
        if index is None:
            index = self._index[text] = len(self.rows)
            self.rows.append(text)
        return index


@cache
def _kinds(row: type[Any]) -> dict[str, tuple[str, Any]]:
    """How each field of a dataclass travels, read off its annotation."""
    hints = typing.get_type_hints(row)
    return {field.name: _kind(hints[field.name]) for field in fields(row)}


def _kind(hint: Any) -> tuple[str, Any]:
    if hint is str:
        return "text", None
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "enum", hint
    if hint in (int, float, bool):
        return "number", None
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType) and type(None) in parts:
        inner = next(part for part in parts if part is not type(None))
        return ("number", None) if inner in (int, float, bool) else ("optional", _kind(inner))
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        if parts[0] is int:
            return "numbers", None
        if typing.get_origin(parts[0]) is tuple:
            inner = typing.get_args(parts[0])
            return ("pairs", str) if inner == (str, str) else ("pairs", int)
        return "rows", parts[0]
    raise TypeError(f"no column for {hint}")


def encode(rows: Sequence[Row], kind: type[Row], strings: Strings) -> Table:
    """Columns of `rows`. Numbers that are not finite become null."""
    table: Table = {"n": len(rows)}
    for name, how in _kinds(kind).items():
        table[name] = _put([getattr(row, name) for row in rows], how, strings)
    return table


def decode(table: Table, kind: type[Row], strings: Sequence[str]) -> list[Row]:
    """Rows back from `encode`. Raises KeyError, IndexError or ValueError on a broken table."""
    with bulk():
        columns = [_take(table[name], how, strings) for name, how in _kinds(kind).items()]
        return [kind(*row) for row in zip(*columns, strict=True)]


def _put(column: list[Any], how: tuple[str, Any], strings: Strings) -> Any:
    kind, detail = how
    if kind == "text":
        return [strings.put(text) for text in column]
    if kind == "enum":
        return [strings.put(member.value) for member in column]
    if kind == "number":
        return [None if isinstance(x, float) and not math.isfinite(x) else x for x in column]
    if kind == "optional":
        present = [item for item in column if item is not None]
        return {
            "has": [int(item is not None) for item in column],
            "of": _put(present, detail, strings),
        }
    counts = [len(item) for item in column]
    flat = [part for item in column for part in item]
    if kind == "pairs":
        flat = [part for pair in flat for part in pair]
        return {"n": counts, "of": [strings.put(x) for x in flat] if detail is str else flat}
    return {"n": counts, "of": encode(flat, detail, strings) if kind == "rows" else flat}


def _take(column: Any, how: tuple[str, Any], strings: Sequence[str]) -> Iterable[Any]:
    kind, detail = how
    if kind == "text":
        return [strings[index] for index in column]
    if kind == "enum":
        members = {member.value: member for member in detail}
        return [members[strings[index]] for index in column]
    if kind == "number":
        return column
    if kind == "optional":
        present = iter(_take(column["of"], detail, strings))
        return [next(present) if has else None for has in column["has"]]
    flat: list[Any] = column["of"]
    if kind == "rows":
        flat = decode(column["of"], detail, strings)
    elif kind == "pairs":
        items = [strings[index] for index in flat] if detail is str else flat
        flat = list(zip(items[::2], items[1::2], strict=True))
    return _split(flat, column["n"])


def _split(flat: Sequence[Any], counts: Sequence[int]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    start = 0
    for count in counts:
        rows.append(tuple(flat[start : start + count]))
        start += count
    return rows


GRAPH_PARTS: tuple[tuple[str, type[Any], Callable[[Graph], list[Any]]], ...] = (
    ("scopes", Scope, lambda graph: graph.scopes),
    ("ops", Op, lambda graph: graph.ops),
    ("values", Value, lambda graph: graph.values),
    ("sources", SourceLine, lambda graph: graph.sources),
)


def graph_size(graph: Graph) -> dict[str, int]:
    """How many rows of each part there are; hand it to `encode_graph` to get what came since."""
    return {name: len(rows(graph)) for name, _, rows in GRAPH_PARTS}


def encode_graph(graph: Graph, since: dict[str, int] | None = None) -> Table:
    """The graph's rows from `since` on (all of them without it)."""
    strings = Strings()
    start = since or {}
    body: Table = {
        name: encode(rows(graph)[start.get(name, 0) :], kind, strings)
        for name, kind, rows in GRAPH_PARTS
    }
    body["strings"] = strings.rows
    body["since"] = {name: start.get(name, 0) for name, _, _ in GRAPH_PARTS}
    return body


def decode_graph(body: Table, graph: Graph | None = None) -> Graph:
    """A new graph, or `graph` with the rows that it lacks appended.

    Raises ValueError where rows in between are missing.
    """
    if graph is None:
        graph = Graph(scopes=[])
    for name, kind, rows in GRAPH_PARTS:
        have = rows(graph)
        since = body["since"][name]
        if since > len(have):
            raise ValueError(f"graph out of step: {len(have)} {name} here, next is {since}")
        have.extend(decode(body[name], kind, body["strings"])[len(have) - since :])
    return graph


def encode_records(
    records: Sequence[OpRecord], frames: Sequence[Frame], first: int, first_frame: int
) -> Table:
    """Executed ops with the frames opened since; `first` and `first_frame` are their indices."""
    strings = Strings()
    return {
        "first": first,
        "firstFrame": first_frame,
        "records": encode(records, OpRecord, strings),
        "frames": encode(frames, Frame, strings),
        "strings": strings.rows,
    }


def decode_records(body: Table) -> tuple[list[OpRecord], list[Frame]]:
    """Back from `encode_records`."""
    records = decode(body["records"], OpRecord, body["strings"])
    return records, decode(body["frames"], Frame, body["strings"])


def encode_summary(summary: TensorSummary) -> Table:
    """One summary by itself."""
    strings = Strings()
    return {"row": encode([summary], TensorSummary, strings), "strings": strings.rows}


def decode_summary(body: Table) -> TensorSummary:
    """Back from `encode_summary`."""
    return decode(body["row"], TensorSummary, body["strings"])[0]
