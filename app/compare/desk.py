"""The worker of a comparison in a thread of its own, and its word brought to the GUI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from ...tracers.compare.result import Comparison, Pair
from ...tracers.compare.wishes import Wishes
from ...widgets.compare.story import Story
from ...widgets.turns import Turns
from .choice import PairChoice
from .events import Event, Failed, Idle
from .worker import Worker

_BUG = "Something went wrong inside Opscope while the runs were compared."


class _Running:
    """A worker and its thread."""

    def __init__(self, desk: CompareDesk, choice: PairChoice, turns: Turns) -> None:
        tell = partial(desk.take, self)
        self.worker = Worker(choice, tell, turns.give_way, desk.prepare)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compare")
        self.done: Future[None] = self._pool.submit(self.worker.run)
        self.done.add_done_callback(lambda _: tell(None))
        self._pool.shutdown(wait=False)

    def join(self) -> None:
        """Wait for the thread's end; it was told to give up."""
        self._pool.shutdown(wait=True)


class CompareDesk(QObject):
    """At most one comparison; what an earlier one still says is dropped. `prepare` is called in the
    worker's thread before a comparison is told of.

    Signals:
        told: an Event.
        ended: a comparison that was given up has left nothing behind.
    """

    told = Signal(object)
    ended = Signal()
    _arrived = Signal()

    def __init__(
        self,
        prepare: Callable[[Story], None] = lambda story: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.prepare = prepare
        self._running: _Running | None = None
        self._leaving: list[_Running] = []
        self._turns = Turns(self)
        self._queue: deque[tuple[_Running, Event | None]] = deque()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def active(self) -> bool:
        """A comparison is wanted: its models run, or are kept for their values."""
        return self._running is not None

    @property
    def leaving(self) -> bool:
        """Models that nobody wants any more are still being ended."""
        return bool(self._leaving)

    def begin(self, choice: PairChoice) -> None:
        """Run both models and compare them, in the place of what was compared before."""
        self.give_up()
        self._turns.begin()
        self._running = _Running(self, choice, self._turns)

    def align(self, wishes: Wishes) -> None:
        """Compare the same runs once more."""
        if self._running is not None:
            self._turns.begin()
            self._running.worker.align(wishes)

    def halt(self) -> None:
        """Do not compare once more after all."""
        if self._running is not None:
            self._running.worker.halt()

    def ask_values(self, index: int, pair: Pair, tolerance: float) -> None:
        """Answered by Both or NoValues."""
        if self._running is not None:
            self._turns.begin()
            self._running.worker.values(index, pair, tolerance)

    def ask_source(self, side: str, file: str) -> None:
        """Answered by Source, where there is one."""
        if self._running is not None:
            self._running.worker.source(side, file)

    def write_report(self, path: str, found: Comparison) -> None:
        """Answered by Written."""
        if self._running is not None:
            self._turns.begin()
            self._running.worker.report(path, found)

    def give_up(self) -> None:
        """End both models; nothing waits for that here."""
        running, self._running = self._running, None
        if running is not None:
            self._leaving.append(running)
            self._turns.end()
            running.worker.give_up()

    def close(self) -> None:
        """End everything, and wait for it."""
        self.give_up()
        for running in self._leaving:
            running.join()
        self._leaving = []

    def take(self, running: _Running, event: Event | None) -> None:
        """From the worker's thread; None: the thread has ended."""
        self._queue.append((running, event))
        self._arrived.emit()

    def _deliver(self) -> None:
        while self._queue:
            running, event = self._queue.popleft()
            if event is None:
                self._end(running)
            elif running is not self._running:
                continue
            elif isinstance(event, Idle):
                self._turns.end()
            else:
                self.told.emit(event)

    def _end(self, running: _Running) -> None:
        if running is self._running:
            self._running = None
            self._turns.end()
            if running.done.exception() is not None:
                self.told.emit(Failed(_BUG))
        elif running in self._leaving:
            self._leaving.remove(running)
        self.ended.emit()
        running.done.result()  # raises what the worker raised
