"""Runs a model once more without the user's edits, in silence, for a run with them to be held
against."""

from __future__ import annotations

import contextlib

from ..ir import Place, Ref, Run
from .backend import Program
from .builder import GraphBuilder
from .compare_runs import Baseline
from .gate import Gate
from .history import History
from .muted import Muted
from .recorder import Ended, Recorder
from .watch import Watch


class _BrokenOff(BaseException):
    """Unwinds the model; not an Exception, so models do not catch it."""


class PlainRun:
    """A gatekeeper that never stops; a pause breaks the run off.

    Attributes:
        broken: it was broken off before the model's end.
    """

    def __init__(self, program: Program, builder: GraphBuilder, gate: Gate, watch: Watch) -> None:
        self.broken = False
        self._program = program
        self._builder = builder
        self._gate = gate
        self._watch = watch

    def run(self, values: History, first: int) -> Baseline:
        """The whole run, the values of its records from one on kept. Raises Ended."""
        run = Run(graph=self._builder.graph)
        keeper = _From(first, values)
        recorder = Recorder(self._program.backend, self._builder, self, keeper, run=run)
        recorder.deep = self._gate.deep
        muted = Muted()
        muted.begin()
        try:
            # What the model raises is where its run ends; the edits may be there to mend that.
            with contextlib.suppress(_BrokenOff, Ended, Exception, SystemExit):
                self._program.execute(recorder)
        finally:
            muted.end()
        if self._watch.ending:
            raise Ended
        if self.broken:
            self._gate.drop_pause()
        return Baseline(run.records, values, not self.broken)

    def at_scope(self, place: Place, leaf: bool) -> None:
        """A frame was opened."""
        self._check()

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """Runs as one what can be stepped into."""
        self._check()
        return False

    def left(self, frame: int) -> None:
        """Nothing to do."""

    def lets_pass(self) -> bool:
        """It never stops."""
        return True

    def break_off(self) -> None:
        """Leave the model. Raises."""
        self.broken = True
        raise _BrokenOff

    def _check(self) -> None:
        if self._watch.gate is None:  # a fork of the debuggee
            return
        if self._watch.ending:
            raise Ended
        if self.broken or self._gate.pausing:
            self.break_off()


class _From:
    """Keeps the values of the records from one on."""

    def __init__(self, first: int, values: History) -> None:
        self._first = first
        self._values = values

    @property
    def budget(self) -> int:
        return self._values.budget

    def put(self, ref: Ref, value: object, nbytes: int) -> None:
        if ref[0] >= self._first:
            self._values.put(ref, value, nbytes)

    def get(self, ref: Ref) -> object | None:
        return self._values.get(ref)
