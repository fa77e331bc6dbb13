"""Log messages of breakpoints, no more of them than anyone can read."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..ir import Place
from .judge import Say

MOST_LINES = 200  # in a second


class SlowTalk:
    """Passes lines on, at most MOST_LINES in a second; the rest are counted and said."""

    def __init__(self, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._began = 0.0
        self._lines = 0
        self._held_back = 0

    def __call__(self, text: str, place: Place | None = None) -> None:
        """One message; a line end is added."""
        now = self._clock()
        if now - self._began >= 1:
            self.settle()
            self._began, self._lines = now, 0
        self._lines += 1
        if self._lines > MOST_LINES:
            self._held_back += 1
        else:
            self._say(f"{text}\n", place)

    def settle(self) -> None:
        """Say how many lines were held back, if any."""
        count, self._held_back = self._held_back, 0
        if count:
            noun = "line was" if count == 1 else "lines were"
            self._say(f"{count:,} more log {noun} held back.\n", None)
