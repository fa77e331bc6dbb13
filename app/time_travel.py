"""Going back in a run for good, bringing values back, and keeping values."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ..tracers.ir import Ref, Run, ValueRef
from ..tracers.protocol.framing import Message
from ..tracers.protocol.messages import FETCH, PIN, REWIND
from .rewinding import STILL, Target
from .session import Session

RERUN = "opscope-rerun"  # the debuggee's name for the progress of a model that runs anew
_PATIENCE = 300  # ms; a shorter way back is not worth a word


class TimeTravel(QObject):
    """Asks the debuggee to run the model anew.

    Attributes:
        kept: values that stay in memory whatever comes, by the record that made them.

    Signals:
        kept_changed: other values are kept.
        fetching: (ValueRef or None, str); a value is being brought back, and how far that is.
        said: str; a word for the status line.
    """

    kept_changed = Signal()
    fetching = Signal(object, str)
    said = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._fetched: ValueRef | None = None
        self.kept: set[Ref] = set()
        self._pins: set[tuple[int, int, int]] = set()  # op, which execution, slot
        self._slow = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._slow.timeout.connect(lambda: self.said.emit("Running the model again…"))
        session.opened.connect(self._begin)
        session.rewound.connect(self._find_kept)
        session.grown.connect(self._find_kept)
        session.progress.connect(self._progress)
        session.moved.connect(self._slow.stop)

    def rewind(self, to: Target) -> None:
        """Run anew up to a place, and stand there live."""
        if self._still() is not None:
            self._slow.start()
            body = {"record": to.record, "frame": to.frame}
            self._session.request(REWIND, body, None, self._refused)

    def fetch(self, ref: ValueRef) -> None:
        """Run anew to get a value that was let go; the run stands as it does."""
        if self._still() is None or self._fetched is not None:
            return

        def done(_message: object, _blob: object) -> None:
            self._end_fetch()

        def refused(sentence: str, _code: str) -> None:
            self._end_fetch()
            self.said.emit(sentence)

        self._fetched = ref
        self.fetching.emit(ref, "Running the model again to get it…")
        self._session.request(FETCH, _body(ref), done, refused)

    def cancel(self) -> None:
        """Do not wait for a value any longer."""
        if self._fetched is not None:
            self._session.command("pause")

    def keep(self, ref: ValueRef, keep: bool) -> None:
        """Keep a value in memory whatever comes, or no longer."""
        run = self._still()
        if run is None or ref.made_by(run)[0] < 0:
            return

        def answered(message: Message, _blob: object) -> None:
            self._take_pins(message["body"]["pins"])

        body = {**_body(ValueRef(*ref.made_by(run))), "pinned": keep}
        self._session.request(PIN, body, answered, self._refused)

    def _still(self) -> Run | None:
        run = self._session.run
        return run if run is not None and run.state in STILL else None

    def _take_pins(self, pins: list[list[int]]) -> None:
        """Pins hold by op and execution: a rewound run comes to them once more."""
        run = self._session.run
        if run is not None:
            rows = run.records
            named = ((rows[record].op, record, slot) for record, slot in pins)
            self._pins = {(op, run.executions(op).index(at), slot) for op, at, slot in named}
            self._find_kept()

    def _find_kept(self) -> None:
        """The kept values among what has run."""
        run = self._session.run
        kept: set[Ref] = set()
        for op, turn, slot in self._pins:
            executions = [] if run is None else run.executions(op)
            if turn < len(executions):
                kept.add((executions[turn], slot))
        if kept != self.kept:
            self.kept = kept
            self.kept_changed.emit()

    def _begin(self) -> None:
        """Another process: nothing is kept, nothing is under way."""
        self._pins.clear()
        self._find_kept()
        if self._fetched is not None:
            self._end_fetch()

    def _refused(self, sentence: str, _code: str) -> None:
        self._slow.stop()
        self.said.emit(sentence)

    def _end_fetch(self) -> None:
        self._fetched = None
        self.fetching.emit(None, "")

    def _progress(self, body: dict[str, Any]) -> None:
        share = body.get("percentage")
        if body.get("progressId") != RERUN or not isinstance(share, (int, float)):
            return
        if self._fetched is not None:
            text = f"Running the model again to get it… {share:.0f} %"
            self.fetching.emit(self._fetched, text)
        else:
            self._slow.stop()
            self.said.emit(f"Running the model again… {share:.0f} %")


def _body(ref: ValueRef) -> dict[str, Any]:
    return {"record": ref.record, "slot": ref.slot, "isInput": ref.is_input}
