"""The debuggee's process: the model on the main thread, requests on another."""

from __future__ import annotations

import ctypes
import faulthandler
import importlib.util
import os
import platform
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, TextIO, cast

from .wire import Wire, end_with_everything

if TYPE_CHECKING:
    from .live import Live

TOLD = 64  # exit code: one sentence was printed on why it cannot start
RECURSION = 30_000  # the adapter has raised the stack's limit to match
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve the adapter that started this process; the exit code."""
    reading, writing, note = (int(fd) for fd in os.environ.pop("OPSCOPE_FDS").split(","))
    for descriptor in (reading, writing, note):
        os.set_inheritable(descriptor, False)
    if importlib.util.find_spec("numpy") is None:
        sys.stderr.write(
            f'NumPy is not installed in {sys.executable}; install it with "{sys.executable}'
            ' -m pip install numpy", or choose another interpreter.\n'
        )
        return TOLD
    faults = os.dup(2)  # the model may close its own
    faulthandler.enable(faults)
    faulthandler.register(signal.SIGUSR2, faults, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setrecursionlimit(RECURSION)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(cast(TextIO, stream), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    from .live import Live  # these need NumPy
    from .serving import make_server
    from .watch import Note

    live = Live(Wire(reading, writing), Note(note))
    server = make_server(live)

    def read() -> None:
        server.read()
        end_with_everything()

    def interrupted(_number: int, frame: FrameType | None) -> None:
        live.interrupted(frame)

    signal.signal(signal.SIGUSR1, interrupted)
    os.register_at_fork(after_in_child=lambda: _forked(live))
    threading.Thread(target=read, name="opscope-reader", daemon=True).start()
    return live.work()


def _forked(live: Live) -> None:
    """In a process that the model forked: keep it off the protocol, and let it die with us."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (live.wire.reading, live.wire.writing):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    live.forked()
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
