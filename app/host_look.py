"""Looks at a host while a model on it is being chosen: an adapter there, with no model in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from PySide6.QtCore import QObject, Signal

from ..tracers.protocol.framing import Message
from ..tracers.protocol.host_messages import PYTHON
from ..tracers.protocol.pythons import Interpreter, read_answer
from .remote.host import Host
from .remote.words import adapter_words
from .wire import Wire

Json = dict[str, Any]
Answer = Callable[[Json, bytes], None]
Failure = Callable[[str], None]


class HostLook(QObject):
    """One connection. Requests wait until it stands.

    Attributes:
        failure: why there is none, "" while there may be one.

    Signals:
        told: str; how far connecting is, or why it failed.
        ready: it stands.
    """

    told = Signal(str)
    ready = Signal()

    def __init__(self, host: Host, python: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host = host
        self.failure = ""
        self.standing = False
        self._seq = 0
        self._answers: dict[int, tuple[Answer, Failure]] = {}
        self._waiting: list[tuple[str, Json, Answer, Failure]] = []
        self._wire: Wire | None = Wire(adapter_words(host, python), self)
        self._wire.received.connect(self._receive)
        self._wire.closed.connect(self._lost)

    def start(self) -> None:
        """Connect."""
        self.told.emit(f"Connecting to {self.host.name}…")
        if self._wire is None:
            return
        try:
            self._wire.start()
        except OSError as error:
            self._fail(f"The adapter could not be started: {error}.")
            return
        client = {"clientID": "opscope", "adapterID": "opscope", "opscope": True}
        self._send("initialize", client, lambda _body, _data: self._stand(), self._fail)

    def ask(self, command: str, arguments: Json, answer: Answer, failure: Failure) -> None:
        """Have `answer` called with the body and trailer, or `failure` with a sentence."""
        if self.failure:
            failure(self.failure)
        elif self.standing:
            self._send(command, arguments, answer, failure)
        else:
            self._waiting.append((command, arguments, answer, failure))

    def stop(self) -> None:
        """Let go of it; nothing more is answered."""
        self._answers.clear()
        self._waiting.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.stop()
            wire.deleteLater()

    def _send(self, command: str, arguments: Json, answer: Answer, failure: Failure) -> None:
        if self._wire is None:
            return
        self._seq += 1
        self._answers[self._seq] = answer, failure
        row = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments}
        self._wire.send(row)

    def _stand(self) -> None:
        self.standing = True
        self.told.emit("")
        waiting, self._waiting = self._waiting, []
        for row in waiting:
            self._send(*row)
        self.ready.emit()

    def _receive(self, message: Message, blob: object) -> None:
        body = cast(Json, message.get("body") or {})
        if message.get("type") == "response":
            row = self._answers.pop(message["request_seq"], None)
            if row is not None and message["success"]:
                row[0](body, blob if isinstance(blob, bytes) else b"")
            elif row is not None:
                row[1](str(message.get("message", "")))
        elif message.get("event") == "progressUpdate" and not self.standing:
            self.told.emit(f"{body.get('message', '')}…")
        elif message.get("event") == "exited":
            self._fail(str(body["opscope"]["sentence"]))

    def _lost(self, _words: str) -> None:
        self._fail(f"The connection to {self.host.name} was lost.")

    def _fail(self, sentence: str) -> None:
        if self.failure:
            return
        self.failure, self.standing = sentence, False
        answers, self._answers = list(self._answers.values()), {}
        waiting, self._waiting = self._waiting, []
        self.told.emit(sentence)
        for _, failure in answers:
            failure(sentence)
        for *_, failure in waiting:
            failure(sentence)


class HostProber(QObject):
    """As Prober, of the Pythons on a host.

    Signals:
        answered: Interpreter.
    """

    answered = Signal(Interpreter)

    def __init__(self, look: HostLook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._ended = False

    def ask(self, paths: Iterable[str]) -> None:
        """Ask these, too."""
        for path in paths:
            self._ask(path)

    def stop(self) -> None:
        """What is still answered is of no interest."""
        self._ended = True

    def _ask(self, path: str) -> None:
        def answer(body: Json, _data: bytes) -> None:
            self._tell(read_answer(path, str(body.get("text", ""))))

        def failure(sentence: str) -> None:
            self._tell(Interpreter(path, problem=sentence))

        self._look.ask(PYTHON, {"path": path}, answer, failure)

    def _tell(self, found: Interpreter) -> None:
        if not self._ended:
            self.answered.emit(found)
