"""Statistics that are put off while the model runs free, and computed while it stands still."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar, runtime_checkable

from ..ir import OpRecord, Ref, Run, TensorSummary
from .backend import Backend
from .doubts import Doubts
from .history import History

T = TypeVar("T")
ANY = "any dtype"


@runtime_checkable
class Glancing(Protocol):
    """A backend that can tell cheaply that a value is finite, and compute its statistics later."""

    @property
    def moving(self) -> frozenset[str]:
        """Types of ops that give finite elements wherever they read finite ones alone: they move
        elements, or cut them off."""
        ...

    @property
    def spreading(self) -> frozenset[str]:
        """Types of ops whose first output is not finite wherever a tensor they read is not."""
        ...

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        """What `keep` gives, and a summary: whole, or pending where all elements are finite.

        `finite`: that they are is known already, if this is the value's dtype, or ANY.
        """
        ...

    def summarize_all(self, values: Sequence[object]) -> list[TensorSummary]:
        """Of kept values, which nothing writes to meanwhile; views of one storage read it once."""
        ...


class Elsewhere(Protocol):
    """What a backend does in one run about values that are not on the host, whose threads and
    memory are not the host's. Nothing waits for a device but `not_finite` and `durations`."""

    def took(self, ref: Ref, kept: object, nbytes: int) -> list[tuple[Ref, object]]:
        """A value was kept on its device; those that are to leave theirs, on the host."""
        ...

    def not_finite(self, now: bool) -> list[Ref]:
        """Values found to be not finite, a batch at a time; `now`: of all that are in doubt."""
        ...

    def start(self, given: Sequence[object]) -> object:
        """An op is about to read these; None where the host's clock tells its time."""
        ...

    def stop(self, start: object, record: int) -> None:
        """It has been given to its device, and will be this record."""
        ...

    def durations(self) -> list[tuple[int, float]]:
        """Seconds that records took on their devices, told once."""
        ...


@runtime_checkable
class Remote(Protocol):
    """A backend whose values may be on other devices."""

    def elsewhere(self) -> Elsewhere | None:
        """For one run; None where there are no other devices."""
        ...


class Late:
    """What is pending of one run. On the model's thread.

    A pending summary's value is kept: it is computed from that at the latest when the value is
    let go (`let_go`), so none stays pending for ever.

    Attributes:
        changed: indices of records whose summaries are new since `drain` last gave them.
    """

    def __init__(self, backend: Backend, run: Run, keeper: History) -> None:
        self.changed: set[int] = set()
        self._backend = backend
        self._glance = backend if isinstance(backend, Glancing) else None
        self._away = backend.elsewhere() if isinstance(backend, Remote) else None
        self._run = run
        self._keeper = keeper
        self._waiting: list[int] = []
        self._moving = self._glance.moving if self._glance is not None else frozenset[str]()
        spreading = self._glance.spreading if self._glance is not None else frozenset[str]()
        self._doubts = Doubts(run.graph, spreading)
        self._next = 0  # the record that comes next, unless the run is rewound

    @property
    def works(self) -> bool:
        """The backend can put statistics off."""
        return self._glance is not None

    def __len__(self) -> int:
        return len(self._waiting)

    def keep(
        self, record: int, outputs: Sequence[object], op: int = -1, inputs: Sequence[Ref] = ()
    ) -> tuple[TensorSummary, ...]:
        """Keep the outputs of a record that is about to be appended; what is known of them.

        `op`, `inputs`: whose outputs they are, and what it read.
        """
        assert self._glance is not None
        if record != self._next:
            self._rewound(record)
        self._next = record + 1
        if self._away is not None:
            self._look_away(self._away, False)
        finite, waits, spreads = self._known(op, inputs)
        taken = [
            self._glance.take(value, "" if waits and slot else finite)
            for slot, value in enumerate(outputs)
        ]
        for slot, (value, summary) in enumerate(taken):
            ref = (record, slot)
            self._keeper.put(ref, value, summary.nbytes)
            if self._away is not None and summary.pending and summary.device != "cpu":
                for old, moved in self._away.took(ref, value, summary.nbytes):
                    self._keeper.swap(old, moved)
        summaries = [summary for _, summary in taken]
        for slot, summary in enumerate(summaries):
            if not summary.pending:
                continue
            if self._keeper.get((record, slot)) is None:  # too large to be kept
                summaries[slot] = self._backend.summarize(outputs[slot])
            elif not self._waiting or self._waiting[-1] != record:
                self._waiting.append(record)
        if waits and summaries and summaries[0].pending:
            self._doubts.add((record, 0), inputs if spreads else ())
        elif spreads and len(self._doubts):
            if summaries and summaries[0].finite:
                self._doubts.dispel(inputs)
            else:
                self.make_sure()
        return tuple(summaries)

    def make_sure(self) -> None:
        """Look at the values that an op which reads them has not told of yet."""
        for ref, first in self._doubts.take():
            if self._is_not_finite(ref):
                late = [record for record in self._waiting if record >= first]
                self._waiting = [record for record in self._waiting if record < first]
                self._compute(late)

    def need(self, ref: Ref) -> TensorSummary:
        """All that can be known of an output of a record."""
        record, slot = ref
        known = self._run.records[record].outputs[slot]
        if known.pending and self._keeper.get(ref) is not None:
            self._compute([record])
            known = self._run.records[record].outputs[slot]
        return known

    def sure(self, ref: Ref) -> TensorSummary:
        """What is known of an output of a record, and whether it is finite for sure: also where
        that was put off until a reader tells."""
        record, slot = ref
        known = self._run.records[record].outputs[slot]
        if known.pending and (known.device != "cpu" or self._is_not_finite(ref)):
            return self.need(ref)
        return known

    def let_go(self, ref: Ref, value: object) -> None:
        """A value is about to be dropped."""
        record, slot = ref
        if record >= len(self._run.records):
            return  # its record is being made, and `keep` looks after it
        row = self._run.records[record]
        if slot < len(row.outputs) and row.outputs[slot].pending:
            self._put(record, {slot: self._backend.summarize(value)})

    def start(self, given: Sequence[object]) -> object:
        """An op is about to read these; None where the host's clock tells its time."""
        return None if self._away is None else self._away.start(given)

    def stop(self, start: object, record: int) -> None:
        """It has been given to its device, and will be this record."""
        assert self._away is not None
        self._away.stop(start, record)

    def settle(self, seconds: float | None = None) -> bool:
        """Compute what waits, newest first, for about so long; True where nothing is left."""
        end = None if seconds is None else time.perf_counter() + seconds
        self.make_sure()
        if self._away is not None:
            self._look_away(self._away, True)
        while self._waiting:
            some = self._waiting[-_AT_ONCE:]
            del self._waiting[-_AT_ONCE:]
            self._compute(some)
            if end is not None and time.perf_counter() >= end:
                break
        return not self._waiting

    def drain(self, most: int) -> list[int]:
        """Some indices of records whose summaries are new, each once."""
        some = [self.changed.pop() for _ in range(min(most, len(self.changed)))]
        return sorted(some)

    def _known(self, op: int, inputs: Sequence[Ref]) -> tuple[str, bool, bool]:
        """The dtype of outputs that are finite for sure, if they have it; whether to take them the
        first one to be finite until a reader tells; whether the op tells of what it read."""
        run = self._run
        if op < 0 or run.edits or self._away is not None:
            return "", False, False
        kind = run.graph.ops[op].type
        spreads = kind in self._doubts.spreading
        if kind in self._moving:
            return self._dtype_read(inputs), False, spreads
        waits = self._doubts.may_wait(op)
        return ANY if waits else "", waits, spreads

    def _dtype_read(self, inputs: Sequence[Ref]) -> str:
        """The dtype of what an op reads, if all of that is finite; else ""."""
        records = self._run.records
        for record, slot in inputs:
            outputs = records[record].outputs if record >= 0 else ()
            if slot >= len(outputs) or not outputs[slot].finite:
                return ""
        record, slot = inputs[0] if inputs else (-1, 0)
        return records[record].outputs[slot].dtype if record >= 0 else ""

    def _is_not_finite(self, ref: Ref) -> bool:
        value = self._keeper.get(ref)
        if value is None or ref[0] >= len(self._run.records):
            return False  # let go, and summarised before
        assert self._glance is not None
        return not self._glance.take(value)[1].pending

    def _rewound(self, record: int) -> None:
        """The record to come is not the one after the last: the run was rewound, or begins."""
        while self._waiting and self._waiting[-1] >= record:
            self._waiting.pop()
        self._doubts.forget_from(record)
        if not record:
            self._doubts.look_ahead()

    def _look_away(self, away: Elsewhere, now: bool) -> None:
        """What has come of the values on other devices; `now`: wait for it."""
        count = len(self._run.records)
        for record, slot in away.not_finite(now):
            if record < count and slot < len(self._run.records[record].outputs):
                self.need((record, slot))
        for record, seconds in away.durations() if now else ():
            if record < count:
                row = replace(self._run.records[record], duration=seconds)
                self._run.update_records({record: row})
                self.changed.add(record)

    def _compute(self, records: Sequence[int]) -> None:
        refs: list[Ref] = []
        values: list[object] = []
        for record in records:
            if record >= len(self._run.records):  # rewound since
                continue
            for slot, summary in enumerate(self._run.records[record].outputs):
                value = self._keeper.get((record, slot)) if summary.pending else None
                if value is not None:
                    refs.append((record, slot))
                    values.append(value)
        if not refs or self._glance is None:
            return
        found: dict[int, dict[int, TensorSummary]] = {}
        for (record, slot), summary in zip(refs, self._glance.summarize_all(values), strict=True):
            found.setdefault(record, {})[slot] = summary
        for record, summaries in found.items():
            self._put(record, summaries)

    def _put(self, record: int, summaries: dict[int, TensorSummary]) -> None:
        row = self._run.records[record]
        outputs = tuple(
            _as_on(old.device, summaries[slot]) if slot in summaries else old
            for slot, old in enumerate(row.outputs)
        )
        self._run.update_records({record: with_outputs(row, outputs)})
        self.changed.add(record)


_AT_ONCE = 64  # records


def putting_off(backend: Backend, run: Run, history: History) -> Late | None:
    """For the recorder of a run that keeps its values there; None where the backend cannot."""
    late = Late(backend, run, history)
    if not late.works:
        return None
    history.leaving = late.let_go
    return late


def _as_on(device: str, summary: TensorSummary) -> TensorSummary:
    """Of a value that may have left its device since."""
    return summary if summary.device == device else replace(summary, device=device)


def with_outputs(row: OpRecord, outputs: tuple[TensorSummary, ...]) -> OpRecord:
    """The record with other summaries."""
    return replace(row, outputs=outputs)


def next_job(get: Callable[[], T], empty: Callable[[], bool], work: Callable[[], bool]) -> T:
    """The next of a queue; while there is none, `work` is called as long as it has more to do."""
    while empty() and work():
        pass
    return get()
