"""Looking back at a run whose process is gone: moves over its records, without a debuggee."""

from __future__ import annotations

from ..tracers.ir import Place, Run


def place_at(run: Run, record: int | None) -> Place | None:
    """The place before a record; None, the end, where there is no such record."""
    if record is None or not 0 <= record < len(run.records):
        return None
    row = run.records[record]
    return Place(record, row.op, run.graph.ops[row.op].scope, row.frame, row.source)


def moved(run: Run, command: str) -> Place | None:
    """Where a stepping command leads to. Modules are not stepped over: one op at a time."""
    here = len(run.records) if run.cursor is None else run.cursor.record
    if command == "stepBack":
        return place_at(run, max(here - 1, 0))
    if command == "reverseContinue":
        return place_at(run, 0)
    if command in ("next", "stepIn", "stepOut"):
        return place_at(run, here + 1)
    return None


def place_of(run: Run, op: int, scope: int) -> Place | None:
    """The first execution of an op, or of anything in a module."""
    for index, record in enumerate(run.records):
        if record.op == op or (op < 0 and scope in _scopes(run, run.graph.ops[record.op].scope)):
            return place_at(run, index)
    return run.cursor


def place_on(run: Run, file: str, line: int) -> Place | None:
    """The first op that came from a line; where the user looks, if there is none."""
    rows = run.graph.sources
    for index, record in enumerate(run.records):
        source = rows[record.source] if record.source >= 0 else None
        if source is not None and (source.file, source.line) == (file, line):
            return place_at(run, index)
    return run.cursor


def _scopes(run: Run, scope: int) -> list[int]:
    found: list[int] = []
    while scope >= 0:
        found.append(scope)
        scope = run.graph.scopes[scope].parent
    return found
