"""The window's line to an adapter: a child process, read and decoded off the GUI thread."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import IO, Any, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ..tracers.protocol.columns import decode_graph, decode_records
from ..tracers.protocol.framing import Frame, Framer, Message, pack

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.05


def adapter_command() -> list[str]:
    """How to start the adapter with the interpreter that runs the window."""
    return [sys.executable, "-m", "opscope", "adapter"]


class Wire(QObject):
    """One adapter process.

    Attributes:
        shared: other clients use it, too: it goes on after `stop`.

    Bulky bodies (`opscope/graph`, `opscope/records`) arrive decoded under "decoded".

    Signals:
        received: (message, blob or None), on the thread that this object lives in, in order.
        closed: the adapter's output ended, or could not be started; carries its last words.
    """

    received = Signal(object, object)
    closed = Signal(str)
    _arrived = Signal()
    _ended = Signal(str)

    def __init__(self, command: Sequence[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = list(command or adapter_command())
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._said: list[str] = []
        self._silenced = False
        self.shared = False
        self._queue: deque[tuple[Message, bytes | None]] = deque()
        self._more = QTimer(self, singleShot=True, interval=0)
        self._more.timeout.connect(self._deliver)
        # Emitted on the reader's thread, delivered on ours.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the adapter; raises OSError where the program cannot be run."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ, PYTHONUNBUFFERED="1"),
        )
        for target, stream in (
            (self._read, self._process.stdout),
            (self._read_errors, self._process.stderr),
        ):
            thread = threading.Thread(target=target, args=(stream,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def send(self, message: Message) -> None:
        """Write one message; an adapter that is gone is told by `closed`, not here."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(pack(message))
            self._process.stdin.flush()

    def stop(self, grace: float = 3.0) -> None:
        """Close the line and wait for the adapter, which ends its debuggee; then kill it."""
        self._silenced = True
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        if self.shared:
            threading.Thread(target=_see_off, args=(process,), daemon=True).start()
            return
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join(grace)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    @property
    def pid(self) -> int:
        """The adapter's process id, 0 while it is not running."""
        return self._process.pid if self._process is not None else 0

    def _read(self, stream: IO[bytes]) -> None:
        framer = Framer()
        while chunk := os.read(stream.fileno(), 1 << 18):
            for item in framer.feed(chunk):
                if isinstance(item, Frame):
                    self._queue.append((_decoded(item.message), item.blob))
                else:
                    log.error("from the adapter: %s", item.why)
            self._arrived.emit()
        self._ended.emit("")

    def _read_errors(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._said = [*self._said[-20:], line.decode(errors="replace").rstrip()]

    def _deliver(self) -> None:
        """Whatever has come by now, in one go: what arrives together is painted once. A flood
        comes in pieces, so that the user can stop it."""
        if self._more.isActive():
            return
        until = time.monotonic() + _TURN_SECONDS
        while self._queue and not self._silenced:
            self.received.emit(*self._queue.popleft())
            if time.monotonic() > until:
                self._more.start()  # a signal would come before the user's keys
                return

    def _finish(self, _: str) -> None:
        while self._queue and not self._silenced:
            self.received.emit(*self._queue.popleft())
        if not self._silenced:
            self.closed.emit("\n".join(self._said))


def _see_off(process: subprocess.Popen[bytes]) -> None:
    """Wait for an adapter that others use, so that nothing of it stays."""
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _decoded(message: Message) -> Message:
    """The message with its bulky body decoded, while we are off the GUI thread."""
    if not message.get("body"):
        return message
    body = cast("dict[str, Any]", message["body"])
    name = message.get("event") or message.get("command")
    if name == "opscope/graph":
        message["decoded"] = decode_graph(body["graph"])
    elif name == "opscope/records":
        message["decoded"] = decode_records(body)
    return message
