"""Fuzzy search over many short texts, in slices that leave the window responsive."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from ..widgets.run.ranking import cost

_KEPT = 100  # best results
_CHECK_EVERY = 256  # entries between two looks at the clock


class Entry(NamedTuple):
    """Something that can be found; a tuple, as there are many.

    Attributes:
        kind: "action", "op" or "module".
        target: the action's id, or the index of the op or scope as text.
        text: what is shown first, and weighs most.
        note: what is shown after it in grey, and is searched, too.
        tail: what is shown at the right.
        mark: icon of an action or module, category token of an op.
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
    """One query at a time over fixed entries. Call `advance` until it says that it is done.

    Attributes:
        found: how many entries fit so far.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._hay = [entry.haystack for entry in entries]
        self._words: list[str] = []
        self._pool: Sequence[int] = ()
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
            and self._next >= len(self._pool)
            and len(words) >= len(self._words)
            and all(new.startswith(old) for new, old in zip(words, self._words, strict=False))
        )
        self._pool = self._hits if narrower else range(len(self._entries))
        self._words = words
        self._next = 0
        self._hits = []
        self._best = []

    def advance(self, seconds: float) -> bool:
        """Look on for about that long; True when every entry was looked at."""
        end = time.perf_counter() + seconds
        pool, hay, words = self._pool, self._hay, self._words
        while self._next < len(pool):
            stop = min(self._next + _CHECK_EVERY, len(pool))
            for place in range(self._next, stop):
                index = pool[place]
                entry = self._entries[index]
                price = cost(words, hay[index], len(entry.text))
                if price is not None:
                    self._hits.append(index)
                    self._keep(price + entry.weight, index)
            self._next = stop
            if time.perf_counter() >= end:
                break
        return self._next >= len(pool)

    def _keep(self, price: float, index: int) -> None:
        best = self._best
        if len(best) < _KEPT or (price, index) < best[-1]:
            insort(best, (price, index))
            del best[_KEPT:]

    def best(self) -> list[Entry]:
        """The best entries so far, best first."""
        return [self._entries[index] for _, index in self._best]
