"""What is wrong with a run: with its numbers, as the debuggee tells, and with its end."""

from __future__ import annotations

from collections.abc import Sequence

from ...tracers.ir import OpRecord, Run, unseen_text, unseen_title
from ...tracers.ir.finding import Finding as Told
from ...tracers.ir.finding import FindingKind
from ...tracers.protocol.client import Client
from ...tracers.protocol.json_ir import from_json
from ...tracers.protocol.messages import FINDINGS
from .outcome import Finding

_LONG = 400


def of_numbers(
    client: Client, watches: Sequence[str], patience: float
) -> tuple[list[Finding], list[str]]:
    """First ops to make NaN or Inf, and hits of watches; notes on watches that could not be asked
    of every op. Raises Refusal."""
    body = client.request(FINDINGS, {"watches": list(watches)}, patience)
    told = [from_json(Told, row) for row in body["findings"]]
    found = [Finding(_kind(each), each.record, each.message, each) for each in told]
    return found, [f"the watch “{watch}”: {why}" for watch, why in body["problems"]]


def of_the_end(run: Run) -> list[Finding]:
    """Failed ops, and ops of other threads."""
    found: list[Finding] = []
    for index, record in enumerate(run.records):
        if record.error:
            label = run.graph.op_label(record.op)
            message = f"{label} failed: {_one_line(record.error)}{where(run, record)}"
            found.append(Finding("failed", index, message))
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


def _kind(told: Told) -> str:
    if told.kind is FindingKind.PRODUCER:
        return "nan" if told.result == "NaN" else "non-finite"
    return told.kind.value


def _one_line(error: str) -> str:
    line = " ".join(error.split()).rstrip(".")
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"
