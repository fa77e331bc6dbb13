"""Fingerprints of a run's values, and which of another run's may be equal."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..ir import Ref

Row = Any  # a fingerprint: elements, masked ones, rms, and what is relative to the rms


class Prints:
    """By value, in the order of the run.

    Attributes:
        classes: for each value the first that has the same elements, in whatever order.
        members: for each of these first ones, all that have its elements.
        blank: how many elements values of zeros alone have.
    """

    def __init__(self) -> None:
        self.rows: dict[Ref, Row] = {}
        self.classes: dict[Ref, Ref] = {}
        self.members: dict[Ref, list[Ref]] = defaultdict(list)
        self.blank: set[float] = set()

    def add(self, ref: Ref, row: Row, first: Ref) -> None:
        """The next value."""
        self.rows[ref] = row
        self.classes[ref] = first
        self.members[first].append(ref)
        if row[2] == 0.0:
            self.blank.add(float(row[0]))

    def zeros(self, ref: Ref) -> float:
        """How many elements a value of zeros alone has, -1 for any other."""
        row = self.rows.get(ref)
        return float(row[0]) if row is not None and row[2] == 0.0 and row[1] == 0 else -1.0

    def only(self, wanted: Callable[[Ref], bool]) -> Prints:
        """The classes that are wanted, with all of their members."""
        made = Prints()
        for first, members in self.members.items():
            if wanted(first):
                for ref in members:
                    made.add(ref, self.rows[ref], first)
        return made

    def renew(self, changed: Prints) -> None:
        """Put others in the place of some values."""
        fresh = {ref: row for ref, row in changed.rows.items() if ref in self.rows}
        self.rows.update(fresh)
        seconds: dict[Ref, Ref] = {}  # for firsts that are not among these values
        for ref in self.rows:
            first = changed.classes[ref] if ref in fresh else self.classes[ref]
            if first not in self.rows:
                first = seconds.setdefault(first, ref)
            elif (first in fresh) is not (ref in fresh):
                first = ref
            self.classes[ref] = first
        self.members.clear()
        for ref, first in self.classes.items():
            self.members[first].append(ref)

    def candidates(self, other: Prints, tolerance: float) -> Iterator[tuple[Ref, Ref]]:
        """Classes here with those of another run that may be equal to them. Values of zeros alone
        are told apart by nothing, and left out."""
        index: dict[tuple[float, float], list[tuple[float, Ref]]] = defaultdict(list)
        for ref in other.members:
            row = other.rows[ref]
            index[float(row[0]), float(row[1])].append((float(row[2]), ref))
        for rows in index.values():
            rows.sort()
        for ref in self.members:
            row = self.rows[ref]
            rms = float(row[2])
            if rms == 0.0:
                continue
            rows = index.get((float(row[0]), float(row[1])), [])
            place = bisect.bisect_left(rows, (rms * (1 - tolerance), (-9, -9)))
            while place < len(rows) and rows[place][0] <= rms * (1 + tolerance):
                theirs = other.rows[rows[place][1]]
                if float(np.abs(row[3:] - theirs[3:]).max()) <= max(5 * tolerance, 1e-3):
                    yield ref, rows[place][1]
                place += 1
