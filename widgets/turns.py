"""Lets what runs beside the GUI thread rest while that thread has something to do.

Every call into Qt lets the interpreter go, and a thread that computes takes it for as long as one
turn of threads lasts. A repaint of 12 ms with a hundred such calls then takes 150.
"""

from __future__ import annotations

import sys
import threading
import time

from PySide6.QtCore import QAbstractEventDispatcher, QObject

TURN = 0.001  # s after which a thread lets another one go on
SLICE = 0.01  # s of work between two turns of an event loop that never rests
LONGEST = 0.1  # s to rest at most, however long a turn of the event loop takes


class Turns(QObject):
    """Tells threads whether the event loop rests.

    It rests from the moment when it waits for an event to the next one. The thread works then; else
    it waits, and works for a slice after each turn.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._dispatcher: QAbstractEventDispatcher | None = None
        self._rests = True
        self._number = 0
        self._until = 0.0

    def begin(self) -> None:
        """Work begins beside the GUI thread, which this is."""
        self.end()
        _short_turns.begin()
        self._dispatcher = QAbstractEventDispatcher.instance()
        self._dispatcher.aboutToBlock.connect(self._rest)
        self._dispatcher.awake.connect(self._go_on)
        self._tell(rests=False)

    def end(self) -> None:
        """No more work; what rests goes on."""
        if self._dispatcher is not None:
            self._dispatcher.aboutToBlock.disconnect(self._rest)
            self._dispatcher.awake.disconnect(self._go_on)
            self._dispatcher = None
            _short_turns.end()
            self._tell(rests=True)

    def give_way(self) -> None:
        """Rest while the GUI thread is busy; called often by the work, in its thread."""
        if self._rests or time.monotonic() < self._until:
            return
        with self._changed:
            number = self._number
            self._changed.wait_for(lambda: self._rests or self._number != number, LONGEST)
        self._until = time.monotonic() + SLICE

    def _rest(self) -> None:
        self._tell(rests=True)

    def _go_on(self) -> None:
        self._tell(rests=False)

    def _tell(self, *, rests: bool) -> None:
        with self._changed:
            self._rests = rests
            self._number += 1
            self._changed.notify_all()


class _ShortTurns:
    """The interpreter's turns, short while any work goes on."""

    def __init__(self) -> None:
        self._users = 0
        self._before = 0.0

    def begin(self) -> None:
        if not self._users:
            self._before = sys.getswitchinterval()
            sys.setswitchinterval(TURN)
        self._users += 1

    def end(self) -> None:
        self._users -= 1
        if not self._users:
            sys.setswitchinterval(self._before)


_short_turns = _ShortTurns()
