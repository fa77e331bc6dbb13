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
from typing import Any, cast

from ..ir import Place, RunState
from ..protocol.framing import Message, pack
from ..protocol.messages import NEW_RUN, STATE, STOP_AT, encode_state
from ..protocol.refusal import Refusal
from .backend import Program
from .calls import Calls
from .failure import failure_of
from .gate import Command, Move
from .live import Live
from .loaded import Loaded, assemble
from .recorder import Recorder
from .server import Answer, Handlers
from .telling import stopped_body
from .watch import Note, Watch
from .wire import Wire

Json = dict[str, Any]
# Of a run that is over, where to look at it (None: at its end), and why.
Find = Callable[[Loaded], tuple[Place | None, str] | None]


class GuestWire(Wire):
    """A wire whose other end may go away without harm.

    Attributes:
        lost: called once when it has.
    """

    def __init__(self, connection: socket.socket, lost: Callable[[], None]) -> None:
        super().__init__(connection.fileno(), connection.fileno())
        self.cut_off = lambda: None  # the process is not ours to end
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

    def forked(self) -> None:
        """This process is a fork: say nothing, and hold the line open no longer than the other."""
        self._lock = threading.Lock()  # somebody may have held it
        self.open = False
        self._connection.close()

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
        stops_first: the window wants the first call of a whole program to be stopped at.
        calls: what the program calls by itself, None where that is not counted.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(GuestWire(connection, self.let_go), Note())
        self.attached = True
        self.stops_first = False
        self.calls: Calls | None = None
        self.release: Callable[[], None] = lambda: None
        self._ready = threading.Event()
        self._held = False

    @property
    def is_opscope(self) -> bool:
        """Values stay on show after the end of a run; for an editor the program goes on."""
        return super().is_opscope

    # The thread that runs the model

    def begin(self, program: Program, name: str, free: bool = False) -> Recorder | None:
        """A run begins: tell the window, and stop at its first op, unless it is `free`. None where
        nobody is there."""
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
        self.standing.found = None
        self.references.renew()
        self.points.know(loaded.run.graph)
        self.arm()
        if free:
            loaded.gate.begin(Command(Move.CONTINUE))
        self.wire.event(NEW_RUN, {"name": name})
        self._start_clock(loaded)
        return loaded.recorder()

    def finish(
        self, recorder: Recorder, error: BaseException | None = None, find: Find | None = None
    ) -> None:
        """A run is over: hold its thread until the user lets the process go on, where a window or
        `find` shows it. `find` tells where in it the user is to look."""
        loaded = self._loaded
        if loaded is None:
            return
        why = "The program was interrupted, and goes on."
        try:
            if self.attached:
                self._close(loaded, recorder, error, find)
                if self.is_opscope or find is not None:
                    self._wait()
            why = "The program goes on by itself until its next run."
        finally:
            self._go_on(loaded, why)
            self._forget(loaded)

    def break_off(self, recorder: Recorder, error: BaseException) -> None:
        """A run is over since the program was interrupted, or ends: its thread is not held."""
        loaded = self._loaded
        if loaded is None:
            return
        try:
            if self.attached:
                self._close(loaded, recorder, error, None)
                kind = type(error).__name__
                self._go_on(loaded, f"The run was broken off by {kind}; the program goes on.")
        finally:
            self._forget(loaded)

    def _forget(self, loaded: Loaded) -> None:
        loaded.publisher.close()
        loaded.history.clear()
        self._watch.disarm()

    def _close(
        self,
        loaded: Loaded,
        recorder: Recorder,
        error: BaseException | None,
        find: Find | None,
    ) -> None:
        run = loaded.run
        self._held = True
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
        found = find(loaded) if find is not None else None
        if found is None:
            self.wire.event(STATE, encode_state(self.state()))
            return
        run.cursor, why = found
        if run.cursor is not None:
            self.standing.found = run.cursor, why
        else:
            self.standing.why = why
        self.wire.event("stopped", stopped_body("data breakpoint", [], why, self.state()))

    def _wait(self) -> None:
        while self.attached:
            job = self._next_job()
            if isinstance(job, Command) or job is None:
                break
            if callable(job):
                job()

    def _go_on(self, loaded: Loaded, why: str) -> None:
        self._held = False
        loaded.run.state = RunState.RUNNING
        if self.attached:
            self.standing.why = why
            self.wire.event(STATE, encode_state(self.state()))

    # The reader's thread

    def wait_ready(self) -> None:
        """Until the window has said all that it has to say before a run."""
        self._ready.wait()

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
            self.wire.forked()
        self._watch.disarm()
        self.release()
        if self.calls is not None:
            self.calls.forked()

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
    if isinstance(live, GuestLive):
        live.stops_first = arguments.get("stopFirst") is True
    return Answer({})


def _stop_at(live: Live, arguments: Json) -> Answer:
    calls = live.calls if isinstance(live, GuestLive) else None
    if calls is None:
        raise Refusal("not-counted", "Calls are counted of programs that `opscope run` runs.")
    if "first" in arguments:
        calls.want_first(arguments["first"] is True)
        return Answer({})
    rows = arguments.get("models")
    numbers = cast("list[object]", rows) if isinstance(rows, list) else []
    wanted = [number for number in numbers if isinstance(number, int)]
    calls.want(wanted, arguments.get("any") is True)
    return Answer({})


def _configuration_done(live: Live, arguments: Json) -> Answer:
    live.configured = True
    return Answer(then=live.begin_if_ready)


HANDLERS: Handlers = {
    "attach": _attach,
    "configurationDone": _configuration_done,
    STOP_AT: _stop_at,
}
