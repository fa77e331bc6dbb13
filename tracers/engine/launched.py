"""A plain script that the adapter has started: its calls of models are runs, one after another."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

from . import attaching, running, script, standard_input
from .backend import Program
from .calls import Called, Calls
from .guest import HANDLERS, GuestLive
from .recorder import Recorder
from .serving import make_server
from .wire import end_with_everything


class ScriptLive(GuestLive):
    """The first run of the script stops at its first op, where that is wanted; no other does."""

    def begin(self, program: Program, name: str, free: bool = False) -> Recorder | None:
        """As GuestLive's."""
        stops, self.stops_first = self.stops_first, False
        return super().begin(program, name, free=free or not stops)


class EveryCall(Calls):
    """Every outermost call of a model is a run, since a breakpoint may be in any; an editor is
    told of no list."""

    def begin(self) -> None:
        """Nothing is to be told."""
        self.any = True

    def tell(self) -> None:
        """Nobody asks."""

    def _take(self, row: Called) -> bool:
        return True


def main() -> int:
    """Run the script that the adapter names; the exit code. Raises what the script raises."""
    asked: dict[str, Any] = json.loads(os.environ.pop("OPSCOPE_SCRIPT"))
    line, other, note = (int(fd) for fd in os.environ.pop("OPSCOPE_FDS").split(","))
    os.close(other)
    os.set_inheritable(line, False)
    os.set_inheritable(note, False)
    faulthandler.register(signal.SIGUSR2, os.dup(2), all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)
    live = _connected(socket.socket(fileno=line))
    standard_input.install(live.lines)
    attaching.use(live)
    live.wait_ready()
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, "")  # where the script's own folder will stand
    target, words, module = str(asked["target"]), list(asked["args"]), bool(asked["module"])
    if not asked["debug"]:
        with attaching.alone():
            (script.run_module if module else script.run_file)(target, words)
        return 0
    running.run(target, words, module=module, stop=True, kind=EveryCall)
    return 0


def _connected(connection: socket.socket) -> GuestLive:
    live = ScriptLive(connection)
    server = make_server(live, HANDLERS)

    def read() -> None:
        server.read()
        end_with_everything()

    threading.Thread(target=read, name="opscope-reader", daemon=True).start()
    os.register_at_fork(after_in_child=live.forked)
    return live
