"""A debuggee for many runs, one after another: what takes long is to import the framework.

Each line on its standard input is the path of a socket. It connects, and serves a run there as any
debuggee does, by the same server; when the other end closes, it waits for the next.
"""

from __future__ import annotations

import gc
import socket
import sys
import threading

from opscope.tracers.engine.live import Live
from opscope.tracers.engine.serving import make_server
from opscope.tracers.engine.watch import Note
from opscope.tracers.engine.wire import Wire


def main() -> None:
    """Serve until the standard input ends."""
    for line in sys.stdin:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(line.strip())
            _serve(connection.fileno())
        gc.collect()


def _serve(descriptor: int) -> None:
    live = Live(Wire(descriptor, descriptor), Note())
    server = make_server(live)

    def read() -> None:
        try:
            server.read()
        finally:
            live.end()

    reader = threading.Thread(target=read)
    reader.start()
    live.work()
    reader.join()


if __name__ == "__main__":
    main()
