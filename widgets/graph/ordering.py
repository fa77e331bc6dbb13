"""Orders the nodes of each row so that few wires cross: barycentre sweeps, the best order kept.

A row is ordered, and a gap counted, again only where something that it follows has changed.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence

from .rows import FEW, checked, unchecked

SWEEPS = 8
FEWEST = 2  # sweeps, however many nodes there are
EFFORT = 500_000  # nodes looked at in all sweeps together: of large rows only the first ones gain
PATIENCE = 2  # sweeps without gain before giving up


def order_rows(
    rows: list[list[int]],
    down: Sequence[Sequence[int]],
    up: Sequence[Sequence[int]],
    check: Callable[[], None] = unchecked,
) -> None:
    """Reorder `rows` in place."""
    order = _Order(rows, down, up, check)
    best = order.crossings()
    stale = 0
    for sweep in range(max(FEWEST, min(SWEEPS, EFFORT // max(1, len(down))))):
        if best == 0 or stale > PATIENCE:
            break
        order.sweep(downwards=sweep % 2 == 0)
        found = order.crossings()
        if found < best:
            best, stale = found, 0
            order.keep()
        else:
            stale += 1
    order.back()


class _Order:
    """The rows as they stand, and what changed of them."""

    def __init__(
        self,
        rows: list[list[int]],
        down: Sequence[Sequence[int]],
        up: Sequence[Sequence[int]],
        check: Callable[[], None],
    ) -> None:
        self._rows = rows
        self._down = down
        self._up = up
        self._check = check
        self._spot = [0] * len(down)
        self._gaps = [0] * len(rows)  # crossings below each row
        self._uncounted: set[int] = set(range(len(rows) - 1))
        self._due = bytearray([1]) * len(rows), bytearray([1]) * len(rows)  # upwards, downwards
        self._kept: dict[int, list[int]] = {}  # what changed since the best order, as it was then
        for row in checked(rows, check, FEW):
            self._number(row)

    def _number(self, row: Sequence[int]) -> None:
        for place, node in enumerate(row):
            self._spot[node] = place

    def keep(self) -> None:
        """This order is the best so far."""
        self._kept.clear()

    def back(self) -> None:
        """Return to the best order."""
        for index, row in self._kept.items():
            self._rows[index][:] = row

    def sweep(self, *, downwards: bool) -> None:
        """Put every node as near as its row lets it to those it joins in the row before."""
        rows, spot, due = self._rows, self._spot, self._due[downwards]
        last = len(rows) - 1
        toward = self._up if downwards else self._down
        for index in range(1, last + 1) if downwards else range(last - 1, -1, -1):
            row = rows[index]
            if not due[index] or len(row) < 2:
                continue
            self._check()
            centres, loose = _centres(row, toward, spot)
            due[index] = loose  # what joins nothing there goes by its own place
            ordered = sorted(range(len(row)), key=centres.__getitem__)
            if ordered == list(range(len(row))):
                continue
            self._kept.setdefault(index, row[:])
            row[:] = [row[at] for at in ordered]
            self._number(row)
            self._due[not downwards][index] = 1
            if index:
                self._due[False][index - 1] = 1
                self._uncounted.add(index - 1)
            if index < last:
                self._due[True][index + 1] = 1
                self._uncounted.add(index)

    def crossings(self) -> int:
        """How many pairs of wires cross, over all gaps."""
        for index in checked(self._uncounted, self._check, FEW):
            self._gaps[index] = _crossings(self._rows[index], self._down, self._spot)
        self._uncounted.clear()
        return sum(self._gaps)


def _centres(
    row: Iterable[int], toward: Sequence[Sequence[int]], spot: list[int]
) -> tuple[list[float], bool]:
    """Mean place of each node's neighbours, its own where it has none; whether any has none."""
    centres: list[float] = []
    loose = False
    at = spot.__getitem__
    for node in row:
        near = toward[node]
        if len(near) == 1:
            centres.append(spot[near[0]])
        elif near:
            centres.append(sum(map(at, near)) / len(near))
        else:
            centres.append(spot[node])
            loose = True
    return centres, loose


def _crossings(row: Sequence[int], down: Sequence[Sequence[int]], spot: list[int]) -> int:
    """Pairs of ends, taken from left to right, that stand the wrong way round."""
    if len(row) < 2:
        return 0
    ends: list[int] = []
    at = spot.__getitem__
    for node in row:
        near = down[node]
        if len(near) == 1:
            ends.append(spot[near[0]])
        else:
            ends += sorted(map(at, near))
    total, most = 0, -1
    seen: list[int] = []
    for end in ends:
        if end >= most:
            most = end
            seen.append(end)
        else:
            total += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return total
