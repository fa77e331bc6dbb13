"""One model, loaded and run once on the main thread, with where the user looks."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import FrameType
from typing import Any

from ..ir import Place, RunState
from ..ir.watch_words import arising_of
from ..ir.watchpoint import Watchpoint
from ..protocol.messages import ARISING, INPUT, STATE, THREAD, UNCAUGHT, State, encode_state
from ..protocol.refusal import Refusal
from . import standard_input
from .backend import Recorded
from .before import Before
from .failing import message_of
from .failure import failure_of
from .frames import error_text, in_own_code
from .gate import Command, Move, Stop
from .loaded import Loaded, load_program
from .loaded_from import LoadedFrom, where_of
from .pausing import break_off, insist, is_heard, place_in_python, stack_for_lines
from .points import Points
from .recorded_run import show_recorded
from .recorder import Ended, Recorder
from .references import References
from .replay import Goal, Replay
from .reruns import Reruns
from .standing import Standing
from .telling import levels_at, state_of, stopped_body
from .user_frames import Level
from .watch import Note, Watch
from .wire import Wire

AT_STOPS, AT_LEISURE = 0.01, 0.02  # seconds of computing statistics before anything else is done

UNHEARD = "The model handles SIGUSR1 itself, so that a pause waits for its next op.\n"
ASKED = "The model reads a line: type it in the debug console.\n"

Job = Callable[[], None]


class Live:
    """The debuggee's state. "Model thread" is the main thread, "reader" the one that serves
    requests; what changes the state of a run that stands still is the reader's, so that a request
    sent right after `continue` finds the model running.

    Attributes:
        client: arguments of `initialize`.
        references: handles for variables and frames; renewed with every stop and move.
        configured: the client has sent its breakpoints.
        filters: which errors stop the run, and which values that come up.
        watched: watchpoints, with what is known of the run before this one.
        standing: what is told of the run where it stands.
        reruns: has the model run anew.
        loaded_from: the files that the model was loaded from.
        lines: what the model reads, where the user is asked for it.
    """

    def __init__(self, wire: Wire, note: Note) -> None:
        self.wire = wire
        self.client: dict[str, Any] = {}
        self.points = Points()
        self.references = References()
        self.configured = False
        self.filters = frozenset({UNCAUGHT})
        self.watched: tuple[Sequence[Watchpoint], Before] = ((), Before())
        self.standing = Standing()
        self.reruns = Reruns(self, note)
        self.loaded_from = LoadedFrom()
        self._note = note
        self._watch = Watch(note, note.left)
        self._loaded: Loaded | None = None
        self._launch: dict[str, Any] = {}
        self._jobs: SimpleQueue[Job | Command | Goal | None] = SimpleQueue()
        self._begun = False
        self._line_step: tuple[Command, Place] | None = None
        self._seconds = 0.0
        self._since = 0.0
        self._told_running = False
        self.lines = standard_input.Lines(self._ask_line)

    @property
    def is_opscope(self) -> bool:
        """The client is Opscope's own: values stay on show after the end of the run."""
        return self.client.get("opscope") is True

    @property
    def launched(self) -> dict[str, Any]:
        """Arguments of `launch`."""
        return self._launch

    def loaded(self) -> Loaded:
        """What there is. Raises Refusal while the model is being loaded."""
        if self._loaded is None:
            raise Refusal("not-loaded", "The model is still being loaded.")
        return self._loaded

    def still(self) -> Loaded:
        """As `loaded`, where nothing runs. Raises Refusal while the model runs."""
        loaded = self.loaded()
        if loaded.run.state is RunState.LOADING:
            raise Refusal("not-begun", "The run has not begun; send configurationDone first.")
        if loaded.run.state is RunState.RUNNING:
            raise Refusal("not-stopped", "The model is running; pause it first.")
        return loaded

    def do(self, job: Job) -> None:
        """Have the model's thread do something as soon as it stands still."""
        self._jobs.put(job)

    # The model's thread

    def work(self) -> int:
        """Serve the main thread until the end; the process's exit code."""
        try:
            while (job := self._next_job()) is not None:
                if isinstance(job, Goal):
                    self.reruns.carry_out(self.loaded(), job)
                elif not isinstance(job, Command):
                    job()
        except KeyboardInterrupt:
            self.standing.exit_code = 130
        if self._loaded is not None:
            self._loaded.publisher.close()
        self._note.write("")
        return self.standing.exit_code

    def load(self, arguments: dict[str, Any]) -> None:
        """Load the model and draw its map. Raises Refusal."""
        self.wire.event(
            "process",
            {
                "name": str(arguments.get("spec")),
                "systemProcessId": os.getpid(),
                "isLocalProcess": True,
                "startMethod": "launch",
            },
        )
        self._launch = arguments
        self.loaded_from.begin()
        loaded = load_program(
            arguments,
            self.progress,
            wire=self.wire,
            watch=self._watch,
            hold=self._hold,
            stack=lambda: stack_for_lines(self.loaded()),
            running_state=self._running_state,
        )
        self.loaded_from.end(where_of(arguments))
        self._loaded = loaded
        loaded.publisher.left = self._note.left
        for body in self.points.know(loaded.run.graph):
            self.wire.event("breakpoint", {"reason": "changed", "breakpoint": body})
        self.arm()

    def begin_if_ready(self) -> None:
        """Start the run once the model is loaded and the client has set its breakpoints."""
        if self._loaded is not None and self.configured and not self._begun:
            self._begun = True
            self._execute(self._loaded)

    def _execute(self, loaded: Loaded) -> None:
        gate = loaded.gate
        if self._launch.get("noDebug") is True:
            gate.breakpoints = []
            gate.errors.filters = frozenset()
        if self._launch.get("noDebug") is True or self._launch.get("stopOnEntry") is False:
            gate.begin(Command(Move.CONTINUE))
        if isinstance(loaded.program, Recorded):
            self._seconds = show_recorded(loaded, loaded.program, self.standing)
            self.settle(loaded)
            self.wire.event(STATE, encode_state(self.state()))
            return
        self.wire.event("thread", {"reason": "started", "threadId": THREAD})
        self._start_clock(loaded)
        self.reruns.carry_out(loaded, None)

    def run_once(self, loaded: Loaded, recorder: Recorder, replay: Replay | None) -> None:
        """Run the model once, to its end or error. Raises Unwound and Ended."""
        try:
            with replay if replay is not None else contextlib.nullcontext():
                loaded.program.execute(recorder)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it becomes the run's end
            loaded.watch.check()  # what unwinds the model may have become another error on its way
            if not self.reruns.is_as_before(loaded, error):
                try:
                    self._failed(loaded, recorder, error)
                except MemoryError:  # what is kept is of less use than a word on what happened
                    loaded.history.clear()
                    self._failed(loaded, recorder, error)
            return
        loaded.watch.check()  # the model may have caught it
        if self.reruns.is_as_before(loaded, None):
            return
        recorder.finish()
        self._stop_clock(loaded)
        self._note.write("")
        loaded.run.state = RunState.FINISHED
        self.settle(loaded)
        if self.is_opscope:
            self.wire.event(STATE, encode_state(self.state()))
            self.reruns.tell_done(loaded)
        else:
            self._jobs.put(None)

    def _failed(self, loaded: Loaded, recorder: Recorder, error: BaseException) -> None:
        run, gate = loaded.run, loaded.gate
        self._stop_clock(loaded)
        found = failure_of(loaded, error, recorder.frame)
        again, stops = gate.errors.is_told(error), bool(gate.errors.filters)
        standing = self.standing
        standing.error, standing.stack, run.message = found.text, found.stack, found.message
        run.failure = found.failure
        if found.place is not None:
            run.head = found.place
        run.state = RunState.FAILED
        self._note.write("")
        self.standing.exit_code = 0 if self.is_opscope else 1
        print(error_text(error), file=sys.stderr, flush=True)  # noqa: T201 - the user's traceback
        self.settle(loaded)
        if self.is_opscope or (stops and not again):
            self._tell_stopped("exception", [], run.message)
        else:
            self._jobs.put(None)
        self.reruns.tell_done(loaded)

    def _hold(self, stop: Stop) -> Command:
        """The gate's: stand still until the user goes on."""
        loaded = self.loaded()
        step = self._line_step
        if step is not None and stop.reason == "step" and same_line(stop.place, step[1]):
            return step[0]
        self._line_step = None
        self._stop_clock(loaded)
        loaded.run.head = stop.place
        loaded.run.state = RunState.PAUSED
        text = self._take_error(loaded, stop) or stop.text
        self.settle(loaded)
        if stop.reason:
            self.standing.hits, ids = self.points.owners(stop.hits)
            self.standing.why = stop.text
            self._tell_stopped(stop.reason, ids, text)
            self.reruns.tell_done(loaded)
        else:
            self.reruns.tell_back(loaded)
        while (job := self._next_job()) is not None:
            if isinstance(job, Goal):
                self.reruns.leave(loaded, job)
            if isinstance(job, Command):
                self._start_clock(loaded)
                return job
            job()
        raise Ended

    def _take_error(self, loaded: Loaded, stop: Stop) -> str:
        """The run stands at an error that is on its way: the sentence on it, "" for no error."""
        run, self.standing.raised = loaded.run, stop.error
        run.failure, run.message = None, ""
        if stop.error is not None:
            name = loaded.program.facts.name
            failure = run.failure = loaded.gate.errors.failure(stop.error, stop.place, name)
            run.message = message_of(failure)
        return run.message

    def interrupted(self, frame: FrameType | None) -> None:
        """A pause has found no op for a while: stop here, if here is plain Python."""
        loaded = self._loaded
        if loaded is None or loaded.run.state is not RunState.RUNNING or not loaded.gate.pausing:
            return
        if in_own_code(frame) and not self.lines.idle:
            insist(loaded)
            return
        if loaded.edited.alone is not None:
            loaded.edited.alone.break_off()
        if not self.reruns.interrupt(loaded, frame):
            loaded.gate.interrupt(place_in_python(loaded, frame))

    def _next_job(self) -> Job | Command | Goal | None:
        """What to do next; while there is nothing, statistics that were put off are computed."""
        loaded = self._loaded
        while loaded is not None and self._jobs.empty() and not loaded.at_leisure(AT_LEISURE):
            pass
        return self._jobs.get()

    def settle(self, loaded: Loaded) -> None:
        """The run stands still: tell everything that it has done."""
        loaded.settle(AT_STOPS)
        self.references.renew()
        loaded.talk.settle()
        sys.stdout.flush()
        sys.stderr.flush()
        loaded.publisher.flush()

    def _start_clock(self, loaded: Loaded) -> None:
        loaded.run.state = RunState.RUNNING
        self.start_clock()
        loaded.publisher.running(True)

    def start_clock(self) -> None:
        """The time from here on counts as the model's."""
        self._since = time.perf_counter()

    def _stop_clock(self, loaded: Loaded) -> None:
        self._seconds += time.perf_counter() - self._since
        loaded.publisher.running(False)

    # The reader's thread

    def resume(self, command: Command, by_line: bool = False) -> None:
        """The model is to go on from the head: `go` lets it, once the request is answered.

        Raises Refusal where there is nothing to go on.
        """
        loaded = self.still()
        run = loaded.run
        if run.state is RunState.FINISHED:
            raise Refusal("finished", "The run is over; restart to run again.")
        if run.state is RunState.FAILED:
            raise Refusal("failed", "The model raised an error and cannot go on; restart to run.")
        self._line_step = (command, run.head) if by_line else None
        self.references.renew()
        run.cursor = run.failure = self.standing.raised = None
        run.message = ""
        run.state = RunState.RUNNING
        self.standing.hits, self.standing.why = (), ""
        self._told_running = False

    def begin_anew(self, loaded: Loaded) -> None:
        """Something other than `resume` has the model run."""
        self._line_step = None
        self.references.renew()
        loaded.run.state = RunState.RUNNING
        self._told_running = False

    def go(self, command: Command | Goal) -> None:
        """After `resume`, or `Reruns.depart`."""
        self._jobs.put(command)

    def look(self, place: Place | None, reason: str = "step") -> None:
        """Move the cursor and tell; None goes back to the head."""
        loaded = self.still()
        self.aim(place)
        points = self.points.all()
        hits = self.hits_at_head() if place is None else loaded.past.hits(place, points)
        self.standing.hits, ids = self.points.owners(hits)
        if ids or self.standing.hits:
            reason = "breakpoint"
        elif place is None and loaded.run.failure is not None:
            reason = "exception"
        self._tell_stopped(reason, ids)

    def hits_at_head(self) -> tuple[int, ...]:
        """Indices of the breakpoints that the run, where it stands live, stands at."""
        loaded = self.still()
        if loaded.run.state is not RunState.PAUSED:
            return ()
        return loaded.past.hits(loaded.run.head, self.points.all())

    def aim(self, place: Place | None) -> None:
        """Move the cursor."""
        run = self.still().run
        self.references.renew()
        run.cursor = None if place == run.head else place
        live = self.hits_at_head() if run.cursor is None else ()
        self.standing.hits = self.points.owners(live)[0]

    def pause(self) -> None:
        """Stop at the next op, or in plain Python where none comes."""
        loaded = self.loaded()
        if loaded.run.state is RunState.RUNNING:
            loaded.gate.pause()
            break_off(loaded)
            insist(loaded)
            if not is_heard():
                self.wire.print(UNHEARD)

    def end(self) -> None:
        """End the run and the process."""
        self._watch.ending = True
        if self._loaded is not None:
            break_off(self._loaded)
        self._jobs.put(None)

    def arm(self) -> None:
        """Hand the breakpoints to the gate, and the watchpoints to those who ask them."""
        if self._loaded is not None and self._launch.get("noDebug") is not True:
            self._loaded.gate.breakpoints = self.points.all()
            self._loaded.gate.errors.filters = self.filters - ARISING
            self._loaded.watch_for(*self.watched, self.filters & ARISING)

    def state(self) -> State:
        """For the client."""
        return state_of(self.loaded(), self.standing, self._seconds)

    def levels(self) -> list[Level]:
        """The stack of the place looked at."""
        return levels_at(self.loaded(), self.standing)

    def progress(self, stage: str) -> None:
        """Name a stage of loading."""
        name = self.client.get("progressId")
        if isinstance(name, str):
            self.wire.event("progressUpdate", {"progressId": name, "message": stage})

    def forked(self) -> None:
        """This process is a fork of the debuggee, made by the model: debug nothing in it."""
        self._watch.disarm()

    def _running_state(self) -> dict[str, Any] | None:
        """For the publisher: the model has been running for a while; said once."""
        if self._told_running or not self.is_opscope:
            return None
        self._told_running = True
        return encode_state(self.state())

    def _ask_line(self, wanted: bool) -> bool:
        """The model reads; False where no client can answer."""
        if self.client.get("supportsInput") is True:
            self.wire.event(INPUT, {"wanted": wanted})
        elif self.is_opscope:
            return False
        elif wanted:
            self.wire.print(ASKED)
        return True

    def _tell_stopped(self, reason: str, ids: list[int], text: str = "") -> None:
        body = stopped_body(reason, ids, text, self.state())
        if arising_of(text):
            body["reason"] = "exception"  # DAP's word for what a filter stops at
        self.wire.event("stopped", body)


def same_line(place: Place, start: Place) -> bool:
    """A step by source line has not left its line."""
    here = place.op >= 0 and place.source >= 0
    return here and place.source == start.source and place.frame == start.frame
