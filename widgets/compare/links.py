"""Which nodes of the two graphs stand for each other, and at which heights."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...tracers.ir import OUTSIDE, Ref, Run
from .couples import Couples
from .side_graph import SideGraph

Floats = npt.NDArray[np.float64]
PARALLEL = 0.4  # share of the way to the next pair on which both graphs move alike


class Link(NamedTuple):
    """A node of A and one of B.

    Attributes:
        couples: the numbers of what both show.
        first: the first divergence is there.
    """

    a: int
    b: int
    couples: tuple[int, ...]
    first: bool


@dataclass(slots=True)
class Heights:
    """Where pairs stand in both layouts, from the top down; both rise."""

    a: list[float] = field(default_factory=list[float])
    b: list[float] = field(default_factory=list[float])

    def turned(self) -> Heights:
        """From B to A."""
        return Heights(self.b, self.a)

    def across(self, y: float) -> float:
        """The height in B that faces one in A: near a pair, as far from it as in A."""
        if not self.a:
            return y
        after = bisect_right(self.a, y)
        if after == 0:
            return self.b[0] + y - self.a[0]
        if after == len(self.a):
            return self.b[-1] + y - self.a[-1]
        top, bottom = self.a[after - 1], self.a[after]
        other, end = self.b[after - 1], self.b[after]
        alike = PARALLEL * min(bottom - top, end - other)
        if y - top <= alike:
            return other + y - top
        if bottom - y <= alike:
            return end - (bottom - y)
        share = (y - top - alike) / (bottom - top - 2 * alike)
        return other + alike + share * (end - other - 2 * alike)


class Links:
    """Of two layouts."""

    def __init__(self, couples: Couples, a: SideGraph, b: SideGraph) -> None:
        first = couples.starts[0].number if couples.starts else -1
        runs = couples.story.a.run, couples.story.b.run
        nodes: tuple[dict[Ref, int], dict[Ref, int]] = {}, {}
        shared: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for couple in couples.rows:
            ends: list[int] = []
            for graph, run, known, ref in zip(
                (a, b), runs, nodes, (couple.a, couple.b), strict=True
            ):
                found = known.get(ref)
                if found is None:
                    found = known[ref] = _node(graph, run, ref)
                ends.append(found)
            if min(ends) >= 0:
                shared[ends[0], ends[1]].append(couple.number)
        self.rows = [
            Link(*ends, tuple(numbers), first in numbers)
            for ends, numbers in _mutual(shared, first).items()
        ]
        self.at = tuple(
            {row[side]: at for at, row in enumerate(self.rows)} for side in (0, 1)
        )  # by side, the row of a node
        self._node_of = nodes
        tops = [(a.middle_of(row.a), b.middle_of(row.b)) for row in self.rows]
        self.tops_a: Floats = np.array([one for one, _ in tops], np.float64)  # by row
        self.tops_b: Floats = np.array([other for _, other in tops], np.float64)
        self.heights = _rising(tops)

    def row_of(self, couples: Couples, number: int) -> int:
        """The link that shows a couple; -1 for none."""
        couple = couples.rows[number]
        ends = [known.get(ref, -1) for known, ref in zip(self._node_of, couple[1:3], strict=True)]
        found = self.at[0].get(ends[0], -1)
        return found if found >= 0 and self.rows[found].b == ends[1] else -1


def _node(graph: SideGraph, run: Run, ref: Ref) -> int:
    if ref[0] == OUTSIDE:
        return graph.node_of_value(ref[1])
    return graph.node_of_op(run.records[ref[0]].op)


def _mutual(
    shared: dict[tuple[int, int], list[int]], first: int
) -> dict[tuple[int, int], list[int]]:
    """Of each node the one that it shares most with, where that holds for both."""
    best: tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]] = {}, {}
    for ends, numbers in shared.items():
        weight = len(numbers) + (len(shared) if first in numbers else 0)
        for side in (0, 1):
            known = best[side].get(ends[side])
            if known is None or weight > known[0]:
                best[side][ends[side]] = weight, ends[1 - side]
    return {
        (a, b): numbers
        for (a, b), numbers in shared.items()
        if best[0][a][1] == b and best[1][b][1] == a
    }


def _rising(points: list[tuple[float, float]]) -> Heights:
    """As many of the points as rise in both; of those at one height the first."""
    points.sort()
    ends: list[float] = []  # the lowest end of a rising row of each length
    tails: list[int] = []
    before = [-1] * len(points)
    last = float("-inf")
    for at, (a, b) in enumerate(points):
        if a == last:
            continue
        last = a
        length = bisect_left(ends, b)
        before[at] = tails[length - 1] if length else -1
        if length == len(ends):
            ends.append(b)
            tails.append(at)
        else:
            ends[length] = b
            tails[length] = at
    found: list[tuple[float, float]] = []
    at = tails[-1] if tails else -1
    while at >= 0:
        found.append(points[at])
        at = before[at]
    found.reverse()
    return Heights([a for a, _ in found], [b for _, b in found])
