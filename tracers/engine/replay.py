"""Runs the model anew in silence, beside what is recorded of it, up to where it shall stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..ir import OpRecord, Place, Presence, Ref, Run, RunState, ScopeKind
from .gate import Stop
from .history import Fetching, Refill
from .muted import Muted
from .recorder import Ended, Observer, Unwound
from .rerun_way import Way
from .sameness import Sameness
from .watch import Note, Watch

if TYPE_CHECKING:
    from .loaded import Loaded

_WHY = "it may read a clock, a file, an iterator or random numbers that are not set back"

Done = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the run shall stand, live, once the model has run anew from its start.

    Attributes:
        record: before this record; it and all that follow are forgotten.
        op: index into Graph.ops of what is then about to run, -1 for whatever it is.
        frame: before the scope of this frame is entered, -1 for none.
        after: right after the record instead; it has a new row where its outputs are new.
        fresh: what comes at the record need not be what came there before.
        back: the run stands again as it stood (`state`), and nothing is forgotten.
        failed: there it stood at an error on its way.
        wanted: values to be kept on the way; for those that go back.
        prepare: done on the model's thread when the model is left, before it runs anew.
        done: told on the model's thread when the run stands: "", or what went otherwise.
        note: a sentence to show while it stands there.
        seen: called after each op that did the same as before, with its place, inputs, outputs.
    """

    record: int
    op: int = -1
    frame: int = -1
    after: bool = False
    fresh: bool = False
    back: bool = False
    failed: bool = False
    state: RunState = RunState.PAUSED
    wanted: frozenset[Ref] = frozenset()
    prepare: Callable[[], None] | None = None
    done: Done | None = None
    note: str = ""
    seen: Observer | None = None


class Replay:
    """One new run of the model, on the model's thread. A gatekeeper until the goal is reached.

    What it does is held against the records; where it does otherwise, and where a pause is asked
    for, it ends before its goal. At its end the recorder goes on with the run itself.

    Attributes:
        recorder: for the new run.
        live: the end has come: the recorder's run is the run.
        sentence: why it ended elsewhere than at the goal, else "".
        way: tells the client how far it is.
    """

    def __init__(
        self, loaded: Loaded, goal: Goal, note: Note, arrived: Callable[[], None], way: Way
    ) -> None:
        goal = self.goal = entered(loaded, goal)
        self.way = way
        self.live = False
        self.sentence = ""
        self._loaded = loaded
        self._run = loaded.run
        loaded.settle()  # what it does is held against all that can be known
        self._arrived = arrived
        self._muted = Muted()
        self._sameness = Sameness(loaded.run.graph)
        self._same_frames = 1  # so many are as they were before
        self._inner = ScopeKind.FUNCTION  # of the op that was entered last
        self._shadow = Run(graph=loaded.run.graph)
        self._watch = Watch(note)
        self._watch.follow(self._shadow, self)
        history = loaded.history
        if not goal.back:
            history.forget_from(goal.record)
        keeper = Fetching(history, goal.wanted) if goal.back else Refill(history, goal.record)
        self.recorder = loaded.recorder_of(self._shadow, self._watch, keeper)
        self.recorder.observe = self._compare

    def __enter__(self) -> Replay:
        self._muted.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._muted.end()

    # A gatekeeper, for the watch

    def at_scope(self, place: Place, leaf: bool) -> None:
        """A frame was opened."""
        if not self._goes_on():
            self._pause(place)
            return
        frame = place.frame
        if not self._is_same_frame(frame):
            reached = self.goal.fresh and place.record == self.goal.record
            self._stand(place, "" if reached else f"entered {self._scope(place)}")
            return
        self._same_frames = frame + 1
        if frame == self.goal.frame:
            self._stand(place)

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """An op is about to run."""
        self.way.at(place.record)
        if not self._goes_on():
            self._pause(place)
            return self._enters(place, can_enter)
        goal, row = self.goal, self._row(place.record)
        here = place.record == goal.record and goal.frame < 0 and not goal.after
        if here and place.op == goal.op:
            self._stand(place)
            return self._enters(place, can_enter)
        if can_enter and self._was_entered(place):
            return True
        if here and (goal.fresh or (row is None and goal.op < 0)):
            self._stand(place)
        elif row is None or (row.op, row.frame) != (place.op, place.frame):
            self._stand(place, f"came to {self._label(place.op)}")
        elif here and goal.op < 0:
            self._stand(place)
        else:
            return False
        return self._enters(place, can_enter)

    def lets_pass(self) -> bool:
        """Up to its goal, as long as nobody asks for a pause."""
        return not self._loaded.gate.pausing

    def goes_in(self, op: int, parts: Callable[[], Sequence[str] | None]) -> bool:
        """The op was stepped into; else what is recorded inside is recorded anyway."""
        return self._inner is not ScopeKind.GROUP

    def left(self, frame: int) -> None:
        """A frame was closed."""

    def raised(self, place: Place, error: BaseException) -> None:
        """An error is on its way out of an op that has run, or out of the innermost scope."""
        if self.live or self._loaded.watch.gate is None:
            return
        start, old = replace(place, op=0), self._row(place.record)
        mine = self._shadow.records
        index = place.record
        if place.op >= 0 and not (old and self._sameness.of(index, old, mine[index])):
            words = f"raised an error in {self._label(place.op)}"
            self._stand(place, words, place.record, start, error=error)
        elif self.goal.failed and _is_at(place, self._run.head):
            self._stand(place, "", len(mine), start, error=error)
        elif place.op < 0 and self._is_news(place) and self._loaded.gate.errors.stops(error, -1):
            words = f"raised an error in {self._scope(place)}"
            self._stand(place, words, len(mine), start, error=error)

    # The ends that are not before an op or a scope

    def interrupt(self, place: Place) -> None:
        """A pause has found no op for a while: stand inside plain Python."""
        record, frame = len(self._shadow.records), self.recorder.frame
        scope = self._shadow.frames[frame].scope
        self._pause(Place(record, -1, scope, frame, place.source))

    def over(self, error: str | None) -> bool:
        """The model has come to its end, or has raised; True where the run stands as before.

        `error` is that which the run has failed with where this one has failed alike, "" where
        it has failed otherwise, None where nothing was raised.
        """
        goal, count = self.goal, len(self._shadow.records)
        same = count == len(self._run.records) and self._same_frames == len(self._run.frames)
        if error is None:
            same = same and goal.state is RunState.FINISHED
        else:
            same = same and goal.state is RunState.FAILED and error != ""
        if goal.back and same and len(self._shadow.frames) == self._same_frames:
            return True
        if not (goal.fresh and count == goal.record):
            words = "came to its end" if error is None else "raised an error"
            self.sentence = self._otherwise(f"{words} after {count:,} ops")
        same_rows = min(count, len(self._run.records))
        if error is not None and count and self._shadow.records[-1].error:
            same_rows = min(same_rows, count - 1)
        self._go_live(Place(count), same_rows)
        return False

    def _compare(self, place: Place, given: Sequence[object], outputs: Sequence[object]) -> None:
        """An op has run."""
        if self._loaded.watch.gate is None:  # a fork of the debuggee
            return
        index = place.record
        old, new, goal = self._row(index), self._shadow.records[index], self.goal
        same = old is not None and self._sameness.of(index, old, new)
        here = goal.after and index == goal.record
        if same and goal.seen is not None:
            goal.seen(place, given, outputs)
        if same and not here:
            return
        why = ""
        if not same and not (here and goal.fresh):
            why = f"gave something else with {self._label(place.op)}"
        after = Place(index + 1, -1, place.scope, place.frame, place.source)
        rows = index + 1 if same and not goal.fresh else index
        values = [
            (self._loaded.program.backend.keep(value), summary.nbytes)
            for value, summary in zip(outputs, new.outputs, strict=True)
        ]
        # As from an op: "over" ends at the next event, "out" leaves the frame stood in.
        self._stand(after, why, rows, replace(after, op=place.op), values)

    # What is the same as before

    def _is_news(self, place: Place) -> bool:
        """An error between two ops: the run has gone on from here, so it had none."""
        return place.record < len(self._run.records) or self.goal.state is RunState.FINISHED

    def _row(self, record: int) -> OpRecord | None:
        rows = self._run.records
        return rows[record] if record < len(rows) else None

    def _is_same_frame(self, frame: int) -> bool:
        old, log = self._run.frames, self._loaded.watch.log
        if frame >= len(old) or self._shadow.frames[frame] != old[frame]:
            return False
        return log.starts[frame] == self._watch.log.starts[frame]

    def _was_entered(self, place: Place) -> bool:
        """The run has stepped into the op where it came here."""
        log, run = self._loaded.watch.log, self._run
        for frame in range(bisect_left(log.starts, place.record), len(run.frames)):
            if log.starts[frame] != place.record:
                break
            row = run.frames[frame]
            scope = run.graph.scopes[row.scope]
            if row.parent == place.frame and scope.op == place.op:
                self._inner = scope.kind
                return True
        return False

    def _goes_on(self) -> bool:
        """Nobody wants it to stop. Raises where the run is left."""
        watch = self._loaded.watch
        if watch.ending:
            raise Ended
        if watch.leaving:
            raise Unwound
        return watch.gate is None or not self._loaded.gate.pausing

    # Standing

    def _pause(self, place: Place) -> None:
        """The user's word: stand here, or give up where the run needs no model to stand."""
        if self.goal.back and self.goal.state is not RunState.PAUSED:
            self.sentence = "That was broken off, so the value is still not at hand."
            self._loaded.gate.drop_pause()
            self._loaded.watch.leaving = True
            raise Unwound
        self.sentence = (
            f"Paused on the way, before op {place.record + 1:,}; what had run from there on is"
            " forgotten."
        )
        self._stand_live(place, "pause", place.record)

    def _stand(
        self,
        place: Place,
        otherwise: str = "",
        rows: int | None = None,
        start: Place | None = None,
        values: Sequence[tuple[object, int]] = (),
        error: BaseException | None = None,
    ) -> None:
        """At the goal, or where the model has done otherwise; `rows` are as they were before."""
        if otherwise:
            self.sentence = self._otherwise(otherwise)
        reason = "" if self.goal.back and not otherwise else "goto"
        if reason and error is not None:
            reason = "exception"
        kept = min(place.record if rows is None else rows, len(self._run.records))
        self._stand_live(place, reason, kept, start, values, error)

    def _stand_live(
        self,
        place: Place,
        reason: str,
        rows: int,
        start: Place | None = None,
        values: Sequence[tuple[object, int]] = (),
        error: BaseException | None = None,
    ) -> None:
        self._go_live(place, rows)
        for slot, (value, nbytes) in enumerate(values):
            self._loaded.history.put((place.record - 1, slot), value, nbytes)
        stop = Stop(reason, place, (), self.sentence or self.goal.note, error)
        self._loaded.gate.stand(stop, start)

    def _go_live(self, place: Place, rows: int) -> None:
        """The run itself is here now: its first `rows` records stay, what follows is new."""
        loaded, run, shadow = self._loaded, self._run, self._shadow
        frames = self._same_frames

        def change() -> None:
            run.forget_from(rows, frames)
            run.frames.extend(shadow.frames[len(run.frames) :])
            run.add_records(shadow.records[rows:])
            run.head = place

        finished = self.goal.state is not RunState.PAUSED or not self.goal.back
        loaded.publisher.rewind(rows, frames, change)
        loaded.watch.log.become(self._watch.log)
        loaded.watch.unwound = self._watch.unwound
        if finished:
            self._expect_again()
        loaded.edited.rewound(rows)
        if not self.goal.back or self.sentence:
            loaded.history.forget_from(rows)
            loaded.history.sort()
            loaded.judge.rewound(place)
            loaded.watchpoints.rewound(rows)
            if loaded.past.hindsight is not None:
                loaded.past.hindsight.forget()
        self.recorder.go_live(run, loaded.watch, loaded.history)
        self.recorder.late = loaded.late
        loaded.judge.recorder = self.recorder
        loaded.watchpoints.attach(self.recorder)
        self.live = True
        self._muted.end()
        self._arrived()

    def _expect_again(self) -> None:
        """What the run went past may yet run."""
        builder = self._loaded.builder
        for index, op in enumerate(self._run.graph.ops):
            if op.presence is Presence.SKIPPED:
                builder.replace(index, replace(op, presence=Presence.EXPECTED))

    def _enters(self, place: Place, can_enter: bool) -> bool:
        return self._loaded.gate.enters(place, can_enter)

    def _otherwise(self, did: str) -> str:
        tail = "The run stands there now; what had run after it is forgotten."
        return f"The model runs otherwise this time: it {did} ({_WHY}). {tail}"

    def _label(self, op: int) -> str:
        return self._run.graph.op_label(op)

    def _scope(self, place: Place) -> str:
        return self._run.graph.scopes[place.scope].path or "another scope"


def entered(loaded: Loaded, goal: Goal) -> Goal:
    """The same goal; to stand before an op that was stepped into is to stand before its inside."""
    run, log = loaded.run, loaded.watch.log
    if goal.after or goal.back or goal.frame >= 0 or goal.record >= len(run.records):
        return goal
    row = run.records[goal.record]
    if row.op != goal.op or run.graph.ops[row.op].inner < 0:
        return goal
    for frame in range(len(run.frames) - 1, 0, -1):
        scope = run.graph.scopes[run.frames[frame].scope]
        if (
            scope.op == row.op
            and log.ends[frame] == goal.record
            and run.frames[frame].parent == row.frame
        ):
            return replace(goal, record=log.starts[frame])
    return goal


def _is_at(one: Place, other: Place) -> bool:
    return (one.record, one.op, one.frame) == (other.record, other.op, other.frame)
