"""What the timeline says: its subtitle, and the tooltip of a bar."""

from __future__ import annotations

from ...tracers.ir import Phase, Run
from .wording import seconds_text, shapes_text


def pass_words(run: Run, seconds: float) -> str:
    """Which pass is shown, and how long what is recorded took."""
    backward = run.records and run.records[-1].phase is Phase.BACKWARD
    name = "Backward pass" if backward else "Forward pass"
    return f"{name}  ·  {seconds_text(seconds)} recorded" if run.records else name


def slot_words(run: Run, op: int, slot: int) -> str:
    """The tooltip of an op's bar: its number and place, its time and shapes."""
    label = run.graph.op_label(op)
    if slot >= len(run.records):
        return f"{label}\nNot run"
    record = run.records[slot]
    shapes = shapes_text([output.shape for output in record.outputs])
    return f"{slot + 1}  {label}\n{seconds_text(record.duration)}  {shapes}".rstrip()
