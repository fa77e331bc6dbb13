"""A value's gradient, or a gradient's value: what is shown beside the one that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from ...tracers.ir import (
    OUTSIDE,
    Ref,
    Run,
    Selection,
    TensorSummary,
    ValueRef,
    gradient_of_value,
    selection_of_value,
    value_of_gradient,
)


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The other of a value and its gradient.

    Attributes:
        title: "Gradient" or "Value".
        words: which it is ("ReluBackward, op 31"; "head.bias").
        summary: None of a value from outside, before anything came.
        selection: what selects it.
    """

    ref: ValueRef
    title: str
    words: str
    summary: TensorSummary | None
    selection: Selection


def counterpart(run: Run, ref: ValueRef) -> Counterpart | None:
    """Of a value that is shown; None where the run has none."""
    made = ref.made_by(run)
    found = gradient_of_value(run, made)
    title = "Gradient"
    if found is None:
        title, found = "Value", value_of_gradient(run, made)
    if found is None:
        return None
    record, slot = found
    summary = None if record == OUTSIDE else run.records[record].outputs[slot]
    return Counterpart(
        ValueRef(*found), title, name_of(run, found), summary, selection_of_value(run, found)
    )


def name_of(run: Run, ref: Ref) -> str:
    """A value in few words: its op with the number, or what the user calls it."""
    record, slot = ref
    if record == OUTSIDE:
        return run.graph.values[slot].name
    row = run.records[record]
    output = f"output {slot} of " if len(row.outputs) > 1 else ""
    return f"{output}{run.graph.ops[row.op].type}, op {record + 1:,}"


def gradient_words(run: Run, ref: Ref) -> str:
    """Of an output of a backward op: what it is a gradient of ("gradient of head.bias")."""
    value = value_of_gradient(run, ref)
    if value is None:
        return ""
    record, slot = value
    if record == OUTSIDE:
        return f"gradient of {run.graph.values[slot].name}"
    return f"gradient of {run.graph.op_label(run.records[record].op)}"
