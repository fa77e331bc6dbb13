"""Which nodes of the two graphs stand for each other, and at which heights."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...tracers.ir import OUTSIDE
from .couples import Couples
from .side_graph import SideGraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
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
        self._scenes = a.scene, b.scene
        self._nodes = _nodes(couples, a, "A"), _nodes(couples, b, "B")
        self.rows = _mutual(*self._nodes, couples.starts[0].number if couples.starts else -1)
        ends = [
            np.array([row[side] for row in self.rows], np.int64) for side in (0, 1)
        ]  # by row, the nodes
        self.tops_a: Floats = a.middles()[ends[0]]
        self.tops_b: Floats = b.middles()[ends[1]]
        self._at = {row.a: at for at, row in enumerate(self.rows)}
        self.heights = _rising(list(zip(self.tops_a.tolist(), self.tops_b.tolist(), strict=True)))

    def fits(self, a: SideGraph, b: SideGraph) -> bool:
        """Both are still laid out so."""
        return self._scenes[0] is a.scene and self._scenes[1] is b.scene

    def row_of(self, number: int) -> int:
        """The link that shows a couple; -1 for none."""
        a, b = (int(nodes[number]) for nodes in self._nodes)
        found = self._at.get(a, -1)
        return found if found >= 0 and self.rows[found].b == b else -1


def _nodes(couples: Couples, graph: SideGraph, side: str) -> Ints:
    """Of each couple the node that shows it; -1 for none."""
    found = graph.nodes_of(couples.makers[side])
    for number in couples.outside:
        record, slot = couples.rows[number].ref(side)
        if record == OUTSIDE:
            found[number] = graph.node_of_value(slot)
    return found


def _mutual(a: Ints, b: Ints, first: int) -> list[Link]:
    """Of each node the one that it shares most with, where that holds for both."""
    seen = np.flatnonzero((a >= 0) & (b >= 0))
    if not len(seen):
        return []
    wide = int(b.max()) + 1
    ends, place, counts = np.unique(
        a[seen] * wide + b[seen], return_inverse=True, return_counts=True
    )
    weights = counts.astype(np.int64)
    if first >= 0 and a[first] >= 0 and b[first] >= 0:  # its line is to be seen
        weights[np.searchsorted(ends, a[first] * wide + b[first])] += len(seen)
    ones, others = ends // wide, ends % wide
    best = np.zeros(len(ends), np.int64)
    for nodes in (ones, others):
        order = np.lexsort((np.arange(len(ends)), -weights, nodes))
        leads = np.r_[True, nodes[order][1:] != nodes[order][:-1]]
        best[order[leads]] += 1
    members: list[int] = seen[np.argsort(place, kind="stable")].tolist()
    stops: list[int] = np.cumsum(counts).tolist()
    chosen: list[int] = np.flatnonzero(best == 2).tolist()
    at_a: list[int] = ones.tolist()
    at_b: list[int] = others.tolist()
    found: list[Link] = []
    for at in chosen:
        numbers = tuple(members[stops[at - 1] if at else 0 : stops[at]])
        found.append(Link(at_a[at], at_b[at], numbers, first in numbers))
    return found


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
