"""A run with the user's edits beside the run without them: where it goes back to, what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..ir import Change, Edit, Run, RunState
from ..protocol.columns import Strings, encode
from ..protocol.json_ir import to_json
from ..protocol.messages import CHANGES
from .backend import Program
from .builder import GraphBuilder
from .compare_runs import Baseline, Comparison
from .edits import Edits
from .gate import Gate
from .history import History
from .plain_run import PlainRun
from .replacements import Editable
from .watch import Watch
from .wire import Wire


@dataclass(frozen=True, slots=True)
class Return:
    """Where a run must go back to for its edits to fall.

    Attributes:
        record: of the first op that they touch, -1 for none that has run.
        after: right after it; else right before it.
        alone: the model must run without the edits first, whether or not the run goes back.
        prepare: to be done on the model's thread before anything else.
    """

    record: int
    after: bool
    alone: bool
    prepare: Callable[[], None]


class EditedRun:
    """For one run. `plan` is the reader thread's, while the run stands; all else the model's.
    `settle` computes the statistics that were put off.

    Attributes:
        edits: as the backend applies them.
        alone: the run without edits while it goes on.
    """

    def __init__(
        self,
        program: Program,
        builder: GraphBuilder,
        run: Run,
        history: History,
        gate: Gate,
        watch: Watch,
        wire: Wire,
        say: Callable[[str], None],
        settle: Callable[[], object],
    ) -> None:
        self.edits = Edits(run, program.backend)
        self.alone: PlainRun | None = None
        self._program = program
        self._builder = builder
        self._run = run
        self._history = history
        self._gate = gate
        self._watch = watch
        self._wire = wire
        self._say = say
        self._settle = settle
        self._comparison: Comparison | None = None
        self._baseline: Baseline | None = None
        self._rows: Sequence[Edit] = ()  # as the run stands
        self._told = False

    def plan(self, rows: Sequence[Edit], compare: bool = True) -> Return:
        """Take other edits; where the run must go back to for them. `compare`: the run is to be
        held against the one without edits, for which the model may have to run alone.

        Raises Refusal where values of this framework cannot be edited.
        """
        touched = self.edits.replace(rows)
        self._run.edits = list(rows)
        record, after = self._place(touched)
        first = record if record >= 0 else len(self._run.records)
        alone = False
        if compare and self._baseline is None and self.edits.any():
            alone = self._run.state is RunState.PAUSED

        def prepare() -> None:
            if not compare and self._baseline is None:
                return
            self._rows = rows
            if not rows:
                self._drop()
            elif self._baseline is not None:
                self._take(self._baseline, first)
            elif alone:
                self._begin(self._run_alone(first))
            elif self.edits.any():
                self._settle()
                baseline = Baseline(list(self._run.records), self._share(), whole=True)
                self._take(baseline, first)
                self._begin(baseline)

        return Return(record, after, alone, prepare)

    def rewound(self, rows: int) -> None:
        """The run's first rows stand as they were; those behind them are new or gone."""
        self.edits.forget_from(len(self._run.records))
        if self._comparison is not None:
            self._comparison.forget_from(rows)

    def renew(self) -> None:
        """The model has been left, and does more from now on: so does the run without edits."""
        if self._baseline is not None:
            first = max(0, self.edits.first_edited())
            self._drop()
            self._begin(self._run_alone(first))

    def tell(self) -> None:
        """The run stands: say what the edits have come to."""
        rows = self._rows  # others may be on their way
        if not rows and not self._told:
            return
        self._told = bool(rows)
        run = self._run
        run.changes = self._comparison.follow() if self._comparison is not None else []
        problems = self.edits.problems(run.state is RunState.FINISHED)
        strings = Strings()
        self._wire.event(
            CHANGES,
            {
                "edits": to_json(rows),
                "changes": encode(run.changes, Change, strings),
                "strings": strings.rows,
                "problems": [[id_, text] for id_, text in sorted(problems.items())],
                "notes": [[id_, text] for id_, text in sorted(self.edits.notes().items())],
            },
        )

    def _place(self, touched: Sequence[Edit]) -> tuple[int, bool]:
        """The first record that some edits touch, -1 for none, and whether right after it."""
        places: list[tuple[int, bool]] = []
        for edit in touched:
            record = self.edits.record_of(edit)
            if record >= 0:
                after = not edit.is_input and not self._run.records[record].error
                places.append((record, after))
        return min(places, default=(-1, False))

    # The run without edits

    def _begin(self, baseline: Baseline) -> None:
        """From here on the run is held against this one."""
        backend = self._program.backend
        assert isinstance(backend, Editable)  # Edits.replace has refused others
        self._baseline = baseline
        edited = self.edits.edited
        self._comparison = Comparison(self._run, self._history, backend, baseline, edited)

    def _drop(self) -> None:
        """No edit is left: nothing is to be compared, and the memory is the run's own again."""
        if self._baseline is not None:
            self._history.budget += self._baseline.values.budget
        self._baseline = self._comparison = None

    def _share(self) -> History:
        """Half of the memory for kept values, for those of the run without edits."""
        whole = self._history.budget
        self._history.budget = whole - whole // 2
        return History(whole // 2)

    def _take(self, baseline: Baseline, first: int) -> None:
        """Keep the values of the records from one on that no edit has touched so far."""
        last = self.edits.first_edited()
        for record in range(first, len(self._run.records) if last < 0 else last):
            for slot in range(len(self._run.records[record].outputs)):
                value = self._history.get((record, slot))
                if value is not None:
                    baseline.values.put((record, slot), value, self._history.size((record, slot)))

    def _run_alone(self, first: int) -> Baseline:
        """The model has been left; it runs without the edits."""
        self.alone = PlainRun(self._program, self._builder, self._gate, self._watch)
        try:
            baseline = self.alone.run(self._share(), first)
        finally:
            self.alone = None
        if not baseline.whole:
            self._say(
                f"The run without edits was broken off after {len(baseline.records):,} ops;"
                " what the edits change behind them is not told."
            )
        return baseline
