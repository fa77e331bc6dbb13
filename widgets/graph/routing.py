"""Routes links through the gaps between rows: vertical wires, one horizontal track for each tensor.

A wire that leaves the row it started in is horizontal only inside a gap, where no box is, or beside
the box it ends at, where nothing else stands.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .rows import FEW, Box, Link, Margins, Point, Rows, checked, let_go, unchecked

GAP = 24.0  # height of a gap with one track or none
TRACK = 8.0  # between tracks
LEAD = 10.0  # above the first track
DEEPEST = 26  # tracks beyond which they move closer together
COMPARED = 48  # wires of a gap up to which every pair is weighed
PORT_GAP = 16.0
EDGE = 14.0  # kept free at a box's corners
STRAIGHT = 0.5  # px; less is no bend
PAST = 7.0  # between a box and a turned link beside it
CLEAR = 6.0  # the same above and below
LOOP = 9.0  # reach of a link from a box to itself

Start = tuple[int, float]  # node, x
End = tuple[int, float | None]  # node, its fixed port or None
_Step = tuple[tuple[int, ...], float, float | None]  # nodes from row to row, ports at both ends


@dataclass(slots=True)
class Wire:
    """All that leaves one point into one gap.

    Attributes:
        x: where it starts.
        ends: x at the gap's lower side, by (node, port).
        low, high: both ends of the horizontal part, once the ports are chosen.
        track: number of its horizontal track, -1 where it runs straight.
    """

    x: float
    ends: dict[End, float] = field(default_factory=dict[End, float])
    low: float = 0.0
    high: float = 0.0
    track: int = -1

    def span(self) -> bool:
        """Find the horizontal part; whether there is any."""
        if not self.ends:
            return False
        self.low = min(self.x, *self.ends.values())
        self.high = max(self.x, *self.ends.values())
        return self.high - self.low > STRAIGHT


class Router:
    """Finds ports, tracks and the height of every gap, then answers with polylines."""

    def __init__(
        self,
        rows: Rows,
        boxes: Sequence[Box],
        x: Sequence[float],
        margins: Margins,
        has_tops: bool,
        has_bottoms: bool,
    ) -> None:
        self._rows = rows
        self._boxes = boxes
        self._x = x
        self._wires: list[dict[Start, Wire]] = [{} for _ in rows.rows]
        self._tracks = [0] * len(rows.rows)
        self._side: dict[tuple[int, int], float] = {}
        self._into = [0] * len(x)  # links that end at each box
        self._spot: dict[int, int] = {}
        self.width = 0.0
        self._margins = margins
        self._has_tops = has_tops
        self._has_bottoms = has_bottoms
        self._row_y: list[float] = []
        self._row_height: list[float] = []
        self._track_y: list[list[float]] = []
        self.height = 0.0

    def collect(
        self,
        links: Sequence[Link],
        turned: set[tuple[int, int]],
        check: Callable[[], None] = unchecked,
    ) -> list[list[Point]]:
        """Route all links; those in `turned` are drawn against the rows' direction."""
        for row in checked(self._rows.rows, check, FEW):
            self._spot.update(zip(row, range(len(row)), strict=True))
            self.width = max(self.width, self._x[row[-1]] + self._rows.right[row[-1]])
        for nodes in checked(self._rows.ways, check):
            if nodes:
                self._into[nodes[-1]] += 1
        steps: list[_Step | None] = []
        for link, nodes in checked(zip(links, self._rows.ways, strict=True), check):
            if not nodes:
                steps.append(None)
                continue
            _, _, _, out_at, in_at = link
            if turned and (link.source, link.target) in turned:
                out_at, in_at = in_at, out_at
            step = nodes, out_at or 0.0, in_at
            self._enter(*step)
            steps.append(step)
        for gap in range(len(self._rows.rows) - 1):
            check()
            self._choose_ports(gap)
            self._tracks[gap] = _choose_tracks(self._wires[gap].values())
        self._stack(check)
        routes: list[list[Point]] = []
        for link, step in checked(zip(links, steps, strict=True), check):
            if step is None:
                routes.append(self._loop(link))
                continue
            route = self._polyline(*step)
            if turned and (link.source, link.target) in turned:
                route = self._around(link, route[::-1])
            routes.append(route)
        return routes

    def let_go(self, check: Callable[[], None]) -> None:
        """Free what was needed to find the routes."""
        let_go(self._wires, check)

    def _around(self, link: Link, route: list[Point]) -> list[Point]:
        """Lead a turned link past boxes with ports: out of them below, into them from above."""
        if link.out_at is not None:
            x, top = route[0]
            past = self._past(link.source, x)
            route = [(x, top + self._rows.height[link.source]), *past[:-1], *route[1:]]
        if link.in_at is not None:
            route = [*route[:-1], *self._past(link.target, route[-1][0])]
        return route

    def _past(self, node: int, x: float) -> list[Point]:
        """From below a box at `x`, up beside it, to its upper side at `x`."""
        middle = self._x[node]
        left, right = middle - self._rows.left[node], middle + self._rows.right[node]
        side = left - PAST if left >= PAST and x - left < right - x else right + PAST
        self.width = max(self.width, side)
        top = self.top_of(node)
        low, high = top + self._rows.height[node] + CLEAR, top - CLEAR
        return [(x, low), (side, low), (side, high), (x, high), (x, top)]

    def top_of(self, node: int) -> float:
        """y of a box's upper side."""
        row = self._rows.row[node]
        return self._row_y[row] + (self._row_height[row] - self._rows.height[node]) / 2

    # How a link runs from row to row, and the ports at both ends.

    def _enter(self, nodes: tuple[int, ...], out_at: float, in_at: float | None) -> None:
        x, row, last = self._x, self._rows.row, nodes[-1]
        for a, b in itertools.pairwise(nodes):
            at = out_at if a == nodes[0] else 0.0
            port = in_at if b == last else 0.0
            if self._straight(a, at, b, port):
                continue
            wires = self._wires[row[a]]
            wire = wires.get((a, at))
            if wire is None:
                wire = wires[a, at] = Wire(x[a] + at)
            wire.ends.setdefault((b, port), x[b] + (port or 0.0))

    def _straight(self, a: int, out_at: float, b: int, in_at: float | None) -> bool:
        """Whether a wire runs straight down, and nothing else leaves `a` or ends at `b`."""
        even = not in_at and self._x[a] + out_at == self._x[b]
        return even and len(self._rows.down[a]) == 1 and self._into[b] <= 1

    # Where wires enter a box that leaves it to the layout.

    def _choose_ports(self, gap: int) -> None:
        wires = self._wires[gap]
        incoming: dict[int, list[tuple[float, Start]]] = {}
        for start, wire in wires.items():
            for node, port in wire.ends:
                if port is None:
                    incoming.setdefault(node, []).append((wire.x, start))
        for node, starts in incoming.items():
            if len(starts) > 1:
                starts.sort()
                starts = self._enter_beside(gap, node, starts)
            ports = self._ports(node, [x for x, _ in starts])
            for (_, start), at in zip(starts, ports, strict=True):
                wires[start].ends[node, None] = at

    def _enter_beside(
        self, gap: int, node: int, starts: list[tuple[float, Start]]
    ) -> list[tuple[float, Start]]:
        """Let the outermost long wire come in at the box's side; the ones left for the top."""
        for side in (1, -1):
            if len(starts) < 2:
                break
            x, start = starts[-1 if side > 0 else 0]
            if start[0] >= self._rows.boxes and self._free_beside(node, x, side, start[0]):
                self._side[start[0], node] = x
                del self._wires[gap][start].ends[node, None]
                starts = starts[:-1] if side > 0 else starts[1:]
        return starts

    def _free_beside(self, node: int, x: float, side: int, waypoint: int) -> bool:
        """Whether a wire may come down at `x` and turn into the box's side."""
        box = self._boxes[node]
        reach = box.right if side > 0 else box.left
        body = box.body_right if side > 0 else box.body_left
        away = (x - self._x[node]) * side
        if box.height <= 0 or body < reach or away < reach + LEAD:
            return False
        row = self._rows.rows[self._rows.row[node]]
        at = self._spot[node] + side
        while 0 <= at < len(row):
            other = row[at]
            if other not in self._rows.down[waypoint] or other < self._rows.boxes:
                near = self._rows.left[other] if side > 0 else self._rows.right[other]
                return (self._x[other] - x) * side - near > LEAD
            at += side
        return True

    def _ports(self, node: int, starts: list[float]) -> list[float]:
        """x of the ports of wires that come from `starts`, sorted."""
        box, middle = self._boxes[node], self._x[node]
        low, high = middle - box.body_left + EDGE, middle + box.body_right - EDGE
        count = len(starts)
        if low >= high:
            return [middle] * count
        if count == 1:
            x = starts[0]
            near = low <= x <= high and abs(x - middle) <= 0.35 * (high - low)
            return [x if near else middle]
        inset = 0.16 * (high - low)
        ports = [x if low <= x <= high else min(max(x, low + inset), high - inset) for x in starts]
        apart = min(PORT_GAP, (high - low) / (count - 1))
        anchor = min(
            range(count), key=lambda i: (abs(ports[i] - starts[i]), abs(ports[i] - middle))
        )
        ports[anchor] = min(
            max(ports[anchor], low + apart * anchor), high - apart * (count - 1 - anchor)
        )
        for index in range(anchor + 1, count):
            most = high - apart * (count - 1 - index)
            ports[index] = min(max(ports[index], ports[index - 1] + apart), most)
        for index in range(anchor - 1, -1, -1):
            least = low + apart * index
            ports[index] = max(min(ports[index], ports[index + 1] - apart), least)
        return ports

    # Heights.

    def _stack(self, check: Callable[[], None]) -> None:
        rows = self._rows
        y = 0.0
        last = len(rows.rows) - 1
        for index, row in enumerate(checked(rows.rows, check, FEW)):
            height = max((rows.height[node] for node in row if node < rows.boxes), default=0.0)
            self._row_y.append(y)
            self._row_height.append(height)
            y += height
            if index == last:
                break
            tracks = self._tracks[index]
            extra = 0.0
            gap = GAP
            if index == 0 and self._has_tops:
                extra = self._margins.top + (LEAD if tracks else 0.0)
            elif index == last - 1 and self._has_bottoms and not tracks:
                gap = self._margins.bottom
            spacing = TRACK * min(1.0, DEEPEST / tracks) if tracks else 0.0
            self._track_y.append([y + extra + LEAD + spacing * track for track in range(tracks)])
            y += gap + extra + spacing * max(0, tracks - 1)
        self.height = y

    # Polylines.

    def _polyline(self, nodes: tuple[int, ...], out_at: float, in_at: float | None) -> list[Point]:
        first, last = nodes[0], nodes[-1]
        x = self._x[first] + out_at
        points = [(x, self.top_of(first) + self._rows.height[first])]
        for a, b in itertools.pairwise(nodes):
            at = out_at if a == first else 0.0
            port = in_at if b == last else 0.0
            if self._straight(a, at, b, port):
                continue
            if port is None and (a, b) in self._side:
                beside, box = self._side[a, b], self._boxes[b]
                y = self.top_of(b) + box.height / 2
                edge = box.body_right if beside > self._x[b] else -box.body_left
                return [*points, (beside, y), (self._x[b] + edge, y)]
            gap = self._rows.row[a]
            wire = self._wires[gap][a, at]
            end = wire.ends[b, port]
            if abs(end - x) > STRAIGHT:
                y = self._track_y[gap][wire.track]
                points += [(x, y), (end, y)]
                x = end
        points.append((x, self.top_of(last)))
        return points

    def _loop(self, link: Link) -> list[Point]:
        node = link.source
        box = self._boxes[node]
        if link.in_at is not None or link.out_at is not None:  # from what is inside, or to it
            out, into = self._x[node] + (link.out_at or 0.0), self._x[node] + (link.in_at or 0.0)
            past = self._past(node, into)
            low = past[0][1]
            return [(out, low - CLEAR), (out, low), *past[1:]]
        # At the right, unless something stands there and not at the left.
        side = -1 if box.body_right < box.right and box.body_left == box.left else 1
        x = self._x[node] + (box.body_right if side > 0 else -box.body_left)
        y = self.top_of(node) + box.height / 2
        reach = min(LOOP, box.height / 2)
        out = x + LOOP * side
        return [(x, y - reach), (out, y - reach), (out, y + reach), (x, y + reach)]


# Which wire takes which track.


def _choose_tracks(wires: Iterable[Wire]) -> int:
    """How many tracks the wires of a gap need."""
    bent = [wire for wire in wires if wire.span()]
    if len(bent) < 2:
        for wire in bent:
            wire.track = 0
        return len(bent)
    if len(bent) <= COMPARED:
        bent = _sorted_by_crossings(bent)
    else:
        bent.sort(key=lambda wire: (wire.low, wire.high))
    taken: list[list[tuple[float, float]]] = []
    for wire in bent:
        low, high = wire.low - TRACK, wire.high + TRACK
        free = len(taken)
        while free and not any(a < high and low < b for a, b in taken[free - 1]):
            free -= 1
        if free == len(taken):
            taken.append([])
        taken[free].append((low, high))
        wire.track = free
    return len(taken)


def _sorted_by_crossings(wires: list[Wire]) -> list[Wire]:
    """Upper tracks first, so that few wires of one gap cross and none run over each other."""
    wires = sorted(wires, key=lambda wire: wire.low)
    rows = [(wire.low, wire.high, wire.x, sorted(wire.ends.values())) for wire in wires]
    gain = [0] * len(rows)
    for i, (low, high, x, ends) in enumerate(rows):
        reach = high + TRACK
        better = 0
        for j in range(i + 1, len(rows)):
            other_low, other_high, other_x, other_ends = rows[j]
            if reach < other_low:
                break
            more = _met(other_ends, low, high, x) - _met(ends, other_low, other_high, other_x)
            more += (other_low < x < other_high) - (low < other_x < high)
            better += more
            gain[j] -= more
        gain[i] += better
    order = sorted(range(len(wires)), key=lambda i: (-gain[i], wires[i].low))
    return [wires[i] for i in order]


def _met(ends: list[float], low: float, high: float, x: float) -> int:
    """What comes down to `ends` from a higher track: crossings, and wires drawn on another."""
    if len(ends) == 1:
        (end,) = ends
        return (low < end <= high) + 12 * (abs(end - x) < TRACK / 2)
    met = bisect_right(ends, high) - bisect_right(ends, low)
    return met + 12 * sum(abs(end - x) < TRACK / 2 for end in ends)
