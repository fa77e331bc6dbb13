"""Shows a large run pane by pane; what takes long for it is made beside the GUI thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import Run
from ..widgets.graph.collecting import uncollected
from ..widgets.pane import Pane
from ..widgets.turns import Turns

LARGE = 4000  # ops from which on panes come one by one
_POLL_MS = 8
_TRIES = 3
_PATIENCE = 1.0  # s

_Size = tuple[int, int, int, int]


class Arrival(QObject):
    """Hands a run to panes; tells which of them have it.

    Attributes:
        pending: panes that wait for it. They know no run meanwhile, and are told nothing.
    """

    def __init__(
        self,
        panes: Sequence[Pane],
        shown: Callable[[Pane], None],
        busy: Callable[[], bool],
        parent: QObject,
    ) -> None:
        """`shown` is called with a pane that has got its run later.

        While another thread is `busy`, though not for long, panes wait: two that take turns are
        not sooner done than one after the other, and the graph is looked at first.
        """
        super().__init__(parent)
        self._panes = panes
        self._shown = shown
        self._busy = busy
        self._since = 0.0
        self._run: Run | None = None
        self._left = _TRIES
        self._begun = False
        self._work: Future[_Size] | None = None
        self._made: _Size | None = None  # how large the run was when what is ready was made
        self._given_up = threading.Event()
        self._executor: ThreadPoolExecutor | None = None
        self._turns = Turns(self)
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._look)
        self.pending: list[Pane] = []

    def show_run(self, run: Run | None) -> None:
        """Another run in every pane: now, or if it is large, soon."""
        self.stop()
        self._run = run
        if run is None or len(run.graph.ops) <= LARGE:
            for pane in self._panes:
                pane.show_run(run)
            return
        late = [pane for pane in self._panes if type(pane).prepare is not Pane.prepare]
        for pane in self._panes:
            pane.show_run(None if pane in late else run)
        self.pending = late
        self._left = _TRIES
        self._begun = False
        self._since = time.monotonic()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="panes")
        self._timer.start()

    def anew(self) -> None:
        """What was made so far is out of date: records were forgotten."""
        if self._run is not None and self.pending and self._begun:
            self._end_work()
            self._begin(self._run)

    def stop(self) -> None:
        """Give up what is being made."""
        self.pending = []
        self._timer.stop()
        self._end_work()
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def _begin(self, run: Run) -> None:
        assert self._executor is not None
        self._begun = True
        self._given_up = given_up = threading.Event()
        panes, turns = tuple(self.pending), self._turns
        turns.begin()

        def work() -> _Size:
            size = _size(run)
            with uncollected():
                for pane in panes:
                    turns.give_way()
                    if not given_up.is_set():
                        pane.prepare(run)
            return size

        self._work = self._executor.submit(work)

    def _end_work(self) -> None:
        self._given_up.set()
        self._turns.end()
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _look(self) -> None:
        """Once all is made, one pane for each turn of the event loop."""
        run = self._run
        if run is None or not self.pending:
            self.stop()
            return
        work = self._work
        if work is not None:
            if not work.done():
                return
            self._work = None
            self._turns.end()
            self._left -= 1
            if work.result() != _size(run) and self._left > 0:
                self._begin(run)  # it grew meanwhile
                return
            self._made = work.result()
        if not self._begun:
            if not self._busy() or time.monotonic() - self._since > _PATIENCE:
                self._begin(run)
            return
        pane = self.pending.pop(0)
        if self._made != _size(run):
            pane.prepare(run)
        pane.show_run(run)
        self._shown(pane)
        if not self.pending:
            self.stop()


def _size(run: Run) -> _Size:
    return len(run.graph.ops), len(run.graph.scopes), len(run.records), len(run.frames)
