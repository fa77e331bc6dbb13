"""From the index of a file to a run, checked through: nothing in it is taken on trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from ..engine.run_file import RunFile, broken, parse_piece
from ..engine.saved_columns import read_columns, whole_numbers
from ..engine.saved_values import SavedValue, read_value
from ..engine.watch import FrameLog
from ..ir import (
    Frame,
    Graph,
    MapFacts,
    ModelFacts,
    OpRecord,
    Ref,
    TensorSummary,
)
from ..ir.finding import Finding
from ..protocol.bulk import bulk
from ..protocol.columns import decode_graph, decode_records, decode_summary
from ..protocol.json_ir import from_json
from ..protocol.messages import State, decode_state
from ..protocol.refusal import Refusal
from .checks import check_graph, check_rows, check_state

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadRun:
    """What a file holds.

    Attributes:
        framework: as users write it.
        saved: when, in seconds of the epoch.
        outside: values that no op made, by index into Graph.values, with what is known of them.
        texts: of source files, by path.
        extras: what the client that saved it put in.
    """

    framework: str
    saved: float
    facts: ModelFacts
    map: MapFacts
    state: State
    graph: Graph
    frames: list[Frame]
    records: list[OpRecord]
    log: FrameLog
    values: dict[Ref, SavedValue]
    outside: dict[int, tuple[SavedValue, TensorSummary]]
    findings: tuple[Finding, ...]
    texts: dict[str, str]
    extras: Json


def read_run(file: RunFile) -> ReadRun:
    """Raises Refusal, with one sentence, where the file is not as it was written."""
    try:
        with bulk():
            return _read(file)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise broken(file.name, "its index does not hold together") from error


def _read(file: RunFile) -> ReadRun:
    index, name = file.index, file.name
    graph = decode_graph(index["graph"])
    check_graph(graph)
    rows = index["rows"]
    if rows["first"] != 0 or rows["firstFrame"] != 0:
        raise ValueError("rows are missing")
    records, frames = decode_records(rows)
    log = _log(index["log"])
    check_rows(graph, records, frames, log)
    state = decode_state(index["state"])
    check_state(state, graph, records, frames)
    saved = index["saved"]
    return ReadRun(
        framework=_text(index["framework"]),
        saved=float(saved) if isinstance(saved, (int, float)) else 0.0,
        facts=from_json(ModelFacts, index["facts"]),
        map=from_json(MapFacts, index["map"]),
        state=state,
        graph=graph,
        frames=frames,
        records=records,
        log=log,
        values=_values(index["values"], records, file),
        outside={
            int(key): (read_value(row, name), decode_summary(row["summary"]))
            for key, row in _items(index["outside"])
            if 0 <= int(key) < len(graph.values)
        },
        findings=tuple(_findings(index["findings"], records, graph)),
        texts={
            path: str(bytes(file.piece(parse_piece(piece, name))), "utf-8", "replace")
            for path, piece in _items(index["texts"])
        },
        extras=dict(_items(index["extras"])),
    )


def _log(data: Json) -> FrameLog:
    lists: dict[str, list[int]] = {}
    for field in fields(FrameLog):
        lists[field.name] = [*whole_numbers(data[field.name])]
    log = FrameLog()
    log.become(
        FrameLog(
            lists["starts"], lists["ends"], lists["sources"], [bool(n) for n in lists["leaves"]]
        )
    )
    return log


def _values(data: object, records: list[OpRecord], file: RunFile) -> dict[Ref, SavedValue]:
    if file.version < 2:
        rows = (((key.partition(":")), row) for key, row in _items(data))
        found = {(int(one), int(two)): read_value(row, file.name) for (one, _, two), row in rows}
    else:
        found = read_columns(data, file.name)
    counts = [len(row.outputs) for row in records]
    limit = len(counts)
    if not all(0 <= record < limit and 0 <= slot < counts[record] for record, slot in found):
        raise ValueError("a value belongs to no record")
    return found


def _findings(data: object, records: list[OpRecord], graph: Graph) -> Iterable[Finding]:
    for row in cast("list[object]", data) if isinstance(data, list) else []:
        finding = from_json(Finding, row)
        rows: int = len(graph.values)
        if finding.record >= 0:
            rows = len(records[finding.record].outputs)
        if not 0 <= finding.slot < rows:
            raise ValueError("a finding is of no value")
        yield finding


def _items(data: object) -> list[tuple[str, Any]]:
    if not isinstance(data, dict):
        raise TypeError("an object was to stand here")
    return [(str(key), value) for key, value in cast("dict[object, Any]", data).items()]


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise TypeError("a text was to stand here")
    return data


def guarded(make: Callable[[], T], name: str) -> T:
    """What `make` gives; any way in which it fails is the file's fault. Raises Refusal."""
    try:
        return make()
    except Refusal:
        raise
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError) as error:
        raise broken(name, "a value cannot be read") from error
