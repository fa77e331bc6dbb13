"""The user's watchpoints: set, changed, removed; sent to the debuggee as a whole, with what it
tells of their hits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from ..tracers.ir import Run
from ..tracers.ir.expression import BadExpression
from ..tracers.ir.watch_result import WatchResult
from ..tracers.ir.watchpoint import Since, Watch, WatchKind, Watchpoint, parse_watch
from ..tracers.protocol.json_ir import to_json
from ..tracers.protocol.messages import WATCH_ANEW, WATCHPOINTS
from ..tracers.protocol.watch_mirror import WatchMirror
from .session import Session

MOST_BEFORE = 20_000  # executions of a run that the next one is held against


class Watchpoints(QObject):
    """Signals:
    changed: the list is another one.
    told: something new is known of their hits.
    refused: str; what was asked anew could not be.
    """

    changed = Signal()
    told = Signal()
    refused = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[Watchpoint] = []
        self._mirror = WatchMirror()
        self._before: Run | None = None
        self._anew = False
        session.opened.connect(self._begin)
        session.rewound.connect(self._rewound)
        session.watched.connect(self._take)

    @property
    def rows(self) -> list[Watchpoint]:
        """In the order in which they were set."""
        return list(self._rows)

    @property
    def asking_anew(self) -> bool:
        """The model runs once more for what was missed."""
        return self._anew

    def result(self, point: Watchpoint) -> WatchResult:
        """What has come of a watchpoint so far."""
        return self._mirror.results.get(point.text) or WatchResult()

    def hit_records(self) -> list[int]:
        """Records that hit an enabled watchpoint, once for each hit."""
        found = (self.result(row).hits for row in self._rows if row.enabled)
        return sorted(hit.record for hits in found for hit in hits)

    def load(self, rows: Iterable[Watchpoint]) -> None:
        """Replace all: another model is opened."""
        self._rows = list(rows)
        self._before = None
        self._mirror = WatchMirror()
        self.changed.emit()

    def put(self, point: Watchpoint, instead_of: Watchpoint | None = None) -> None:
        """Set a watchpoint, in the place of another or of one that asks the same."""
        old = point.text if instead_of is None else instead_of.text
        texts = [row.text for row in self._rows]
        at = texts.index(old) if old in texts else len(texts)
        before = [row for row in self._rows[:at] if row.text != point.text]
        after = [row for row in self._rows[at + 1 :] if row.text != point.text]
        self._change([*before, point, *after])

    def remove(self, point: Watchpoint) -> None:
        """Remove a watchpoint, whether it is enabled or not."""
        self._change([row for row in self._rows if row.text != point.text])

    def toggle(self, point: Watchpoint) -> None:
        """Switch a watchpoint on or off."""
        self._replace(point, replace(point, enabled=not point.enabled))

    def toggle_stop(self, point: Watchpoint) -> None:
        """Have a watchpoint stop the run, or only list its hits."""
        self._replace(point, replace(point, stop=not point.stop))

    def ask_anew(self) -> None:
        """Run the model once more, in silence, for what could not be asked."""
        if self._anew:
            return

        def done(_message: object, _blob: object) -> None:
            self._anew = False
            self.told.emit()

        def refused(sentence: str, _code: str) -> None:
            self._anew = False
            self.told.emit()
            self.refused.emit(sentence)

        self._anew = True
        self.told.emit()
        self._session.request(WATCH_ANEW, {}, done, refused)

    def note_run(self) -> None:
        """The run is about to be restarted: the next one is held against it."""
        run = self._session.run
        if run is not None and run.records:
            self._before = run

    def _replace(self, old: Watchpoint, new: Watchpoint) -> None:
        self._change([new if row.text == old.text else row for row in self._rows])

    def _change(self, rows: list[Watchpoint]) -> None:
        self._rows = rows
        self._mirror.keep({row.text for row in rows if row.enabled})
        self._send()
        self.changed.emit()

    def _begin(self) -> None:
        """A new process knows nothing of them."""
        self._mirror = WatchMirror()
        self._anew = False
        self._send()
        self.told.emit()

    def _send(self) -> None:
        if self._session.run is None:
            return
        body: dict[str, Any] = {"watchpoints": [to_json(row) for row in self._rows]}
        compared = [watch for watch in map(_since_run, self._rows) if watch is not None]
        if compared and self._before is not None:
            body["before"] = table_of(self._before, compared)
        self._session.request(WATCHPOINTS, body)

    def _rewound(self) -> None:
        run = self._session.run
        if run is not None:
            self._mirror.forget_from(len(run.records))
            self.told.emit()

    def _take(self, body: dict[str, Any]) -> None:
        self._mirror.follow(body)
        self._mirror.keep({row.text for row in self._rows if row.enabled})
        self.told.emit()


def table_of(run: Run, watches: Sequence[Watch]) -> dict[str, list[list[list[float | None]]]]:
    """The statistics of a run's executions that watches ask about, as engine/before.py has them."""
    fits: dict[int, bool] = {}
    table: dict[str, list[list[list[float | None]]]] = {}
    count = 0
    for row in run.records:
        if row.op not in fits:
            fits[row.op] = any(watch.fits(run.graph, row.op) for watch in watches)
        if not fits[row.op] or count >= MOST_BEFORE:
            continue
        count += 1
        outputs = [[each.minimum, each.maximum, each.mean, each.rms] for each in row.outputs]
        table.setdefault(run.graph.ops[row.op].key, []).append(outputs)
    return table


def _since_run(point: Watchpoint) -> Watch | None:
    try:
        watch = parse_watch(point.text)
    except BadExpression:
        return None
    since_run = watch.kind is WatchKind.CHANGES and watch.since is Since.RUN
    return watch if since_run and point.enabled else None
