"""The debuggee's end of the two protocol pipes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..protocol.framing import Framer, Malformed, Message, pack

_CHUNK = 1 << 16
_HIGH, _SPARE = 4096, 16


class Wire:
    """Sends from any thread; read by one.

    Attributes:
        cut_off: called where the model has closed a descriptor of the line, whose number may by
            now be another file's.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self.reading = reading
        self.writing = writing
        self.cut_off: Callable[[], object] = end_with_everything
        self._files = {descriptor: _identity(descriptor) for descriptor in (reading, writing)}
        self._lock = threading.Lock()
        self._seq = 0

    def send(self, message: Message, blob: bytes | None = None) -> None:
        """Send one message; it gets the next number. Ends the process where nobody listens."""
        with self._lock:
            self._seq += 1
            data = memoryview(pack({"seq": self._seq, **message}, blob))
            self.check(self.writing)
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
        while data := self._read():
            for item in framer.feed(data):
                if isinstance(item, Malformed):
                    self.print(f"Ignored: {item.why}.\n")
                else:
                    yield item.message

    def check(self, descriptor: int) -> None:
        """See that a descriptor is still the line's."""
        if _identity(descriptor) != self._files[descriptor]:
            self.cut_off()

    def _read(self) -> bytes:
        self.check(self.reading)
        return os.read(self.reading, _CHUNK)


def out_of_reach(descriptor: int) -> int:
    """The same under a number so high that programs which close what they did not open, as those
    do that go into the background, pass it by."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, min(limit, _HIGH) - _SPARE)
        os.close(descriptor)
        return moved
    os.set_inheritable(descriptor, False)
    return descriptor


def _identity(descriptor: int) -> tuple[int, int]:
    try:
        found = os.fstat(descriptor)
    except OSError:
        return -1, -1
    return found.st_dev, found.st_ino


def end_with_everything() -> None:
    """The adapter is gone: end this process and what it started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
