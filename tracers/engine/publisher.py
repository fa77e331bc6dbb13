"""Tells the client of new graph rows and records, at most every 30 ms while the model runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ..ir import Frame, Graph, Op, OpRecord, Run
from ..protocol.columns import Strings, encode, encode_graph, encode_records, graph_size
from ..protocol.leavings import Leavings
from ..protocol.messages import GRAPH_GREW, RECORDS, REWOUND, SOURCES, STATE, SUMMARIES
from .builder import GraphBuilder
from .history import History
from .typed import texts_of
from .wire import Wire

INTERVAL = 0.1


class Publisher:
    """Sends what the model's thread has appended, in an order that a client can follow.

    Nothing is sent before `subscribe`. Rows are appended graph first, then frames, then records,
    so their counts are read in the other direction: what is sent never names a row that is not.
    What `more` sends comes after them. `running_state` gives the state of a run that goes on, where
    the client is to be told of it.

    Attributes:
        texts: of source files, by path, where these are not to be looked for on this machine.
        left: is told what need not be left any more, since it has been sent.
    """

    def __init__(
        self,
        wire: Wire,
        run: Run,
        builder: GraphBuilder,
        history: History,
        running_state: Callable[[], dict[str, Any] | None],
    ) -> None:
        self.texts: dict[str, str] | None = None
        self._wire = wire
        self._run = run
        self._builder = builder
        self._history = history
        self._running_state = running_state
        self.more: Callable[[], None] = lambda: None
        self.left: Leavings | None = None
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._closed = threading.Event()
        self._subscribed = False
        self._sizes: dict[str, int] = {}
        self._records = 0
        self._frames = 1  # the root's is known to everyone
        self._sources = 0
        self._named: set[str] = set()
        self._thread = threading.Thread(target=self._loop, name="opscope-publisher", daemon=True)
        self._thread.start()

    def subscribe(self) -> dict[str, Any]:
        """The whole graph. Nothing else is sent until `subscribed`; new rows follow as events."""
        self._lock.acquire()
        self._builder.replaced.clear()
        graph = _snapshot(self._run.graph, {})
        self._sizes = graph_size(graph)
        self._records, self._frames = 0, 1
        self._subscribed = True
        self._tell_sent()
        return encode_graph(graph)

    def subscribed(self) -> None:
        """The graph has been sent: go on with what has run since."""
        self._lock.release()
        self.flush()

    def running(self, running: bool) -> None:
        """The model runs, or stands still."""
        if running:
            self._running.set()
        else:
            self._running.clear()

    def flush(self) -> None:
        """Send whatever is new."""
        with self._lock:
            self._send()

    def rewind(self, records: int, frames: int, change: Callable[[], None]) -> None:
        """Rows from these on are forgotten, by `change`; what it puts in their place is new."""
        with self._lock:
            less = records < len(self._run.records) or frames < len(self._run.frames)
            change()
            self._records = min(self._records, records)
            self._frames = min(self._frames, max(1, frames))
            if less and self.left is not None:
                self.left.forget()
                self._tell_sent()
            if less and self._subscribed:
                self._wire.event(REWOUND, {"records": records, "frames": frames})

    def update(self, indices: Iterable[int]) -> None:
        """The summaries of these records are new."""
        with self._lock:
            known = sorted(index for index in set(indices) if 0 <= index < self._records)
            if not known or not self._subscribed:
                return
            rows = [self._with_kept(index, self._run.records[index]) for index in known]
            strings = Strings()
            body = {"index": known, "records": encode(rows, OpRecord, strings)}
            self._wire.event(SUMMARIES, {**body, "strings": strings.rows})

    def records(
        self, first: int, last: int, first_frame: int, last_frame: int | None = None
    ) -> dict[str, Any]:
        """Records first to last (not included), with frames, as a body."""
        frames: list[Frame] = self._run.frames[first_frame:last_frame]
        rows = self._run.records[first:last]
        if self._history.dropped:
            rows = [self._with_kept(first + n, row) for n, row in enumerate(rows)]
        return encode_records(rows, frames, first, first_frame)

    def name_files(self, files: Iterable[str]) -> None:
        """These are shown: their text may be asked for."""
        new = set(files) - self._named
        if not new:
            return
        self._named |= new
        if self.texts is not None:
            self._wire.event(SOURCES, {"texts": self.texts})
            return
        typed = texts_of(new)
        self._wire.event(SOURCES, {"paths": sorted(new), **({"texts": typed} if typed else {})})

    def close(self) -> None:
        """No more is sent."""
        self._closed.set()
        self._running.set()
        self._thread.join(1.0)

    def _send(self) -> None:
        count, frames = len(self._run.records), len(self._run.frames)
        if self._subscribed:
            self._send_growth()
            if count > self._records or frames > self._frames:
                rows = self.records(self._records, count, self._frames, frames)
                self._wire.event(RECORDS, rows)
                self._records, self._frames = count, frames
                self._tell_sent()
            self.more()
        self._send_sources()

    def _tell_sent(self) -> None:
        if self.left is not None:
            self.left.sent(self._records, self._frames)

    def _with_kept(self, index: int, record: OpRecord) -> OpRecord:
        outputs = tuple(
            replace(row, kept=self._history.get((index, slot)) is not None)
            for slot, row in enumerate(record.outputs)
        )
        return replace(record, outputs=outputs)

    def _send_growth(self) -> None:
        taken: dict[int, Op] = {}
        while self._builder.replaced:
            index = self._builder.replaced.pop()
            taken[index] = self._run.graph.ops[index]
        graph = self._run.graph
        if not taken and graph_size(graph) == self._sizes:
            return
        graph = _snapshot(graph, self._sizes)
        since, self._sizes = self._sizes, graph_size(graph)
        strings = Strings()
        known = sorted(index for index in taken if index < since["ops"])
        replaced = {
            "index": known,
            "ops": encode([taken[index] for index in known], Op, strings),
            "strings": strings.rows,
        }
        self._wire.event(GRAPH_GREW, {"graph": encode_graph(graph, since), "replaced": replaced})

    def _send_sources(self) -> None:
        rows = self._run.graph.sources[self._sources :]
        if rows:
            self._sources += len(rows)
            self.name_files(row.file for row in rows)

    def _loop(self) -> None:
        while self._running.wait():
            if self._closed.wait(INTERVAL):
                return
            with self._lock:
                if not self._running.is_set():  # it stands still, and tells that itself
                    continue
                state = self._running_state()
                self._send()
                if state is not None:
                    self._wire.event(STATE, state)


def _snapshot(graph: Graph, since: dict[str, int]) -> Graph:
    """The rows there are now; none of those after `since` names an op that is missing."""
    ops = len(graph.ops)
    values, scopes = list(graph.values), list(graph.scopes)
    for rows in (values, scopes):
        start = since.get("values" if rows is values else "scopes", 0)
        late = (index for index in range(start, len(rows)) if rows[index].op >= ops)
        del rows[next(late, len(rows)) :]
    return Graph(scopes, graph.ops[:ops], values, list(graph.sources))
