"""Looks a finished run over for the ops where something went wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ...tracers.ir import (
    OUTSIDE,
    OpRecord,
    Run,
    TensorSummary,
    unseen_text,
    unseen_title,
)
from .outcome import Finding

# Ops that fill in infinities because they were told to (attention masks), or pass them on.
_FILLERS = ("masked_fill", "fill", "full", "where", "select", "triu", "tril", "const", "setitem")
_LONG = 400

# Statistics of an input, parameter or constant by its index in Graph.values; None for none.
Outside = Callable[[int], TensorSummary | None]


def find(run: Run, outside: Outside) -> list[Finding]:
    """First op that turns finite inputs into other outputs, first that makes NaN, failed ops."""
    known = lru_cache(maxsize=None)(outside)
    found = [*_first_bad(run, known), *_first_nan(run, known)]
    if len(found) == 2 and found[0].record == found[1].record:
        found.pop()
    for index, record in enumerate(run.records):
        if record.error:
            label = run.graph.op_label(record.op)
            found.append(
                Finding(
                    "failed",
                    index,
                    f"{label} failed: {_one_line(record.error)}{where(run, record)}",
                )
            )
    if run.unseen:
        said = f"{unseen_title(run.unseen)} ({unseen_text(run.unseen).partition('. ')[0]})"
        found.append(Finding("threads", -1, said))
    return found


def failure(run: Run) -> OpRecord | None:
    """The op that ended the run by raising; None where it ended otherwise."""
    last = run.records[-1] if run.records else None
    return last if last is not None and last.error else None


def where(run: Run, record: OpRecord) -> str:
    """File and line of a record in brackets, "" where unknown."""
    if record.source < 0:
        return ""
    line = run.graph.sources[record.source]
    return f" ({line.file}, line {line.line})"


def _one_line(error: str) -> str:
    line = " ".join(error.split()).rstrip(".")
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _first_bad(run: Run, outside: Outside) -> list[Finding]:
    for index, record in enumerate(run.records):
        if all(summary.finite for summary in record.outputs):
            continue
        if _is_filler(run, record) or not all(s.finite for s in _inputs(run, record, outside)):
            continue
        return [Finding("non-finite", index, _sentence(run, record, "finite inputs"))]
    return []


def _first_nan(run: Run, outside: Outside) -> list[Finding]:
    for index, record in enumerate(run.records):
        if any(s.nan for s in record.outputs) and not any(
            s.nan for s in _inputs(run, record, outside)
        ):
            return [Finding("nan", index, _sentence(run, record, "inputs without NaN"))]
    return []


def _sentence(run: Run, record: OpRecord, given: str) -> str:
    nan = sum(summary.nan for summary in record.outputs)
    inf = sum(summary.posinf + summary.neginf for summary in record.outputs)
    parts = [f"{count} {name}" for count, name in ((nan, "NaN"), (inf, "Inf")) if count]
    label = run.graph.op_label(record.op)
    return f"{label} is the first op to give {' and '.join(parts)} from {given}{where(run, record)}"


def _is_filler(run: Run, record: OpRecord) -> bool:
    """It wrote infinities that it was given, and no NaN."""
    name = run.graph.ops[record.op].type.lower()
    return any(part in name for part in _FILLERS) and not any(s.nan for s in record.outputs)


def _inputs(run: Run, record: OpRecord, outside: Outside) -> list[TensorSummary]:
    """Summaries of what an op read, as far as they are known."""
    found: list[TensorSummary] = []
    for index, slot in record.inputs:
        if index == OUTSIDE:
            summary = outside(slot) if slot >= 0 else None
            if summary is not None:
                found.append(summary)
        elif slot < len(run.records[index].outputs):
            found.append(run.records[index].outputs[slot])
    return found
