"""A part of a program that is one run: a call of a model, or what stands in a `with`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType

from .backend import Attached
from .guest import GuestLive
from .recorder import Recorder
from .tracebacks import clean


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that the window knows of."""

    live: GuestLive
    program: Attached
    recorder: Recorder


class Block:
    """Implements `with`. Where no run begins, what is inside runs as ever.

    An error leaves it as it came, without the debugger's frames. What ends the program (Ctrl+C,
    `sys.exit`, a generator that is closed) ends the run, and is not held.
    """

    def __init__(self, begin: Callable[[], Begun | None], end: Callable[[], None]) -> None:
        """`end` is called once for a run that has begun."""
        self._begin = begin
        self._end = end
        self._begun: Begun | None = None
        self._recording: AbstractContextManager[None] | None = None
        self._thread = 0

    def __enter__(self) -> None:
        begun = self._begin()
        if begun is None:
            return
        self._begun = begun
        self._thread = threading.get_ident()
        recording = begun.program.recording(begun.recorder)
        try:
            recording.__enter__()
        except BaseException as error:
            self._leave(error, is_end=True)
            raise
        self._recording = recording

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._begun is None:
            return
        recording, self._recording = self._recording, None
        if self._thread != threading.get_ident():  # a generator that another thread has closed
            self._begun.program.let_go()
            if recording is not None:
                _left.append(recording)
            self._leave(error or GeneratorExit(), is_end=True)
            return
        left = error
        try:
            if recording is not None:
                recording.__exit__(kind, error, trace)
        except BaseException as raised:
            left = raised
            raise
        finally:
            self._leave(left, is_end=left is not None and not isinstance(left, Exception))
            if error is not None:
                clean(error)

    def _leave(self, error: BaseException | None, is_end: bool) -> None:
        begun, self._begun = self._begun, None
        if begun is None:
            return
        try:
            if is_end and error is not None:
                begun.live.break_off(begun.recorder, error)
            else:
                begun.live.finish(begun.recorder, error)
        finally:
            self._end()


# What can be taken off only by a thread that will not do so: it passes everything on.
_left: list[AbstractContextManager[None]] = []
