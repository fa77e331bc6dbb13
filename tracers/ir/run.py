"""A run: executed ops in order, the frames around them, and where the debugger stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .edit import Change, Edit
from .graph import Graph


class Phase(str, Enum):
    """Which pass of the model a record belongs to."""

    FORWARD = "forward"
    BACKWARD = "backward"


class RunState(str, Enum):
    """What the debuggee is doing; `Run.cursor` says apart whether the user looks back."""

    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"  # before the op at the head
    FINISHED = "finished"
    FAILED = "failed"  # the model raised
    DIED = "died"  # the debuggee's process is gone


@dataclass(frozen=True, slots=True)
class TensorSummary:
    """What is known of a value without sending it.

    Attributes:
        shape: elements per axis; () for a scalar and for what is no tensor.
        dtype: the framework's short name ("bfloat16"); the type's name for what is no tensor.
        nbytes: bytes of its elements.
        minimum, maximum: over the finite elements; None where there are none or it is not numeric.
        mean, rms: over all elements; None where that is not finite or not numeric.
        nan, posinf, neginf: how many elements are so.
        text: a short rendering where the value is no tensor, or one of strings or of uneven rows.
        kept: the debuggee still holds the value.
        pending: minimum, maximum, mean, rms and the counts are still to come; an
            `opscope/summaries` event brings them. A value on the host that is not finite is never
            pending; of one on an accelerator that may become known a few ops later.
    """

    shape: tuple[int, ...]
    dtype: str
    device: str = "cpu"
    nbytes: int = 0
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    rms: float | None = None
    nan: int = 0
    posinf: int = 0
    neginf: int = 0
    text: str = ""
    kept: bool = True
    pending: bool = False

    @property
    def finite(self) -> bool:
        """No element is NaN or infinite."""
        return not (self.nan or self.posinf or self.neginf)

    @property
    def std(self) -> float | None:
        """Population standard deviation, sqrt(rms² − mean²)."""
        if self.mean is None or self.rms is None:
            return None
        return max(self.rms * self.rms - self.mean * self.mean, 0.0) ** 0.5


# A value in a run: (record, output slot), or (OUTSIDE, index into Graph.values).
Ref = tuple[int, int]
OUTSIDE = -1
NOTHING: Ref = (-2, -2)
# The record of a value that no run made: what an expression gave; the slot is its number.
RESULT = -3


@dataclass(frozen=True, slots=True)
class Frame:
    """An open scope of the run. Frame 0 is the root's; `turn` is the loop pass from 0, else -1."""

    parent: int
    scope: int
    turn: int = -1


@dataclass(frozen=True, slots=True)
class OpRecord:
    """One executed op.

    Attributes:
        op: index into Graph.ops.
        frame: index into Run.frames.
        duration: seconds the op itself took; where TensorFlow ran several ops at once, what it took
            when it last ran alone.
        inputs: what it read, in argument order.
        outputs: one summary for each output; in-place results count as outputs.
        source: index into Graph.sources, -1 where unknown.
        error: the message, where the op raised.
        forward: of a backward op, the record whose gradient it computes, -1 where unknown.
        gradient_of: of a backward op, for each output the forward value that it is a gradient of;
            NOTHING where that is not known.
    """

    op: int
    frame: int
    phase: Phase
    duration: float
    inputs: tuple[Ref, ...]
    outputs: tuple[TensorSummary, ...]
    source: int = -1
    error: str = ""
    forward: int = -1
    gradient_of: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A point between two ops: where the run, or the cursor, stands.

    Attributes:
        record: index that the next op to run has, or will have, as a record.
        op: the op about to run, -1 where a scope is about to be entered, or nothing follows.
        scope: the scope about to be entered, else the scope that `op` stands in.
        frame: the innermost open frame.
        source: index into Graph.sources, -1 where unknown.
    """

    record: int
    op: int = -1
    scope: int = 0
    frame: int = 0
    source: int = -1


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that the run stands at, or ended with.

    Attributes:
        kind: the name of its type.
        message: what it says, on one line.
        where: what raised it, for a sentence ("conv2d in stem").
        record: of the op that raised; -1 where it was Python code between two ops.
        caught: the model itself will catch it, as far as its source tells.
        shapes: sentences on the axes that do not fit, and where they parted.
    """

    kind: str
    message: str
    where: str
    record: int = -1
    caught: bool = False
    shapes: tuple[str, ...] = ()

    @property
    def error(self) -> str:
        """Type and message in one line."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


@dataclass(slots=True)
class Run:
    """The whole of what a client knows of one run."""

    graph: Graph = field(default_factory=Graph)
    frames: list[Frame] = field(default_factory=lambda: [Frame(-1, 0)])
    records: list[OpRecord] = field(default_factory=list["OpRecord"])
    state: RunState = RunState.LOADING
    head: Place = Place(0)
    cursor: Place | None = None
    message: str = ""
    stopped: bool = False  # died because the user asked for it
    edits: list[Edit] = field(default_factory=list["Edit"])
    changes: list[Change] = field(default_factory=list["Change"])  # against the unedited run
    failure: Failure | None = None  # while it stands at an error, and after it ended with one
    foreseen: Failure | None = None  # what a run without data came to; `record` is the graph's op
    unseen: dict[str, int] = field(default_factory=dict[str, int])  # ops of other threads, by name
    recasts: int = 0  # how often records went, or what is kept of them, for who remembers some
    _by_op: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])
    _gradients: dict[Ref, list[Ref]] = field(default_factory=dict[Ref, "list[Ref]"])
    _backward: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])

    @property
    def place(self) -> Place:
        """What the user looks at: the cursor where there is one, else the head."""
        return self.head if self.cursor is None else self.cursor

    @property
    def failing(self) -> int:
        """The record of the op whose error is looked at; -1 for none, or in the past."""
        if self.cursor is not None:
            return -1
        if self.failure is not None:
            return self.failure.record
        failed = self.state is RunState.FAILED and bool(self.records) and self.records[-1].error
        return len(self.records) - 1 if failed else -1

    def add_records(self, records: list[OpRecord]) -> None:
        """Append executed ops, in order."""
        for record in records:
            index = len(self.records)
            self._by_op.setdefault(record.op, []).append(index)
            if record.forward >= 0:
                self._backward.setdefault(record.forward, []).append(index)
            for slot, value in enumerate(record.gradient_of):
                if value != NOTHING:
                    self._gradients.setdefault(value, []).append((index, slot))
            self.records.append(record)

    def forget_from(self, record: int, frame: int) -> None:
        """Drop the records from one on, and the frames from one on: the run was rewound."""
        for index in range(len(self.records) - 1, record - 1, -1):
            row = self.records[index]
            self._by_op[row.op].pop()
            if row.forward >= 0:
                self._backward[row.forward].pop()
            for value in row.gradient_of:
                if value != NOTHING:
                    self._gradients[value].pop()
        self.recasts += 1
        del self.records[record:]
        del self.frames[max(frame, 1) :]

    def update_records(self, rows: dict[int, OpRecord]) -> None:
        """Put records in the place of those with the same index and op."""
        for index, row in rows.items():
            before, self.records[index] = self.records[index], row
            if any(
                (one.kept, one.shape) != (other.kept, other.shape)
                for one, other in zip(before.outputs, row.outputs, strict=False)
            ):
                self.recasts += 1

    def executions(self, op: int) -> list[int]:
        """Record indices of every execution of an op, oldest first."""
        return self._by_op.get(op, [])

    def backward_of(self, record: int) -> list[int]:
        """The records that compute the gradient of a forward one, in order."""
        return self._backward.get(record, [])

    def gradients(self, value: Ref) -> list[Ref]:
        """Outputs that are gradients of a value, oldest first. A later one has more of it: of a
        value that several ops read it is the sum, of a weight what was gathered."""
        return self._gradients.get(value, [])

    def last_execution(self, op: int, before: int | None = None) -> int:
        """Newest record of an op, below record index `before` where given; -1 if there is none."""
        limit = len(self.records) if before is None else before
        for index in reversed(self.executions(op)):
            if index < limit:
                return index
        return -1

    def frame_chain(self, frame: int) -> tuple[int, ...]:
        """Frames from the root's (included) down to `frame` (included)."""
        chain: list[int] = []
        while frame >= 0:
            chain.append(frame)
            frame = self.frames[frame].parent
        return tuple(reversed(chain))

    def between(self, place: Place) -> int:
        """The record right after which a place stands inside its scope, where the next op is not
        known; -1 where the place is before an op, or before a scope that is about to be entered."""
        last = place.record - 1
        if place.op >= 0 or not 0 <= last < len(self.records):
            return -1
        return last if place.frame in self.frame_chain(self.records[last].frame) else -1

    def turns(self, frame: int) -> tuple[int, ...]:
        """Loop passes around a frame, outermost first."""
        found = (self.frames[index].turn for index in self.frame_chain(frame))
        return tuple(turn for turn in found if turn >= 0)
