"""What is shared: a finding, an error, an explanation or an op, in the same form."""

from __future__ import annotations

from dataclasses import dataclass

from ...tracers.ir import Failure, Run
from ...tracers.ir.finding import Finding, FindingKind, Index
from ...tracers.ir.reason import Question, Reason, ReasonStep
from .text import index_text

_ASKED = {
    Question.ZERO: "is zero",
    Question.CONSTANT: "is constant",
    Question.LARGE: "is so large",
    Question.NOT_FINITE: "is not finite",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to share.

    Attributes:
        kind: in a word, for the reader.
        title: one sentence, or the op's name.
        op: the op that it is about, -1 for none.
        record: which execution of it, -1 where it has not run.
        slot, index: the output that is meant, and the element in it; () for none.
        operands: what went into that element, as (name, text); `result` is what came out.
        facts: what else is known, as (name, text).
        steps, cause: of an explanation.
    """

    kind: str
    title: str
    sentences: tuple[str, ...] = ()
    advice: str = ""
    op: int = -1
    record: int = -1
    slot: int = 0
    index: Index = ()
    operands: tuple[tuple[str, str], ...] = ()
    result: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    steps: tuple[ReasonStep, ...] = ()
    cause: int = -1


def of_finding(run: Run, told: Finding) -> Subject:
    """Something wrong with the run's numbers."""
    facts = [("Rule", told.rule)] if told.rule else []
    if told.times > 1:
        facts.append(("Executions that show it", str(told.times)))
    if told.spread_ops or told.spread_values:
        facts.append(("Spreads to", f"{told.spread_ops} ops and {told.spread_values} values"))
    if told.record < 0:
        value = run.graph.values[told.slot]
        name = f"{value.kind.value} {value.name}".strip()
        title = f"{told.result or 'What is not finite'} comes in with {name}"
        op = next((at for at, row in enumerate(run.graph.ops) if told.slot in row.inputs), -1)
        record = run.last_execution(op) if op >= 0 else -1
        facts = [("Value", name), ("Element", index_text(told.index) or "scalar"), *facts]
        said = (told.message,)
        return Subject("Finding", title, said, told.advice, op, record, facts=tuple(facts))
    record = run.records[told.record]
    label = run.graph.op_label(record.op)
    if told.kind is FindingKind.WATCH:
        title = f"The watch “{told.rule}” holds at {label}"
    else:
        title = f"{label} makes {told.result or 'a value that is not finite'}"
    return Subject(
        "Finding",
        title,
        (_without_place(run, told.message, record.source),),
        told.advice,
        record.op,
        told.record,
        told.slot,
        told.index,
        told.operands,
        told.result,
        tuple(facts),
    )


def of_failure(run: Run, failure: Failure) -> Subject:
    """An error that ended the run, or that it stands at."""
    known = 0 <= failure.record < len(run.records)
    op = run.records[failure.record].op if known else -1
    where = failure.where or (run.graph.op_label(op) if known else "The model")
    said = tuple(text for text in (failure.message, *failure.shapes) if text)
    advice = "The model catches this error itself." if failure.caught else ""
    record = failure.record if known else -1
    return Subject("Error", f"{where} raised {failure.kind}", said, advice, op, record)


def of_reason(run: Run, reason: Reason) -> Subject:
    """Why a value is as it is. What is shown is the cause, or what was asked about."""
    first = reason.steps[0] if reason.steps else None
    name = step_name(run, first) if first is not None else "the value"
    path = ""
    if first is not None and first.record >= 0:
        path = run.graph.scopes[run.graph.ops[run.records[first.record].op].scope].path
    title = f"Why {name}{f' in {path}' if path else ''} {_ASKED[reason.question]}"
    until = reason.cause + 1 if reason.cause >= 0 else 1
    shown = next((step for step in reversed(reason.steps[:until]) if step.record >= 0), None)
    if shown is None:
        shown = next((step for step in reason.steps if step.record >= 0), None)
    about = Subject("Explanation", title, (reason.message,), reason.advice)
    facts = (("Cause", reason.rule),) if reason.rule != "unknown" else ()
    if shown is None:
        return Subject(about.kind, title, about.sentences, about.advice, facts=facts)
    record = run.records[shown.record]
    return Subject(
        about.kind,
        title,
        (_without_place(run, reason.message, record.source),),
        reason.advice,
        record.op,
        shown.record,
        shown.slot,
        shown.index,
        result=shown.number,
        facts=facts,
        steps=reason.steps,
        cause=reason.cause,
    )


def of_op(run: Run, op: int, record: int = -1) -> Subject:
    """An op as it ran, or as it will; an error that it raised is told."""
    if record < 0:
        record = run.last_execution(op)
    error = run.records[record].error if 0 <= record < len(run.records) else ""
    if error:
        return Subject("Error", f"{run.graph.op_label(op)} failed", (error,), op=op, record=record)
    said = () if record >= 0 else ("It has not run yet.",)
    return Subject("Op", run.graph.op_label(op), said, op=op, record=record)


def step_name(run: Run, step: ReasonStep) -> str:
    """A step's value with its element."""
    at = f" {index_text(step.index)}" if step.index else ""
    if step.record < 0:
        value = run.graph.values[step.slot]
        return f"{value.name or value.kind.value}{at}"
    record = run.records[step.record]
    slot = f" output {step.slot}" if len(record.outputs) > 1 else ""
    return f"{run.graph.ops[record.op].type}{slot}{at}"


def _without_place(run: Run, message: str, source: int) -> str:
    """A sentence without file and line, which stand on the page by themselves."""
    if source < 0:
        return message
    line = run.graph.sources[source]
    return message.replace(f" ({line.file}, line {line.line})", "", 1)
