"""Watchpoints of a run: asked of each op as it runs, and of what ran before they were set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ..ir import OpRecord, Place, Run
from ..ir.watch_words import stop_words
from ..ir.watchpoint import Watch, WatchHit, Watchpoint, parse_watch, problem_of
from ..protocol.refusal import Refusal
from .arising import Arising
from .before import Before
from .earlier import Earlier
from .operands import Functions
from .recorder import Recorder
from .value_conditions import Execution, ValueConditions
from .watching import Telling, Watching

TOLD_EVERY = 0.2  # seconds, while what ran before is asked about
# The run is to stop behind an op: its place, inputs, outputs, and the sentence that says why.
Stop = Callable[[Place, Sequence[object], Sequence[object], str], None]


class Watchpoints:
    """Of one run. `set` is the reader's thread's; all else the model's, but `tell`.

    A watchpoint that is set while the model runs is asked from the next op on, and of what ran
    before as soon as the run stands still.
    """

    def __init__(
        self,
        run: Run,
        conditions: ValueConditions,
        functions: Functions,
        stop: Stop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.telling: Telling | None = None
        self._run = run
        self._conditions = conditions
        self._arising = Arising(run, conditions)
        self._earlier = Earlier(conditions)
        self._functions = functions
        self._stop = stop
        self._clock = clock
        self._lock = threading.Lock()  # over what `tell` reads
        self._wanted: tuple[Sequence[Watchpoint], Before] = ((), Before())
        self._taken = self._wanted
        self._rows: list[Watching] = []
        self._recorder: Recorder | None = None
        self._next_word = 0.0
        self._news = False  # they are others than were told of

    def set(
        self, points: Sequence[Watchpoint], before: Before, arising: frozenset[str] = frozenset()
    ) -> None:
        """Replace all; those that are none are left out. `arising`: see Arising.wanted."""
        self._arising.wanted = arising
        good = tuple(each for each in points if each.enabled and not problem_of(each.text))
        self._wanted = (good, before)
        self._arm()

    def attach(self, recorder: Recorder) -> None:
        """From now on this one records the run."""
        self._recorder = recorder
        self._arm()

    def looks_inside(self, op: int) -> bool:
        """A watchpoint that names ops names one inside of this, which may run as one."""
        graph = self._run.graph
        inner = graph.ops[op].inner
        if inner < 0:
            return False
        named = [watch for watch in map(_parsed, self._wanted[0]) if watch.where]
        return any(
            watch.fits(graph, index) and not watch.fits(graph, op)
            for watch in named
            for index, row in enumerate(graph.ops)
            if inner in graph.scope_chain(row.scope)
        )

    @property
    def names_ops(self) -> bool:
        """One of them names ops, which may be inside others."""
        return any(_parsed(point).where for point in self._wanted[0])

    def after(self, place: Place, given: Sequence[object], outputs: Sequence[object]) -> None:
        """An op has run; may hold the thread."""
        self.adopt(place.record)
        row = self._run.records[place.record]
        comparing = any(each.since_pass for each in self._rows)
        earlier = self._earlier.of(place.record) if comparing else {}
        done = Execution(place.record, row, outputs, given, earlier)
        reasons: list[str] = []
        compares = False
        for each in self._rows:
            if not each.fits(self._run.graph, row):
                continue
            if self._ask(each, done) and each.point.stop:
                reasons.append(stop_words(each.point.text, self._run.graph, row.op))
            compares = compares or each.since_pass
        if compares:
            with self._functions.quiet():
                self._earlier.take(place.record, outputs, _bytes(row))
        if self._arising.wanted:
            with self._functions.quiet():
                reasons = [*self._arising.reasons(done), *reasons]
        if reasons:
            self._stop(place, given, outputs, "; ".join(reasons))

    def adopt(self, record: int | None = None) -> None:
        """Take what was set last: `record` is the first that is asked about as it runs."""
        if self._wanted is self._taken:
            return
        self._earlier.forget()
        wanted = self._wanted
        points, before = wanted
        end = len(self._run.records) if record is None else record
        known = {each.point.text: each for each in self._rows}
        if before is not self._conditions.before:
            self._conditions.before = before
            known = {text: each for text, each in known.items() if not each.since_run}
        rows: list[Watching] = []
        for point in points:
            each = known.get(point.text)
            if each is None:
                each = Watching(point, parse_watch(point.text), end)
            each.point = point
            rows.append(each)
        with self._lock:
            self._rows = rows
            self._taken = wanted
            if self.telling is not None:
                self.telling.forget()
        self._news = True

    def recheck(self, seconds: float) -> bool:
        """Ask about what ran before, for about so long; True where nothing is left."""
        self.adopt()
        waiting = [each for each in self._rows if each.next < each.end]
        if not waiting and not self._news:
            return True
        self._news = False
        end = self._clock() + seconds
        records = self._run.records
        with self._functions.quiet():
            for each in waiting:
                while each.next < each.end:
                    index = each.next
                    if each.fits(self._run.graph, records[index]):
                        self._ask(each, Execution(index, records[index]))
                    each.next = index + 1
                    if self._clock() >= end:
                        self._tell_now_and_then()
                        return False
        self.tell()
        return True

    def stops_behind(self, record: int) -> bool:
        """A watchpoint that stops the run was hit by a record. Any thread."""
        if self._arising.stopped_behind(record):
            return True
        with self._lock:
            return any(each.point.stop and each.hit_at(record) for each in self._rows)

    def missed(self) -> frozenset[int]:
        """Records that could not be asked about, since a value was let go. Any thread."""
        with self._lock:
            return frozenset(record for each in self._rows for record in each.missed)

    def anew(self) -> Callable[[Place, Sequence[object], Sequence[object]], None]:
        """Is to be called after each op of a run that does the same once more: asks what was
        missed."""
        made: list[Earlier] = []

        def seen(place: Place, given: Sequence[object], outputs: Sequence[object]) -> None:
            if not made:
                made.append(self._compared())
            earlier, row = made[0], self._run.records[place.record]
            done = Execution(place.record, row, outputs, given, earlier.of(place.record))
            with self._functions.quiet():
                for each in self._rows:
                    if place.record in each.missed:
                        self._ask(each, done)
                earlier.take(place.record, outputs, _bytes(row))

        return seen

    def rewound(self, records: int) -> None:
        """The records from one on are forgotten."""
        self._conditions.executions.forget_from(records)
        self._arising.rewound(records)
        self._earlier.forget()
        with self._lock:
            for each in self._rows:
                each.forget_from(records)

    def tell(self) -> None:
        """Say what is new. Any thread."""
        if self.telling is not None:
            with self._lock:
                self.telling.tell(self._rows)

    def _compared(self) -> Earlier:
        """Takes what those that were missed are to be held against."""
        before = self._conditions.executions.before
        missed = {record for each in self._rows if each.since_pass for record in each.missed}
        return Earlier(self._conditions, {before(record) for record in missed})

    def _ask(self, each: Watching, done: Execution) -> bool:
        """Whether it holds; what comes of it is noted."""
        try:
            with self._functions.quiet():
                hit = self._conditions.hit(each.watch, done)
        except Refusal as error:
            with self._lock:
                if error.code == "not-kept":
                    each.missed.add(done.record)
                else:
                    each.problem = each.problem or str(error)
            return False
        with self._lock:
            each.missed.discard(done.record)
            if hit is not None:
                each.add(WatchHit(done.record, hit.slot, hit.what, hit.index))
        return hit is not None

    def _arm(self) -> None:
        if self._recorder is not None:
            asks = self._wanted[0] or self._arising.wanted
            self._recorder.watching = self.after if asks else None

    def _tell_now_and_then(self) -> None:
        now = self._clock()
        if now >= self._next_word:
            self._next_word = now + TOLD_EVERY
            self.tell()


def _bytes(row: OpRecord) -> int:
    return sum(output.nbytes for output in row.outputs)


def _parsed(point: Watchpoint) -> Watch:
    return parse_watch(point.text)
