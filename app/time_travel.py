"""Going back in a run for good, bringing values back, and keeping values."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ..tracers.ir import OUTSIDE, Ref, Run, ValueRef
from ..tracers.protocol.messages import FETCH, PIN, REWIND
from .rewinding import STILL
from .session import Session

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
        self._slow = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._slow.timeout.connect(lambda: self.said.emit("Running the model again…"))
        session.opened.connect(self._begin)
        session.rewound.connect(self._forget)
        session.progress.connect(self._progress)
        session.moved.connect(self._slow.stop)

    def rewind(self, record: int) -> None:
        """Run anew up to before a record, and stand there live."""
        if self._still() is not None:
            self._slow.start()
            self._session.request(REWIND, {"record": record}, self._arrived, self._refused)

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
        made_by = (OUTSIDE, 0) if run is None else ref.made_by(run)
        if made_by[0] < 0 or (made_by in self.kept) == keep:
            return
        self._mark(made_by, keep)

        def refused(sentence: str, _code: str) -> None:
            self._mark(made_by, not keep)
            self.said.emit(sentence)

        self._session.request(PIN, {**_body(ValueRef(*made_by)), "pinned": keep}, None, refused)

    def _still(self) -> Run | None:
        run = self._session.run
        return run if run is not None and run.state in STILL else None

    def _mark(self, ref: Ref, keep: bool) -> None:
        (self.kept.add if keep else self.kept.discard)(ref)
        self.kept_changed.emit()

    def _begin(self) -> None:
        """Another process: nothing is kept, nothing is under way."""
        self.kept.clear()
        self.kept_changed.emit()
        if self._fetched is not None:
            self._end_fetch()

    def _forget(self) -> None:
        """Records are gone, and what they gave with them."""
        run = self._session.run
        count = 0 if run is None else len(run.records)
        kept = {ref for ref in self.kept if ref[0] < count}
        if kept != self.kept:
            self.kept = kept
            self.kept_changed.emit()

    def _arrived(self, _message: object, _blob: object) -> None:
        self._slow.stop()

    def _refused(self, sentence: str, _code: str) -> None:
        self._slow.stop()
        self.said.emit(sentence)

    def _end_fetch(self) -> None:
        self._fetched = None
        self.fetching.emit(None, "")

    def _progress(self, body: dict[str, Any]) -> None:
        share = body.get("percentage")
        if self._fetched is not None and isinstance(share, (int, float)):
            text = f"Running the model again to get it… {share:.0f} %"
            self.fetching.emit(self._fetched, text)


def _body(ref: ValueRef) -> dict[str, Any]:
    return {"record": ref.record, "slot": ref.slot, "isInput": ref.is_input}
