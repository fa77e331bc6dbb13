"""Which outputs a backward pass can start from, the likeliest first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from math import prod

from ..tracers.ir import (
    Category,
    Passes,
    Phase,
    Ref,
    Run,
    RunState,
    ScopeKind,
    TensorSummary,
)
from ..widgets.run.wording import shape_text

MOST = 40  # to choose among; any other op's output is chosen by selecting it first
# A Python number's dtype is its type's name, without bits.
_FLOATS = re.compile(r"(b?float|complex)\d")


@dataclass(frozen=True, slots=True)
class Root:
    """An output of the forward pass.

    Attributes:
        label: where it comes from ("cross_entropy", "output 1 of split in h.5.attn").
        problem: a sentence, why no pass can start from it; "" where one may.
        unread: nothing in the forward pass reads it: the model gives it back, as far as is known.
    """

    record: int
    slot: int
    label: str
    form: str
    scalar: bool
    unread: bool
    loss: bool
    problem: str = ""

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """What the model gives back comes first; of that, scalars, and among them losses."""
        return (not (self.unread and self.scalar), not self.unread, not self.loss)


def root_of(run: Run, record: int, slot: int) -> Root:
    """An output that the user points at, with what speaks against it."""
    root = _root(run, record, slot)
    return replace(root, problem=_problem(run, root, run.records[record].outputs[slot]))


def _root(run: Run, record: int, slot: int, unread: bool = False) -> Root:
    row = run.records[record]
    summary = row.outputs[slot]
    op = run.graph.ops[row.op]
    label = run.graph.op_label(row.op)
    if len(row.outputs) > 1:
        label = f"output {slot} of {label}"
    return Root(
        record,
        slot,
        label,
        f"{shape_text(summary.shape)} {summary.dtype}",
        prod(summary.shape) == 1,
        unread,
        op.category is Category.LOSS,
    )


def roots(run: Run, passes: Passes) -> list[Root]:
    """What may be proposed: what the model gives back, then other scalars; newest first.

    What runs behind a backward pass (an optimizer) is left out.
    """
    forward = list(
        takewhile(lambda index: _is_forward(run, index, passes), range(len(run.records)))
    )
    read: set[Ref] = set()
    for index in forward:
        read.update(run.records[index].inputs)
    found: list[Root] = []
    for index in reversed(forward):
        for slot, summary in enumerate(run.records[index].outputs):
            unread = (index, slot) not in read
            if (unread or prod(summary.shape) == 1) and _FLOATS.match(summary.dtype):
                found.append(_root(run, index, slot, unread))
    return sorted(found, key=lambda root: root.rank)[:MOST]


def can_start(run: Run | None) -> bool:
    """The forward pass is over: the run ended well, or stands in the pass back."""
    if run is None:
        return False
    if run.state is RunState.FINISHED:
        return True
    if run.state not in (RunState.PAUSED, RunState.FAILED):
        return False
    head = run.graph.scopes[run.head.scope].kind is ScopeKind.BACKWARD
    return head or (bool(run.records) and run.records[-1].phase is Phase.BACKWARD)


def _is_forward(run: Run, record: int, passes: Passes) -> bool:
    row = run.records[record]
    return row.phase is Phase.FORWARD and not passes.is_backward(row.op)


def _problem(run: Run, root: Root, summary: TensorSummary) -> str:
    if run.records[root.record].phase is Phase.BACKWARD:
        return f"{root.label} is a gradient; a pass starts from an output of the forward pass."
    if any(row.phase is Phase.BACKWARD for row in run.records[: root.record]):
        return f"{root.label} runs behind a backward pass; choose an output that comes before it."
    if not _FLOATS.match(summary.dtype):
        return f"{root.label} is {summary.dtype}; only floating-point values have a gradient."
    return ""
