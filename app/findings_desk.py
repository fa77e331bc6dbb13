"""Asks the debuggee what went wrong with a run's numbers, once the run is over."""

from __future__ import annotations

from PySide6.QtCore import QObject

from ..tracers.ir import Run, RunState
from ..tracers.ir.finding import Finding
from ..tracers.protocol.framing import Message
from ..tracers.protocol.json_ir import from_json
from ..tracers.protocol.messages import FINDINGS
from ..widgets.run.banner import Banners
from .session import Session

_OVER = (RunState.FINISHED, RunState.FAILED)


class FindingsDesk(QObject):
    """Has the banner say the explanation; an answer for a run that went on since is dropped."""

    def __init__(self, session: Session, banners: Banners) -> None:
        super().__init__(banners)
        self._session = session
        self._banners = banners
        self._asked: tuple[int, int] | None = None  # the run, and how many records it had
        session.moved.connect(self._moved)
        session.rewound.connect(self._forget)
        session.grown.connect(self._moved)

    def _forget(self) -> None:
        self._asked = None
        self._moved()

    def _moved(self, _first: int = 0) -> None:
        run = self._session.run
        if run is None or run.state not in _OVER or self._session.behind:
            return
        key = _key(run)
        if self._asked == key or not self._banners.has_bad:
            return
        self._asked = key

        def arrived(message: Message, _: object) -> None:
            now = self._session.run
            if now is not None and now is run and self._asked == key == _key(now):
                rows = message["body"]["findings"]
                self._banners.show_findings([from_json(Finding, row) for row in rows])

        self._session.request(FINDINGS, {}, arrived, lambda _why, _code: None)


def _key(run: Run) -> tuple[int, int]:
    return id(run), len(run.records)
