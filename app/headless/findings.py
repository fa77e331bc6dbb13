"""Looks a finished run over for the ops where something went wrong."""

from __future__ import annotations

from ...tracers.ir import OUTSIDE, OpRecord, Ref, Run, TensorSummary
from .outcome import Finding

# Ops that fill in infinities because they were told to (attention masks), or pass them on.
_FILLERS = ("masked_fill", "fill", "full", "where", "select", "triu", "tril", "const", "setitem")


def find(run: Run) -> list[Finding]:
    """First op that turns finite inputs into other outputs, first that makes NaN, failed ops."""
    found = [*_first_bad(run), *_first_nan(run)]
    if len(found) == 2 and found[0].record == found[1].record:
        found.pop()
    for index, record in enumerate(run.records):
        if record.error:
            label = run.graph.op_label(record.op)
            found.append(Finding("failed", index, f"{label} failed: {record.error}"))
    return found


def where(run: Run, record: OpRecord) -> str:
    """File and line of a record in brackets, "" where unknown."""
    if record.source < 0:
        return ""
    line = run.graph.sources[record.source]
    return f" ({line.file}, line {line.line})"


def _first_bad(run: Run) -> list[Finding]:
    for index, record in enumerate(run.records):
        if all(summary.finite for summary in record.outputs):
            continue
        if _is_filler(run, record) or not all(s.finite for s in _inputs(run, record)):
            continue
        return [Finding("non-finite", index, _sentence(run, record, "finite inputs"))]
    return []


def _first_nan(run: Run) -> list[Finding]:
    for index, record in enumerate(run.records):
        if any(s.nan for s in record.outputs) and not any(s.nan for s in _inputs(run, record)):
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


def _inputs(run: Run, record: OpRecord) -> list[TensorSummary]:
    """Summaries of the inputs that the run itself made."""
    return [summary for ref in record.inputs if (summary := _summary(run, ref)) is not None]


def _summary(run: Run, ref: Ref) -> TensorSummary | None:
    record, slot = ref
    if record == OUTSIDE or record >= len(run.records):
        return None
    outputs = run.records[record].outputs
    return outputs[slot] if slot < len(outputs) else None
