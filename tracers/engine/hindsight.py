"""What breakpoints ask of a run that is looked back at, from its records and kept values."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..ir import Breakpoint, Place, Run
from ..ir.conditions import Terms, terms_of
from ..protocol.refusal import Refusal
from .judge import Judge, Key, Names, bare, key_of
from .values import Values

# Every event that a breakpoint's place names, first to last.
Events = Callable[[Breakpoint], Iterable[Place]]


class Hindsight:
    """As the judge said while the run went by; asked anew where the breakpoint came later."""

    def __init__(self, run: Run, values: Values, judge: Judge) -> None:
        self._run = run
        self._values = values
        self._judge = judge
        self._turns: dict[Breakpoint, dict[Key, int]] = {}
        self._told: set[Breakpoint] = set()

    def forget(self) -> None:
        """The run was rewound: what its breakpoints come to is to be asked anew."""
        self._turns.clear()

    def stops(self, point: Breakpoint, event: Place, events: Events) -> bool:
        """It stops at this event, which its place names."""
        terms = terms_of(point)
        if terms.plain:
            return True
        if terms.message:
            return False
        key, tally = key_of(event), self._judge.tally(point)
        if tally is not None and key >= tally.since:
            return key in tally.stops
        if terms.hits is None:
            return self._holds(point, terms, event)
        turn = self._turn(point, terms, event, events)
        return turn > 0 and terms.hits.holds(turn)

    def _turn(self, point: Breakpoint, terms: Terms, event: Place, events: Events) -> int:
        """How often the condition held up to this event; 0 where it does not hold here."""
        turns, key = self._turns.get(bare(point), {}), key_of(event)
        if key not in turns:
            turns, count = {}, 0
            for item in events(point):
                held = self._holds(point, terms, item)
                count += held
                turns[key_of(item)] = count if held else 0
            self._turns[bare(point)] = turns
        return turns.get(key, 0)

    def _holds(self, point: Breakpoint, terms: Terms, event: Place) -> bool:
        if terms.condition is None:
            return True
        try:
            return self._judge.holds(terms.condition, self._names(event, terms.names))
        except Refusal as error:
            if bare(point) not in self._told:
                self._told.add(bare(point))
                label = point.label or point.where
                self._judge.say(f"Looking back, “{label}” cannot be asked: {error}")
            return False

    def _names(self, event: Place, wanted: frozenset[str]) -> Names:
        run, record = self._run, event.record
        row = run.records[record] if event.op >= 0 and record < len(run.records) else None
        given: list[object] = []
        if row is not None and "inputs" in wanted:
            given = [self._values.get(ref)[0] for ref in row.inputs]
        names = {**self._judge.named(event, given), "hits": 1}
        if row is not None:
            names["phase"] = row.phase.value
            names["shape"] = row.outputs[0].shape if row.outputs else None
            names["dtype"] = row.outputs[0].dtype if row.outputs else None
            if wanted & {"output", "outputs"}:
                count = len(row.outputs)
                outputs = [self._values.get((record, slot))[0] for slot in range(count)]
                names.update(self._judge.outputs(outputs))
        return names
