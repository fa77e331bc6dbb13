"""Has the expressions of the Watch tab evaluated in the debuggee, at every stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import RunState, Selection
from ..tracers.ir.run import RESULT
from ..tracers.protocol.framing import Message
from ..widgets.source.source_view import WATCH
from ..widgets.source.watch_list import WatchRow
from ..widgets.tensor.result import result_subject
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

RUNNING = "known when the run stops"
GONE = "the model's process is gone"
COMPUTING = "computing; click to give it up"
_SLOW_MS = 400  # after which a row says that it is being computed


class WatchDesk(QObject):
    """Of one window. Rows are evaluated at every stop while the tab is in sight."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench = window, bench
        self._session = window.session
        self._view = bench.source.watch
        self._rows: list[WatchRow] = []
        self._asked: dict[int, tuple[WatchRow, int]] = {}  # by id of the row: with its request
        self._stop = 0  # counts the places that the run stood at
        self._done = -1  # the one that the rows are of
        self._frames: list[dict[str, Any]] = []
        self._level = -1  # chosen by the user at this stop
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self._tell_slow)
        view, source = self._view, bench.source
        view.evaluate_wanted.connect(self._evaluate_once)
        view.watch_wanted.connect(self._watch)
        view.renamed.connect(self._rename)
        view.removed.connect(self._remove)
        view.opened.connect(self._open)
        view.field.completions_wanted.connect(self._complete)
        source.tabs.currentChanged.connect(self._look)
        source.frame_chosen.connect(self._choose)
        source.locals.frame_wanted.connect(self._choose)
        self._session.moved.connect(self._moved)

    def show_model(self) -> None:
        """Another model is open: what is watched of it."""
        kept = self._window.store.settings.watches(self._window.choice.key)
        self._asked.clear()
        self._rows = [WatchRow(text) for text in kept]
        self._view.show_rows(self._rows)
        self._moved()

    def _moved(self) -> None:
        self._stop += 1
        self._level = -1
        self._frames = []
        self._look()

    def _choose(self, level: int) -> None:
        """Another frame's variables are meant."""
        self._level = level
        self._stop += 1
        self._look()

    def _look(self) -> None:
        """Evaluate every row where that is not done yet, and someone sees it."""
        run = self._session.run
        seen = self._bench.source.tabs.currentIndex() == WATCH
        if run is None or not seen or self._done == self._stop:
            return
        if run.state in (RunState.LOADING, RunState.RUNNING):
            return
        self._done = self._stop
        self._give_up_all()
        if run.state is RunState.DIED:
            for row in self._rows:
                self._fail(row, GONE)
            return
        self._with_frame(lambda frame: [self._ask(row, frame) for row in list(self._rows)])

    def _with_frame(self, use: Callable[[dict[str, Any]], object]) -> None:
        """Hand over what names the frame that the user looks into."""
        stop, run = self._stop, self._session.run

        def arrived(message: Message, _: object) -> None:
            if stop == self._stop:
                self._frames = list(message["body"]["stackFrames"])
                use(self._frame())

        def failed(_sentence: str, _code: str) -> None:
            if stop == self._stop:
                use({})

        if run is None or run.state is not RunState.PAUSED or run.cursor is not None:
            use({})  # no frame of Python's is looked at
        elif self._frames:
            use(self._frame())
        else:
            self._session.request("stackTrace", {"threadId": 1}, arrived, failed)

    def _frame(self) -> dict[str, Any]:
        run, level = self._session.run, self._level
        if not self._frames or run is None:
            return {}
        if not 0 <= level < len(self._frames):  # the user's innermost code, not the op in it
            level = 1 if run.place.op >= 0 and len(self._frames) > 1 else 0
        return {"frameId": self._frames[level]["id"]}

    def _ask(self, row: WatchRow, frame: Mapping[str, Any]) -> None:
        stop = self._stop

        def is_wanted() -> bool:
            known = self._asked.get(id(row))
            return stop == self._stop and known is not None and known[0] is row

        def arrived(message: Message, _: object) -> None:
            if is_wanted():
                self._take(row, cast("dict[str, Any]", message["body"]))

        def failed(sentence: str, code: str) -> None:
            if is_wanted() and code != "stale":
                self._fail(
                    row, {"cancelled": "given up", "not-stopped": RUNNING}.get(code, sentence)
                )

        context = "watch" if row.kept else "repl"
        body = {"expression": row.expression, "context": context, **frame}
        seq = self._session.request("evaluate", body, arrived, failed)
        self._asked[id(row)] = (row, seq)
        row.waiting = True
        if not self._slow.isActive():
            self._slow.start()

    def _take(self, row: WatchRow, body: dict[str, Any]) -> None:
        self._asked.pop(id(row), None)
        known = cast("dict[str, Any]", body.get("opscope") or {})
        row.waiting, row.failed = False, False
        row.value, row.dtype = str(body["result"]), str(body.get("type", ""))
        row.place = (int(known["record"]), int(known["slot"])) if known else None
        row.shape = tuple(known.get("shape", ()))
        row.bad = int(known.get("bad", 0))
        self._view.show_changed(row)

    def _fail(self, row: WatchRow, sentence: str) -> None:
        self._asked.pop(id(row), None)
        row.waiting, row.failed, row.place, row.bad = False, sentence != RUNNING, None, 0
        row.value = sentence
        self._view.show_changed(row)

    def _tell_slow(self) -> None:
        for row, _ in self._asked.values():
            if row.waiting:
                row.value, row.failed, row.place = COMPUTING, False, None
                self._view.show_changed(row)

    def _give_up_all(self) -> None:
        for _, seq in self._asked.values():
            self._session.request("cancel", {"requestId": seq})
        self._asked.clear()

    def _evaluate_once(self, text: str) -> None:
        """The newest that was evaluated once stands first."""
        row = WatchRow(text, kept=False)
        self._rows = [row, *(known for known in self._rows if known.kept)]
        self._view.show_rows(self._rows)
        self._evaluate(row)

    def _watch(self, text: str) -> None:
        rows = [row for row in self._rows if row.kept or row.expression != text]
        made = WatchRow(text)
        self._keep([*rows, made])
        self._evaluate(made)

    def _rename(self, number: int, text: str) -> None:
        if not text:
            self._remove(number)
        elif number < len(self._rows):
            made = WatchRow(text, self._rows[number].kept)
            self._keep([*self._rows[:number], made, *self._rows[number + 1 :]])
            self._evaluate(made)

    def _remove(self, number: int) -> None:
        if number < len(self._rows):
            self._keep([*self._rows[:number], *self._rows[number + 1 :]])

    def _keep(self, rows: list[WatchRow]) -> None:
        self._rows = rows
        self._view.show_rows(rows)
        texts = [row.expression for row in rows if row.kept]
        self._window.store.settings.remember_watches(self._window.choice.key, texts)

    def _evaluate(self, row: WatchRow) -> None:
        run = self._session.run
        if run is None or run.state in (RunState.LOADING, RunState.RUNNING):
            self._fail(row, RUNNING)
        elif run.state is RunState.DIED:
            self._fail(row, GONE)
        else:
            self._with_frame(lambda frame: self._ask(row, frame))

    def _open(self, number: int) -> None:
        if number >= len(self._rows):
            return
        row = self._rows[number]
        known = self._asked.get(id(row))
        if known is not None and row.waiting:
            self._session.request("cancel", {"requestId": known[1]})
        elif row.place is not None:
            self._show(row)

    def _show(self, row: WatchRow) -> None:
        """In the inspector; a value of the run is selected everywhere."""
        run = self._session.run
        if run is None or row.place is None:
            return
        record, slot = row.place
        if record == RESULT:
            self._bench.select(Selection())
            subject = result_subject(row.expression, slot, row.shape, row.dtype)
            self._bench.inspector.show_result(subject)
        elif record < 0:
            self._bench.select(Selection(value=slot))
        elif record < len(run.records):
            self._bench.select(Selection(op=run.records[record].op, record=record, slot=slot))

    def _complete(self, before: str) -> None:
        def arrived(message: Message, _: object) -> None:
            self._view.field.show_completions(before, message["body"]["targets"])

        def use(frame: Mapping[str, Any]) -> None:
            body = {"text": before, "column": len(before) + 1, **frame}
            self._session.request("completions", body, arrived, lambda _why, _code: None)

        self._with_frame(use)
