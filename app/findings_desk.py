"""Asks the debuggee what went wrong with a run's numbers: once it is over, and where it stands."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import Run, RunState
from ..tracers.ir.finding import Finding
from ..tracers.protocol.framing import Message
from ..tracers.protocol.json_ir import from_json
from ..tracers.protocol.messages import FINDINGS
from ..widgets.run.banner import Banners
from .session import Session

_OVER = (RunState.FINISHED, RunState.FAILED)
_REST_MS = 250  # that a run stands still before it is asked about: steps that follow come first
_SHARE = 4  # of the time that the last answer took, where that is more

_Key = tuple[int, int, bool]


class FindingsDesk(QObject):
    """Has the banner say the explanation; an answer for a run that went on since is dropped."""

    def __init__(self, session: Session, banners: Banners) -> None:
        super().__init__(banners)
        self._session = session
        self._banners = banners
        self._asked: _Key | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        session.moved.connect(self._moved)
        session.rewound.connect(self._forget)
        session.grown.connect(self._moved)

    def _forget(self) -> None:
        self._asked = None
        self._moved()

    def _moved(self, _first: int = 0) -> None:
        run = self._session.run
        self._rest.stop()
        if run is None or self._session.behind or not self._banners.has_bad:
            return
        if run.state in _OVER:
            self._ask()
        elif run.state is RunState.PAUSED and self._asked != _key(run):
            self._rest.start()

    def _ask(self) -> None:
        run = self._session.run
        if run is None or self._asked == _key(run):
            return
        key = self._asked = _key(run)
        begun = time.monotonic()

        def arrived(message: Message, _: object) -> None:
            now = self._session.run
            taken = time.monotonic() - begun
            self._rest.setInterval(max(_REST_MS, round(1000 * _SHARE * taken)))
            if now is not None and now is run and self._asked == key == _key(now):
                rows = message["body"]["findings"]
                self._banners.show_findings([from_json(Finding, row) for row in rows])

        self._session.request(FINDINGS, {}, arrived, lambda _why, _code: self._missed(key))

    def _missed(self, key: _Key) -> None:
        """It has gone on before it could be asked: it is asked where it stands next."""
        if self._asked == key:
            self._asked = None


def _key(run: Run) -> _Key:
    """The run, how many records it has, and whether more may come."""
    return id(run), len(run.records), run.state in _OVER
