"""Finds the ops that a query asks for, in slices that leave the window responsive."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

import numpy as np

from ...tracers.ir import Passes, SourceLine
from .found import Bools, Floats, Found, Ints, nothing
from .op_table import Entry, OpTable
from .query import Part, Query, parse
from .query_filters import FILTERS, BadQuery, Test
from .ranking import cost, letters

_CHUNK = 512  # entries between two looks at the clock
_PIECES = {"type": 0.0, "note": 6.0, "param": 8.0, "shape": 8.0}  # what a word costs more there
_PATH, _CLASS = 6.0, 9.0
_SCOPES = ("scope", "module", "phase")
_FUZZY = ("type", "note", "param")
_BY_NUMBER = 0.0
_LONG = 10  # digits of what is no number of an op
_BETWEEN = re.compile(r"(?<=\d)x(?=\d)")  # as typed in a shape
_T = TypeVar("_T")
Steps = Generator[None, None, Bools]
Costs = Generator[None, None, Floats]


class Finder:
    """One query at a time. Call `advance` until it says that it is done.

    Attributes:
        found: of the newest query that was gone through; None for the empty one.
    """

    def __init__(self, table: OpTable) -> None:
        self._table = table
        self._passes = Passes(table.run.graph)
        self._work: Iterator[None] = iter(())
        self._ops = self._records = 0
        self.found: Found | None = None

    def begin(self, text: str) -> None:
        """Another query; the last one, if it is not done, is given up."""
        run = self._table.run
        self._ops, self._records = len(run.graph.ops), len(run.records)
        try:
            self._work = self._find(text, parse(text))
        except BadQuery as error:
            self.found = nothing(text, self._ops, str(error))
            self._work = iter(())

    def warm(self) -> None:
        """Make the columns that words are looked for in; go on with `advance`."""
        self._work = self._warm()

    def advance(self, seconds: float) -> bool:
        """Look on for about that long; True when it is done."""
        end = time.perf_counter() + seconds
        return all(time.perf_counter() < end for _ in self._work)

    def _find(self, text: str, query: Query) -> Iterator[None]:
        if not query.parts:
            self.found = None
            return
        mask, costs = np.ones(self._ops, bool), np.zeros(self._ops)
        executed: Bools | None = None
        for part in query.parts:
            if part.test is not None and part.name and FILTERS[part.name].executed:
                fits = yield from self._measure(part.name, part.test)
                if part.negated:
                    mask &= ~self._ops_of(fits)
                else:
                    executed = fits if executed is None else executed & fits
            elif part.word and not part.negated:
                found = yield from self._word(part.word)
                costs += found
                mask &= np.isfinite(found)
            else:
                fits = yield from self._part(part)
                mask &= ~fits if part.negated else fits
        if executed is not None:
            executed &= mask[self._table.ops(self._records)]
            mask = self._ops_of(executed)
        ops = np.flatnonzero(mask).astype(np.int32)
        self.found = Found(text, "", query.plain, ops, mask, executed, costs[ops])

    def _ops_of(self, executed: Bools) -> Bools:
        """Ops of which an execution fits."""
        mask = np.zeros(self._ops, bool)
        mask[self._table.ops(self._records)[executed]] = True
        return mask

    def _measure(self, name: str, test: Test) -> Steps:
        """Executed ops for which a filter over numbers holds."""
        column = self._table.measured(name)
        yield from column.follow(self._records)
        return (yield from _each(column.numbers[: self._records].tolist(), test))

    def _part(self, part: Part) -> Steps:
        """Ops for which a filter, a pattern or a word holds."""
        if part.test is None:
            return np.isfinite((yield from self._word(part.word)))
        if not part.name:
            return (yield from self._pattern(part.test))
        if part.name in _SCOPES:
            fits = yield from self._scopes(part.name, part.test)
            return fits[(yield from self._scope_of())]
        codes = yield from self._codes(part.name)
        entries = self._table.coded(part.name).entries
        if part.name == "line":
            lines = self._table.run.graph.sources
            entries = [_place(lines, entry) for entry in entries]
        return (yield from _each(entries, _of_any(part.test)))[codes]

    def _pattern(self, test: Test) -> Steps:
        """Ops with something that a pattern is found in."""
        mask = np.zeros(self._ops, bool)
        for name in _PIECES:
            codes = yield from self._codes(name)
            column = self._table.coded(name)
            entries = column.lower if name == "shape" else column.entries
            mask |= (yield from _each(entries, _of_any(test)))[codes]
        rows = self._table.run.graph.scopes
        paths = yield from _each([row.path for row in rows], test)
        return mask | paths[(yield from self._scope_of())]

    def _scopes(self, name: str, test: Test) -> Steps:
        """Scopes for which a filter holds, or for one around them."""
        rows = self._table.run.graph.scopes
        if name == "phase":
            roots = map(self._passes.root, range(len(rows)))
            words = ["backward" if root >= 0 else "forward" for root in roots]
            return (yield from _each(words, test))
        texts = [row.path.lower() if name == "scope" else row.type.lower() for row in rows]
        fits = yield from _each(texts, test)
        for index in range(1, len(rows)):  # parents always come first
            fits[index] |= fits[rows[index].parent]
        return fits

    # Words.

    def _word(self, word: str) -> Costs:
        """What a word costs at each op. Its letters alone count where it is found nowhere."""
        costs = yield from self._costs(word, fuzzy=False)
        if word.isdecimal() and len(word) < _LONG and 1 <= int(word) <= self._ops:
            costs[int(word) - 1] = _BY_NUMBER
        if len(word) > 1 and not np.isfinite(costs).any():
            costs = yield from self._costs(word, fuzzy=True)
        return costs

    def _costs(self, word: str, fuzzy: bool) -> Costs:
        costs = np.full(self._ops, np.inf)
        for name in _FUZZY if fuzzy else _PIECES:
            codes = yield from self._codes(name)
            texts = self._table.coded(name).lower
            wanted = _BETWEEN.sub("×", word) if name == "shape" else word
            costs = np.minimum(
                costs, (yield from _priced(wanted, texts, fuzzy))[codes] + _PIECES[name]
            )
        rows = self._table.run.graph.scopes
        paths = (yield from _priced(word, [row.path.lower() for row in rows], fuzzy)) + _PATH
        kinds = (yield from _priced(word, [row.type.lower() for row in rows], fuzzy)) + _CLASS
        return np.minimum(costs, np.minimum(paths, kinds)[(yield from self._scope_of())])

    # Columns.

    def _warm(self) -> Iterator[None]:
        for name in (*_PIECES, "scope"):
            yield from self._codes(name)

    def _codes(self, name: str) -> Generator[None, None, Ints]:
        column = self._table.coded(name)
        yield from column.follow(self._ops, self._records)
        return column.codes[: self._ops]

    def _scope_of(self) -> Generator[None, None, Ints]:
        codes = yield from self._codes("scope")
        return np.array(self._table.coded("scope").entries, np.int32)[codes]


def _each(entries: Sequence[_T], test: Callable[[_T], bool]) -> Steps:
    """Whether a test holds, for each entry."""
    fits = np.zeros(len(entries), bool)
    for first in range(0, len(entries), _CHUNK):
        some = entries[first : first + _CHUNK]
        fits[first : first + len(some)] = [test(entry) for entry in some]
        yield
    return fits


def _priced(word: str, texts: Sequence[str], fuzzy: bool) -> Costs:
    """What a word costs in each text; where it is not held, its letters in order, if `fuzzy`."""
    prices = np.full(len(texts), np.inf)
    words, search = (word,), letters(word).search
    for first in range(0, len(texts), _CHUNK):
        for index in range(first, min(first + _CHUNK, len(texts))):
            text = texts[index]
            if word in text or (fuzzy and search(text)):
                price = cost(words, text, len(text))
                prices[index] = np.inf if price is None else price
        yield
    return prices


def _of_any(test: Test) -> Callable[[Entry], bool]:
    """A test of an entry, or of any of several, in lower case."""

    def holds(entry: Entry) -> bool:
        if isinstance(entry, tuple):
            return any(test(one.lower() if isinstance(one, str) else one) for one in entry)
        return test(entry.lower() if isinstance(entry, str) else entry)

    return holds


def _place(lines: Sequence[SourceLine], entry: Entry) -> str:
    """A line of source as filters are asked of it, "" where it is not known."""
    if not isinstance(entry, int) or not 0 <= entry < len(lines):
        return ""
    row = lines[entry]
    return f"{row.file}:{row.line}".replace("\\", "/")
