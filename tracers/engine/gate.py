"""Decides, on the model's thread, where the run stops, and holds it there."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ..ir import Breakpoint, BreakpointKind, Op, Place, Run, is_inlined, op_counts
from .failing import Errors
from .judge import Hit, Judge, is_late


class Move(str, Enum):
    """How the run goes on after a stop."""

    CONTINUE = "continue"
    OVER = "over"
    INTO = "into"
    OUT = "out"
    RUN_TO = "run to"


@dataclass(frozen=True, slots=True)
class Command:
    """The user's word on how to go on. `op`, `scope` or `line` ("file:line") say where RUN_TO
    ends."""

    move: Move
    op: int = -1
    scope: int = -1
    line: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the run stands still. `reason` is DAP's word; `hits` index the list of breakpoints;
    `text` is a sentence where a breakpoint could not be asked; `error` is on its way out."""

    reason: str
    place: Place
    hits: tuple[int, ...] = ()
    text: str = ""
    error: BaseException | None = None


# Innermost first: (file, line, an id that differs between two visits of that line).
Stack = Sequence[tuple[str, int, int]]
Hold = Callable[[Stop], Command]
Hits = tuple[Hit, ...]


class Gate:
    """One gate for one run.

    Stepping rules. An event is "a scope is about to be entered" or "an op is about to run"; scopes
    that wrap one op (see `is_inlined`) give no event. Into: the next event. Over: the next event
    after the op, or after everything in the scope that stands to be entered. Out: the next event
    after the innermost scope was left. Run to: before an op or scope. Breakpoints stop any of them.

    `hold` is called on the model's thread and returns when the user goes on; it raises Ended
    to end the run. `stack` gives the user's frames of the op about to run; it is
    asked only for line breakpoints. `judge` asks breakpoints' conditions; those over an op's
    outputs are asked after it, and the run then stands between two ops.
    """

    def __init__(self, run: Run, hold: Hold, stack: Callable[[], Stack]) -> None:
        self._run = run
        self._hold = hold
        self._stack = stack
        self._counts = op_counts(run.graph)
        self._mapped = len(run.graph.scopes)
        self._command = Command(Move.INTO)  # the first event is the first stop
        self._until_left = -1  # a frame to be left before the next stop
        self._pause = False
        self._enter = False
        self._into = False  # a step in, until the op has said what is inside
        self._passed = -1  # an op that is not entered, though its inside may be recorded
        self._armed = True
        self._points: list[Breakpoint] = []
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self._came = False  # to the line where RUN_TO ends
        self._late: dict[int, Hits] = {}  # by op: to be asked once it has run
        self._at_stop: frozenset[Breakpoint] = frozenset()  # those set when it stopped last
        self.judge: Judge | None = None
        self.errors = Errors(run)
        self.deep = False  # every op that has an inside is entered
        self._inside: Callable[[int], bool] | None = None

    @property
    def breakpoints(self) -> list[Breakpoint]:
        """In the order that Stop.hits refers to."""
        return self._points

    @breakpoints.setter
    def breakpoints(self, points: list[Breakpoint]) -> None:
        self._points = list(points)
        self._rearm()

    def enter_for(self, inside: Callable[[int], bool] | None) -> None:
        """Enter ops of which this says that something inside is watched."""
        self._inside = inside
        self._rearm()

    @property
    def files(self) -> frozenset[str]:
        """Files with a line that it looks out for."""
        wheres = [point.where for point in self._points if point.kind is BreakpointKind.LINE]
        return frozenset(where.rpartition(":")[0] for where in (*wheres, self._command.line))

    def pause(self) -> None:
        """Stop at the next event. Called from another thread."""
        self._pause = True
        self._armed = True

    @property
    def pausing(self) -> bool:
        """A pause is asked for and has not come yet."""
        return self._pause

    def drop_pause(self) -> None:
        """The pause that is asked for has come to nothing."""
        self._pause = False
        self._rearm()

    def interrupt(self, place: Place) -> None:
        """Stop between two ops, inside plain Python; called where a pause is asked for."""
        self._pause = False
        command = self._hold(Stop("pause", place))
        # As from an op: "over" ends at the next event, "out" leaves the frame stood in.
        self._follow(command, replace(place, op=0))
        self._enter = False

    def raised(self, place: Place, error: BaseException) -> None:
        """An error is on its way out of an op that has run, or out of the innermost scope."""
        record = place.record if place.op >= 0 else -1
        if self.errors.stops(error, record):
            self._pause = False
            self._follow(self._hold(Stop("exception", place, error=error)), replace(place, op=0))
            self._enter = False

    def begin(self, command: Command) -> None:
        """How the run starts, before its first event."""
        self._follow(command, None)

    def at_scope(self, place: Place, leaf: bool) -> None:
        """A frame was opened."""
        self._runs()
        if not self._armed:
            return
        if self._passed >= 0 and self._run.graph.scopes[place.scope].op == self._passed:
            self._pass_over(place)
        hits, _ = self._asked(self._module_hits(place), place)
        if hits or (not self.skips(place.scope, leaf) and self._wants(place)):
            self._stop(place, hits)

    def lets_pass(self) -> bool:
        """No stop, step or pause is wanted."""
        return not self._armed

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """An op is about to run; True to step into it."""
        self._runs()
        if not self._armed:
            return False
        hits, late = self._asked(self._op_hits(place), place)
        if hits or self._wants(place):
            self._stop(place, hits)
            late = self._late_after_stop(late, place)
        if late:
            self._late[place.op] = late
            if self.judge is not None:
                self.judge.observe(self.after_op)
        elif self._late:
            self._late.pop(place.op, None)  # left by an execution that raised
        return self.enters(place, can_enter)

    def enters(self, place: Place, can_enter: bool) -> bool:
        """The op that was stood before, or passed, is to be stepped into."""
        self._into, self._enter = can_enter and self._enter, False
        enters = can_enter and (self._into or self._points_inside(place))
        enters = enters or (can_enter and self._inside is not None and self._inside(place.op))
        self._passed = place.op if can_enter and not enters else -1
        return enters

    def goes_in(self, op: int, parts: Callable[[], Sequence[str] | None]) -> bool:
        """Whether to enter an op, once it is known what is inside. An op that is made of one is
        entered for a breakpoint alone: for a step, that one is the op itself."""
        into, self._into = self._into, False
        types = parts()
        if types is None or (into and len(types) > 1):
            return True
        key = self._run.graph.ops[op].key
        return any(_is_inside(point, key, types) for point in self._points if point.enabled)

    def stand(self, stop: Stop, start: Place | None = None) -> None:
        """Stop here: the run was brought here by other means than its events.

        `start` is where a step goes from, where that is not the place itself.
        """
        self.errors.forget()
        if stop.error is not None:
            self.errors.stops(stop.error, stop.place.record if stop.place.op >= 0 else -1)
        self._pause = self._enter = False
        self._late.clear()
        if any(point.kind is BreakpointKind.LINE for point in self._points):
            self._seen = frozenset(self._stack())
        self._at_stop = frozenset(self._points)
        self._follow(self._hold(stop), start or stop.place)
        if stop.error is not None:
            self._enter = False  # that op has run

    def after_op(
        self, place: Place, given: Sequence[object], outputs: Sequence[object], watched: str = ""
    ) -> None:
        """An op has run; `place` is its own. `watched`: why a watchpoint stops it, if one does."""
        late = self._late.pop(place.op, ())
        hits: Hits = ()
        if late and self.judge is not None:
            if not self._late:
                self.judge.observe(None)
            hits = self.judge.after(self._still_set(late), place, given, outputs)
        if hits or watched:
            here = Place(place.record + 1, -1, place.scope, place.frame, place.source)
            # As from an op: "over" ends at the next event, "out" leaves the frame stood in.
            self._stop(here, hits, replace(here, op=place.op), watched)
            self._enter = False  # that op has run

    def halt(self, place: Place, text: str) -> None:
        """The program itself asks to stop behind an op that has run; `place` is its own."""
        here = Place(place.record + 1, -1, place.scope, place.frame, place.source)
        self._pause = False
        self._follow(self._hold(Stop("breakpoint", here, (), text)), replace(here, op=place.op))
        self._enter = False  # that op has run

    def _asked(self, found: Hits, place: Place) -> tuple[Hits, Hits]:
        """Those whose condition holds, and those to be asked once the op has run."""
        if self.judge is None or not found:
            return found, ()
        return self.judge.before(found, place)

    def _late_after_stop(self, late: Hits, place: Place) -> Hits:
        """What waits for the op's outputs, with breakpoints as the user left them at the stop."""
        op, old = self._run.graph.ops[place.op], self._still_set(late)
        new = [
            (index, point)
            for index, point in enumerate(self._points)
            if (index, point) not in old
            and point.enabled
            and _names(point, op)
            and is_late(point)
            and point not in self._at_stop
        ]
        return (*old, *new)

    def _still_set(self, hits: Hits) -> Hits:
        """Those of some breakpoints that are set and enabled now, by where they stand now."""
        points = self._points
        found: list[Hit] = []
        for index, point in hits:
            if index >= len(points) or points[index] != point:
                index = points.index(point) if point in points else -1
            if index >= 0:
                found.append((index, point))
        return tuple(found)

    def left(self, frame: int) -> None:
        """A frame was closed."""
        if frame == self._until_left:
            self._until_left = -1

    def _runs(self) -> None:
        """Something is about to run: no error is on its way any more."""
        if self.errors.told is not None:
            self.errors.forget()

    def _pass_over(self, place: Place) -> None:
        """The inside of an op that is stepped over: no step ends in it."""
        if self._command.move is Move.OVER and self._until_left < 0:
            self._until_left = place.frame

    def _wants(self, place: Place) -> bool:
        if self._pause:
            return True
        command = self._command
        if command.move is Move.CONTINUE or self._until_left >= 0:
            return False
        if command.move is Move.RUN_TO:
            if place.op < 0:
                return place.scope == command.scope
            return place.op == command.op or self._came
        return True

    def _stop(
        self, place: Place, hits: Hits, start: Place | None = None, watched: str = ""
    ) -> None:
        if watched:
            reason = "data breakpoint"
        elif hits:
            kinds = {point.kind for _, point in hits}
            reason = "breakpoint" if BreakpointKind.LINE in kinds else "function breakpoint"
            if kinds == {BreakpointKind.OP}:
                reason = "instruction breakpoint"
        elif self._pause:
            reason = "pause"
        else:
            reason = "entry" if place.record == 0 and len(self._run.frames) <= 2 else "step"
        self._pause = False
        text = watched or (self.judge.problem if self.judge is not None and hits else "")
        indices = tuple(index for index, _ in self._still_set(hits))
        self._at_stop = frozenset(self._points)
        self._follow(self._hold(Stop(reason, place, indices, text)), start or place)

    def _follow(self, command: Command, place: Place | None) -> None:
        self._command = command
        self._until_left = -1
        self._enter = command.move is Move.INTO and place is not None and place.op >= 0
        if place is not None and command.move is Move.OVER and place.op < 0:
            self._until_left = place.frame
        elif place is not None and command.move is Move.OUT:
            self._until_left = self._outer(place)
            if self._until_left <= 0:  # out of the model: to its end
                self._command = Command(Move.CONTINUE)
        self._rearm()

    def _outer(self, place: Place) -> int:
        """The innermost frame that the user sees himself in; 0 for the whole run."""
        frame = place.frame
        if place.op < 0:
            frame = self._run.frames[frame].parent
        while frame > 0 and self.skips(self._run.frames[frame].scope, False):
            frame = self._run.frames[frame].parent
        return frame

    def _rearm(self) -> None:
        stepping = self._command.move is not Move.CONTINUE
        set_ = self._inside is not None or any(p.enabled for p in self._points)
        self._armed = bool(stepping or self._pause or set_)

    def skips(self, scope: int, leaf: bool) -> bool:
        """The scope gives no event: it wraps one op."""
        if scope < self._mapped and self._counts[scope]:
            return is_inlined(self._run.graph, self._counts, scope)
        return leaf

    def _module_hits(self, place: Place) -> Hits:
        path = self._run.graph.scopes[place.scope].path
        return tuple(
            (index, point)
            for index, point in enumerate(self._points)
            if point.enabled
            and point.kind is BreakpointKind.MODULE
            and fnmatch.fnmatchcase(path, point.where)
        )

    def _op_hits(self, place: Place) -> Hits:
        points, target = self._points, self._command.line  # points may be set meanwhile
        self._came = False
        if not points and not target:
            return ()
        op = self._run.graph.ops[place.op]
        hits: list[Hit] = []
        lines: dict[str, list[Hit]] = {}
        for index, point in enumerate(points):
            if not point.enabled:
                continue
            if _names(point, op):
                hits.append((index, point))
            elif point.kind is BreakpointKind.LINE:
                lines.setdefault(point.where, []).append((index, point))
        if lines or target:
            visited = frozenset(self._stack())
            new = visited - self._seen
            self._seen = visited
            wheres = {f"{file}:{line}" for file, line, _ in new}
            self._came = target in wheres
            hits += [hit for where in sorted(wheres & lines.keys()) for hit in lines[where]]
        return tuple(hits)

    def _points_inside(self, place: Place) -> bool:
        """A breakpoint stands inside what this op would run as one."""
        outer = self._run.graph.ops[place.op]
        if any(_may_be_inside(point, outer.key) for point in self._points if point.enabled):
            return True
        inner = outer.inner
        if inner < 0:
            return False
        graph = self._run.graph
        for point in self._points:
            if not point.enabled:
                continue
            for op in graph.ops:
                if inner not in graph.scope_chain(op.scope):
                    continue
                if "." in op.type:  # aten's: `_may_be_inside` has told
                    continue
                line = graph.sources[op.source] if op.source >= 0 else None
                at_line = line is not None and point.where == f"{line.file}:{line.line}"
                if _names(point, op) or (point.kind is BreakpointKind.LINE and at_line):
                    return True
        return False


def _names(point: Breakpoint, op: Op) -> bool:
    """The breakpoint is set on this op, or on its type."""
    if point.kind is BreakpointKind.OP:
        return point.where == op.key
    return point.kind is BreakpointKind.TYPE and fnmatch.fnmatchcase(op.type, point.where)


def _may_be_inside(point: Breakpoint, key: str) -> bool:
    """Set on a type that only ops inside others have ("aten.mm"), or on an op inside this one."""
    if point.kind is BreakpointKind.TYPE:
        return "." in point.where
    return point.kind is BreakpointKind.OP and point.where.startswith(f"{key}/")


def _is_inside(point: Breakpoint, key: str, types: Sequence[str]) -> bool:
    """As `_may_be_inside`, where the types inside are known."""
    if not _may_be_inside(point, key):
        return False
    if point.kind is BreakpointKind.OP:
        return True
    return any(fnmatch.fnmatchcase(type_, point.where) for type_ in types)
