"""A finished run as JSON, and as a table for reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...tracers.ir import (
    NOTHING,
    OUTSIDE,
    ModelFacts,
    OpRecord,
    Phase,
    Ref,
    Run,
    SourceLine,
    TensorSummary,
)
from .outcome import Finding, Outcome, Verified

Json = dict[str, Any]


def as_json(outcome: Outcome, with_records: bool) -> Json:
    """The layout that README documents; numbers that are not finite are null."""
    run, facts = outcome.run, outcome.facts
    body: Json = {
        "spec": outcome.spec,
        "model": facts.name,
        "framework": facts.framework.lower(),
        "version": facts.version,
        "parameters": facts.parameters,
        "inputs": [
            {"name": name, "shape": list(shape), "dtype": dtype}
            for name, shape, dtype in facts.inputs
        ],
        "synthetic": facts.synthetic,
        "map": {
            "source": outcome.map.source,
            "reason": outcome.map.reason,
            "ops": outcome.map.ops,
            "scopes": outcome.map.scopes,
        },
        "run": {
            "ops": len(run.records),
            "scopes": scope_count(run),
            "seconds": outcome.seconds,
            "kept_bytes": outcome.kept_bytes,
            "error": outcome.error or None,
            "failure": _failure_json(run),
            "deviation": outcome.deviation,
        },
        "findings": [finding_json(run, finding) for finding in outcome.findings],
    }
    if outcome.verified is not None:
        body["verify"] = _verify_json(outcome.verified)
    if with_records:
        body["records"] = list(_records_json(run))
    return body


def finding_json(run: Run, finding: Finding) -> Json:
    """A finding with all that is known of it."""
    body: Json = {"kind": finding.kind, "record": finding.record, "message": finding.message}
    told = finding.told
    if told is None:
        return body
    body |= {
        "rule": told.rule,
        "advice": told.advice,
        "index": list(told.index),
        "operands": dict(told.operands),
        "result": told.result,
        "spread_ops": told.spread_ops,
        "spread_values": told.spread_values,
        "times": told.times,
    }
    if finding.record >= 0:
        record = run.records[finding.record]
        body |= {
            "op": run.graph.ops[record.op].key,
            "slot": told.slot,
            "phase": record.phase.value,
            "source": _source_json(run, record),
        }
    return body


def scope_count(run: Run) -> int:
    """Scopes that the run entered, the model itself not counted."""
    return len({frame.scope for frame in run.frames} - {0})


def value_names(run: Run) -> list[str]:
    """A name for each record's execution, the same over runs; its output k is NAME:k.

    The op's key; with the passes of the loops around it in brackets; where that does not tell
    executions apart, with their count after "~".
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for record in run.records:
        name = run.graph.ops[record.op].key
        turns = run.turns(record.frame)
        if turns:
            name += f"[{','.join(str(turn) for turn in turns)}]"
        count = seen[name] = seen.get(name, 0) + 1
        names.append(name if count == 1 else f"{name}~{count}")
    return names


def find_value(run: Run, name: str) -> tuple[int, int]:
    """Record and slot of what `value_names` calls so; of an op its first output. (-1, 0) for
    none."""
    names = {known: index for index, known in enumerate(value_names(run))}
    if name in names:
        return names[name], 0
    op, _, slot = name.rpartition(":")
    if op in names and slot.isdecimal():
        return names[op], int(slot)
    return -1, 0


def table(run: Run) -> Iterator[str]:
    """One line for each output of each executed op, under a heading; columns are aligned."""
    heading = ("#", "op", "scope", "shape", "dtype", "min", "max", "mean")
    rows = [heading, *_rows(run)]
    if any(record.phase is Phase.BACKWARD for record in run.records):
        heading = (*heading, "phase", "forward op", "gradient of")
        tails = [heading[8:], *_ties(run)]
        rows = [(*row, *tail) for row, tail in zip(rows, tails, strict=True)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    for row in rows:
        cells = [
            cell.rjust(width) if column in (0, 5, 6, 7) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def summary_line(outcome: Outcome) -> str:
    """The run in one line."""
    run, facts = outcome.run, outcome.facts
    ops = f"{counted(len(run.records), 'op')} in {counted(scope_count(run), 'scope')}"
    parts = [
        f"{facts.name} ({facts.framework} {facts.version})".replace(" )", ")"),
        f"{ops}, {seconds(outcome.seconds)}, {size(outcome.kept_bytes)} kept",
        f"map from {outcome.map.source}",
    ]
    if facts.inputs:
        parts.append(_inputs(facts))
    if outcome.deviation is not None:
        parts.append(f"{number(outcome.deviation)} from {facts.framework}'s own run at most")
    return "; ".join(parts)


def verify_line(verified: Verified) -> str:
    """The comparison in one line."""
    said = "equal bit for bit to a plain run" if verified.equal else "not equal to a plain run"
    if not verified.equal and verified.max_abs_diff is not None:
        said += f", by up to {number(verified.max_abs_diff)}"
    if verified.exact and not verified.note:
        said += ", both under the exact settings"
    times = f"plain {seconds(verified.plain_seconds)}, traced {seconds(verified.traced_seconds)}"
    ratio = f", ratio {verified.ratio:.2f}" if verified.ratio is not None else ""
    note = f" ({verified.note})" if verified.note else ""
    return f"verify: {said}; {times}{ratio}{note}"


def counted(count: int, noun: str) -> str:
    """ "1 op", "2 ops"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def number(value: float | None) -> str:
    """Four significant digits; "–" for none."""
    if value is None:
        return "–"
    return f"{value:.4g}"


def seconds(value: float) -> str:
    """With a fitting unit."""
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"


def size(count: float) -> str:
    """Bytes with a fitting unit."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def _inputs(facts: ModelFacts) -> str:
    shown = ", ".join(
        f"{name} {'x'.join(str(extent) for extent in shape) or 'scalar'} {dtype}"
        for name, shape, dtype in facts.inputs
    )
    return f"inputs {shown}" + (" (made up)" if facts.synthetic else "")


def _rows(run: Run) -> Iterator[tuple[str, ...]]:
    for index, record in enumerate(run.records):
        op = run.graph.ops[record.op]
        path = run.graph.scopes[op.scope].path
        turns = run.turns(record.frame)
        scope = path + (f"[{','.join(str(turn) for turn in turns)}]" if turns else "")
        head = (str(index + 1), op.type, scope)
        if record.error:
            yield (*head, "failed", "", "", "", "")  # why, a finding below the table says
        elif not record.outputs:
            yield (*head, "", "", "", "", "")
        for slot, summary in enumerate(record.outputs):
            yield (*(head if slot == 0 else ("", "", "")), *_cells(summary))


def _ties(run: Run) -> Iterator[tuple[str, ...]]:
    """For each row of the table its phase, the forward op, and the value it is a gradient of."""
    for record in run.records:
        forward = ""
        if record.forward >= 0:
            forward = f"{record.forward + 1} {run.graph.ops[run.records[record.forward].op].type}"
        for slot in range(max(1, len(record.outputs))):
            ref = record.gradient_of[slot] if slot < len(record.gradient_of) else NOTHING
            head = (record.phase.value, forward) if slot == 0 else ("", "")
            yield (*head, _value_label(run, ref))


def _value_label(run: Run, ref: Ref) -> str:
    record, slot = ref
    if ref == NOTHING:
        return ""
    if record == OUTSIDE:
        return run.graph.values[slot].name
    row = run.records[record]
    several = f" [{slot}]" if len(row.outputs) > 1 else ""
    return f"{record + 1} {run.graph.ops[row.op].type}{several}"


def _cells(summary: TensorSummary) -> tuple[str, ...]:
    shape = "x".join(str(extent) for extent in summary.shape) or "scalar"
    if summary.text:
        return (summary.text.splitlines()[0][:40], summary.dtype, "", "", "")
    low, high, mean = (number(x) for x in (summary.minimum, summary.maximum, summary.mean))
    if not summary.finite:
        bad = ((summary.nan, "NaN"), (summary.posinf, "+Inf"), (summary.neginf, "-Inf"))
        mean = ", ".join(f"{count} {name}" for count, name in bad if count)
    return (shape, summary.dtype, low, high, mean)


def _failure_json(run: Run) -> Json | None:
    failure = run.failure
    if failure is None:
        return None
    return {
        "kind": failure.kind,
        "message": failure.message,
        "where": failure.where,
        "record": failure.record if failure.record >= 0 else None,
        "shapes": list(failure.shapes),
    }


def _verify_json(verified: Verified) -> Json:
    return {
        "equal": verified.equal,
        "max_abs_diff": verified.max_abs_diff,
        "plain_seconds": verified.plain_seconds,
        "traced_seconds": verified.traced_seconds,
        "ratio": verified.ratio,
        "exact": verified.exact,
        "note": verified.note,
    }


def _records_json(run: Run) -> Iterator[Json]:
    names = value_names(run)
    for index, record in enumerate(run.records):
        op = run.graph.ops[record.op]
        row: Json = {
            "index": index,
            "op": op.key,
            "type": op.type,
            "scope": run.graph.scopes[op.scope].path,
            "phase": record.phase.value,
            "source": _source_json(run, record),
            "inputs": [_ref_name(run, names, ref) for ref in record.inputs],
            "outputs": [
                _output_json(f"{names[index]}:{slot}", summary)
                for slot, summary in enumerate(record.outputs)
            ],
        }
        if record.phase is Phase.BACKWARD:
            row["forward"] = names[record.forward] if record.forward >= 0 else None
            row["gradient_of"] = [
                None if ref == NOTHING else _ref_name(run, names, ref) for ref in record.gradient_of
            ]
        if record.error:
            row["error"] = record.error
        yield row


def _source_json(run: Run, record: OpRecord) -> Json | None:
    if record.source < 0:
        return None
    line: SourceLine = run.graph.sources[record.source]
    return {"file": line.file, "line": line.line, "function": line.function}


def _ref_name(run: Run, names: list[str], ref: Ref) -> str:
    record, slot = ref
    if record != OUTSIDE:
        return f"{names[record]}:{slot}"
    if not 0 <= slot < len(run.graph.values):
        return "unknown"
    value = run.graph.values[slot]
    return value.name or f"{value.kind.value}:{slot}"


def _output_json(name: str, summary: TensorSummary) -> Json:
    body: Json = {
        "value": name,
        "shape": list(summary.shape),
        "dtype": summary.dtype,
        "min": summary.minimum,
        "max": summary.maximum,
        "mean": summary.mean,
        "rms": summary.rms,
        "nan": summary.nan,
        "inf": summary.posinf + summary.neginf,
    }
    if summary.text:
        body["text"] = summary.text
    return body
