"""What the graph view needs to know of a run, kept up with as records arrive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Place, Presence, Run, RunState, ScopeKind
from .model import GraphModel

_SHORT = {
    "float": "f",
    "bfloat": "bf",
    "int": "i",
    "uint": "u",
    "complex": "c",
}


class Progress:
    """Which ops ran or failed, how far each group is, and the passes of each loop."""

    def __init__(self, run: Run, model: GraphModel) -> None:
        self.run = run
        self._model = model
        self.ran: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self.errors: dict[int, str] = {}
        self._turns: dict[int, int] = {}
        self._seen_frames = 0
        self._members: dict[int, npt.NDArray[np.int64]] = {}
        self.mapped = False
        self.grow(0)

    def grow(self, first_record: int) -> list[int]:
        """Take in records from `first_record` on; the ops that ran for the first time."""
        run = self.run
        ops = run.graph.ops
        if len(ops) > len(self.ran):
            more = np.zeros(len(ops), bool)
            more[: len(self.ran)] = self.ran
            self.ran = more
            self._members.clear()
            self.mapped = any(op.presence is Presence.EXPECTED for op in ops)
        fresh: list[int] = []
        for index in range(first_record, len(run.records)):
            record = run.records[index]
            if not self.ran[record.op]:
                self.ran[record.op] = True
                fresh.append(record.op)
            if record.error:
                self.errors[record.op] = record.error
        for frame in run.frames[self._seen_frames :]:
            if frame.turn >= 0:
                self._turns[frame.scope] = max(self._turns.get(frame.scope, 0), frame.turn)
        self._seen_frames = len(run.frames)
        return fresh

    def count(self, group: int) -> tuple[int, int]:
        """Ops of a group that ran, and all of them."""
        members = self._members.get(group)
        if members is None:
            members = np.array(list(self._model.ops_of(group)), np.int64)
            self._members[group] = members
        return int(self.ran[members].sum()), len(members)

    def passes(self, scope: int) -> str:
        """A loop's pass where the user looks, in words; "" for what is no loop or has not run."""
        if self.run.graph.scopes[scope].kind is not ScopeKind.LOOP or scope not in self._turns:
            return ""
        seen = self._turns[scope] + 1
        turn = seen
        for frame in self.run.frame_chain(self.run.place.frame):
            row = self.run.frames[frame]
            if row.scope == scope:
                turn = row.turn + 1
        return f"pass {turn} of {seen}" if turn < seen or self._over(scope) else f"pass {turn}"

    def _over(self, scope: int) -> bool:
        frames = self.run.frame_chain(self.run.head.frame)
        return all(self.run.frames[frame].scope != scope for frame in frames)

    def stands_at(self, place: Place) -> tuple[int, int]:
        """The (op, scope) a place stands before; -1 for what it does not."""
        if self.run.state in (RunState.FINISHED, RunState.LOADING) and place.op < 0:
            return -1, -1
        if place.op >= 0:
            return place.op, -1
        return -1, place.scope if place.scope > 0 else -1

    def wire_text(self, value: int) -> str:
        """A tensor's shape, with its dtype where that is not the dtype it was made from."""
        graph = self.run.graph
        row = graph.values[value]
        shape, dtype = row.shape, row.dtype
        if row.op >= 0 and (shape is None or -1 in shape):
            index = self.run.last_execution(row.op)
            outputs = self.run.records[index].outputs if index >= 0 else ()
            if row.slot < len(outputs):
                shape, dtype = outputs[row.slot].shape, outputs[row.slot].dtype
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
