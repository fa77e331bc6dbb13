"""A small picture of the ops around one, as SVG: laid out and written without Qt.

Its colours are variables of the page that it stands in; a file of its own brings them along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ...tracers.ir import Graph, Run, TensorSummary
from ...widgets.graph.layered import arrange
from ...widgets.graph.rows import Box, Link, Point
from .page import Drawing
from .text import MINUS, one_line, shape_text

STEPS = 3  # from the op, either way
MOST = 16  # ops
_HEIGHT, _LEAST, _WIDEST = 40.0, 150.0, 280.0
_EDGE = 14.0
_BOLD, _PLAIN, _SMALL = 7.2, 6.2, 6.0  # guesses at the width of a letter
_CORNER = 8.0


@dataclass(frozen=True, slots=True)
class Around:
    """A drawing, and where each op stands in it: left, right, and the middle of its height."""

    drawing: Drawing
    spots: Mapping[int, tuple[float, float, float]]


def around(run: Run, op: int, before: int = -1, marked: Iterable[int] = ()) -> Drawing | None:
    """The ops a few steps around one, as they stood before a record, or now; None where there is
    none. `marked` ops are shown, too, where there is room."""
    found = placed_around(run, op, before, marked)
    return found.drawing if found is not None else None


def placed_around(run: Run, op: int, before: int = -1, marked: Iterable[int] = ()) -> Around | None:
    """As `around`, with the places of the ops."""
    if not 0 <= op < len(run.graph.ops):
        return None
    shown = _near(run.graph, op, [other for other in marked if 0 <= other < len(run.graph.ops)])
    links = _links(run.graph, shown)
    at = {one: place for place, one in enumerate(shown)}
    widths = [_width(run.graph, one) for one in shown]
    boxes = [Box(width / 2, width / 2, _HEIGHT) for width in widths]
    laid = arrange(boxes, [Link(at[a], at[b], value) for a, b, value in links])
    parts: list[str] = []
    labels: list[str] = []
    labelled: set[int] = set()
    for (source, _, value), route in zip(links, laid.routes, strict=True):
        words = "" if value in labelled else shape_text(_shape(run, source, value, before))
        labelled.add(value)
        parts.append(_wire(route))
        labels.append(_label(route, words) if words else "")
    parts += labels
    spots: dict[int, tuple[float, float, float]] = {}
    for place, one in enumerate(shown):
        corner = (laid.x[place] - widths[place] / 2, laid.y[place])
        left, middle = _EDGE + corner[0], _EDGE + corner[1] + _HEIGHT / 2
        spots[one] = left, left + widths[place], middle
        parts.append(_node(run, one, corner, widths[place], before, one == op))
    room = max((len(shape_text(run.graph.values[value].shape)) for *_, value in links), default=0)
    width = round(laid.width + 2 * _EDGE + room * _SMALL)
    height = round(laid.height + 2 * _EDGE)
    inside = f'<g transform="translate({_EDGE:g} {_EDGE:g})">{"".join(parts)}</g>'
    words = f"The graph around {one_line(run.graph.op_label(op))}: {len(shown)} ops"
    return Around(Drawing(inside, width, height, words), spots)


def _near(graph: Graph, op: int, marked: Sequence[int]) -> list[int]:
    """Ops from near to far, in the graph's order."""
    users: dict[int, list[int]] = {}
    for index, row in enumerate(graph.ops):
        for value in row.inputs:
            users.setdefault(value, []).append(index)
    found = [op]
    edge = [op]
    for _ in range(STEPS):
        nearer: list[int] = []
        for one in edge:
            row = graph.ops[one]
            makers = [graph.values[value].op for value in row.inputs if value >= 0]
            readers = [user for value in row.outputs for user in users.get(value, ())]
            for other in (*makers, *readers):
                if other >= 0 and other not in found and len(found) < MOST:
                    found.append(other)
                    nearer.append(other)
        edge = nearer
    found += [other for other in dict.fromkeys(marked) if other not in found][: MOST // 2]
    return sorted(found)


def _links(graph: Graph, shown: Sequence[int]) -> list[tuple[int, int, int]]:
    """(from, to, value) between shown ops."""
    inside = set(shown)
    found: list[tuple[int, int, int]] = []
    for op in shown:
        for value in dict.fromkeys(graph.ops[op].inputs):
            maker = graph.values[value].op if value >= 0 else -1
            if maker in inside and maker != op:
                found.append((maker, op, value))
    return found


def _words(graph: Graph, op: int) -> tuple[str, str]:
    row = graph.ops[op]
    return one_line(row.type, 60), one_line(graph.scopes[row.scope].path, 200)


def _width(graph: Graph, op: int) -> float:
    name, path = _words(graph, op)
    return min(max(_BOLD * len(name) + 84, _SMALL * len(path) + 30, _LEAST), _WIDEST)


def _summaries(run: Run, op: int, before: int) -> tuple[TensorSummary, ...]:
    record = run.last_execution(op, before + 1 if before >= 0 else None)
    if record < 0:
        record = run.last_execution(op)  # what runs after it
    return run.records[record].outputs if record >= 0 else ()


def _shape(run: Run, op: int, value: int, before: int) -> tuple[int, ...] | None:
    slot, known = run.graph.values[value].slot, _summaries(run, op, before)
    return known[slot].shape if 0 <= slot < len(known) else run.graph.values[value].shape


def _bad(outputs: Iterable[TensorSummary]) -> tuple[str, str]:
    """What is not finite, and the class of its colour."""
    for summary in outputs:
        rows = ((summary.nan, "NaN", "nan"), (summary.neginf, f"{MINUS}Inf", "inf"))
        for count, words, kind in (*rows, (summary.posinf, "+Inf", "inf")):
            if count:
                return words, kind
    return "", ""


def _node(run: Run, op: int, corner: Point, width: float, before: int, here: bool) -> str:
    name, path = _words(run.graph, op)
    (x, y), row = corner, run.graph.ops[op]
    outputs = _summaries(run, op, before)
    bad, kind = _bad(outputs)
    ran = bool(run.executions(op))
    looks = ["node", *(["here"] if here else []), *(["not-run"] if not ran else []), kind]
    classes = " ".join(look for look in looks if look)
    parts = [f'<g class="{classes}">']
    if here:
        parts.append(
            f'<rect class="ring" x="{x - 3:.1f}" y="{y - 3:.1f}" width="{width + 6:.1f}"'
            f' height="{_HEIGHT + 6:g}" rx="9"/>'
        )
    parts.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_HEIGHT:g}" rx="6"/>'
        f'<rect class="bar {row.category.value}" x="{x + 7:.1f}" y="{y + 10:.1f}" width="3"'
        f' height="{_HEIGHT - 20:g}" rx="1.5"/>'
    )
    parts.append(_text(x + 18, y + (17 if path else 24.5), name, "name", (width - 76) / _BOLD))
    if path:
        parts.append(_text(x + 18, y + 31, path, "path", (width - 30) / _SMALL, end=True))
    if bad:
        parts.append(
            f'<text class="bad" x="{x + width - 10:.1f}" y="{y + (17 if path else 24.5):.1f}"'
            f' text-anchor="end">{escape(bad)}</text>'
        )
    return "".join([*parts, "</g>"])


def _text(x: float, y: float, text: str, look: str, room: float, end: bool = False) -> str:
    most = max(int(room), 4)
    if len(text) > most:
        text = f"…{text[1 - most :]}" if end else f"{text[: most - 1]}…"
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _label(route: Sequence[Point], words: str) -> str:
    """Beside a way's first piece; what is beneath gives way."""
    at = f'x="{route[0][0] + 6:.1f}" y="{route[0][1] + 15:.1f}"'
    text = escape(words)
    return f'<text class="shape halo" {at}>{text}</text><text class="shape" {at}>{text}</text>'


def _wire(route: Sequence[Point]) -> str:
    """A way with rounded corners, and an arrow at its end."""
    steps = [f"M{route[0][0]:.1f} {route[0][1]:.1f}"]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        near = min(_CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        one, two = _toward(corner, before, near), _toward(corner, after, near)
        steps.append(f"L{one[0]:.1f} {one[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f}")
        steps.append(f"{two[0]:.1f} {two[1]:.1f}")
    x, y = route[-1]
    near = _toward(route[-1], route[-2], 6.0)
    across, down = (x - near[0]) / 6.0, (y - near[1]) / 6.0
    steps.append(f"L{near[0]:.1f} {near[1]:.1f}")
    wings = [(near[0] + side * down, near[1] + side * across) for side in (-3.5, 3.5)]
    arrow = "L".join(f"{one:.1f} {two:.1f}" for one, two in ((x, y), *wings))
    return f'<path class="wire" d="{" ".join(steps)}"/><path class="tip" d="M{arrow}z"/>'


def _length(one: Point, two: Point) -> float:
    return abs(one[0] - two[0]) + abs(one[1] - two[1])


def _toward(start: Point, end: Point, by: float) -> Point:
    length = _length(start, end) or 1.0
    return (
        start[0] + (end[0] - start[0]) / length * by,
        start[1] + (end[1] - start[1]) / length * by,
    )
