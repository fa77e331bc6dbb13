"""Requests on their way: one of a kind at a time, the newest of those that wait."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from ...tracers.ir import TensorPiece, TensorRequest, ValueRef

Use = Callable[[TensorPiece], None]
Refuse = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Ask:
    request: TensorRequest
    use: Use
    refuse: Refuse
    dropped: bool = False


class Desk(QObject):
    """Sends requests and hands each answer to who asked.

    While one of a kind is under way, a newer one waits, and replaces the one that waited. The
    answer to a request that has been overtaken or dropped is thrown away.

    Attributes:
        against: every value that is asked for is subtracted from this one; None: from nothing.

    Signals:
        wanted: TensorRequest; send it.
        idle: nothing is under way any more.
    """

    wanted = Signal(object)
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._away: dict[Hashable, _Ask] = {}
        self._waiting: dict[Hashable, _Ask] = {}
        self._held = False
        self.against: ValueRef | None = None
        self._gone = ""  # why there is nobody to ask

    @property
    def held(self) -> bool:
        """The model runs: answers come when it stops."""
        return self._held

    @property
    def busy(self) -> bool:
        """An answer that will be used is under way or waits to be asked for."""
        return bool(self._waiting) or any(not ask.dropped for ask in self._away.values())

    def is_asked(self, kind: Hashable) -> bool:
        """An answer of a kind is to come."""
        away = self._away.get(kind)
        return kind in self._waiting or (away is not None and not away.dropped)

    def ask(self, kind: Hashable, request: TensorRequest, use: Use, refuse: Refuse) -> None:
        """Get `request` answered, unless a newer one of its kind is asked before that."""
        if self._gone:
            refuse(self._gone)
            return
        if self.against is not None:
            request = replace(request, ref=self.against, minus=request.ref)
        ask = _Ask(request, use, refuse)
        away = self._away.get(kind)
        if away is None and not self._held:
            self._send(kind, ask)
        elif away is not None and away.request == request:
            self._away[kind] = ask
            self._waiting.pop(kind, None)
        else:
            self._waiting[kind] = ask

    def drop(self, kind: Hashable | None = None) -> None:
        """Forget what was asked, of one kind or of all; late answers are thrown away."""
        kinds = list(self._away) if kind is None else [kind]
        for one in kinds:
            if one in self._away:
                ask = self._away[one]
                self._away[one] = _Ask(ask.request, ask.use, ask.refuse, dropped=True)
        if kind is None:
            self._waiting.clear()
        else:
            self._waiting.pop(kind, None)

    def fail(self, sentence: str) -> None:
        """Nobody will answer any more: refuse all that is wanted, now and later."""
        asks = [ask for ask in self._away.values() if not ask.dropped]
        asks.extend(self._waiting.values())
        self.reset()
        self._gone = sentence
        for ask in asks:
            ask.refuse(sentence)
        self._settle()

    def reset(self) -> None:
        """Nobody will answer what is under way: there is another debuggee."""
        self._gone = ""
        self._away.clear()
        self._waiting.clear()

    def hold(self, held: bool) -> None:
        """Send nothing while the model runs; what is asked meanwhile waits."""
        self._held = held
        if not held:
            for kind in [kind for kind in self._waiting if kind not in self._away]:
                self._send(kind, self._waiting.pop(kind))

    def answer(self, piece: TensorPiece) -> None:
        """A piece came; those that still want it get it."""
        for ask in self._take(piece.request):
            ask.use(piece)
        self._settle()

    def refuse(self, request: TensorRequest, sentence: str) -> None:
        """A request was refused."""
        for ask in self._take(request):
            ask.refuse(sentence)
        self._settle()

    def _take(self, request: TensorRequest) -> list[_Ask]:
        found: list[_Ask] = []
        for kind in [kind for kind, ask in self._away.items() if ask.request == request]:
            ask = self._away.pop(kind)
            newer = self._waiting.pop(kind, None)
            if newer is not None and newer.request == request:
                ask, newer = newer, None
            elif newer is not None and self._held:
                self._waiting[kind] = newer
            elif newer is not None:
                self._send(kind, newer)
            if newer is None and not ask.dropped:
                found.append(ask)
        return found

    def _settle(self) -> None:
        if not self.busy:
            self.idle.emit()

    def _send(self, kind: Hashable, ask: _Ask) -> None:
        # One message serves two kinds that want the very same.
        asked = any(one.request == ask.request for one in self._away.values())
        self._away[kind] = ask
        if not asked:
            self.wanted.emit(ask.request)
