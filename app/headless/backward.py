"""The backward pass of a run without a window."""

from __future__ import annotations

import re

from ...tracers.ir import Phase, Run
from ...tracers.protocol.client import Client
from ...tracers.protocol.messages import BACKWARD
from ...tracers.protocol.refusal import Refusal
from .report import value_names

# A Python number's dtype is its type's name, without bits.
_FLOATS = re.compile(r"(b?float|complex)\d")


def run_backward(client: Client, op: str, seed: str, patience: float) -> str:
    """After a run, its backward pass from an output: that of the op named `op` as in a report,
    "" for the last one that can have a gradient; without a seed, the last scalar.

    Gives a sentence where that cannot be done, "" where the pass is over.
    """
    run = client.mirror.run
    record, slot = _named(run, op) if op else _last(run, not seed)
    if record < 0:
        return f"No op of the run is called {op}." if op else "No output of the run has a gradient."
    arguments = {"record": record, "slot": slot, "seed": seed}
    try:
        client.request(BACKWARD, arguments, patience)
    except Refusal as error:
        return _with_option(error)
    client.wait_event("stopped", timeout=patience)
    if client.mirror.run.state.value == "paused":
        client.request("continue", {"threadId": 1})
        client.wait_state("finished", "failed", timeout=patience)
    return ""


def _last(run: Run, scalar: bool) -> tuple[int, int]:
    """The newest output of the forward pass that is floating-point, a scalar where that is wanted
    and there is one; (-1, 0) for none."""
    found = [
        (index, slot)
        for index, record in enumerate(run.records)
        for slot, summary in enumerate(record.outputs)
        if record.phase is Phase.FORWARD and _FLOATS.match(summary.dtype)
    ]
    scalars = [(index, slot) for index, slot in found if not run.records[index].outputs[slot].shape]
    return ((scalars if scalar else []) or found or [(-1, 0)])[-1]


def _named(run: Run, name: str) -> tuple[int, int]:
    """ "/fc/linear:0" is an op, "/fc/linear:0:1" its second output; (-1, 0) for neither."""
    names = {known: index for index, known in enumerate(value_names(run))}
    if name in names:
        return names[name], 0
    op, _, slot = name.rpartition(":")
    if op in names and slot.isdecimal():
        return names[op], int(slot)
    return -1, 0


def _with_option(error: Refusal) -> str:
    if error.code == "no-scalar":
        return f"{str(error).partition(';')[0]}; give --seed ones, or --seed FILE.npy."
    return str(error)
