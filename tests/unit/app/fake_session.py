"""A session without a debuggee: it notes what is asked, and answers as a test wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from opscope.app.session import Answer, Failure
from opscope.tracers.ir import Run


@dataclass
class Asked:
    """A request that waits for its answer."""

    command: str
    arguments: dict[str, Any]
    answer: Answer | None
    failure: Failure | None

    def succeed(self, body: dict[str, Any] | None = None) -> None:
        if self.answer is not None:
            self.answer({"body": body or {}}, None)

    def fail(self, sentence: str, code: str = "refused") -> None:
        assert self.failure is not None
        self.failure(sentence, code)


class FakeSession(QObject):
    """Signals and requests as of the real one."""

    opened = Signal()
    moved = Signal()
    grown = Signal(int)
    rewound = Signal()
    edited = Signal(object, object)
    progress = Signal(object)

    def __init__(self, run: Run | None = None) -> None:
        super().__init__()
        self.run = run
        self.asked: list[Asked] = []
        self.commands: list[str] = []

    def request(
        self,
        command: str,
        arguments: dict[str, Any],
        answer: Answer | None = None,
        failure: Failure | None = None,
    ) -> None:
        self.asked.append(Asked(command, arguments, answer, failure))

    def command(self, name: str) -> None:
        self.commands.append(name)
