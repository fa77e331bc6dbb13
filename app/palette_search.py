"""Looks for what is typed into the palette among ops, by the query language, and all else."""

from __future__ import annotations

from ..tracers.ir import Run
from ..widgets.run.completing import Completion, completions
from ..widgets.run.finder import Finder
from ..widgets.run.finding import Finding
from ..widgets.run.found import Found
from .action_set import ActionSet
from .palette_entries import OP_WEIGHT, completion_entry, entries_of, op_entry
from .search import KEPT, Entry, Search

_OFFERED = 4  # completions at once


class PaletteSearch:
    """One query at a time. Call `advance` until it says that it is done.

    Attributes:
        offers: what the query may go on with, as the first rows show it.
    """

    def __init__(self, actions: ActionSet, run: Run | None, finding: Finding, ops: bool) -> None:
        """`ops`: look for ops alone."""
        self._run = run
        self._only_ops = ops
        self._finder = Finder(finding.table)
        self._others = Search(() if ops else entries_of(actions, run))
        self.offers: list[Completion] = []
        self._text = ""

    @property
    def found(self) -> Found | None:
        """The ops that were found; None where nothing is looked for."""
        return self._finder.found

    @property
    def count(self) -> int:
        """How much fits so far, ops included."""
        ops = 0 if self.found is None else len(self.found.ops)
        return ops + self._others.found

    def begin(self, text: str, caret: int) -> None:
        """Another query."""
        self._text = text.strip()
        self.offers = completions(text, caret, self._run)[:_OFFERED]
        self._finder.begin(self._text)
        self._others.begin(self._text)

    def advance(self, seconds: float) -> bool:
        """Look on for about that long; True when it is done."""
        if not self._finder.advance(seconds):
            return False
        if self.found is not None and not self.found.plain:
            self._others.clear()  # filters and patterns are asked of ops
        return self._others.advance(seconds)

    def warm(self) -> None:
        """Make ready for a first word, where nothing is typed; go on with `advance`."""
        if not self._text:
            self._finder.warm()

    def entries(self) -> list[Entry]:
        """Completions, then the best of all so far."""
        offers = [completion_entry(*offer) for offer in enumerate(self.offers)]
        ranked = [(price, 0, number, entry) for number, (price, entry) in self._ranked_others()]
        ranked += [(price, 1, number, entry) for number, (price, entry) in self._ranked_ops()]
        ranked.sort(key=lambda row: row[:3])
        return offers + [entry for _, _, _, entry in ranked[:KEPT]]

    def _ranked_others(self) -> list[tuple[int, tuple[float, Entry]]]:
        return list(enumerate(self._others.ranked()))

    def _ranked_ops(self) -> list[tuple[int, tuple[float, Entry]]]:
        if self._run is None:
            return []
        graph = self._run.graph
        if self.found is not None:
            best = self.found.best(KEPT)
        elif self._only_ops and not self._text:
            best = [(0.0, op) for op in range(min(KEPT, len(graph.ops)))]
        else:
            best = []
        return [
            (number, (price + OP_WEIGHT, op_entry(graph, op)))
            for number, (price, op) in enumerate(best)
        ]
