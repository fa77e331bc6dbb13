"""Writes into every descriptor that it finds open, the debugger's too."""

import contextlib
import os


def act() -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.write(int(name), b'Content-Length: 7\r\n\r\n{"a"]}')
