"""A model with its map, ready to run once, and all that follows that run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..ir import MapFacts, Place, Run
from ..ir.watchpoint import Watchpoint
from ..protocol.messages import WATCH_HITS
from ..protocol.refusal import Refusal
from . import standard_input
from .backend import Backend, Preparing, Program, Progress
from .before import Before
from .builder import GraphBuilder
from .edited_run import EditedRun
from .free_memory import free_memory
from .gate import Gate, Hold, Stack
from .hindsight import Hindsight
from .history import History
from .judge import Judge
from .late import Late
from .patched import Patched
from .pinned import Pins
from .places import Past
from .publisher import Publisher
from .recorder import Gatekeeper, Keeper, Recorder
from .slow_talk import SlowTalk
from .value_conditions import ValueConditions
from .values import Values
from .watch import Watch
from .watching import Telling
from .watchpoints import Watchpoints
from .wire import Wire

_AT_ONCE = 1000  # records whose new summaries are told in one message


@dataclass(frozen=True, slots=True)
class Loaded:
    """What there is once the model is loaded."""

    program: Program
    map: MapFacts
    run: Run
    builder: GraphBuilder
    history: History
    gate: Gate
    watch: Watch
    past: Past
    values: Values
    publisher: Publisher
    judge: Judge
    talk: SlowTalk
    pins: Pins
    edited: EditedRun
    pending: Late
    watchpoints: Watchpoints
    patched: Patched = field(default_factory=Patched)

    def recorder(self) -> Recorder:
        """For the run."""
        made = self.recorder_of(self.run, self.watch, self.history)
        self.judge.recorder = made
        made.late = self.late
        self.watchpoints.attach(made)
        return made

    @property
    def late(self) -> Late | None:
        """For recorders: None where this backend puts no statistics off."""
        return self.pending if self.pending.works else None

    def settle(self, seconds: float | None = None) -> bool:
        """Compute statistics that were put off, for about so long, and tell of them; True where
        none is left. On the model's thread, while it stands still."""
        done = self.pending.settle(seconds)
        while some := self.pending.drain(_AT_ONCE):
            self.publisher.update(some)
        return done

    def watch_for(
        self, points: Sequence[Watchpoint], before: Before, arising: frozenset[str]
    ) -> None:
        """Replace the watchpoints, and what is not to come up. On the reader's thread."""
        self.watchpoints.set(points, before, arising)
        watched = self.watchpoints
        self.gate.enter_for(watched.looks_inside if watched.names_ops else None)

    def at_leisure(self, seconds: float) -> bool:
        """While the model stands still: statistics that were put off, then watchpoints that are
        to be asked of what ran before them, for about so long, then what makes the next run
        quicker; True where nothing is left."""
        if not (self.settle(seconds) and self.watchpoints.recheck(seconds)):
            return False
        return not isinstance(self.program, Preparing) or self.program.prepare()

    def recorder_of(self, run: Run, gate: Gatekeeper, keeper: Keeper) -> Recorder:
        """For a run of this model in this session: the run itself, or one that replays it."""
        made = Recorder(self.program.backend, self.builder, gate, keeper, run=run)
        made.deep = self.gate.deep
        made.edits = self.edited.edits
        made.edits.anew()
        return made


def load_program(
    arguments: dict[str, Any],
    progress: Progress,
    *,
    wire: Wire,
    watch: Watch,
    hold: Hold,
    stack: Callable[[], Stack],
    running_state: Callable[[], dict[str, Any] | None],
) -> Loaded:
    """Load what a launch's arguments name, and draw its map. Raises Refusal."""
    from .loading import open_program  # late, so that a test can put another in its place

    program = open_program(arguments, progress)
    return assemble(
        program,
        arguments,
        progress,
        wire=wire,
        watch=watch,
        hold=hold,
        stack=stack,
        running_state=running_state,
    )


def assemble(
    program: Program,
    arguments: dict[str, Any],
    progress: Progress,
    *,
    wire: Wire,
    watch: Watch,
    hold: Hold,
    stack: Callable[[], Stack],
    running_state: Callable[[], dict[str, Any] | None],
) -> Loaded:
    """Draw a program's map, and get all ready for its run. Raises Refusal."""
    wants_parts(arguments, program.backend)  # refused before anything is drawn
    builder = GraphBuilder()
    progress("Drawing the map")
    with standard_input.unasked():
        drawn = program.draw_map(Recorder(program.backend, builder, statistics=False), progress)
    builder.mapping = False
    run = Run(graph=builder.graph)
    budget = arguments.get("budget")
    history = History(budget if isinstance(budget, int) else free_memory() // 4)
    pins = history.pinned = Pins(run)
    pending = Late(program.backend, run, history)
    history.leaving = pending.let_go
    gate = Gate(run, hold, stack)
    gate.deep = wants_parts(arguments, program.backend)
    watch.follow(run, gate)
    past = Past(run, watch.log, gate.skips)
    values = Values(program, run, history, pending)
    publisher = Publisher(wire, run, builder, history, running_state)
    talk = SlowTalk(partial(_tell, wire, run))
    judge = gate.judge = Judge(run, program.backend.functions, talk)
    past.hindsight = Hindsight(run, values, judge)
    conditions = ValueConditions(run, values, program.backend, judge, pending)
    stop = partial(_hit, gate, watch)
    watchpoints = Watchpoints(run, conditions, program.backend.functions, stop)
    watchpoints.telling = Telling(partial(wire.event, WATCH_HITS))
    publisher.more = watchpoints.tell
    past.watched = watchpoints.stops_behind
    return Loaded(
        program,
        drawn,
        run,
        builder,
        history,
        gate,
        watch,
        past,
        values,
        publisher,
        judge,
        talk,
        pins,
        EditedRun(program, builder, run, history, gate, watch, wire, talk, pending.settle),
        pending,
        watchpoints,
    )


def wants_parts(arguments: dict[str, Any], backend: Backend) -> bool:
    """A launch asks for what is inside every op. Raises Refusal."""
    level = arguments.get("level", "ops")
    if level not in ("ops", "aten", "loops"):
        raise Refusal("bad-arguments", f'The level is "ops", "aten" or "loops", not {level!r:.40}.')
    if level == "loops":  # PyTorch's are Python's, and always gone through
        return backend.name == "TensorFlow"
    if level == "aten" and backend.name != "PyTorch":
        raise Refusal("bad-arguments", f"{backend.name}'s ops have no aten ops inside them.")
    return level == "aten"


def _hit(
    gate: Gate,
    watch: Watch,
    place: Place,
    given: Sequence[object],
    outputs: Sequence[object],
    why: str,
) -> None:
    """A watchpoint stops the run behind an op; not in a process that the model forked."""
    if watch.gate is not None:
        gate.after_op(place, given, outputs, why)


def _tell(wire: Wire, run: Run, text: str, place: Place | None) -> None:
    """A breakpoint's message, with the op that it was said at and its line."""
    body: dict[str, Any] = {"category": "console", "output": text}
    if place is not None:
        body["opscope"] = {"record": place.record}
        if place.source >= 0:
            line = run.graph.sources[place.source]
            body["source"] = {"name": os.path.basename(line.file), "path": line.file}
            body["line"] = line.line
    wire.event("output", body)
