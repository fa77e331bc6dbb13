"""Moves over what has run, by the same rules as the gate's for what runs.

A place is "a scope is about to be entered" or "an op is about to run"; see Gate.
None as an answer stands for the head: the move goes past what has run.
"""

from __future__ import annotations

import fnmatch
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from ..ir import Breakpoint, BreakpointKind, Place, Run, RunState
from .hindsight import Hindsight
from .judge import is_late
from .watch import FrameLog

_AT_OP = sys.maxsize  # sorts the op of a record behind the scopes entered before it
_Key = tuple[int, int]

Skips = Callable[[int, bool], bool]


class Past:
    """A run's places, first to last. `skips` says of (scope, leaf) that it gives no event."""

    def __init__(self, run: Run, log: FrameLog, skips: Skips) -> None:
        self._run = run
        self._log = log
        self._skips = skips
        self.hindsight: Hindsight | None = None  # asks what breakpoints ask besides their place
        self.watched: Callable[[int], bool] = lambda _: False  # a watchpoint stops behind a record

    def before(self, record: int) -> Place:
        """The place at which the op of a record is about to run."""
        row = self._run.records[record]
        return Place(record, row.op, self._run.graph.ops[row.op].scope, row.frame, row.source)

    def into(self, place: Place) -> Place | None:
        """The next place."""
        return next(self._forward(place), None)

    def over(self, place: Place) -> Place | None:
        """The next place after the op, or after the scope that stands to be entered."""
        if self._enters(place):
            return self._after_frame(place, place.frame)
        return self.into(place)

    def out(self, place: Place) -> Place | None:
        """The next place after the innermost scope."""
        frame = self._outer(place)
        return None if frame <= 0 else self._after_frame(place, frame)

    def back_into(self, place: Place) -> Place:
        """The place before; the first one where there is none."""
        return next(self._backward(place), place)

    def back_over(self, place: Place) -> Place:
        """The place before; where that lies in a scope left since, the entry of that scope."""
        earlier = self.back_into(place)
        mine = set(self._run.frame_chain(place.frame))
        if self._enters(place):
            mine.discard(place.frame)
        for frame in self._run.frame_chain(earlier.frame):
            if frame not in mine and not self._skipped(frame):
                return self._entry(frame)
        return earlier

    def back_out(self, place: Place) -> Place:
        """The entry of the innermost scope; the first place where there is none."""
        frame = self._outer(place)
        return self._entry(frame) if frame > 0 else self.first(place)

    def first(self, place: Place) -> Place:
        """The first place of the run; `place` where nothing has run."""
        return next((item for item in self._at(0) if self._key(item) < self._end()), place)

    def onward(self, place: Place, points: Sequence[Breakpoint]) -> Place | None:
        """The next place with a breakpoint, or behind an op that hit a watchpoint."""
        return next((item for item in self._forward(place) if self._stops(item, points)), None)

    def backward(self, place: Place, points: Sequence[Breakpoint]) -> Place:
        """The last place before with a breakpoint, or behind an op that hit a watchpoint; the first
        place where there is none."""
        found = (item for item in self._backward(place) if self._stops(item, points))
        return next(found, self.first(place))

    def to(self, place: Place, op: int, scope: int, line: str = "") -> Place | None:
        """An op about to run, a scope about to be entered, or a line ("file:line") come to: the
        next after `place`, else the last before it.

        A line that can still be come to is not looked for in the past: None, run on.
        """

        def meant(item: Place) -> bool:
            if item.op < 0:
                return item.scope == scope
            return item.op == op or (bool(line) and line in self._new_lines(item))

        ahead = next((item for item in self._forward(place) if meant(item)), None)
        if ahead is not None or (line and self._run.state is RunState.PAUSED):
            return ahead
        return next((item for item in self._backward(place) if meant(item)), None)

    def is_before(self, one: Place, other: Place) -> bool:
        """The one place comes before the other."""
        return self._key(one) < self._key(other)

    def hits(self, place: Place, points: Sequence[Breakpoint]) -> tuple[int, ...]:
        """Indices of the breakpoints that stop here."""
        lines: dict[int, frozenset[str]] = {}
        found: list[int] = []
        for index, point in enumerate(points):
            if not point.enabled:
                continue
            late = self.hindsight is not None and is_late(point)
            event = self._just_run(place) if late else place
            if event is None or not self._names(point, event, lines):
                continue
            if self.hindsight is None or self.hindsight.stops(point, event, self._events):
                found.append(index)
        return tuple(found)

    def _stops(self, place: Place, points: Sequence[Breakpoint]) -> bool:
        """A breakpoint stops here, or a watchpoint stopped behind the op that ran before."""
        if self.hits(place, points):
            return True
        event = self._just_run(place)
        return event is not None and self.watched(event.record)

    def _names(self, point: Breakpoint, place: Place, lines: dict[int, frozenset[str]]) -> bool:
        """The breakpoint is set on this place; `lines` are those come to, by record."""
        graph = self._run.graph
        if place.op < 0:
            path = graph.scopes[place.scope].path
            return point.kind is BreakpointKind.MODULE and fnmatch.fnmatchcase(path, point.where)
        if point.kind is BreakpointKind.LINE:
            if place.record not in lines:
                lines[place.record] = self._new_lines(place)
            return point.where in lines[place.record]
        op = graph.ops[place.op]
        if point.kind is BreakpointKind.OP:
            return op.key == point.where
        return point.kind is BreakpointKind.TYPE and fnmatch.fnmatchcase(op.type, point.where)

    def _just_run(self, place: Place) -> Place | None:
        """The op after which the run would have stood at this place."""
        if place.record < 1 or next(iter(self._at(place.record)), place) != place:
            return None
        return self.before(place.record - 1)

    def _events(self, point: Breakpoint) -> Iterator[Place]:
        """Every place that a breakpoint is set on."""
        for record in range(len(self._run.records)):
            for item in self._at(record):
                if self._names(point, item, {}):
                    yield item

    # The order of places

    def _key(self, place: Place) -> _Key:
        return place.record, _AT_OP if place.op >= 0 else place.frame

    def _enters(self, place: Place) -> bool:
        """A scope is about to be entered; else it is an op, plain Python, or the end."""
        frame = place.frame
        return place.op < 0 and frame > 0 and self._log.starts[frame] == place.record

    def _end(self) -> _Key:
        """Where the head stands."""
        between = self._run.failure is not None and self._run.head.op < 0
        if between or self._run.state in (RunState.FINISHED, RunState.FAILED):
            return self._run.head.record, _AT_OP
        return self._key(self._run.head)

    def _at(self, record: int) -> list[Place]:
        """The places between the record before and this one: scopes entered, then the op."""
        starts = self._log.starts
        opened = range(max(1, bisect_left(starts, record)), bisect_right(starts, record))
        found = [self._entry(frame) for frame in opened if not self._skipped(frame)]
        if record < len(self._run.records):
            found.append(self.before(record))
        return found

    def _forward(self, place: Place) -> Iterator[Place]:
        """Every place after this one and before the head."""
        key, end = self._key(place), self._end()
        for record in range(place.record, end[0] + 1):
            for item in self._at(record):
                if key < self._key(item) < end:
                    yield item

    def _backward(self, place: Place) -> Iterator[Place]:
        key = self._key(place)
        for record in range(place.record, -1, -1):
            for item in reversed(self._at(record)):
                if self._key(item) < key:
                    yield item

    def _after_frame(self, place: Place, frame: int) -> Place | None:
        if self._log.ends[frame] < 0:
            return None
        for item in self._forward(place):
            if item.record >= self._log.ends[frame] and not self._within(item, frame):
                return item
        return None

    def _within(self, place: Place, frame: int) -> bool:
        return frame in self._run.frame_chain(place.frame)

    def _skipped(self, frame: int) -> bool:
        return self._skips(self._run.frames[frame].scope, self._log.leaves[frame])

    def _entry(self, frame: int) -> Place:
        scope = self._run.frames[frame].scope
        return Place(self._log.starts[frame], -1, scope, frame, self._log.sources[frame])

    def _outer(self, place: Place) -> int:
        frame = place.frame
        if self._enters(place):
            frame = self._run.frames[frame].parent
        while frame > 0 and self._skipped(frame):
            frame = self._run.frames[frame].parent
        return frame

    def _new_lines(self, place: Place) -> frozenset[str]:
        """Lines of the user's that the run came to with this op."""
        here = self._lines(place)
        if place.record > 0:
            here -= self._lines(self.before(place.record - 1))
        return frozenset(where for where, _ in here)

    def _lines(self, place: Place) -> set[tuple[str, int]]:
        """Lines being executed, each with the frame whose code it is."""
        found = {self._owner(place.source, place.frame)}
        for frame in self._run.frame_chain(place.frame):
            found.add(self._owner(self._log.sources[frame], self._run.frames[frame].parent))
        rows = self._run.graph.sources
        return {(f"{rows[n].file}:{rows[n].line}", frame) for n, frame in found if n >= 0}

    def _owner(self, source: int, frame: int) -> tuple[int, int]:
        """A library's module has no line of the user's: its ops are on the line that called it."""
        while frame > 0 and self._log.sources[frame] == source:
            frame = self._run.frames[frame].parent
        return source, frame
