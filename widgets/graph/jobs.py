"""Runs one long layout at a time beside the GUI thread.

Measured on two cores: a process would have to be sent the graph, which alone stops the GUI thread
for 190 to 450 ms at 10,000 ops; a thread that rests while the GUI thread is busy costs it nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal

from ..turns import Turns
from .rows import Cancelled

POLL = 10  # ms
SOON = 0.15  # s after which the user is told

Check = Callable[[], None]
Work = Callable[[Check], Callable[[], None]]


class _Job:
    """One piece of work; it returns what is then to be done in the GUI thread."""

    def __init__(self, work: Work, turns: Turns) -> None:
        self.started = time.monotonic()
        self._given_up = threading.Event()
        self._turns = turns
        turns.begin()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="layout")
        self._future = self._executor.submit(work, self._check)

    def _check(self) -> None:
        if self._given_up.is_set():
            raise Cancelled
        self._turns.give_way()

    @property
    def running(self) -> bool:
        """There is no result yet."""
        return not self._future.done()

    def stop(self) -> None:
        """Give up, and wait for the thread: it looks up between the rows of a layer."""
        self._given_up.set()
        self._end()

    def finish(self) -> None:
        """Do what the work came to. Raises what the work raised."""
        self._end()
        self._future.result()()

    def _end(self) -> None:
        self._turns.end()
        self._executor.shutdown(wait=True)


class _Slot:
    """The job of one owner; outlives it to end the job."""

    def __init__(self) -> None:
        self.job: _Job | None = None

    def stop(self) -> None:
        """Drop the job, if there is one."""
        job, self.job = self.job, None
        if job is not None:
            job.stop()


class Jobs(QObject):
    """At most one job; a new one takes the place of the old.

    Signals:
        slow: bool, whether a job has been running long enough to tell the user.
    """

    slow = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._slot = _Slot()
        self._turns = Turns(self)
        self._told = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._look)
        self.destroyed.connect(self._slot.stop)

    @property
    def busy(self) -> bool:
        """A job is running, or its result has not been taken in yet."""
        return self._slot.job is not None

    def start(self, work: Work) -> None:
        """Run `work` in a thread, then what it returns in this one."""
        self.stop()
        self._slot.job = _Job(work, self._turns)
        self._timer.start()

    def stop(self) -> None:
        """Drop what is running; its result is never seen."""
        self._slot.stop()
        self._ended()

    def _look(self) -> None:
        job = self._slot.job
        if job is None:
            self._ended()
        elif not job.running:
            self._slot.job = None
            self._ended()
            job.finish()
        elif not self._told and time.monotonic() - job.started > SOON:
            self._told = True
            self.slow.emit(True)

    def _ended(self) -> None:
        self._timer.stop()
        if self._told:
            self._told = False
            self.slow.emit(False)
