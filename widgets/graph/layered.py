"""Layered layout of one level of the graph: boxes in rows, orthogonal routes between the rows.

After Sugiyama, Tagawa and Toda (1981). Links that would close a cycle are turned round first; long
links pass the rows between as one chain of waypoints for each tensor, so no link can cross a box.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from .ordering import order_rows
from .placing import place, plumb
from .routing import Router
from .rows import STRETCH, Box, Layered, Link, Margins, Rows, checked, let_go, unchecked

SIDE_GAP = 36.0  # between boxes of a row; the place marker stands there
WIRE_GAP = 14.0  # beside a passing wire
CROWD = 3  # boxes in a row from which on they are drawn slim


def arrange(
    boxes: Sequence[Box],
    links: Sequence[Link],
    tops: int = 0,
    bottoms: int = 0,
    margins: Margins | None = None,
    check: Callable[[], None] = unchecked,
) -> Layered:
    """Lay out `boxes`; the last of them are ports in the upper and lower border.

    `check` is called between steps, rows and gaps, and may raise Cancelled.
    """
    count = len(boxes)
    if count == 0:
        return Layered([], [], [], [], 0.0, 0.0)
    first_top = count - tops - bottoms
    first_bottom = count - bottoms
    joined = ((k.source, k.target) for k in checked(links, check) if k.source != k.target)
    pairs = list(dict.fromkeys(joined))
    turned = _back_links(count, pairs, check)
    forward = pairs
    if turned:
        forward = list(dict.fromkeys((b, a) if (a, b) in turned else (a, b) for a, b in pairs))
    ports = range(first_top, first_bottom), range(first_bottom, count)
    rank = _ranks(count, forward, *ports, check)
    boxes, slimmed = _slim(boxes, rank, first_top, check)
    rows = _waypoints(boxes, links, turned, rank, check)
    check()
    order_rows(rows.rows, rows.down, rows.up, check)
    x = place(rows, SIDE_GAP, WIRE_GAP, check)
    if tops and bottoms:
        plumb(rows, x, first_top, first_bottom, WIRE_GAP)
    router = Router(rows, boxes, x, margins or Margins(), bool(tops), bool(bottoms))
    routes = router.collect(links, turned, check)
    y = [router.top_of(node) for node in checked(range(count), check)]
    router.let_go(check)
    let_go(rows.down, check)
    let_go(rows.up, check)
    return Layered(x[:count], y, slimmed, routes, router.width, router.height)


def _back_links(
    count: int, pairs: Sequence[tuple[int, int]], check: Callable[[], None]
) -> set[tuple[int, int]]:
    """Links that lead back to a box still open in a depth-first walk."""
    after: list[list[int]] = [[] for _ in range(count)]
    has_input = bytearray(count)
    for a, b in checked(pairs, check):
        after[a].append(b)
        has_input[b] = 1
    state = bytearray(count)  # 1: open, 2: done
    back: set[tuple[int, int]] = set()
    for start in sorted(range(count), key=lambda node: (has_input[node], node)):
        if state[start]:
            continue
        state[start] = 1
        path = [(start, iter(after[start]))]
        steps = 0
        while path:
            steps += 1
            if not steps % STRETCH:
                check()
            node, rest = path[-1]
            for other in rest:
                if state[other] == 0:
                    state[other] = 1
                    path.append((other, iter(after[other])))
                    break
                if state[other] == 1:
                    back.add((node, other))
            else:
                state[node] = 2
                path.pop()
    return back


def _ranks(
    count: int,
    forward: Sequence[tuple[int, int]],
    tops: range,
    bottoms: range,
    check: Callable[[], None],
) -> list[int]:
    """A row for each box: as late as its consumers allow, then up where wires get no longer."""
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for a, b in checked(forward, check):
        after[a].append(b)
        before[b].append(a)
    first = 1 if tops else 0
    rank = [first] * count
    for node in tops:
        rank[node] = 0
    waiting = [len(nodes) for nodes in before]
    queue = [node for node in range(count) if not waiting[node]]
    for node in checked(queue, check):
        for other in after[node]:
            rank[other] = max(rank[other], rank[node] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                queue.append(other)
    for node in checked(reversed(queue), check):
        if after[node] and node not in tops:
            rank[node] = min(rank[other] for other in after[node]) - 1
    for node in checked(queue, check):
        if not before[node]:
            continue
        to = max(rank[other] for other in before[node]) + 1
        if to == rank[node]:
            continue
        longer = (rank[node] - to) * len(after[node])
        if _spared(node, to, before[node], after, rank) >= longer:
            rank[node] = to
    inner = [rank[node] for node in range(count) if node not in bottoms]
    last = max(inner, default=0) + 1
    for node in bottoms:
        rank[node] = last
    used = {row: index for index, row in enumerate(sorted(set(rank)))}
    return [used[row] for row in rank]


def _spared(node: int, to: int, before: list[int], after: list[list[int]], rank: list[int]) -> int:
    """How many rows of wire a box would save with a move up: a wire that others need stays."""
    here, spared = rank[node], 0
    for source in before:
        reach = max((rank[other] for other in after[source] if other != node), default=to)
        spared += max(0, here - max(to, reach))
    return spared


def _slim(
    boxes: Sequence[Box], rank: Sequence[int], inner: int, check: Callable[[], None]
) -> tuple[list[Box], list[bool]]:
    """Narrow the boxes of crowded rows."""
    crowd: dict[int, int] = {}
    for node in range(inner):
        crowd[rank[node]] = crowd.get(rank[node], 0) + 1
    made: list[Box] = []
    slimmed: list[bool] = []
    for node, box in enumerate(checked(boxes, check)):
        body_left = box.left if box.body_left < 0 else box.body_left
        body_right = box.right if box.body_right < 0 else box.body_right
        less = box.slim if crowd.get(rank[node], 0) >= CROWD else 0.0
        made.append(
            Box(
                box.left - less,
                box.right - less,
                box.height,
                0.0,
                body_left - less,
                body_right - less,
            )
        )
        slimmed.append(less > 0)
    return made, slimmed


def _waypoints(
    boxes: Sequence[Box],
    links: Sequence[Link],
    turned: set[tuple[int, int]],
    rank: Sequence[int],
    check: Callable[[], None],
) -> Rows:
    """Break long links into steps of one row, one chain for each tensor."""
    count = len(boxes)
    runs: list[tuple[int, int, int, float, float] | None] = []
    far: dict[tuple[int, int], int] = {}
    for link in checked(links, check):
        source, target, tensor, out_at, in_at = link
        if source == target:
            runs.append(None)
            continue
        if turned and (source, target) in turned:
            # A turned link runs on a wire of its own: a tensor's number is never negative.
            source, target, tensor, out_at, in_at = target, source, -1 - tensor, in_at, out_at
        runs.append((source, target, tensor, out_at or 0.0, in_at or 0.0))
        if rank[target] > far.get((source, tensor), 0):
            far[source, tensor] = rank[target]
    row = list(rank)
    chains: dict[tuple[int, int], list[int]] = {}
    total = count
    for wire, last in checked(far.items(), check):
        first = rank[wire[0]] + 1
        if first < last:
            chains[wire] = list(range(total, total + last - first))
            total += last - first
            row.extend(range(first, last))
    extra = total - count
    down: list[list[int]] = [[] for _ in range(total)]
    up: list[list[int]] = [[] for _ in range(total)]
    straight: dict[tuple[int, int], tuple[float, float]] = {}
    ways: list[tuple[int, ...]] = []
    for run in checked(runs, check):
        if run is None:
            ways.append(())
            continue
        upper, lower, tensor, out_at, in_at = run
        between = rank[lower] - rank[upper] - 1
        way = (upper, *chains[upper, tensor][:between], lower) if between else (upper, lower)
        ways.append(way)
        for a, b in itertools.pairwise(way):
            if (a, b) not in straight:
                straight[a, b] = (out_at if a == upper else 0.0, in_at if b == lower else 0.0)
                down[a].append(b)
                up[b].append(a)
    return Rows(
        count,
        row,
        _first_order(count, row, down, check),
        down,
        up,
        [box.left for box in boxes] + [0.0] * extra,
        [box.right for box in boxes] + [0.0] * extra,
        [box.height for box in boxes] + [0.0] * extra,
        ways,
        straight,
    )


def _first_order(
    count: int, row: Sequence[int], down: Sequence[Sequence[int]], check: Callable[[], None]
) -> list[list[int]]:
    """The nodes of each row as a walk down from the upper boxes meets them."""
    rows: list[list[int]] = [[] for _ in range(max(row) + 1)]
    seen = bytearray(len(row))
    steps = 0
    for start in checked(sorted(range(count), key=row.__getitem__), check):
        stack = [start]
        while stack:
            steps += 1
            if not steps % STRETCH:
                check()
            node = stack.pop()
            if seen[node]:
                continue
            seen[node] = 1
            rows[row[node]].append(node)
            below = down[node]
            if len(below) == 1:
                stack.append(below[0])
                continue
            # Boxes come off the stack before waypoints, so long wires stand to the right.
            stack += [n for n in reversed(below) if n >= count]
            stack += [n for n in reversed(below) if n < count]
    return rows
