"""What the graph view needs to know of a run, kept up with as records arrive."""

from __future__ import annotations

import numpy as np

from ...tracers.ir import (
    OUTSIDE,
    OpRecord,
    Phase,
    Place,
    Presence,
    Run,
    RunState,
    Shown,
    TensorSummary,
)
from .looked import Flags, LookedPasses
from .model import GraphModel
from .tally import Tally

_SHORT = {
    "float": "f",
    "bfloat": "bf",
    "int": "i",
    "uint": "u",
    "complex": "c",
}


class Progress:
    """Which ops ran or failed, how far each group is, and the passes of each loop.

    Of an op in a loop only the pass that is looked at counts.

    Attributes:
        ran, made: by op: it ran; what it makes is there.
        errors: by op that failed: its message.
        lit, lit_values, lit_scopes: forward ops, values from outside and the scopes around them
            whose gradients a backward pass has come to.
    """

    def __init__(self, run: Run, model: GraphModel) -> None:
        self.run = run
        self._model = model
        self.looked = LookedPasses(run, model)
        self.ran: Flags = np.zeros(0, bool)
        self.made: Flags = np.zeros(0, bool)
        self.errors: dict[int, str] = {}
        self._ever_ran: Flags = self.ran
        self._ever_made: Flags = self.made
        self._failed: dict[int, tuple[int, str]] = {}  # the record, and the message
        self.lit: set[int] = set()
        self.lit_values: set[int] = set()
        self.lit_scopes: set[int] = set()
        self.foreseen = run.foreseen.record if run.foreseen is not None else -1
        self._entered: set[int] = set()  # ops stepped into, not known to be left
        self._as_one: set[int] = set()
        self._seen_frames = 0
        self._tally = Tally(model)
        self.mapped = False
        self._foresee()
        self.grow(0)
        self.look()
        self.count(0)  # made ready beside the GUI thread, where this is

    def grow(self, first_record: int) -> list[int]:
        """Take in records from `first_record` on; the ops that ran for the first time."""
        run = self.run
        ops = run.graph.ops
        looked = self.looked
        self._tally.forget()
        looked.turns.grow()
        if len(ops) > len(self._ever_ran):
            self._ever_ran = _longer(self._ever_ran, len(ops))
            self._ever_made = _longer(self._ever_made, len(ops))
            looked.grown()
            self.ran, self.made = looked.masks(self._ever_ran, self._ever_made)
            self.mapped = any(op.presence is Presence.EXPECTED for op in ops)
        fresh: list[int] = []
        for index in range(first_record, len(run.records)):
            record = run.records[index]
            op = record.op
            if not self._ever_ran[op]:
                self._ever_ran[op] = self._ever_made[op] = True
                fresh.append(op)
                if ops[op].inner >= 0:
                    self._as_one.add(op)
            if looked.frames and not self.ran[op] and looked.shows(index, op):
                self.ran[op] = self.made[op] = True
                fresh.append(op)
            if record.phase is Phase.BACKWARD:
                self._light(record)
            if record.error:
                self._failed[op] = index, record.error
                if looked.shows(index, op):
                    self.errors[op] = record.error
            elif self.foreseen == op:
                self.errors.pop(op, None)
        for index in range(self._seen_frames, len(run.frames)):
            host = run.graph.scopes[run.frames[index].scope].op
            if host >= 0 and (not self._ever_made[host] or looked.turns.around(index)):
                self._entered.add(host)
        self._seen_frames = len(run.frames)
        return fresh

    def look(self) -> bool:
        """Look at the loop passes around the place; whether they are others than before."""
        looked = self.looked
        if not looked.look(self.run.place):
            return False
        self._tally.forget()
        self.ran, self.made = looked.masks(self._ever_ran, self._ever_made)
        self.errors = {op: text for op, (at, text) in self._failed.items() if looked.shows(at, op)}
        self._foresee()
        return True

    def rewind(self) -> None:
        """The newest records were forgotten: take in what is left, from the first on."""
        self.looked.turns.rewind()
        self.looked.frames = ()
        self._ever_ran[:] = False
        self._ever_made[:] = False
        self.ran, self.made = self._ever_ran, self._ever_made
        self._failed.clear()
        self.errors.clear()
        self.lit.clear()
        self.lit_values.clear()
        self.lit_scopes.clear()
        self._entered.clear()
        self._as_one.clear()
        self._seen_frames = 0
        self._foresee()
        self.grow(0)
        self.look()

    def _light(self, record: OpRecord) -> None:
        """A backward pass came by: what it computed the gradient of is lit."""
        graph = self.run.graph
        self.lit_values.update(index for made, index in record.gradient_of if made == OUTSIDE)
        op = self._model.passes.forward(record.op)
        if op >= 0 and op not in self.lit:
            self.lit.add(op)
            self.lit_scopes.update(graph.scope_chain(graph.ops[op].scope))

    def _foresee(self) -> None:
        """The op that a run without data failed at stands as failed until it has run."""
        known = self.foreseen >= 0 and not self.run.executions(self.foreseen)
        if self.run.foreseen is not None and known:
            self.errors[self.foreseen] = self.run.foreseen.error

    def leave(self) -> list[int]:
        """The ops that were stepped into and have been left since this was last asked.

        Such an op has no record of its own; what ran in it stands for it.
        """
        if not self._entered:
            return []
        run = self.run
        frames = set(run.frame_chain(run.head.frame))
        if run.records:
            frames.update(run.frame_chain(run.records[-1].frame))
        still = {run.graph.scopes[run.frames[index].scope].op for index in frames}
        gone = sorted(self._entered - still)
        self._entered &= still
        self._ever_made[gone] = self.made[gone] = True
        return gone

    def count(self, group: int) -> tuple[int, int]:
        """Ops of a group that ran, and all of them.

        An op with an inside stands for what is in it and does not count; one that ran as a whole
        counts as one op, and its inside does not.
        """
        inside = self._model.layers(group)
        if inside != (group,):
            counts = [self.count(layer) for layer in inside]
            return sum(ran for ran, _ in counts), sum(total for _, total in counts)
        ran, total = self._plain(group)
        graph = self.run.graph
        for op in self._as_one:
            inner = graph.ops[op].inner
            if group in graph.scope_chain(graph.ops[op].scope):
                inside = self._plain(inner) if inner in self._model.groups else (0, 0)
                ran, total = ran - inside[0] + 1, total - inside[1] + 1
        return ran, total

    def _plain(self, group: int) -> tuple[int, int]:
        in_pass = self.looked.around(group) >= 0
        return self._tally.count(group, in_pass, self.ran if in_pass else self._ever_ran)

    def passes(self, scope: int) -> str:
        """A loop's pass where the user looks, in words; "" for what is no loop or has not run.

        How many passes there are is known when the loop is over, or the user looks back.
        """
        shown = self.shown(scope)
        if shown is None:
            return ""
        seen = len(shown.frames)
        if shown.at < 0:
            return "1 pass" if seen == 1 else f"{seen:,} passes"
        known = shown.over or shown.at + 1 < seen
        return f"pass {shown.at + 1:,} of {seen:,}" if known else f"pass {shown.at + 1:,}"

    def shown(self, scope: int) -> Shown | None:
        """A loop as it is looked at; None for what is no loop or was never entered."""
        return self.looked.turns.shown(scope, self.run.place)

    def stands_at(self, place: Place) -> tuple[int, int]:
        """The (op, scope) a place stands before; -1 for what it does not."""
        if self.run.state is RunState.LOADING and place.op < 0:
            return -1, -1
        if place.op >= 0:
            return place.op, -1
        return -1, place.scope if place.scope > 0 else -1

    def is_vague(self, value: int) -> bool:
        """Whether only a run can tell the shape of what an op makes."""
        row = self.run.graph.values[value]
        return row.op >= 0 and (row.shape is None or -1 in row.shape)

    def recorded(self, value: int) -> TensorSummary | None:
        """What a value was when it was made last, or when it was read: None if neither was."""
        run, row = self.run, self.run.graph.values[value]
        index = self.looked.record_of(row.op)
        if index >= 0:
            outputs = run.records[index].outputs
            return outputs[row.slot] if row.slot < len(outputs) else None
        for user in self._model.feeds(row.op):
            index = self.looked.record_of(user)
            taken = run.graph.ops[user].inputs
            if index < 0 or value not in taken:
                continue
            read = run.records[index].inputs
            if len(read) != len(taken):
                continue
            record, slot = read[taken.index(value)]
            if 0 <= record < len(run.records) and slot < len(run.records[record].outputs):
                return run.records[record].outputs[slot]
        return None

    def wire_text(self, value: int) -> str:
        """A tensor's shape, with its dtype where that is not the dtype it was made from."""
        graph = self.run.graph
        row = graph.values[value]
        shape, dtype = row.shape, row.dtype
        if self.is_vague(value):
            found = self.recorded(value)
            if found is not None:
                shape, dtype = found.shape, found.dtype
        if shape is None:
            return ""
        text = "×".join("?" if n < 0 else str(n) for n in shape) or "scalar"
        if row.op >= 0:
            before = [graph.values[index].dtype for index in graph.ops[row.op].inputs]
            if before and dtype and before[0] and dtype not in before:
                text = f"{short_dtype(dtype)} {text}"
        return text


def _longer(flags: Flags, count: int) -> Flags:
    more = np.zeros(count, bool)
    more[: len(flags)] = flags
    return more


def short_dtype(dtype: str) -> str:
    """ "float32" as "f32"; names that do not end in a size stay."""
    name = dtype.rstrip("0123456789")
    return _SHORT[name] + dtype[len(name) :] if name in _SHORT and name != dtype else dtype
