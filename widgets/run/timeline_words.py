"""What the timeline says: its subtitle, and the tooltip of a bar."""

from __future__ import annotations

from ...tracers.ir import Phase, Run, RunState
from .wording import seconds_text, shapes_text


def pass_words(run: Run, seconds: float, both: bool) -> str:
    """Which pass the place is in, and how long what is recorded took; `both`: there are two."""
    last = min(run.place.record, len(run.records)) - 1
    backward = last >= 0 and run.records[last].phase is Phase.BACKWARD
    name = "Backward pass" if backward else "Forward pass"
    if both and run.state is RunState.FINISHED and run.cursor is None:
        name = "Both passes"
    return f"{name}  ·  {seconds_text(seconds)} recorded" if run.records else name


def slot_words(run: Run, op: int, slot: int) -> str:
    """The tooltip of an op's bar: its number and place, its time and shapes."""
    label = run.graph.op_label(op)
    forward = run.graph.ops[op].forward
    if forward >= 0:
        label += f", for the gradient of {run.graph.ops[forward].type}"
    if slot >= len(run.records):
        return f"{label}\nNot run"
    record = run.records[slot]
    shapes = shapes_text([output.shape for output in record.outputs])
    return f"{slot + 1}  {label}\n{seconds_text(record.duration)}  {shapes}".rstrip()
