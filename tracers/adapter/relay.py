"""`opscope adapter --join SOCKET`: a client that joins what another one has opened.

The client speaks over standard input and output as to any adapter; every byte is passed on.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading

from ..protocol.private_line import connect
from ..protocol.refusal import Refusal
from .link import own_descriptors

_CHUNK = 1 << 18


def join(address: str) -> int:
    """Until either side ends; the exit code. Says in a sentence why nobody could be joined."""
    try:
        line = connect(address)
    except Refusal as error:
        os.write(2, f"opscope: {error}\n".encode())
        return 2
    reading, writing = own_descriptors()
    threading.Thread(target=_pass_on, args=(reading, line), daemon=True).start()
    with contextlib.suppress(OSError):
        while data := line.recv(_CHUNK):
            view = memoryview(data)
            while view:
                view = view[os.write(writing, view) :]
    return 0


def _pass_on(reading: int, line: socket.socket) -> None:
    """What the client says; at its end the line ends, too."""
    with contextlib.suppress(OSError):
        while data := os.read(reading, _CHUNK):
            line.sendall(data)
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_WR)
