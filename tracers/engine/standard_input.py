"""The model's standard input: lines that the user is asked for, the same ones in every run.

Descriptor 0 itself is at its end, so that code below Python reads nothing and does not wait.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any

current: Lines | None = None


class ReadsInput(EOFError):
    """The model reads a line while its map is drawn; it is asked for when the model runs."""


class Lines(io.RawIOBase):
    """What `sys.stdin` reads from.

    A run that is done anew reads again what the run before it was given; only what comes after
    that is asked for.

    Attributes:
        waiting: a line is wanted, and has not come.
        idle: the thread that reads does nothing but wait for it.
    """

    def __init__(self, ask: Callable[[bool], bool]) -> None:
        """`ask(True)` tells the user that a line is wanted, False where nobody can answer;
        `ask(False)` that it has come."""
        super().__init__()
        self.waiting = self.idle = False
        self._ask = ask
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._given: list[bytes] = []
        self._start = 0  # of the run's lines: those before it were read while the model was loaded
        self._at = 0
        self._rest = b""
        self._alone = 0  # nobody is asked while it is not 0
        self._drawing = False
        self._process = os.getpid()

    def readable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """As of every standard input."""
        return 0

    def readinto(self, buffer: Any, /) -> int:
        """A line, or as much of it as there is room for; 0 at the end."""
        room = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = self._next()
        piece, self._rest = self._rest[: len(room)], self._rest[len(room) :]
        room[: len(piece)] = piece
        return len(piece)

    def answer(self, text: str | None) -> None:
        """The user's line, without its end; None for the end of all input. On any thread."""
        self._answers.put(b"" if text is None else f"{text}\n".encode())

    def mark(self) -> None:
        """The model is loaded: runs begin here."""
        self._start = self._at

    def leave_alone(self, drawing: bool = False) -> None:
        """Begin at the run's first line, and ask nobody until `ask_again`; with `drawing`, what
        would be asked for raises ReadsInput."""
        self._alone += 1
        self._drawing = drawing
        self._at, self._rest = self._start, b""

    def ask_again(self) -> None:
        """Go on where that came to."""
        self._alone -= 1
        self._drawing = False

    def _next(self) -> bytes:
        if self._at == len(self._given):
            if self._drawing:
                raise ReadsInput("it reads a line, which is asked for when it runs")
            if self._alone or os.getpid() != self._process:
                return b""
            self.waiting = True
            try:
                if not self._ask(True):
                    return b""
                self.idle = True
                self._given.append(self._answers.get())
            finally:
                self.waiting = self.idle = False
            self._ask(False)
        self._at += 1
        return self._given[self._at - 1]


def install(lines: Lines) -> None:
    """Put it in the place of `sys.stdin`."""
    global current
    current = lines
    sys.stdin = io.TextIOWrapper(io.BufferedReader(lines), encoding="utf-8", errors="replace")


@contextlib.contextmanager
def unasked() -> Generator[None]:
    """A map is drawn: what reads in here raises ReadsInput."""
    if current is None:
        yield
        return
    current.mark()
    current.leave_alone(drawing=True)
    try:
        yield
    finally:
        current.ask_again()
