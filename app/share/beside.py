"""A picture of two runs where they part: both graphs, with lines between the values they share."""

from __future__ import annotations

from html import escape

from ...tracers.compare.result import Divergence, Pair
from ...tracers.ir import Run
from .neighbourhood import Around, placed_around
from .page import Drawing

_GUTTER = 120.0  # px between the graphs
_HEAD = 24.0
_OVER = 1e-4  # an error from which on a pair is marked, where the runs compute in float32

Spot = tuple[float, float]


def beside(a: Run, b: Run, found: Divergence, pairs: tuple[Pair, ...]) -> Drawing | None:
    """The ops a few steps around a divergence in both runs, level with each other there."""
    first, second = a.records[found.a.record].op, b.records[found.b.record].op
    one = placed_around(a, first, found.a.record)
    other = placed_around(b, second, found.b.record)
    if one is None or other is None:
        return None
    drop = one.spots[first][2] - other.spots[second][2]
    tops = _HEAD + max(-drop, 0.0), _HEAD + max(drop, 0.0)
    left = one.drawing.width + _GUTTER
    parts = [
        _placed(one, 0.0, tops[0], "A"),
        _placed(other, left, tops[1], "B"),
        *_lines(a, b, (one, other), pairs, (left, *tops), (first, second)),
    ]
    width = round(left + other.drawing.width)
    height = round(max(tops[0] + one.drawing.height, tops[1] + other.drawing.height))
    words = f"Both graphs around the divergence: {one.drawing.words}; {other.drawing.words}"
    return Drawing("".join(parts), width, height, words)


def _placed(around: Around, left: float, top: float, name: str) -> str:
    title = f'<text class="name" x="{left + 14:.1f}" y="16">{escape(name)}</text>'
    return f'{title}<g transform="translate({left:.1f} {top:.1f})">{around.drawing.inside}</g>'


def _lines(
    a: Run,
    b: Run,
    drawn: tuple[Around, Around],
    pairs: tuple[Pair, ...],
    places: tuple[float, float, float],
    first: tuple[int, int],
) -> list[str]:
    """One between each two ops that are shown and share a value; of the ops that part, a bold
    one."""
    left, top_a, top_b = places
    found: dict[tuple[int, int], float | None] = {first: None}
    for pair in pairs:
        if pair.a[0] >= 0 and pair.b[0] >= 0:
            ops = a.records[pair.a[0]].op, b.records[pair.b[0]].op
            if ops[0] in drawn[0].spots and ops[1] in drawn[1].spots and found.get(ops) is None:
                found[ops] = pair.error
    parts: list[str] = []
    for (one, other), error in found.items():
        here, there = drawn[0].spots[one], drawn[1].spots[other]
        start = here[1] + 4, here[2] + top_a
        end = left + there[0] - 4, there[2] + top_b
        parts.append(_line(start, end, error, (one, other) == first))
    return parts


def _line(start: Spot, end: Spot, error: float | None, parts: bool) -> str:
    middle = (start[0] + end[0]) / 2
    way = (
        f"M{start[0]:.1f} {start[1]:.1f}C{middle:.1f} {start[1]:.1f}"
        f" {middle:.1f} {end[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    )
    line = f'<path class="{"part" if parts else "match"}" d="{way}"/>'
    if error is None:
        return line
    off = " off" if parts or error > _OVER else ""
    height = (start[1] + end[1]) / 2
    at = f'x="{middle:.1f}" y="{height - 5:.1f}" text-anchor="middle"'
    text = escape(f"{error:.1e}" if error < 1e-2 else f"{error:.2f}")
    return (
        f'{line}<text class="amount{off} halo" {at}>{text}</text>'
        f'<text class="amount{off}" {at}>{text}</text>'
    )
