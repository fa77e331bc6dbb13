"""The loop passes that are looked at: what ran in them, and what did not though it did before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Place, Run, Turns
from .model import GraphModel

Flags = npt.NDArray[np.bool_]


class LookedPasses:
    """Ops in the body of a loop that is looked at stand as they did in that pass.

    Attributes:
        frames: a frame for each pass around the place, outermost first.
    """

    def __init__(self, run: Run, model: GraphModel) -> None:
        self.turns = Turns(run)
        self.frames: tuple[int, ...] = ()
        self._run = run
        self._model = model
        self._of_scope: dict[int, int] = {}
        self._bodies: dict[int, npt.NDArray[np.int64]] = {}

    def grown(self) -> None:
        """The graph has more ops."""
        self._bodies.clear()
        self._of_scope.clear()

    def look(self, place: Place) -> bool:
        """Look at the passes around a place; whether they are others."""
        frames = self.turns.around(place.frame)
        if frames == self.frames:
            return False
        self.frames = frames
        self._of_scope.clear()
        return True

    def around(self, scope: int) -> int:
        """The pass, as a frame, that a scope is looked at in; -1 where it is in no such loop."""
        if not self.frames:
            return -1
        found = self._of_scope.get(scope)
        if found is None:
            chain = self._run.graph.scope_chain(scope)
            rows = self._run.frames
            inner = (frame for frame in reversed(self.frames) if rows[frame].scope in chain)
            found = self._of_scope[scope] = next(inner, -1)
        return found

    def shows(self, record: int, op: int) -> bool:
        """Whether a record of an op is one of those looked at."""
        frame = self.around(self._run.graph.ops[op].scope)
        return frame < 0 or record in self.turns.span(frame)

    def record_of(self, op: int) -> int:
        """An op's newest record among those looked at, -1 for none."""
        frame = self.around(self._run.graph.ops[op].scope)
        if frame < 0:
            return self._run.last_execution(op)
        span = self.turns.span(frame)
        record = self._run.last_execution(op, before=span.stop)
        return record if record in span else -1

    def masks(self, ran: Flags, made: Flags) -> tuple[Flags, Flags]:
        """What ran and was made at all, without what did not in the passes looked at."""
        if not self.frames:
            return ran, made
        run, turns = self._run, self.turns
        ran, made = np.array(ran, bool), np.array(made, bool)
        open_ = set(run.frame_chain(run.head.frame))
        for frame in self.frames:
            body = self._body(run.frames[frame].scope)
            ran[body] = made[body] = False
            ops = [run.records[index].op for index in turns.span(frame)]
            ran[ops] = made[ops] = True
            for inner in range(frame + 1, len(run.frames)):
                if frame not in turns.around(inner):
                    break
                host = run.graph.scopes[run.frames[inner].scope].op
                if host >= 0 and inner not in open_:
                    made[host] = True
        return ran, made

    def _body(self, scope: int) -> npt.NDArray[np.int64]:
        found = self._bodies.get(scope)
        if found is None:
            known = scope in self._model.groups
            ops = list(self._model.ops_of(scope)) if known else []
            found = self._bodies[scope] = np.array(ops, np.int64)
        return found
