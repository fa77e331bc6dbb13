"""Orders the nodes of each row so that few wires cross: barycentre sweeps, the best order kept."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence

from .rows import unchecked

SWEEPS = 8
PATIENCE = 2  # sweeps without gain before giving up


def order_rows(
    rows: list[list[int]],
    down: Sequence[Sequence[int]],
    up: Sequence[Sequence[int]],
    boxes: int,
    check: Callable[[], None] = unchecked,
) -> None:
    """Reorder `rows` in place. Nodes from `boxes` on are waypoints."""
    spot = [0] * len(down)
    _number(rows, spot)
    best = _crossings(rows, down, spot)
    kept = [row[:] for row in rows]
    stale = 0
    for sweep in range(SWEEPS):
        if best == 0 or stale > PATIENCE:
            break
        downwards = sweep % 2 == 0
        order = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        toward = up if downwards else down
        for index in order:
            check()
            row = rows[index]
            if len(row) < 2:
                continue
            row.sort(key=_centres(row, toward, spot).__getitem__)
            for place, node in enumerate(row):
                spot[node] = place
        found = _crossings(rows, down, spot)
        if found < best:
            best, stale = found, 0
            kept = [row[:] for row in rows]
        else:
            stale += 1
    for row, order in zip(rows, kept, strict=True):
        row[:] = order


def _number(rows: Sequence[Sequence[int]], spot: list[int]) -> None:
    for row in rows:
        for place, node in enumerate(row):
            spot[node] = place


def _centres(
    row: Sequence[int], toward: Sequence[Sequence[int]], spot: Sequence[int]
) -> dict[int, float]:
    """Mean place of each node's neighbours; its own place where it has none."""
    centres: dict[int, float] = {}
    for node in row:
        near = toward[node]
        centres[node] = sum(spot[n] for n in near) / len(near) if near else spot[node]
    return centres


def _crossings(
    rows: Sequence[Sequence[int]], down: Sequence[Sequence[int]], spot: Sequence[int]
) -> int:
    """How many pairs of wires cross, over all gaps."""
    total = 0
    for row in rows:
        if len(row) < 2:
            continue
        seen: list[int] = []
        for node in row:
            ends = sorted(spot[n] for n in down[node])
            for end in ends:
                total += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return total
