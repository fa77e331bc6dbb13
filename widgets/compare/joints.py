"""Which links are in sight, and how they are painted."""

from __future__ import annotations

import numpy as np

from .couples import Couples
from .link_painting import Joint
from .links import Floats, Links
from .measure import Measure, worst

_STRAIGHT = 1.6  # px of difference that whole pixels make
_BEYOND = 40  # px beside what is seen
_MOST = 500  # at once


class Joints:
    """Of two layouts, by one measure; made anew with either."""

    def __init__(self, links: Links, couples: Couples, measure: Measure) -> None:
        self._links, self._measure = links, measure
        self._errors = couples.errors(measure.metric)
        self._starts = {row.number: at for at, row in enumerate(couples.starts)}
        self._first = couples.starts[0].number if couples.starts else -1
        self._known: dict[int, tuple[float | None, int]] = {}
        self._seen: tuple[object, list[Joint]] = (None, [])

    def seen(self, a: Floats, b: Floats, height: float, chosen: int) -> list[Joint]:
        """Those that touch the height, given all heights on the screen; `chosen`: a couple.

        Of very many, every n-th; those that say most always.
        """
        sign = (float(a[0]), float(a[-1]), float(b[0]), float(b[-1]), height, chosen)
        if len(a) and self._seen[0] == sign:
            return self._seen[1]
        high, low = np.minimum(a, b), np.maximum(a, b)
        near = (high > -height) & (low < 2 * height) & (low > -_BEYOND) & (high < height + _BEYOND)
        rows: list[int] = np.flatnonzero(near).tolist()
        shown = self._links.row_of(chosen) if chosen >= 0 else -1
        if len(rows) > _MOST:
            step = -(-len(rows) // _MOST)
            starts = {self._links.row_of(number) for number in self._starts}
            rows = sorted({*rows[::step], *(starts | {shown}).intersection(rows)})
        found = [self._joint(row, float(a[row]), float(b[row]), row == shown) for row in rows]
        self._seen = sign, found
        return found

    def _joint(self, row: int, a: float, b: float, selected: bool) -> Joint:
        link = self._links.rows[row]
        known = self._known.get(row)
        if known is None:
            error = worst([self._errors[number] for number in link.couples])
            starts = (self._starts[number] for number in link.couples if number in self._starts)
            known = self._known[row] = error, next(starts, -1)
        error, start = known
        if link.first:
            error = self._errors[self._first]
        return Joint(
            row,
            a,
            a if abs(a - b) < _STRAIGHT else b,
            error,
            link.first or self._measure.over(error),
            link.first,
            selected,
            start + 1 if start > 0 and not link.first else 0,
        )
