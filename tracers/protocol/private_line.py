"""A line between two processes of one user, that nobody else can come to; never a port.

On POSIX it is a Unix socket of mode 0600 in a folder of mode 0700.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import tempfile

from .refusal import Refusal

CODE = "no-attach"


class Listener:
    """Where others connect. Raises Refusal where the system has no such lines."""

    def __init__(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise Refusal(CODE, "This needs a system with Unix sockets (Linux, macOS).")
        self._folder = tempfile.mkdtemp(prefix="opscope-")  # nobody else's: its mode is 0700
        self.address = os.path.join(self._folder, "socket")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(self.address)
        os.chmod(self.address, 0o600)
        self._socket.listen(8)
        self._socket.setblocking(False)
        self.descriptor = self._socket.fileno()

    def accept(self) -> int | None:
        """The descriptor of a new line, None where nobody waits."""
        try:
            return self._socket.accept()[0].detach()
        except OSError:
            return None

    def close(self) -> None:
        """Lines that stand stay; no new one comes."""
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def connect(address: str) -> socket.socket:
    """A line to whoever listens. Raises Refusal where nobody does, or it is another user's."""
    if not hasattr(socket, "AF_UNIX"):
        raise Refusal(CODE, "This needs a system with Unix sockets (Linux, macOS).")
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found = os.stat(address)
        if not stat.S_ISSOCK(found.st_mode):
            raise Refusal(CODE, f"{address} is no socket of a waiting program.")
        if found.st_uid != os.getuid():
            raise Refusal(CODE, f"{address} belongs to another user.")
        line.connect(address)
    except OSError as error:
        with contextlib.suppress(OSError):
            line.close()
        why = error.strerror or str(error)
        raise Refusal(CODE, f"No program waits at {address}: {why}.") from error
    except Refusal:
        line.close()
        raise
    return line
