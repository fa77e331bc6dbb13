"""Stands between the recorder and the gate: keeps what only the run itself can tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..ir import OpRecord, Place, Run
from ..protocol.leavings import Leavings, pack_note
from .recorder import Catcher, Chooser, Easy, Ended, Gatekeeper, Unwound


@dataclass(slots=True)
class FrameLog:
    """Of every frame of the run, by its index.

    Attributes:
        starts: how many records there were when it was opened.
        ends: how many there were when it was closed, -1 while it is open.
        sources: the line that opened it, an index into Graph.sources, -1 where unknown.
        leaves: the backend said that no scopes are in it.
    """

    starts: list[int] = field(default_factory=lambda: [0])
    ends: list[int] = field(default_factory=lambda: [-1])
    sources: list[int] = field(default_factory=lambda: [-1])
    leaves: list[bool] = field(default_factory=lambda: [False])

    def become(self, other: FrameLog) -> None:
        """Take over another's rows."""
        self.starts[:], self.ends[:] = other.starts, other.ends
        self.sources[:], self.leaves[:] = other.sources, other.leaves


class Note:
    """Memory shared with the adapter: the op that was begun last, to be told after a death."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.left = Leavings(descriptor)

    def write(self, text: str) -> None:
        """Replace the note."""
        self.left.note(pack_note(text))

    def put(self, packed: bytes) -> None:
        """As `write`, of a text that is packed already."""
        self.left.note(packed)


class Watch:
    """The recorder's gatekeeper. `left`: takes what is recorded, to be told after a death.

    Attributes:
        gate: None where the run never stops (a forked child, a run without debugging).
        ending: the run shall end before its next op.
        leaving: the model shall be left before its next op, to run anew.
        unwound: the first frame that the error now under way has left, -1 for none.
    """

    def __init__(self, note: Note, left: Leavings | None = None) -> None:
        self.log = FrameLog()
        self.gate: Gatekeeper | None = None
        self._easy: Easy | None = None  # the gate, if it is so
        self.ending = False
        self.leaving = False
        self.unwound = -1
        self._note = note
        self._left = left
        self._run = Run()
        self._labels: dict[int, bytes] = {}  # of ops, as the note has them

    def follow(self, run: Run, gate: Gatekeeper) -> None:
        """Watch this run."""
        self._run = run
        self._labels.clear()
        self.gate = gate
        self._easy = gate if isinstance(gate, Easy) else None

    def disarm(self) -> None:
        """Never stop, never end: the process is a fork of the debuggee."""
        self.gate = None
        self.ending = self.leaving = False
        self._note = Note()
        self._left = None

    def ran(self, index: int, record: OpRecord) -> None:
        """An op was recorded."""
        if self._left is not None:
            self._left.record(index, record.op, record.frame, record.source)

    def at_scope(self, place: Place, leaf: bool) -> None:
        """A frame was opened."""
        self.unwound = -1
        log = self.log
        log.starts.append(place.record)
        log.ends.append(-1)
        log.sources.append(place.source)
        log.leaves.append(leaf)
        if self._left is not None:
            row = self._run.frames[place.frame]
            self._left.frame(place.frame, row.parent, row.scope, row.turn)
        self.check()
        if self.gate is not None:
            self.gate.at_scope(place, leaf)

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """An op is about to run."""
        self.unwound = -1
        self.check()
        enter = self.gate is not None and self.gate.at_op(place, can_enter)
        label = self._labels.get(place.op)
        if label is None:
            label = self._labels[place.op] = pack_note(self._run.graph.op_label(place.op))
        self._note.put(label)
        return enter

    def lets_pass(self) -> bool:
        """Nothing wants to stop or to leave the model."""
        if self.ending or self.leaving:
            return False
        return self.gate is None or (self._easy is not None and self._easy.lets_pass())

    def raised(self, place: Place, error: BaseException) -> None:
        """An error is on its way out of an op or a scope."""
        if isinstance(self.gate, Catcher) and not (self.ending or self.leaving):
            self.gate.raised(place, error)

    def goes_in(self, op: int, parts: Callable[[], Sequence[str] | None]) -> bool:
        """The op is to be entered, given what is inside."""
        return not isinstance(self.gate, Chooser) or self.gate.goes_in(op, parts)

    def left(self, frame: int) -> None:
        """A frame was closed."""
        self.log.ends[frame] = len(self._run.records)
        if self.unwound < 0 and sys.exc_info()[0] is not None:
            self.unwound = frame
        if self.gate is not None:
            self.gate.left(frame)

    def check(self) -> None:
        """Raises Ended or Unwound where the model shall be left."""
        if self.ending:
            raise Ended
        if self.leaving:
            raise Unwound
