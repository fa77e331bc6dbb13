"""A debuggee that nobody here has started: somebody's script, spoken to over a Unix socket.

It has the face of a Child, but is never ended: letting go of the line is all that can be done.
"""

from __future__ import annotations

import contextlib
import os
import socket

from ..protocol.leavings import Left
from ..protocol.private_line import connect
from ..protocol.refusal import Refusal

GONE = "The program has ended, or has let go of the debugger."
_CHUNK = 1 << 16


class Guest:
    """The line to a process that waits at a socket.

    Raises Refusal where nobody does, or where the socket is not the user's own.
    """

    def __init__(self, path: str) -> None:
        self._socket = connect(path)
        self._socket.setblocking(False)
        self.protocol = self._socket.fileno()
        self.input = os.dup(self.protocol)  # the loop knows a descriptor once
        self.output: dict[int, str] = {}
        self.pid = 0
        self._waiting = bytearray()
        self._gone = False

    @property
    def wants_write(self) -> bool:
        """Something sent still waits for room."""
        return bool(self._waiting)

    def send(self, data: bytes) -> None:
        """Send without ever blocking."""
        self._waiting += data
        self.write()

    def write(self) -> None:
        """Push what waits."""
        while self._waiting:
            try:
                done = os.write(self.input, self._waiting[: 1 << 20])
            except BlockingIOError:
                return
            except OSError:
                self._waiting.clear()
                self._gone = True
                return
            del self._waiting[:done]

    def read(self) -> bytes | None:
        """Protocol bytes; b"" at the end, None where there are none now."""
        try:
            data = os.read(self.protocol, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self._gone = self._gone or not data
        return data

    def read_text(self, fd: int) -> tuple[str, int | None]:
        """Nothing: what it prints goes where it always went."""
        return "", None

    def poll(self) -> int | None:
        """0 once the line is closed."""
        return 0 if self._gone else None

    def interrupt(self) -> None:
        """Nothing: it is not ours."""

    def dump_stacks(self) -> None:
        """Raises Refusal: no signal is sent to it."""
        raise Refusal("not-ours", "This program was not started by Opscope, which leaves it alone.")

    def last_op(self) -> str:
        """Not known."""
        return ""

    def words(self) -> str:
        """None."""
        return ""

    def left(self) -> Left:
        """Nothing."""
        return Left()

    def kill(self) -> None:
        """Let go of it; it goes on."""
        self._gone = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def wait(self) -> int:
        """0: whatever becomes of it is its own affair."""
        return 0

    def close(self) -> None:
        """Close the line."""
        self._socket.close()
        os.close(self.input)
