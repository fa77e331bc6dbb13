"""The passes of a run's loops: which records each took, and which of them is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .graph import ScopeKind
from .run import Place, Run
from .selection import Selection

BACK, FORTH, CHOOSE = -1, 1, 2  # what a user asks for: the pass before, after, or one by number


@dataclass(frozen=True, slots=True)
class Shown:
    """A loop as it is looked at.

    Attributes:
        frames: a frame for each pass of this visit, in order.
        at: the pass looked at, as a position in `frames`; -1 where the place is outside.
        over: no more passes will come.
    """

    frames: Sequence[int]
    at: int
    over: bool


class Turns:
    """Follows a run. `grow` costs in proportion to what is new."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.rewind()

    def rewind(self) -> None:
        """Take in the run from its start."""
        self._around: list[tuple[int, ...]] = []
        self._visits: dict[int, dict[int, list[int]]] = {}  # by loop and frame around it
        self._spans: dict[int, tuple[int, int]] = {}
        self._seen = 0
        self.grow()

    def grow(self) -> None:
        """Take in new frames and records."""
        run = self._run
        for index in range(len(self._around), len(run.frames)):
            row = run.frames[index]
            outer = self._around[row.parent] if row.parent >= 0 else ()
            if row.turn >= 0:
                outer = (*outer, index)
                self._visits.setdefault(row.scope, {}).setdefault(row.parent, []).append(index)
            self._around.append(outer)
        for index in range(self._seen, len(run.records)):
            for frame in self.around(run.records[index].frame):
                first, _ = self._spans.get(frame, (index, index))
                self._spans[frame] = first, index + 1
        self._seen = len(run.records)

    @property
    def loops(self) -> Iterable[int]:
        """The scopes of the loops that were entered."""
        return self._visits

    def around(self, frame: int) -> tuple[int, ...]:
        """The passes, as frames, that a frame is in or is, outermost first."""
        return self._around[frame] if 0 <= frame < len(self._around) else ()

    def span(self, frame: int) -> range:
        """The records of a pass; empty where nothing has run in it yet."""
        return range(*self._spans.get(frame, (0, 0)))

    def shown(self, loop: int, place: Place) -> Shown | None:
        """The visit of a loop that is looked at from a place; None where it was never entered."""
        visits = self._visits.get(loop)
        if not visits:
            return None
        frames = self._run.frames
        for frame in self.around(place.frame):
            if frames[frame].scope == loop:
                passes = visits[frames[frame].parent]
                return Shown(passes, frames[frame].turn, not self._goes_on(passes))
        passes = visits[self._visit(loop, place)]
        return Shown(passes, -1, not self._goes_on(passes))

    def record(self, frame: int, op: int, near: int = -1) -> int:
        """An op's record in a pass; of several that in the same inner passes as record `near`.

        -1 where it did not run in it.
        """
        run, span = self._run, self.span(frame)
        found = [index for index in run.executions(op) if index in span]
        if not found:
            return -1
        if near >= 0 and len(found) > 1:
            depth = len(self.around(frame))
            inner = self._inner(near, depth)
            return next((index for index in found if self._inner(index, depth) == inner), found[0])
        return found[0]

    def loop_of(self, selection: Selection, place: Place) -> int:
        """The innermost entered loop that a selection is in, else the place's; -1 for none."""
        run = self._run
        scope = selection.scope
        if selection.op >= 0:
            scope = run.graph.ops[selection.op].scope
            inside = run.graph.ops[selection.op].inner
            if inside in self._visits:
                return inside
        for index in reversed(run.graph.scope_chain(scope)):
            if index in self._visits:
                return index
        around = self.around(place.frame)
        return run.frames[around[-1]].scope if around else -1

    def _visit(self, loop: int, place: Place) -> int:
        """The newest visit, by the frame around it, in the outer passes that are looked at."""
        visits, looked = self._visits[loop], self.around(place.frame)
        if looked:
            outer = self._run.graph.scope_chain(loop)
            held = {frame for frame in looked if self._run.frames[frame].scope in outer}
            for frame in reversed(visits):
                if held <= set(self.around(frame)):
                    return frame
        return next(reversed(visits))

    def _goes_on(self, passes: list[int]) -> bool:
        return passes[-1] in self.around(self._run.head.frame)

    def _inner(self, record: int, depth: int) -> tuple[int, ...]:
        """The numbers of the passes around a record, without the outermost `depth`."""
        run = self._run
        around = self.around(run.records[record].frame)
        return tuple(run.frames[frame].turn for frame in around[depth:])


def in_loop(run: Run, selection: Selection) -> bool:
    """Something in a loop is selected, or the run stands or is looked at in one."""
    ops, scopes = run.graph.ops, run.graph.scopes
    scope = selection.scope
    if 0 <= selection.op < len(ops):
        row = ops[selection.op]
        scope = row.inner if row.inner >= 0 else row.scope
    known = scope < len(scopes)
    if known and any(scopes[at].kind is ScopeKind.LOOP for at in run.graph.scope_chain(scope)):
        return True
    frame = run.place.frame
    return frame < len(run.frames) and bool(run.turns(frame))
