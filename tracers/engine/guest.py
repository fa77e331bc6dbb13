"""The debugger inside a process that is not ours: a script's, a notebook's.

Nothing of that process is changed but while one of its runs is looked at. Whatever happens to the
window, the process goes on; see `GuestLive.let_go`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from ..ir import RunState
from ..protocol.framing import Message, pack
from ..protocol.messages import NEW_RUN, STATE, encode_state
from ..protocol.refusal import Refusal
from .backend import Program
from .failure import failure_of
from .gate import Command, Move
from .live import Live
from .loaded import Loaded, assemble
from .recorder import Recorder
from .server import Answer, Handlers
from .watch import Note, Watch
from .wire import Wire

Json = dict[str, Any]


class GuestWire(Wire):
    """A wire whose other end may go away without harm.

    Attributes:
        lost: called once when it has.
    """

    def __init__(self, connection: socket.socket, lost: Callable[[], None]) -> None:
        super().__init__(connection.fileno(), connection.fileno())
        self.lost = lost
        self.open = True
        self._connection = connection

    def send(self, message: Message, blob: bytes | None = None) -> None:
        """Send one message, if somebody is there."""
        with self._lock:
            if not self.open:
                return
            self._seq += 1
            data = memoryview(pack({"seq": self._seq, **message}, blob))
            try:
                while data:
                    data = data[os.write(self.writing, data) :]
            except OSError:
                self.open = False
        if not self.open:
            self.lost()

    def close(self) -> None:
        """Say nothing any more; whoever reads comes to the end."""
        self.open = False
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


class GuestLive(Live):
    """A Live whose runs are those of somebody else's process, on the threads that they run on.

    Attributes:
        attached: a window is there.
        release: takes the debugger out of a run that is under way; set by whoever runs it.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(GuestWire(connection, self.let_go), Note())
        self.attached = True
        self.release: Callable[[], None] = lambda: None
        self._ready = threading.Event()
        self._held = False

    @property
    def is_opscope(self) -> bool:
        """Values stay on show after the end of a run, whoever asks."""
        return True

    # The thread that runs the model

    def begin(self, program: Program, name: str) -> Recorder | None:
        """A run begins: tell the window, and stop at its first op. None where nobody is there."""
        self._ready.wait()
        if not self.attached:
            return None
        self._watch = Watch(self._note)
        self._launch = {}
        loaded = self._loaded = assemble(
            program,
            {},
            lambda _stage: None,
            wire=self.wire,
            watch=self._watch,
            hold=self._hold,
            stack=self._lines,
            running_state=self._running_state,
        )
        self.standing.hits, self.standing.why, self.standing.error = (), "", ""
        self.references.renew()
        self.points.know(loaded.run.graph)
        self.arm()
        self.wire.event(NEW_RUN, {"name": name})
        self._start_clock(loaded)
        return loaded.recorder()

    def finish(self, recorder: Recorder, error: BaseException | None = None) -> None:
        """A run is over: hold its thread until the user lets the process go on."""
        loaded = self._loaded
        if loaded is None:
            return
        if self.attached:
            self._close(loaded, recorder, error)
            self._wait(loaded)
        loaded.publisher.close()
        loaded.history.clear()
        self._watch.disarm()

    def _close(self, loaded: Loaded, recorder: Recorder, error: BaseException | None) -> None:
        run = loaded.run
        self._stop_clock(loaded)
        if error is None:
            recorder.finish()
            run.state = RunState.FINISHED
            self.standing.why = "The run is over. Continue lets the program go on."
        else:
            found = failure_of(loaded, error, recorder.frame)
            self.standing.error, self.standing.stack = found.text, found.stack
            run.message, run.failure = found.message, found.failure
            if found.place is not None:
                run.head = found.place
            run.state = RunState.FAILED
            self.standing.why = "The run has failed. Continue lets the program go on."
        self.settle(loaded)
        self.wire.event(STATE, encode_state(self.state()))

    def _wait(self, loaded: Loaded) -> None:
        self._held = True
        while self.attached:
            job = self._next_job()
            if isinstance(job, Command) or job is None:
                break
            if callable(job):
                job()
        self._held = False
        loaded.run.state = RunState.RUNNING
        if self.attached:
            self.standing.why = "The program goes on by itself until its next run."
            self.wire.event(STATE, encode_state(self.state()))

    # The reader's thread

    def begin_if_ready(self) -> None:
        """The window has said all that it has to say before a run."""
        self._ready.set()

    def resume(self, command: Command, by_line: bool = False) -> None:
        """As Live's; at the end of a run every way on lets the process go on."""
        loaded = self.still()
        run = loaded.run
        if self._held and run.state in (RunState.FINISHED, RunState.FAILED):
            if command.move is not Move.CONTINUE:
                raise Refusal("finished", "The run is over; Continue lets the program go on.")
            run.state = RunState.RUNNING
            run.cursor = None
            return
        super().resume(command, by_line)

    def pause(self) -> None:
        """Stop at the next op. The process's threads are never interrupted."""
        loaded = self.loaded()
        if loaded.run.state is RunState.RUNNING:
            loaded.gate.pause()

    def end(self) -> None:
        """The user wants no more of it: the process goes on."""
        self.let_go()

    def forked(self) -> None:
        """This process is a fork: nobody looks at it."""
        self.attached = False
        if isinstance(self.wire, GuestWire):
            self.wire.open = False
        self._watch.disarm()
        self.release()

    def interrupted(self, frame: object) -> None:
        """No signal comes here."""

    def let_go(self) -> None:
        """Nobody is there any more, or the user wants it so: the process goes on as without us."""
        if not self.attached:
            return
        self.attached = False
        self._ready.set()
        self._watch.disarm()
        loaded = self._loaded
        if loaded is not None:
            loaded.publisher.running(False)
            loaded.history.budget = 0
            loaded.history.clear()
        self.release()
        self.go(Command(Move.CONTINUE))
        if isinstance(self.wire, GuestWire):
            self.wire.close()

    def _lines(self) -> Any:
        from .pausing import stack_for_lines

        return stack_for_lines(self.loaded())


def _attach(live: Live, arguments: Json) -> Answer:
    return Answer({})


def _configuration_done(live: Live, arguments: Json) -> Answer:
    live.configured = True
    return Answer(then=live.begin_if_ready)


HANDLERS: Handlers = {"attach": _attach, "configurationDone": _configuration_done}
