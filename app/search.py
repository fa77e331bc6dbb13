"""Fuzzy search over many short texts, in slices that leave the window responsive."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from ..widgets.run.ranking import cost

KEPT = 100  # best results
_CHECK_EVERY = 256  # entries between two looks at the clock


class Entry(NamedTuple):
    """Something that can be found; a tuple, as there are many.

    Attributes:
        kind: "action", "op", "module", "value", "line" or "complete".
        target: the action's id, or an index as text.
        text: what is shown first, and weighs most.
        note: what is shown after it in grey, and is searched, too.
        tail: what is shown at the right.
        mark: category token of an op, icon of what is no op.
        weight: added to the cost; a lower sum comes first.
    """

    kind: str
    target: str
    text: str
    note: str = ""
    tail: str = ""
    mark: str = ""
    weight: float = 0.0

    @property
    def haystack(self) -> str:
        """What is searched."""
        return f"{self.text} {self.note} {self.tail}".lower()


class Search:
    """One query at a time over entries, which are taken in as it goes. Call `advance` until it
    says that it is done.

    Attributes:
        found: how many entries fit so far.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._source = iter(entries)
        self._gathered = False
        self._entries: list[Entry] = []
        self._hay: list[str] = []
        self._words: list[str] = []
        self._pool: Sequence[int] | None = None  # None: all, as they are taken in
        self._next = 0
        self._hits: list[int] = []
        self._best: list[tuple[float, int]] = []
        self.begin("")

    @property
    def found(self) -> int:
        """How many entries fit so far."""
        return len(self._hits)

    def begin(self, query: str) -> None:
        """Another query. What extends the last one looks only through what that one found."""
        words = query.lower().split()
        narrower = (
            bool(self._words)
            and self._done()
            and len(words) >= len(self._words)
            and all(new.startswith(old) for new, old in zip(words, self._words, strict=False))
        )
        self._pool = self._hits if narrower else None
        self._words = words
        self._next = 0
        self._hits = []
        self._best = []

    def clear(self) -> None:
        """Nothing is looked for, and nothing is found."""
        self.begin("")
        self._pool = ()

    def advance(self, seconds: float) -> bool:
        """Look on for about that long; True when every entry was looked at."""
        end = time.perf_counter() + seconds
        while not self._done():
            self._look(_CHECK_EVERY)
            if time.perf_counter() >= end:
                break
        return self._done()

    def _done(self) -> bool:
        if self._pool is not None:
            return self._next >= len(self._pool)
        return self._gathered and self._next >= len(self._entries)

    def _look(self, count: int) -> None:
        """Look at the next few entries."""
        if self._pool is None and self._next >= len(self._entries):
            new = list(islice(self._source, count))
            self._gathered = len(new) < count
            self._entries += new
            self._hay += [entry.haystack for entry in new]
        pool = range(len(self._entries)) if self._pool is None else self._pool
        stop = min(self._next + count, len(pool))
        for place in range(self._next, stop):
            index = pool[place]
            entry = self._entries[index]
            price = cost(self._words, self._hay[index], len(entry.text))
            if price is not None:
                self._hits.append(index)
                self._keep(price + entry.weight, index)
        self._next = stop

    def _keep(self, price: float, index: int) -> None:
        best = self._best
        if len(best) < KEPT or (price, index) < best[-1]:
            insort(best, (price, index))
            del best[KEPT:]

    def best(self) -> list[Entry]:
        """The best entries so far, best first."""
        return [self._entries[index] for _, index in self._best]

    def ranked(self) -> list[tuple[float, Entry]]:
        """The same with what each costs, its weight included."""
        return [(price, self._entries[index]) for price, index in self._best]
