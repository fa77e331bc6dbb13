"""Waits for descriptors, signals and timers, on one thread."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from typing import cast

Act = Callable[[], object]


class Loop:
    """What shall be done when something happens. Make it on the main thread: it takes signals.

    Attributes:
        going: cleared by SIGTERM and SIGHUP, and by whoever wants an end.
        quits: says whether these signals are to end it; called in the midst of anything.
    """

    def __init__(self) -> None:
        self.going = True
        self.quits: Callable[[], bool] = lambda: True
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, Act]] = []
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._quit)
        signal.signal(signal.SIGCHLD, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the client decides, not the terminal
        self.watch(wake, lambda: os.read(wake, 512))

    def watch(self, descriptor: int, act: Act, write: bool = False) -> None:
        """Do something whenever the descriptor can be read (or written)."""
        events = selectors.EVENT_WRITE if write else selectors.EVENT_READ
        if descriptor not in self._selector.get_map():
            self._selector.register(descriptor, events, act)

    def leave(self, descriptor: int) -> None:
        """Watch a descriptor no more, if it is watched."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(descriptor)

    def after(self, seconds: float, act: Act) -> None:
        """Do something later."""
        self._timers.append((time.monotonic() + seconds, act))

    def wait(self) -> list[tuple[int, Act]]:
        """Descriptors that are ready, with what to do, once there are some or a timer is due."""
        soonest = min((at for at, _ in self._timers), default=None)
        timeout = None if soonest is None else max(0.0, soonest - time.monotonic())
        return [(key.fd, cast(Act, key.data)) for key, _ in self._selector.select(timeout)]

    def run_timers(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        due = [act for at, act in self._timers if at <= now]
        self._timers = [(at, act) for at, act in self._timers if at > now]
        for act in due:
            act()

    def _quit(self, _number: int, _frame: object) -> None:
        if self.quits():
            self.going = False


def _wake(_number: int, _frame: object) -> None:
    """A child has changed its state: the signal's wake-up ends the wait."""
