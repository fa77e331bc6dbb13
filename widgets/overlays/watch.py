"""The overlay of ops that hit a watchpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ...tracers.ir import Run
from .amounts import Amounts
from .overlay import Combine, Overlay


class WatchOverlay(Overlay):
    """How often an op hit a watchpoint. `hits` gives the records that did, once for each hit."""

    name = "watch"
    title = "Watchpoint hits"
    help = "How often each op hit a watchpoint; passes of a loop and the ops of a group add up."
    combine = Combine.SUM
    missing = "No op has hit a watchpoint"

    def __init__(self, hits: Callable[[], list[int]] | None = None) -> None:
        self._hits = hits
        self._counts: Counter[int] = Counter()

    def begin(self, run: Run, amounts: Amounts) -> None:
        self._counts = Counter(self._hits() if self._hits is not None else [])

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        count = self._counts.get(index, 0)
        if count:
            amounts.add(run.records[index].op, float(count))

    def words(self, amount: float) -> str:
        return "1 hit" if round(amount) == 1 else f"{round(amount):,} hits"
