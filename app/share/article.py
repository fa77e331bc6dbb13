"""Puts together what is shared: what was found, where, with which values, and how to see it
again."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opscope import __version__

from ...tracers.ir import (
    OUTSIDE,
    ModelFacts,
    OpRecord,
    Phase,
    Run,
    RunState,
    TensorSummary,
)
from ..choice import LaunchChoice
from ..naming import short_bytes
from .asking import Answers, source_of
from .command import command_of, folder_of, is_recorded
from .page import (
    Article,
    Block,
    Chain,
    Code,
    Command,
    Drawing,
    Facts,
    Page,
    Picture,
    Section,
    Step,
    Table,
    Words,
)
from .subject import Subject, step_name
from .text import index_text, number, shape_text

LINES = 7  # of source shown before and after the one that is meant
_MOST_VALUES = 40
_HEADING = ("value", "from", "shape", "dtype", "min", "max", "mean", "std", "not finite")
_MINUS_INF = "\u2212Inf"


def article_of(
    run: Run,
    subject: Subject,
    answers: Answers,
    picture: Picture | Drawing | None = None,
    note: str = "",
) -> Article:
    """`note` is what the user wrote on the op."""
    sections: list[Section] = []
    if note:
        sections.append(Section("Note", (Words(note),)))
    if subject.steps:
        sections.append(Section("From the value back to the cause", (_chain(run, subject),)))
    element = _element(run, subject, answers)
    if element:
        sections.append(Section("Element" if subject.index else "Elements", element))
    if picture is not None:
        sections.append(Section("Graph", (picture,)))
    if subject.op >= 0:
        sections.append(_where(run, subject, answers))
        sections += _values(run, subject, answers)
    changed = _changed(run, subject)
    if changed:
        sections.append(Section("Against the run without edits", (Facts(changed),)))
    facts = tuple(subject.facts)
    if facts:
        sections.append(Section("More", (Facts(facts),)))
    return Article(subject.kind, subject.title, subject.sentences, subject.advice, tuple(sections))


@dataclass(frozen=True, slots=True)
class Making:
    """How a run was made.

    Attributes:
        more: further options of the command that makes it again.
        what: "check", or "trace" where nothing is to be found.
    """

    choice: LaunchChoice
    facts: ModelFacts | None
    what: str = "check"
    more: tuple[str, ...] = ()


def page_of(
    run: Run, articles: Sequence[Article], making: Making, title: str = "", about: str = ""
) -> Page:
    """A page; of one article it has the article's title."""
    heading = title or (articles[0].title if articles else "Nothing was found")
    return Page(heading, about or _about(run, making), tuple(articles), _made(run, making))


# One thing.


def _where(run: Run, subject: Subject, answers: Answers) -> Section:
    op = run.graph.ops[subject.op]
    scope = run.graph.scopes[op.scope]
    rows = [("Op", f"{op.type}{f'  {op.note}' if op.note else ''}")]
    if scope.path:
        rows.append(("Module", f"{scope.path}{f'  ({scope.type})' if scope.type else ''}"))
    if 0 <= subject.record < len(run.records):
        record = run.records[subject.record]
        rows.append(("Execution", f"op {subject.record + 1:,} of {len(run.records):,}"))
        turns = run.turns(record.frame)
        if turns:
            rows.append(("Loop pass", ", ".join(str(turn + 1) for turn in turns)))
        if record.phase is Phase.BACKWARD:
            rows.append(("Pass", "backward"))
    rows.append(("Key", op.key))
    rows += [(name, text) for name, text in op.attributes if text]
    blocks: list[Block] = [Facts(tuple(rows))]
    source = source_of(run, subject)
    if source >= 0:
        line = run.graph.sources[source]
        inside = f", in {line.function}" if line.function else ""
        blocks.append(Words(f"{line.file}, line {line.line}{inside}"))
        code = code_around(line.file, answers.source, line.line)
        if code is not None:
            blocks.append(code)
    return Section("Where", tuple(blocks))


def code_around(file: str, text: str, line: int) -> Code | None:
    """The lines around one; None where the text has no such line."""
    lines = text.split("\n")
    if not text or not 0 < line <= len(lines):
        return None
    first = max(1, line - LINES)
    return Code(file, first, tuple(lines[first - 1 : line + LINES]), line)


def _values(run: Run, subject: Subject, answers: Answers) -> list[Section]:
    """Inputs and outputs, as they were or as the map has them."""
    if not 0 <= subject.record < len(run.records):
        return _expected(run, subject.op)
    record = run.records[subject.record]
    sections: list[Section] = []
    inputs = _inputs(run, record, answers)
    if inputs:
        rows, rest = tuple(inputs[:_MOST_VALUES]), len(inputs) - _MOST_VALUES
        blocks: tuple[Block, ...] = (Table(_HEADING, rows, numbers=4),)
        more = (Words(f"And {rest} more."),) if rest > 0 else ()
        sections.append(Section("Inputs", (*blocks, *more)))
    if record.outputs:
        rows = tuple(
            (f"output {slot}", "this op", *_numbers(summary))
            for slot, summary in enumerate(record.outputs[:_MOST_VALUES])
        )
        sections.append(Section("Outputs", (Table(_HEADING, rows, numbers=4),)))
    return sections


def _inputs(run: Run, record: OpRecord, answers: Answers) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number_, (source, slot) in enumerate(record.inputs):
        name = f"input {number_}"
        if source == OUTSIDE and 0 <= slot < len(run.graph.values):
            value = run.graph.values[slot]
            maker = f"{value.kind.value} {value.name}".strip()
            summary = answers.summaries.get(number_)
            if summary is not None:
                rows.append((name, maker, *_numbers(summary)))
            else:
                rows.append((name, maker, shape_text(value.shape), value.dtype, *("–",) * 5))
        elif 0 <= source < len(run.records) and slot < len(run.records[source].outputs):
            made = run.records[source]
            label = run.graph.op_label(made.op)
            several = f", output {slot}" if len(made.outputs) > 1 else ""
            maker = f"{label}{several}, op {source + 1:,}"
            rows.append((name, maker, *_numbers(made.outputs[slot])))
    return rows


def _expected(run: Run, op: int) -> list[Section]:
    """Of an op that has not run: what the map says."""
    row, values = run.graph.ops[op], run.graph.values
    heading = ("value", "from", "shape", "dtype")
    takes = [values[index] for index in row.inputs if index >= 0]
    inputs = tuple(
        (
            f"input {at}",
            run.graph.op_label(value.op) if value.op >= 0 else f"{value.kind.value} {value.name}",
            shape_text(value.shape),
            value.dtype or "?",
        )
        for at, value in enumerate(takes[:_MOST_VALUES])
    )
    gives = [values[index] for index in row.outputs]
    outputs = tuple(
        (f"output {at}", "this op", shape_text(value.shape), value.dtype or "?")
        for at, value in enumerate(gives[:_MOST_VALUES])
    )
    rows = (("Inputs, as expected", inputs), ("Outputs, as expected", outputs))
    return [Section(title, (Table(heading, some, numbers=4),)) for title, some in rows if some]


def _numbers(summary: TensorSummary) -> tuple[str, ...]:
    """Shape, dtype, statistics."""
    known = (summary.minimum, summary.maximum, summary.mean, summary.std)
    texts = ("…",) * 4 if summary.pending else tuple(number(each) for each in known)
    amounts = (("NaN", summary.nan), ("+Inf", summary.posinf), (_MINUS_INF, summary.neginf))
    bad = ", ".join(f"{name} × {amount:,}" for name, amount in amounts if amount)
    if summary.text:
        texts = (summary.text.splitlines()[0][:40], "–", "–", "–")
    return (shape_text(summary.shape), summary.dtype, *texts, bad or "none")


def _changed(run: Run, subject: Subject) -> tuple[tuple[str, str], ...]:
    """How an op differs from the run without edits; nothing where it does not."""
    rows = (row for row in run.changes if row.op == subject.op and subject.op >= 0)
    change = next((row for row in rows if row.record in (-1, subject.record)), None)
    if change is None:
        return ()
    known = [("Difference", change.how.value)]
    if change.largest is not None:
        known.append(("Largest difference", number(change.largest)))
    return (*known, ("Changed", change.text)) if change.text else tuple(known)


def _element(run: Run, subject: Subject, answers: Answers) -> tuple[Block, ...]:
    blocks: list[Block] = []
    rows = [("Index", index_text(subject.index))] if subject.index else []
    if subject.result and (subject.index or subject.operands):
        rows.append(("Result", subject.result))
    rows += [(name, text) for name, text in subject.operands]
    if rows:
        blocks.append(Facts(tuple(rows)))
    excerpt = answers.excerpt
    if excerpt is not None:
        several = len(run.records[subject.record].outputs) > 1
        of = f"output {subject.slot}" if several else "output"
        row, column = excerpt.marked
        blocks.append(
            Table(
                ("", *excerpt.column_names),
                tuple(
                    (name, *row) for name, row in zip(excerpt.row_names, excerpt.rows, strict=True)
                ),
                f"{of}{excerpt.axes}",
                marked=(row, column + 1) if column >= 0 else (-1, -1),
            )
        )
    return tuple(blocks)


def _chain(run: Run, subject: Subject) -> Chain:
    steps: list[Step] = []
    for at, step in enumerate(subject.steps):
        place = ""
        if step.record >= 0:
            place = run.graph.scopes[run.graph.ops[run.records[step.record].op].scope].path
        elif 0 <= step.slot < len(run.graph.values):
            place = run.graph.values[step.slot].kind.value
        name = step_name(run, step)
        steps.append(Step(name, place, step.number, step.words, at == subject.cause))
    return Chain(tuple(steps))


# All of it.


def _about(run: Run, making: Making) -> str:
    name = making.facts.name if making.facts is not None else "The run"
    ended = {
        RunState.FINISHED: "ran to its end",
        RunState.FAILED: "ended with an error",
        RunState.DIED: "ended with its process",
    }.get(run.state, "stands in the middle")
    return f"{name}: {len(run.records):,} ops; the run {ended}."


def _made(run: Run, making: Making) -> tuple[Section, ...]:
    facts, choice = making.facts, making.choice
    rows: list[tuple[str, str]] = []
    if facts is not None:
        rows.append(("Model", facts.name))
        rows.append(("Framework", f"{facts.framework} {facts.version}".strip()))
        if facts.parameters:
            size = short_bytes(facts.parameter_bytes) if facts.parameter_bytes else ""
            rows.append(("Parameters", f"{facts.parameters:,}{f' ({size})' if size else ''}"))
        rows += [
            (f"Input {name}".strip(), f"{shape_text(shape)} {dtype}{_synthetic(facts)}".strip())
            for name, shape, dtype in facts.inputs
        ]
        mode = {True: ", train mode", False: ", eval mode", None: ""}[facts.training]
        rows.append(("Device", f"{facts.device}{mode}"))
    if is_recorded(choice):
        rows.append(("Recorded run", choice.spec))
    made = Section("How the run was made", (Facts((*rows, *written_rows())),))
    return made, Section("See it again", _again(run, making))


def written_rows() -> tuple[tuple[str, str], ...]:
    """With what, and when, a page is written."""
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    return ("Opscope", f"{__version__}, {platform.system()}"), ("Written", now)


def _synthetic(facts: ModelFacts) -> str:
    return " (made up)" if facts.synthetic else ""


def _again(run: Run, making: Making) -> tuple[Block, ...]:
    command = command_of(making.choice, making.what, making.more)
    if not command:
        said = "The run was made by a program of the user's own, so no command makes it again."
        return (Words(said),)
    blocks: list[Block] = [Command(command)]
    folder = folder_of(making.choice)
    if folder:
        blocks.append(Words(f"In the folder {folder}"))
    edits = sum(edit.enabled for edit in run.edits)
    if edits:
        noun = "1 edited value" if edits == 1 else f"{edits} edited values"
        blocks.append(Words(f"The run was made with {noun}, which this command does not make."))
    return tuple(blocks)
