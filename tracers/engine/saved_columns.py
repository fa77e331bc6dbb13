"""The values of a run in the index of its file, as columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from ..ir import Ref
from .run_file import Piece
from .saved_values import SavedValue, read_kind

_PIECE = ("start", "length", "digest")

Json = dict[str, Any]
T = TypeVar("T")


def columns_of(values: Mapping[Ref, Json]) -> Json:
    """Rows of the index by output, as columns: quicker to read where there are very many."""
    kinds: dict[str, int] = {}
    pieces: dict[Piece, int] = {}
    table: Json = {"record": [], "slot": [], "kind": [], "piece": []}
    for (record, slot), row in values.items():
        kind = json.dumps({key: part for key, part in row.items() if key != "piece"})
        start, length, digest = row["piece"]
        table["record"].append(record)
        table["slot"].append(slot)
        table["kind"].append(kinds.setdefault(kind, len(kinds)))
        table["piece"].append(pieces.setdefault((start, length, digest), len(pieces)))
    table["kinds"] = [json.loads(kind) for kind in kinds]
    for place, name in enumerate(_PIECE):
        table[name] = [piece[place] for piece in pieces]
    return table


def read_columns(data: object, name: str) -> dict[Ref, SavedValue]:
    """Back from `columns_of`. Raises Refusal, TypeError or ValueError where they are none."""
    table = cast(Json, data) if isinstance(data, dict) else {}
    starts, lengths = (whole_numbers(table.get(part)) for part in _PIECE[:2])
    pieces: list[Piece] = [*zip(starts, lengths, _texts(table.get("digest")), strict=True)]
    given = table.get("kinds")
    kinds = [read_kind(row, name) for row in cast("list[object]", given or [])]
    records, slots = whole_numbers(table.get("record")), whole_numbers(table.get("slot"))
    which, where = whole_numbers(table.get("kind")), whole_numbers(table.get("piece"))
    if min(which, default=0) < 0 or min(where, default=0) < 0:
        raise ValueError("a number is below 0")
    return {
        (record, slot): kinds[kind].value(pieces[piece], name)
        for record, slot, kind, piece in zip(records, slots, which, where, strict=True)
    }


def whole_numbers(column: object) -> list[int]:
    """A list of nothing else. Raises TypeError."""
    return _all_of(int, column)


def _texts(column: object) -> list[str]:
    return _all_of(str, column)


def _all_of(kind: type[T], column: object) -> list[T]:
    rows = cast("list[object]", column) if isinstance(column, list) else [None]
    if not set(map(type, rows)) <= {kind}:
        raise TypeError(f"a list of {kind.__name__} was to stand here")
    return cast("list[T]", rows)
