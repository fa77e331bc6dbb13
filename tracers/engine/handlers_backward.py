"""The request that runs the backward pass from an output of a run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..ir import Ref, RunState, ValueRef
from ..protocol.messages import BACKWARD
from ..protocol.refusal import Refusal
from .backend import Differentiable
from .live import Live
from .loaded import Loaded
from .replay import Goal
from .server import Answer, Handlers, whole_number

Json = dict[str, Any]

# A Python number's dtype is its type's name, without bits.
_FLOATS = re.compile(r"(b?float|complex)\d")


def _backward(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    program = loaded.program
    if not isinstance(program, Differentiable):
        name = program.facts.framework
        raise Refusal(
            "no-backward",
            f"{name} has no backward pass after a run; gradients are shown where the model itself"
            " computes them.",
        )
    ref = _root(loaded, arguments)
    seed = arguments.get("seed")
    choose = program.choose_backward(ref, seed if isinstance(seed, str) else "")
    began = program.backward_began

    def prepare() -> None:
        choose()
        loaded.edited.renew()

    goal = replace(_goal(loaded, began, _note(loaded, ref)), prepare=prepare)
    live.reruns.depart(goal)
    return Answer(then=lambda: live.go(goal))


def _root(loaded: Loaded, arguments: Json) -> Ref:
    """The output to start from. Raises Refusal where it cannot be taken."""
    record, slot = whole_number(arguments, "record"), whole_number(arguments, "slot", 0)
    if record < 0:
        raise Refusal("no-root", "A backward pass starts from an output of an op.")
    ref = loaded.values.ref(ValueRef(record, slot))
    summary, name = loaded.run.records[record].outputs[slot], loaded.values.name(ref)
    if not _FLOATS.match(summary.dtype):
        raise Refusal("no-root", f"{name} is {summary.dtype}; only floating-point has a gradient.")
    count = 1
    for extent in summary.shape:
        count *= extent
    if count != 1 and arguments.get("seed") in (None, ""):
        shape = "x".join(str(extent) for extent in summary.shape)
        raise Refusal("no-scalar", f"{name} is {shape}, no scalar; give a gradient to start from.")
    return ref


def _goal(loaded: Loaded, began: int, note: str) -> Goal:
    """Where the backward pass begins. Raises Refusal before the forward pass is over."""
    run = loaded.run
    if 0 <= began < len(run.records):  # there is one already; it makes room
        frame = run.records[began].frame
        starts = loaded.watch.log.starts
        around = [row for row in run.frame_chain(frame) if row and starts[row] >= began]
        return Goal(began, frame=around[0], fresh=True, state=run.state, note=note)
    if run.state is RunState.PAUSED:
        raise Refusal(
            "mid-run", "The forward pass is not over: continue to its end, then run backward."
        )
    if run.state is RunState.FAILED:
        raise Refusal("failed", "The forward pass raised an error, so there is nothing to go back.")
    return Goal(len(run.records), fresh=True, state=run.state, note=note)


def _note(loaded: Loaded, ref: Ref) -> str:
    size = loaded.program.facts.parameter_bytes
    return (
        f"The backward pass starts here, from {loaded.values.name(ref)}. Until it is over, autograd"
        f" keeps what it needs of the forward pass, and the gradients of the weights take as much"
        f" as the weights ({size:,} bytes)."
    )


HANDLERS: Handlers = {BACKWARD: _backward}
