"""Gives every node of ordered rows its x: straight wires first, then balance.

Wires that can run straight are joined into blocks (as in Brandes and Köpf 2001, but by priority and
in one pass: four averaged passes bend what could be straight). Blocks are then pulled toward their
neighbours' mean, within what the boxes beside them leave free.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections.abc import Callable
from math import floor, inf

from .rows import FEW, Rows, checked, unchecked

SWEEPS = 10
FEWEST = 2  # sweeps, however many blocks there are
EFFORT = 150_000  # blocks looked at in all sweeps together
STILL = 0.25  # px; smaller moves end the balancing


def place(
    rows: Rows, side_gap: float, wire_gap: float, check: Callable[[], None] = unchecked
) -> list[float]:
    """x of each node's middle line; the left-most reach is 0."""
    total = len(rows.row)
    spot = [0] * total
    for row in checked(rows.rows, check, FEW):
        for index, node in enumerate(row):
            spot[node] = index
    partner = _straight_wires(rows, spot, check)
    block, shift, blocks = _blocks(rows, partner, check)
    x = _balanced(rows, block, shift, blocks, side_gap, wire_gap, check)
    # Whole pixels, so that what is put together of such layouts meets.
    nodes = checked(range(total), check)
    found = [floor(x[block[node]] + shift[node] + 0.5) for node in nodes]
    least = floor(min(found[row[0]] - rows.left[row[0]] for row in rows.rows if row))
    return [value - least for value in found]


def plumb(rows: Rows, x: list[float], top: int, bottom: int, gap: float) -> None:
    """Move a port of the lower border straight under one of the upper border.

    Frames one after another then stand in a column, however far to the side their work leads. The
    ports beside it keep their order.
    """
    row = rows.rows[-1]
    at = row.index(bottom)
    x[bottom] = x[top]
    for left, right in itertools.pairwise(row[at:]):
        x[right] = max(x[right], x[left] + gap)
    for right, left in itertools.pairwise(row[at::-1]):
        x[left] = min(x[left], x[right] - gap)
    least = min(0.0, min(x[node] for node in row))
    for node in range(len(x)):
        x[node] -= least


def _candidates(
    rows: Rows, near: list[list[int]], spot: list[int], check: Callable[[], None]
) -> list[int]:
    """For each node the one neighbour in its middle, -1 where there is no such.

    Boxes count before waypoints; of an even number of equals none is the middle one.
    """
    count = rows.boxes
    middle = [-1] * len(near)
    for node, others in enumerate(checked(near, check)):
        if node < count and len(others) > 1:
            real = [other for other in others if other < count]
            others = real or others
        if len(others) % 2:
            middle[node] = (
                others[0]
                if len(others) == 1
                else sorted(others, key=spot.__getitem__)[len(others) // 2]
            )
    return middle


def _straight_wires(rows: Rows, spot: list[int], check: Callable[[], None]) -> list[int]:
    """The node below that each node stands straight above, -1 for none."""
    count = rows.boxes
    below = _candidates(rows, rows.down, spot, check)
    above = _candidates(rows, rows.up, spot, check)
    partner = [-1] * len(rows.row)
    for row in checked(rows.rows[:-1], check, FEW):
        if len(row) == 1 and len(rows.down[row[0]]) == 1:
            (node,), (other,) = row, rows.down[row[0]]
            if above[other] == node or (node >= count and other >= count):
                partner[node] = other
            continue
        wanted: list[tuple[int, int, int]] = []
        for node in row:
            for other in rows.down[node]:
                passing = (node >= count) + (other >= count)
                if passing == 2 or (below[node] == other and above[other] == node):
                    # Waypoint to waypoint first, then box to box, then the rest.
                    wanted.append(((1, 2, 0)[passing], node, other))
        wanted.sort(key=lambda item: (item[0], spot[item[1]]))
        taken: list[tuple[int, int]] = []
        used: set[int] = set()
        for _, node, other in wanted:
            pair = (spot[node], spot[other])
            at = bisect_left(taken, pair)
            crosses = (at > 0 and taken[at - 1][1] >= pair[1]) or (
                at < len(taken) and taken[at][1] <= pair[1]
            )
            if partner[node] < 0 and other not in used and not crosses:
                partner[node] = other
                used.add(other)
                insort(taken, pair)
    return partner


def _blocks(
    rows: Rows, partner: list[int], check: Callable[[], None]
) -> tuple[list[int], list[float], int]:
    """Follow the straight wires: block of each node, its offset in it, and how many there are."""
    total = len(partner)
    block = [-1] * total
    shift = [0.0] * total
    blocks = 0
    for row in checked(rows.rows, check, FEW):
        for start in row:
            if block[start] >= 0:
                continue
            node = start
            block[node] = blocks
            while partner[node] >= 0:
                other = partner[node]
                out_at, in_at = rows.straight[node, other]
                block[other] = blocks
                shift[other] = shift[node] + out_at - in_at
                node = other
            blocks += 1
    return block, shift, blocks


def _balanced(
    rows: Rows,
    block: list[int],
    shift: list[float],
    blocks: int,
    side_gap: float,
    wire_gap: float,
    check: Callable[[], None],
) -> list[float]:
    """x of each block."""
    right_of, left_of = _neighbours(rows, block, shift, blocks, side_gap, wire_gap, check)
    order = _left_to_right(right_of, left_of, check)
    x = [0.0] * blocks
    for one in checked(order, check):
        here = x[one]
        for two, apart in right_of[one].items():
            if here + apart > x[two]:
                x[two] = here + apart
    pulls = _pulls(rows, block, shift, blocks, check)
    due = bytearray(bool(near) for near in pulls)  # something that it depends on has moved
    for sweep in range(max(FEWEST, min(SWEEPS, EFFORT // max(1, blocks)))):
        moved = 0.0
        for one in checked(reversed(order) if sweep % 2 == 0 else order, check):
            if not due[one]:
                continue
            due[one] = 0
            near = pulls[one]
            sum_, force = 0.0, 0.0
            for two, offset, weight in near:
                sum_ += (x[two] + offset) * weight
                force += weight
            target = sum_ / force
            for two, apart in right_of[one].items():
                if x[two] - apart < target:
                    target = x[two] - apart
            for two, apart in left_of[one].items():
                if x[two] + apart > target:
                    target = x[two] + apart
            move = abs(target - x[one])
            if not move:
                continue
            moved = max(moved, move)
            x[one] = target
            for two, _, _ in near:
                due[two] = 1
            for two in left_of[one]:
                due[two] = bool(pulls[two])
            for two in right_of[one]:
                due[two] = bool(pulls[two])
        if moved < STILL:
            break
    return x


def _neighbours(
    rows: Rows,
    block: list[int],
    shift: list[float],
    blocks: int,
    side_gap: float,
    wire_gap: float,
    check: Callable[[], None],
) -> tuple[list[dict[int, float]], list[dict[int, float]]]:
    """How far each block must stand from those at its right, and at its left."""
    count, left, right = rows.boxes, rows.left, rows.right
    right_of: list[dict[int, float]] = [{} for _ in range(blocks)]
    left_of: list[dict[int, float]] = [{} for _ in range(blocks)]
    for row in checked(rows.rows, check, FEW):
        for a, b in itertools.pairwise(row):
            gap = side_gap if a < count and b < count else wire_gap
            apart = right[a] + left[b] + gap + shift[a] - shift[b]
            one, two = block[a], block[b]
            if apart > right_of[one].get(two, -inf):
                right_of[one][two] = apart
                left_of[two][one] = apart
    return right_of, left_of


def _left_to_right(
    right_of: list[dict[int, float]], left_of: list[dict[int, float]], check: Callable[[], None]
) -> list[int]:
    """Blocks so that each comes after all that must stand left of it."""
    waiting = [len(near) for near in left_of]
    order = [one for one, left in enumerate(waiting) if not left]
    for one in checked(order, check):
        for two in right_of[one]:
            waiting[two] -= 1
            if not waiting[two]:
                order.append(two)
    return order


def _pulls(
    rows: Rows, block: list[int], shift: list[float], blocks: int, check: Callable[[], None]
) -> list[list[tuple[int, float, float]]]:
    """For each block: (other block, offset to stand straight to it, weight), one for each wire."""
    count = rows.boxes
    pulls: list[list[tuple[int, float, float]]] = [[] for _ in range(blocks)]
    for (a, b), (out_at, in_at) in checked(rows.straight.items(), check):
        one, two = block[a], block[b]
        if one == two:
            continue
        weight = 4.0 if a < count and b < count else 1.0
        offset = shift[a] + out_at - shift[b] - in_at
        pulls[two].append((one, offset, weight))
        pulls[one].append((two, -offset, weight))
    return pulls
