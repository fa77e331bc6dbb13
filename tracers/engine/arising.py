"""Stops a run where NaN or Inf comes up: DAP's exception filters of values."""

from __future__ import annotations

from ..ir import OUTSIDE, Ref, Run
from ..ir.watch_words import arising_words
from ..ir.watchpoint import Watch, parse_watch
from ..protocol.messages import INF, NAN
from ..protocol.refusal import Refusal
from .value_conditions import Execution, ValueConditions

_FILTERS = (NAN, INF)  # each is a watch as well


class Arising:
    """Of one run, on the model's thread but for `wanted`.

    It stops behind an op whose output holds what no value that another op made for it did: what
    merely goes on from there stops nothing.

    Attributes:
        wanted: the filters that are set, NAN and INF.
    """

    def __init__(self, run: Run, conditions: ValueConditions) -> None:
        self.wanted: frozenset[str] = frozenset()
        self._run = run
        self._conditions = conditions
        self._stopped: set[int] = set()

    def reasons(self, done: Execution) -> list[str]:
        """Sentences on what has come up in an op that has just run."""
        if done.row.error:
            return []
        wanted = [name for name in _FILTERS if name in self.wanted]
        found = [text for name in wanted if (text := self._reason(parse_watch(name), done))]
        if found:
            self._stopped.add(done.record)
        return found

    def stopped_behind(self, record: int) -> bool:
        """It stopped the run behind a record."""
        return record in self._stopped

    def rewound(self, records: int) -> None:
        """The records from one on are forgotten."""
        self._stopped = {record for record in self._stopped if record < records}

    def _reason(self, watch: Watch, done: Execution) -> str:
        try:
            hit = self._conditions.hit(watch, done)
            if hit is None or any(self._holds(watch, ref) for ref in done.row.inputs):
                return ""
        except Refusal:  # a value that cannot be asked, and that breakpoints tell of
            return ""
        return arising_words(watch, self._run.graph, done.row.op, hit.what)

    def _holds(self, watch: Watch, ref: Ref) -> bool:
        """An op that ran before gave what is watched for. What came from outside does not count:
        the first op that reads it is where it comes up."""
        if ref[0] == OUTSIDE or ref[0] >= len(self._run.records):
            return False
        return self._conditions.output_holds(watch, ref)
