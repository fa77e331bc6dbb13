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
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TextIO, cast

from ..protocol.leavings import pack_note
from . import standard_input
from .wire import Wire, end_with_everything, out_of_reach

if TYPE_CHECKING:
    from .live import Live
    from .watch import Note

TOLD = 64  # exit code: one sentence was printed on why it cannot start
INTERRUPTED = 130
RECURSION = 30_000  # the adapter has raised the stack's limit to match
_PR_SET_PDEATHSIG = 1
_CUT_OFF = pack_note("had closed the debugger's own descriptors, so that it had to end")
_NO_MEMORY = pack_note("ran out of memory, so that nothing more could be told")


def main() -> int:
    """Serve the adapter that started this process; the exit code."""
    given = os.environ.pop("OPSCOPE_FDS").split(",")
    reading, writing, note = (out_of_reach(int(descriptor)) for descriptor in given)
    if importlib.util.find_spec("numpy") is None:
        sys.stderr.write(
            f'NumPy is not installed in {sys.executable}; install it with "{sys.executable}'
            ' -m pip install numpy", or choose another interpreter.\n'
        )
        return TOLD
    faults = out_of_reach(os.dup(2))  # the model may close its own
    faulthandler.enable(faults)
    faulthandler.register(signal.SIGUSR2, faults, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setrecursionlimit(RECURSION)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(cast(TextIO, stream), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    from .live import Live  # these need NumPy
    from .pausing import listen
    from .serving import make_server
    from .watch import Note

    shared = Note(note)
    wire = Wire(reading, writing)
    wire.cut_off = partial(_end, shared, _CUT_OFF)
    live = Live(wire, shared)
    standard_input.install(live.lines)
    server = make_server(live)

    def read() -> None:
        try:
            server.read()
        except MemoryError:
            _end(shared, _NO_MEMORY)
        end_with_everything()

    def interrupted(_number: int, frame: FrameType | None) -> None:
        live.interrupted(frame)

    listen(interrupted)
    os.register_at_fork(after_in_child=lambda: _forked(live))
    threading.Thread(target=read, name="opscope-reader", daemon=True).start()
    try:
        code = live.work()
    except MemoryError:
        _end(shared, _NO_MEMORY)
    except KeyboardInterrupt:  # it was being closed
        code = INTERRUPTED
    main = threading.main_thread()
    left = [each.name for each in threading.enumerate() if each is not main and not each.daemon]
    if left:
        wire.print(f"Python waits for threads that the model has left: {', '.join(left)}.\n")
    return code


def _end(shared: Note, why: bytes) -> NoReturn:
    """End the process at once. The adapter reads why, and ends what was started."""
    shared.left.say(why)
    os._exit(1)


def _forked(live: Live) -> None:
    """In a process that the model forked: keep it off the protocol, and let it die with us."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (live.wire.reading, live.wire.writing):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    live.wire.cut_off = lambda: None
    live.forked()
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
