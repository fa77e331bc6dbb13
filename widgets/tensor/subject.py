"""What the inspector shows: which value of which op, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...tracers.ir import (
    OUTSIDE,
    Category,
    OpRecord,
    Run,
    RunState,
    Selection,
    TensorSummary,
    Value,
    ValueKind,
    ValueRef,
)
from .counterpart import gradient_words
from .formatting import shape_text

NOT_RUN = "Not run yet. Press F10 to step or F5 to run."


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be shown for the selected op."""

    label: str
    ref: ValueRef
    summary: TensorSummary | None
    shape: tuple[int, ...] | None
    dtype: str
    group: str = "Outputs"
    detail: str = ""
    kind: ValueKind = ValueKind.OUTPUT

    @property
    def form(self) -> str:
        """Shape and dtype in a few words."""
        return f"{shape_text(self.shape)} {self.dtype}".strip()


@dataclass(frozen=True, slots=True)
class Subject:
    """The selected thing and its values; `choices` is empty where there is nothing to show.

    Attributes:
        sentence: shown instead of a value.
        failed: the sentence is the op's error.
        place: where the op stands ("h.5.attn").
        ordinal: the op's number as the user counts, from 1; 0 for none.
    """

    title: str = ""
    sentence: str = ""
    icon: str = ""
    failed: bool = False
    place: str = ""
    ordinal: int = 0
    op_type: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    category: Category | None = None
    op: int = -1
    record: int = -1
    choices: tuple[Choice, ...] = ()
    chosen: int = 0

    @property
    def choice(self) -> Choice | None:
        """The value shown."""
        return self.choices[self.chosen] if self.chosen < len(self.choices) else None

    def choosing(self, index: int) -> Subject:
        """The same with another of its values."""
        return replace(self, chosen=index)


def resolve(run: Run | None, selection: Selection) -> Subject:
    """Find the value that a selection means where the user looks now."""
    if run is None:
        return Subject(sentence="No model is open.", icon="box")
    if 0 <= selection.value < len(run.graph.values):
        return _outside(run, selection.value)
    if 0 <= selection.op < len(run.graph.ops):
        return _op(run, selection)
    if 0 <= selection.scope < len(run.graph.scopes):
        scope = run.graph.scopes[selection.scope]
        return Subject(
            scope.name or scope.type or "model",
            "Select an op inside to see its tensors.",
            "mouse-pointer-2",
            place=scope.type,
        )
    return Subject(sentence="Select an op or a weight to see its tensor.", icon="mouse-pointer-2")


def _outside(run: Run, index: int) -> Subject:
    value = run.graph.values[index]
    if value.op >= 0:
        return _op(run, Selection(op=value.op, slot=value.slot))
    choice = _outside_choice(value, ValueRef(OUTSIDE, index), value.kind.value, "Values")
    path, _, name = value.name.rpartition(".")
    place = f"{path} · {value.kind.value}" if path else value.kind.value
    return Subject(name or value.kind.value, place=place, choices=(choice,))


def _op(run: Run, selection: Selection) -> Subject:
    op = run.graph.ops[selection.op]
    subject = Subject(
        op.type,
        place=run.graph.scopes[op.scope].path,
        ordinal=selection.op + 1,
        op_type=op.type,
        attributes=op.attributes,
        category=op.category,
        op=selection.op,
    )
    index = selection.record
    if index < 0:
        until = len(run.records) if run.failing >= 0 else run.place.record
        index = run.last_execution(selection.op, until)
    if not 0 <= index < len(run.records):
        expected = run.foreseen
        if expected is not None and expected.record == selection.op:
            return replace(
                subject,
                sentence=f"In a run without data: {expected.error}",
                icon="circle-alert",
                failed=True,
                choices=_expected_inputs(run, selection.op),
            )
        return replace(
            subject,
            sentence=_not_run(run, selection.op),
            icon="play",
            choices=_expected(run, selection.op),
        )
    record = run.records[index]
    outputs = tuple(
        Choice(
            f"output {slot}",
            ValueRef(index, slot),
            summary,
            summary.shape,
            summary.dtype,
            detail=gradient_words(run, (index, slot)),
        )
        for slot, summary in enumerate(record.outputs)
    )
    choices = outputs + _inputs(run, index, record)
    subject = replace(subject, record=index, ordinal=index + 1, choices=choices)
    if record.error:
        return replace(subject, sentence=record.error, icon="circle-alert", failed=True)
    if not choices:
        return replace(subject, sentence="This op has no inputs and no outputs.", icon="circle")
    return replace(subject, chosen=min(selection.slot, max(len(outputs) - 1, 0)))


def _not_run(run: Run, op: int) -> str:
    if run.state is RunState.DIED:
        return "This op had not run when the debuggee ended."
    if run.state is RunState.FAILED:
        return "Not run: the model failed before this op."
    if run.executions(op):
        return "Not run yet at this point of the run. Step forward, or return to live."
    if run.state is RunState.FINISHED:
        return "This op did not run in this pass."
    if run.state is RunState.RUNNING:
        return "Not run yet."
    return NOT_RUN


def _expected(run: Run, op: int) -> tuple[Choice, ...]:
    """What the map says of an op's outputs before it runs; nothing of it can be asked for."""
    values = [run.graph.values[index] for index in run.graph.ops[op].outputs]
    return tuple(
        Choice(f"output {slot}", ValueRef(OUTSIDE, -1), None, value.shape, value.dtype)
        for slot, value in enumerate(values)
    )


def _expected_inputs(run: Run, op: int) -> tuple[Choice, ...]:
    """What the map says of an op's inputs before it runs."""
    choices: list[Choice] = []
    for slot, index in enumerate(run.graph.ops[op].inputs):
        if index < 0:
            continue
        value, ref = run.graph.values[index], ValueRef(OUTSIDE, index)
        label = f"input {slot}"
        if value.op < 0:
            choices.append(_outside_choice(value, ref, label, "Inputs"))
        else:
            maker = f"from {run.graph.ops[value.op].type}"
            choices.append(Choice(label, ref, None, value.shape, value.dtype, "Inputs", maker))
    return tuple(choices)


def _inputs(run: Run, index: int, record: OpRecord) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    for slot, (source, part) in enumerate(record.inputs):
        ref = ValueRef(index, slot, is_input=True)
        label = f"input {slot}"
        if source == OUTSIDE:
            if 0 <= part < len(run.graph.values):
                choices.append(_outside_choice(run.graph.values[part], ref, label, "Inputs"))
            continue
        if not 0 <= source < len(run.records) or part >= len(run.records[source].outputs):
            continue
        summary = run.records[source].outputs[part]
        maker = run.graph.ops[run.records[source].op].type
        choices.append(
            Choice(label, ref, summary, summary.shape, summary.dtype, "Inputs", f"from {maker}")
        )
    return tuple(choices)


def _outside_choice(value: Value, ref: ValueRef, label: str, group: str) -> Choice:
    return Choice(label, ref, None, value.shape, value.dtype, group, value.name, value.kind)
