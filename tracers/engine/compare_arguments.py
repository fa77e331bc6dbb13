"""Arguments of a comparison's requests, checked; and the files that a debuggee hands out."""

from __future__ import annotations

import os
from typing import Any, cast

from ..ir import OUTSIDE, Ref
from ..protocol.refusal import Refusal
from .axis_orders import AxisOrder, decode_order
from .lib import Array, np
from .loaded import Loaded
from .lockstep import Anchor, Lockstep

Json = dict[str, Any]


def reader_of(loaded: Loaded, arguments: Json) -> Lockstep:
    """Reads the run's values, or what it has where it is patched; walks on the anchors."""
    patched = loaded.patched.arrays if arguments.get("patched") else None
    anchors = anchors_in(loaded, arguments)
    return Lockstep(loaded.run, loaded.values, loaded.program, anchors, patched)


def anchors_in(loaded: Loaded, arguments: Json) -> dict[Ref, Anchor]:
    """Raises Refusal where one is broken."""
    found: dict[Ref, Anchor] = {}
    for row in rows_in(arguments.get("anchors") or [], 4):
        found[ref_in(loaded, row[0], row[1])] = Anchor(str(row[2]), order_in(row[3]))
    return found


def order_in(given: object) -> AxisOrder:
    """Raises Refusal where it is none."""
    try:
        return decode_order(given)
    except ValueError as error:
        raise Refusal("bad-arguments", f"The request is broken: {error}.") from error


def orders_in(given: object) -> list[AxisOrder]:
    """Raises Refusal where one is broken."""
    return [order_in(each) for each in cast("list[object]", given or [])]


def refs_in(loaded: Loaded, given: object) -> list[Ref]:
    """Raises Refusal where the run has no such value."""
    return [ref_in(loaded, *row) for row in rows_in(given, 2)]


def ref_in(loaded: Loaded, record: object, slot: object) -> Ref:
    """Raises Refusal where the run has no such value."""
    run = loaded.run
    if type(record) is not int or type(slot) is not int:
        raise Refusal("bad-arguments", "A value is named by [record, slot].")
    if record == OUTSIDE:
        known = 0 <= slot < len(run.graph.values)
    else:
        inside = 0 <= record < len(run.records)
        known = inside and 0 <= slot < len(run.records[record].outputs)
    if not known:
        raise Refusal("no-such-value", f"This run has no value [{record}, {slot}].")
    return record, slot


def records_in(loaded: Loaded, given: object) -> list[int]:
    """Raises Refusal where the run has no such record."""
    rows = cast("list[object]", given) if isinstance(given, list) else []
    count = len(loaded.run.records)
    found = [row for row in rows if isinstance(row, int) and 0 <= row < count]
    if len(found) != len(rows):
        raise Refusal("no-such-value", "This run has no such record.")
    return found


def rows_in(given: object, length: int) -> list[list[Any]]:
    """Rows of so many columns. Raises Refusal."""
    rows: list[Any] = cast("list[Any]", given) if isinstance(given, list) else [None]
    if not all(isinstance(row, list) and len(cast("list[Any]", row)) == length for row in rows):
        raise Refusal("bad-arguments", f"The request needs a list of rows of {length}.")
    return rows


def number_in(arguments: Json, name: str) -> float:
    """Raises Refusal where it is none."""
    value = arguments.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Refusal("bad-arguments", f"The request needs a number as {name}.")
    return float(value)


def written(array: Array | None, arguments: Json, ref: Ref) -> str:
    """The file with a value, "" where there is none. Raises Refusal where it cannot be written."""
    if array is None:
        return ""
    folder, prefix = str(arguments.get("folder") or ""), str(arguments.get("prefix") or "value")
    record = f"v{ref[1]}" if ref[0] < 0 else f"{ref[0]}.{ref[1]}"
    path = os.path.join(folder, f"{prefix}{record}.npy")
    try:
        np.save(path, array, allow_pickle=False)
    except OSError as error:
        raise Refusal("not-written", f"{path} could not be written: {error.strerror}.") from error
    return path
