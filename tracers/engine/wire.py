"""The debuggee's end of the two protocol pipes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from ..protocol.framing import Framer, Malformed, Message, pack

_CHUNK = 1 << 16


class Wire:
    """Sends from any thread; read by one."""

    def __init__(self, reading: int, writing: int) -> None:
        self.reading = reading
        self.writing = writing
        self._lock = threading.Lock()
        self._seq = 0

    def send(self, message: Message, blob: bytes | None = None) -> None:
        """Send one message; it gets the next number. Ends the process where nobody listens."""
        with self._lock:
            self._seq += 1
            data = memoryview(pack({"seq": self._seq, **message}, blob))
            try:
                while data:
                    data = data[os.write(self.writing, data) :]
            except BrokenPipeError:
                end_with_everything()

    def event(self, name: str, body: dict[str, Any]) -> None:
        """Send an event."""
        self.send({"type": "event", "event": name, "body": body})

    def print(self, text: str, category: str = "important") -> None:
        """Show a text to the user."""
        self.event("output", {"category": category, "output": text})

    def messages(self) -> Iterator[Message]:
        """What comes in, until the other end closes."""
        framer = Framer()
        while data := os.read(self.reading, _CHUNK):
            for item in framer.feed(data):
                if isinstance(item, Malformed):
                    self.print(f"Ignored: {item.why}.\n")
                else:
                    yield item.message


def end_with_everything() -> None:
    """The adapter is gone: end this process and what it started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
