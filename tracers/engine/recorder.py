"""Turns a backend's events into graph rows, frames and records; asks the gate before each op."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..ir import (
    OUTSIDE,
    Frame,
    OpRecord,
    Phase,
    Place,
    Presence,
    Ref,
    Run,
    ScopeKind,
    SourceLine,
    TensorSummary,
)
from .builder import GraphBuilder
from .user_code import said

if TYPE_CHECKING:
    from .backend import Backend
    from .edits import Edits
    from .late import Late


# An op's note and attributes, as in Op.
Detail = tuple[str, tuple[tuple[str, str], ...]]
# Of an op that has run: its place, its inputs as far as told, its outputs.
Observer = Callable[[Place, Sequence[object], Sequence[object]], None]


class Ended(BaseException):
    """The user ended the run; unwinds the model. Not an Exception, so models do not catch it."""


class Unwound(Ended):
    """The model is left where it stands, to run anew from its start."""


class Gatekeeper(Protocol):
    """What the recorder asks while the model runs; both calls may hold the model's thread."""

    def at_scope(self, place: Place, leaf: bool) -> None:
        """A frame was opened; its first op has not run."""
        ...

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """An op is about to run. True where the backend shall step into it."""
        ...

    def left(self, frame: int) -> None:
        """A frame was closed."""
        ...


@runtime_checkable
class Catcher(Protocol):
    """A gatekeeper that is told of errors."""

    def raised(self, place: Place, error: BaseException) -> None:
        """An error is on its way out of an op that has run, or of the innermost scope; may hold
        the model's thread."""
        ...


@runtime_checkable
class Chooser(Protocol):
    """A gatekeeper that wants to know what is inside before an op is entered."""

    def goes_in(self, op: int, parts: Callable[[], Sequence[str] | None]) -> bool:
        """After `at_op` has said yes; `parts` gives the types of the ops inside, None where they
        are not known beforehand."""
        ...


@runtime_checkable
class Easy(Protocol):
    """A gatekeeper that can tell beforehand that it will let ops pass."""

    def lets_pass(self) -> bool:
        """Nothing wants to stop at the ops to come, as far as is known now."""
        ...


@runtime_checkable
class Noting(Protocol):
    """A gatekeeper that is told of what has been recorded."""

    def ran(self, index: int, record: OpRecord) -> None:
        """A record was appended."""
        ...


class Keeper(Protocol):
    """Holds values of a run under a byte budget."""

    def put(self, ref: Ref, value: object, nbytes: int) -> None: ...

    def get(self, ref: Ref) -> object | None: ...


class OpenGate:
    """Lets everything pass: for maps, verification and headless runs."""

    def at_scope(self, place: Place, leaf: bool) -> None:
        """Never stops."""

    def at_op(self, place: Place, can_enter: bool) -> bool:
        """Never stops, never enters."""
        return False

    def left(self, frame: int) -> None:
        """Nothing to do."""

    def lets_pass(self) -> bool:
        return True


@dataclass(slots=True)
class OpenFrame:
    """A frame still on the stack, with what has been counted inside it."""

    index: int
    scope: int
    types: dict[str, int] = field(default_factory=dict[str, int])
    calls: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Step:
    """An op between `before` and `after`. Not frozen, since those take thrice as long to make."""

    record: int
    op: int
    new: bool
    inputs: tuple[Ref, ...]
    source: int
    enter: bool
    started: float
    given: Sequence[object] = ()
    frame: int = 0
    forward: int = -1
    timer: object = None


class Recorder:
    """One run as it happens. A backend calls, on the model's thread:

    enter/leave around every module call, function body, branch and loop pass;
    before/after (or failed) around every op.

    `run` is one on the builder's graph, for those who need it before the recorder (a Gate).
    With `keeper` None nothing is kept; with `statistics` False outputs get shape and dtype alone.

    Attributes:
        given: the input values of the op or module that the gate is being asked about, as far
            as the backend tells them.
        observe: called after an op with its place, inputs and outputs; may hold the thread.
        watching: the same, before `observe`; watchpoints ask there.
        deep: every op that has an inside is entered.
        opened: by frame, the line that opened it.
        edits: what the user puts in the place of values.
        late: keeps outputs, and puts their statistics off; None where they are wanted at once.
    """

    def __init__(
        self,
        backend: Backend,
        builder: GraphBuilder,
        gate: Gatekeeper | None = None,
        keeper: Keeper | None = None,
        statistics: bool = True,
        run: Run | None = None,
    ) -> None:
        self.backend = backend
        self.builder = builder
        self.run = run if run is not None else Run(graph=builder.graph)
        self.keeper = keeper
        self.phase = Phase.FORWARD
        self.given: Sequence[object] = ()
        self.observe: Observer | None = None
        self.watching: Observer | None = None
        self.deep = False
        self.edits: Edits | None = None
        self.late: Late | None = None
        self._gate = gate or OpenGate()
        self._easy = self._gate if isinstance(self._gate, Easy) else None
        self._noting = self._gate if isinstance(self._gate, Noting) else None
        self._statistics = statistics
        self.opened: dict[int, SourceLine | None] = {}
        self._stack = [OpenFrame(0, 0)]

    @property
    def frame(self) -> int:
        """The innermost open frame."""
        return self._stack[-1].index

    @property
    def scope(self) -> int:
        """The innermost open scope."""
        return self._stack[-1].scope

    @property
    def free(self) -> bool:
        """Nothing wants to stop at the ops to come or to change their values, as far as is known
        now. A backend may compute them ahead, but announces each of them all the same, and asks
        this again before it takes what it has computed."""
        if self.edits is not None and not self.edits.idle:
            return False
        return self._easy is not None and self._easy.lets_pass()

    @property
    def room(self) -> int | None:
        """How many bytes of values are kept at most, None where that has no limit."""
        return getattr(self.keeper, "budget", None)

    def enter(
        self,
        path: str,
        kind: ScopeKind,
        type_: str,
        *,
        op: int = -1,
        turn: int = -1,
        leaf: bool = False,
        source: SourceLine | None = None,
        given: Sequence[object] = (),
        call: int = 0,
    ) -> None:
        """Open a scope. `op`: whose inside it is; `turn`: loop pass; `leaf`: no scopes in it;
        `call`: which call it is, where that is not to be counted."""
        top = self._stack[-1]
        if call < 1:
            call = 1
            if op < 0:
                call = top.calls[path] = top.calls.get(path, 0) + 1
        scope = self.builder.scope(top.scope, path, kind, type_, call=call, op=op)
        frame = len(self.run.frames)
        self.run.frames.append(Frame(top.index, scope, turn))
        self._stack.append(OpenFrame(frame, scope))
        place = Place(len(self.run.records), -1, scope, frame, self.builder.source(source))
        self.opened[frame] = source
        self.run.head = place
        self.given = given
        self._gate.at_scope(place, leaf)
        self.given = ()

    def leave(self) -> None:
        """Close the innermost scope."""
        self._gate.left(self._stack.pop().index)

    def before(
        self,
        type_: str,
        inputs: Sequence[Ref],
        *,
        ident: str = "",
        note: str = "",
        attributes: tuple[tuple[str, str], ...] = (),
        source: SourceLine | None = None,
        can_enter: bool = False,
        detail: Callable[[], Detail] | None = None,
        given: Sequence[object] = (),
        forward: int = -1,
        asks: bool = True,
    ) -> Step:
        """Announce an op. `ident` names it in its scope; by default type and occurrence do.

        `detail` gives note and attributes instead; it is asked only for an op that is new.
        `forward`: of a backward op, the record whose gradient it computes. `asks`: the gate may
        hold it.
        """
        top = self._stack[-1]
        if not ident:
            count = top.types.get(type_, 0)
            top.types[type_] = count + 1
            ident = f"{type_}:{count}"
        line = self.builder.source(source)
        op = self.builder.find(top.scope, ident)
        new = op < 0
        if new:
            if detail is not None:
                note, attributes = detail()
            values = tuple(self.value_index(ref) for ref in inputs)
            op = self.builder.op(
                top.scope,
                type_,
                ident,
                note=note,
                attributes=attributes,
                inputs=values,
                source=line,
            )
            if forward >= 0:
                tied = replace(self.builder.graph.ops[op], forward=self.run.records[forward].op)
                self.builder.replace(op, tied)
        elif detail is not None and op in self.builder.bare:
            self.builder.describe(op, *detail())
        place = Place(len(self.run.records), op, top.scope, top.index, line)
        self.run.head = place
        self.given = given
        enter = asks and self._gate.at_op(place, can_enter)
        enter = enter or (self.deep and can_enter)
        self.given = ()
        return Step(
            place.record,
            op,
            new,
            tuple(inputs),
            line,
            enter,
            time.perf_counter(),
            given,
            top.index,
            forward,
            self.late.start(given) if self.late is not None else None,
        )

    def after(
        self,
        step: Step,
        outputs: Sequence[object],
        gradient_of: tuple[Ref, ...] = (),
        seconds: float | None = None,
    ) -> int:
        """Record an op's outputs. Returns the record's index: output k is Ref(index, k).

        `gradient_of`: of a backward op, as in OpRecord. `seconds`: how long it takes, where it has
        not run between `before` and here.
        """
        duration = time.perf_counter() - step.started if seconds is None else seconds
        if step.new:
            self.builder.outputs(step.op, [self.backend.describe(value) for value in outputs])
        index = len(self.run.records)
        if self.late is not None:
            summaries = self.late.keep(index, outputs, step.op, step.inputs)
        else:
            summaries = tuple(self._summary(value) for value in outputs)
            if self.keeper is not None:
                for slot, (value, summary) in enumerate(zip(outputs, summaries, strict=True)):
                    self.keeper.put((index, slot), self.backend.keep(value), summary.nbytes)
        if self.late is not None and step.timer is not None:
            self.late.stop(step.timer, index)
        self._append(step, duration, summaries, "", gradient_of)
        if self.observe is not None or self.watching is not None:
            scope = self.run.graph.ops[step.op].scope
            place = Place(index, step.op, scope, step.frame, step.source)
            if self.watching is not None:
                self.watching(place, step.given, outputs)
            if self.observe is not None:
                self.observe(place, step.given, outputs)
        return index

    def failed(self, step: Step, error: BaseException) -> None:
        """Record an op that raised; the gate may hold the thread before the error goes on."""
        duration = time.perf_counter() - step.started
        index = len(self.run.records)
        self._append(step, duration, (), f"{type(error).__name__}: {said(error)}")
        if isinstance(self._gate, Catcher):
            scope = self.run.graph.ops[step.op].scope
            self._gate.raised(Place(index, step.op, scope, step.frame, step.source), error)

    def raised(self, error: BaseException, source: SourceLine | None = None) -> None:
        """An error leaves the innermost scope, raised on a line; the gate may hold the thread."""
        if isinstance(self._gate, Catcher):
            line = self.builder.source(source)
            self._gate.raised(Place(len(self.run.records), -1, self.scope, self.frame, line), error)

    def go_live(self, run: Run, gate: Gatekeeper, keeper: Keeper) -> None:
        """From now on record into a run that stands where this one does."""
        self.run, self._gate, self.keeper = run, gate, keeper
        self._easy = gate if isinstance(gate, Easy) else None
        self._noting = gate if isinstance(gate, Noting) else None
        self.observe = None

    def finish(self) -> None:
        """The run came to its end: mark what it went past."""
        run = self.run
        run.head = Place(len(run.records))
        if self.late is not None:
            self.late.make_sure()
        entered = {frame.scope for frame in run.frames}
        for index, op in enumerate(run.graph.ops):
            if op.presence is not Presence.EXPECTED or run.executions(index):
                continue
            if op.inner >= 0 and op.inner in entered:
                continue  # stepped into: its inside has the records
            if self._inside_unopened(op.scope, entered):
                continue
            self.builder.replace(index, replace(op, presence=Presence.SKIPPED))

    def goes_in(self, step: Step, parts: Callable[[], Sequence[str] | None]) -> bool:
        """For a backend that can tell beforehand what is inside an op: to be entered after all?"""
        if self.deep or not isinstance(self._gate, Chooser):
            return True
        return self._gate.goes_in(step.op, parts)

    def value_index(self, ref: Ref) -> int:
        """The graph value behind a ref; -1 where the op has no such output in the map."""
        record, slot = ref
        if record == OUTSIDE:
            return slot
        outputs = self.run.graph.ops[self.run.records[record].op].outputs
        return outputs[slot] if slot < len(outputs) else -1

    def _inside_unopened(self, scope: int, entered: set[int]) -> bool:
        """Inside an op that ran as one: neither run nor skipped by itself."""
        for index in self.run.graph.scope_chain(scope):
            row = self.run.graph.scopes[index]
            if row.op >= 0 and index not in entered:
                return bool(self.run.executions(row.op))
        return False

    def _summary(self, value: object) -> TensorSummary:
        if self._statistics:
            return self.backend.summarize(value)
        shape, dtype = self.backend.describe(value)
        return TensorSummary(shape or (), dtype, kept=False)

    def _append(
        self,
        step: Step,
        duration: float,
        outputs: tuple[TensorSummary, ...],
        error: str,
        gradient_of: tuple[Ref, ...] = (),
    ) -> None:
        record = OpRecord(
            step.op,
            step.frame,
            self.phase,
            duration,
            step.inputs,
            outputs,
            step.source,
            error,
            step.forward,
            gradient_of,
        )
        self.run.add_records([record])
        if self._noting is not None:
            self._noting.ran(len(self.run.records) - 1, record)
