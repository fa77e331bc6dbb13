"""What the graph view needs to know of a run, kept up with as records arrive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...tracers.ir import (
    OUTSIDE,
    Frame,
    OpRecord,
    Phase,
    Place,
    Presence,
    Run,
    RunState,
    ScopeKind,
    TensorSummary,
)
from .model import GraphModel

_SHORT = {
    "float": "f",
    "bfloat": "bf",
    "int": "i",
    "uint": "u",
    "complex": "c",
}


class Progress:
    """Which ops ran or failed, how far each group is, and the passes of each loop.

    Attributes:
        lit, lit_values, lit_scopes: forward ops, values from outside and the scopes around them
            whose gradients a backward pass has come to.
    """

    def __init__(self, run: Run, model: GraphModel) -> None:
        self.run = run
        self._model = model
        self.ran: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self.made: npt.NDArray[np.bool_] = np.zeros(0, bool)  # their outputs are there
        self.errors: dict[int, str] = {}
        self.lit: set[int] = set()
        self.lit_values: set[int] = set()
        self.lit_scopes: set[int] = set()
        self.foreseen = run.foreseen.record if run.foreseen is not None else -1
        self._entered: set[int] = set()  # ops stepped into, not known to be left
        self._turns: dict[tuple[int, int], int] = {}
        self._newest: dict[int, int] = {}
        self._as_one: set[int] = set()
        self._seen_frames = 0
        self._members: dict[int, npt.NDArray[np.int64]] = {}
        self.mapped = False
        self._foresee()
        self.grow(0)

    def grow(self, first_record: int) -> list[int]:
        """Take in records from `first_record` on; the ops that ran for the first time."""
        run = self.run
        ops = run.graph.ops
        if len(ops) > len(self.ran):
            more = np.zeros(len(ops), bool)
            more[: len(self.ran)] = self.ran
            self.ran = more
            more = np.zeros(len(ops), bool)
            more[: len(self.made)] = self.made
            self.made = more
            self._members.clear()
            self.mapped = any(op.presence is Presence.EXPECTED for op in ops)
        fresh: list[int] = []
        for index in range(first_record, len(run.records)):
            record = run.records[index]
            if not self.ran[record.op]:
                self.ran[record.op] = self.made[record.op] = True
                fresh.append(record.op)
                if ops[record.op].inner >= 0:
                    self._as_one.add(record.op)
            if record.phase is Phase.BACKWARD:
                self._light(record)
            if record.error:
                self.errors[record.op] = record.error
            elif self.foreseen == record.op:
                self.errors.pop(record.op, None)
        for frame in run.frames[self._seen_frames :]:
            around = run.graph.scopes[frame.scope].op
            if around >= 0 and not self.made[around]:
                self._entered.add(around)
            if frame.turn >= 0:
                visit = (frame.parent, frame.scope)
                self._turns[visit] = max(self._turns.get(visit, 0), frame.turn + 1)
                self._newest[frame.scope] = frame.parent
        self._seen_frames = len(run.frames)
        return fresh

    def rewind(self) -> None:
        """The newest records were forgotten: take in what is left, from the first on."""
        self.ran[:] = False
        self.made[:] = False
        self.errors.clear()
        self.lit.clear()
        self.lit_values.clear()
        self.lit_scopes.clear()
        self._entered.clear()
        self._turns.clear()
        self._newest.clear()
        self._as_one.clear()
        self._seen_frames = 0
        self._foresee()
        self.grow(0)

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
        if self.run.foreseen is not None and self.foreseen >= 0:
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
        self.made[gone] = True
        return gone

    def count(self, group: int) -> tuple[int, int]:
        """Ops of a group that ran, and all of them.

        An op with an inside stands for what is in it and does not count; one that ran as a whole
        counts as one op, and its inside does not.
        """
        ran, total = self._plain(group)
        graph = self.run.graph
        for op in self._as_one:
            inner = graph.ops[op].inner
            if group in graph.scope_chain(graph.ops[op].scope):
                inside = self._plain(inner) if inner in self._model.groups else (0, 0)
                ran, total = ran - inside[0] + 1, total - inside[1] + 1
        return ran, total

    def _plain(self, group: int) -> tuple[int, int]:
        members = self._members.get(group)
        if members is None:
            model = self._model
            ops = [op for op in model.ops_of(group) if model.key_of_op(op) == op]
            members = self._members[group] = np.array(ops, np.int64)
        return int(self.ran[members].sum()), len(members)

    def passes(self, scope: int) -> str:
        """A loop's pass where the user looks, in words; "" for what is no loop or has not run.

        How many passes there are is known when the loop is over, or the user looks back.
        """
        if self.run.graph.scopes[scope].kind is not ScopeKind.LOOP or scope not in self._newest:
            return ""
        for index in self.run.frame_chain(self.run.place.frame):
            row = self.run.frames[index]
            if row.scope == scope and row.turn >= 0:
                seen = self._turns[row.parent, scope]
                over = row.turn + 1 < seen or not self._going_on(row)
                return f"pass {row.turn + 1} of {seen}" if over else f"pass {row.turn + 1}"
        seen = self._turns[self._newest[scope], scope]
        return "1 pass" if seen == 1 else f"{seen} passes"

    def _going_on(self, loop: Frame) -> bool:
        frames = map(self.run.frames.__getitem__, self.run.frame_chain(self.run.head.frame))
        return any((row.scope, row.parent) == (loop.scope, loop.parent) for row in frames)

    def stands_at(self, place: Place) -> tuple[int, int]:
        """The (op, scope) a place stands before; -1 for what it does not."""
        if self.run.state in (RunState.FINISHED, RunState.LOADING) and place.op < 0:
            return -1, -1
        if place.op >= 0:
            return place.op, -1
        return -1, place.scope if place.scope > 0 else -1

    def is_vague(self, value: int) -> bool:
        """Whether only a run can tell the shape of what an op makes."""
        row = self.run.graph.values[value]
        return row.op >= 0 and (row.shape is None or -1 in row.shape)

    def _recorded(self, value: int) -> TensorSummary | None:
        """What a value was when it was made last, or when it was read: None if neither was."""
        run, row = self.run, self.run.graph.values[value]
        index = run.last_execution(row.op)
        if index >= 0:
            outputs = run.records[index].outputs
            return outputs[row.slot] if row.slot < len(outputs) else None
        for user in self._model.feeds(row.op):
            index = run.last_execution(user)
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
            found = self._recorded(value)
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


def short_dtype(dtype: str) -> str:
    """ "float32" as "f32"; names that do not end in a size stay."""
    name = dtype.rstrip("0123456789")
    return _SHORT[name] + dtype[len(name) :] if name in _SHORT and name != dtype else dtype
