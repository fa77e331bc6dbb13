"""Draws wires: rounded corners, arrowheads, shapes beside the lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from .bands import HEIGHT, Bands
from .dress import Dress
from .inks import Face, Inks, Words
from .nested import LONG, SHEETS
from .progress import Progress
from .rows import Point
from .scene import Look, Scene, Wire

CORNER = 8.0
HEAD, HALF = 6.5, 3.3  # of an arrowhead
BESIDE = 7.0  # from a line to its text
WORDS = 22.0  # px below a frame's upper border where its header's words stand
TEXT_HEIGHT = 12.0
APART = 16.0  # from a long part's text to nodes
_TINTED = 3  # from this style on wires have a colour of the overlay


def wire_path(points: Sequence[Point], short: float = 0.0) -> QPainterPath:
    """A polyline with rounded corners, its end drawn back by `short`."""
    path = QPainterPath(QPointF(*points[0]))
    last = len(points) - 2
    for at in range(1, len(points) - 1):
        before, corner, after = points[at - 1], points[at], points[at + 1]
        # Between two corners each gets half; at an end the corner gets all but the arrow.
        room = _length(before, corner) / (1 if at == 1 else 2)
        left = _length(corner, after) - short if at == last else _length(corner, after) / 2
        radius = max(0.0, min(CORNER, room, left))
        path.lineTo(QPointF(*_toward(corner, before, radius)))
        path.quadTo(QPointF(*corner), QPointF(*_toward(corner, after, radius)))
    path.lineTo(QPointF(*_toward(points[-1], points[-2], short)))
    return path


def arrow_head(points: Sequence[Point]) -> QPolygonF:
    """A triangle whose tip is the polyline's end."""
    tip = points[-1]
    base = _toward(tip, points[-2], HEAD)
    dx, dy = (tip[0] - base[0]) / HEAD * HALF, (tip[1] - base[1]) / HEAD * HALF
    return QPolygonF(
        [QPointF(*tip), QPointF(base[0] - dy, base[1] + dx), QPointF(base[0] + dy, base[1] - dx)]
    )


def _bands(middle: float) -> range:
    """The bands that texts which touch one at `middle` may have their middles in."""
    reach = TEXT_HEIGHT / 2 + 6
    return range(int((middle - reach) // HEIGHT), int((middle + reach) // HEIGHT) + 1)


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(start: Point, end: Point, by: float) -> Point:
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    if length == 0.0:
        return start
    share = by / length
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


class WirePainter:
    """Paints wires of one scene. Paths and text places are found when first needed."""

    def __init__(self, scene: Scene, progress: Progress, words: Words) -> None:
        self._scene = scene
        self._progress = progress
        self._words = words
        self._paths: dict[int, QPainterPath] = {}
        self._heads: dict[int, QPolygonF] = {}
        self._texts: dict[int, tuple[str, float, float] | None] = {}
        self.dress: Dress | None = None
        self._lines: Bands | None = None
        self._rects: Bands | None = None
        self._written: dict[int, set[int]] = {}  # wires with a text, by the band of its middle
        self._told: dict[int, str] = {}  # what each of these says, also where it has no room

    def paint(
        self, painter: QPainter, wires: Sequence[int], ink: Inks, accent_op: int, texts: bool
    ) -> None:
        """Draw `wires`; those of the op `accent_op` in the accent colour, on top."""
        styles: dict[int, list[int]] = {0: [], 1: [], 2: []}
        dress = self.dress
        for index in wires:
            wire = self._scene.wires[index]
            style = self.style(wire, accent_op)
            place = dress.wire(wire.value) if dress is not None and style == 1 else -1
            styles.setdefault(style if place < 0 else _TINTED + place, []).append(index)
        looks: list[tuple[int, QPen, QColor, QColor]] = [
            (0, ink.future_pen, ink.future, ink.not_run),
            (1, ink.edge_pen, ink.edge, ink.text3),
        ]
        if dress is not None:
            for style in sorted(style for style in styles if style >= _TINTED):
                tint = dress.shown.steps()[style - _TINTED]
                text = tint if dress.shown.overlay.grades else ink.text3
                looks.append((style, QPen(tint, 2.0), tint, text))
        looks.append((2, ink.accent_pen, ink.accent, ink.accent))
        for style, pen, fill, text in looks:
            chosen = styles[style]
            if not chosen:
                continue
            lines, heads = QPainterPath(), QPainterPath()
            for index in chosen:
                lines.addPath(self._path(index))
                if self._scene.wires[index].arrow:
                    heads.addPolygon(self._head(index))
                    heads.closeSubpath()
            painter.strokePath(lines, pen)
            painter.fillPath(heads, QBrush(fill))
            if texts:
                for index in chosen:
                    self._write(painter, index, ink, text)

    def bent(
        self, painter: QPainter, index: int, points: Sequence[Point], ink: Inks, accent_op: int
    ) -> None:
        """Draw one wire along other points than its own, without its text."""
        wire = self._scene.wires[index]
        pens = (ink.future_pen, ink.edge_pen, ink.accent_pen)
        pen = pens[self.style(wire, accent_op)]
        painter.strokePath(wire_path(points, HEAD - 1 if wire.arrow else 0.0), pen)
        if wire.arrow:
            head = QPainterPath()
            head.addPolygon(arrow_head(points))
            painter.fillPath(head, QBrush(pen.color()))

    def style(self, wire: Wire, accent_op: int) -> int:
        """0: its tensor is not there yet, 1: it is, 2: it is the selected op's output."""
        graph = self._progress.run.graph
        op = graph.values[wire.value].op
        if op >= 0 and op == accent_op:
            return 2
        return 1 if op < 0 or self._progress.made[op] else 0

    def _path(self, index: int) -> QPainterPath:
        found = self._paths.get(index)
        if found is None:
            wire = self._scene.wires[index]
            found = self._paths[index] = wire_path(wire.points, HEAD - 1 if wire.arrow else 0.0)
        return found

    def _head(self, index: int) -> QPolygonF:
        found = self._heads.get(index)
        if found is None:
            found = self._heads[index] = arrow_head(self._scene.wires[index].points)
        return found

    def _write(self, painter: QPainter, index: int, ink: Inks, colour: QColor) -> None:
        if not self._scene.wires[index].labelled:
            return
        if index not in self._texts:
            text = self._progress.wire_text(self._scene.wires[index].value)
            self._told[index] = text
            place = self._texts[index] = self._place(index, text, ink)
            if place is not None:
                self._written.setdefault(int(place[2] // HEIGHT), set()).add(index)
        found = self._texts[index]
        if found is not None:
            self._words.draw(painter, found[1], found[2], found[0], Face.WIRE, colour)

    def forget_texts(self, wires: Iterable[int]) -> list[int]:
        """Forget the texts that the run has made untrue; the wires they stood at."""
        found: list[int] = []
        for index in wires:
            value, told = self._scene.wires[index].value, self._told.get(index)
            if told is None or not self._progress.is_vague(value):
                continue
            if told != self._progress.wire_text(value):
                found.append(index)
        for index in found:
            place = self._texts.pop(index)
            del self._told[index]
            if place is not None:
                self._written[int(place[2] // HEIGHT)].discard(index)
        return found

    def forget_untrue(self) -> None:
        """Forget every text that is not true of the loop pass that is looked at now."""
        self.forget_texts(list(self._told))

    def told(self, index: int) -> str:
        """What a wire's text says, "" where there is none or it has not been drawn."""
        return self._told.get(index, "")

    def text_area(self, index: int) -> tuple[float, float, float, float] | None:
        """Where a wire's text stands, if it has been drawn."""
        found = self._texts.get(index)
        if found is None:
            return None
        width = 6.2 * len(found[0])
        return found[1], found[2] - TEXT_HEIGHT / 2, found[1] + width, found[2] + TEXT_HEIGHT / 2

    def _place(self, index: int, text: str, ink: Inks) -> tuple[str, float, float] | None:
        """Text, left side and middle: beside the longest vertical part that has room."""
        wire = self._scene.wires[index]
        if not text:
            return None
        width = self._words.width(text, Face.WIRE)
        points = wire.points
        parts = [
            (abs(b[1] - a[1]), at, a, b)
            for at, (a, b) in enumerate(itertools.pairwise(points))
            if abs(a[0] - b[0]) < 1 and abs(b[1] - a[1]) >= 10
        ]
        least = 0.0
        if any(self._texts.get(other) for other in self._scene.by_value[wire.value]):
            least = LONG  # the tensor's shape is told; once more only where that is far away
        for length, at, a, b in sorted(parts, key=lambda part: (-part[0], -part[1])):
            if length < least:
                break
            top = min(a[1], b[1])
            arrow = 3.0 if wire.arrow and at == len(points) - 2 else 0.0
            middles = [top + length / 2 - arrow, top + length - (6 if length < 20 else 8)]
            if length > 60:
                middles += [top + 12, top + length / 4, top + 3 * length / 4, top + length - 12]
            # The horizontal part comes from one side; the text goes to the other.
            from_left = at > 0 and points[at - 1][0] < a[0]
            to_left = at + 2 < len(points) and points[at + 2][0] < a[0]
            bent = length < 30 and (at > 0 or at + 2 < len(points))
            right = a[0] + BESIDE
            left = a[0] - BESIDE - width
            sides = (right, left)
            if bent and not (from_left or to_left):
                sides = (left, right)
            for middle in middles:
                for x in sides:
                    # Beside a long part it must not seem to belong to what stands there.
                    if self._free(index, x, middle, width, APART if length >= LONG else 5.5):
                        return text, x, middle
        return None

    def _free(self, index: int, x: float, middle: float, width: float, apart: float) -> bool:
        """Whether a text would touch no line, and its middle be `apart` from all nodes."""
        left, top, right, bottom = x - 5, middle - 7, x + width + 5, middle + 5.5
        scene = self._scene
        if self._lines is None or self._rects is None:
            low = np.minimum(scene.lines[:, :2], scene.lines[:, 2:])
            high = np.maximum(scene.lines[:, :2], scene.lines[:, 2:])
            self._lines = Bands(np.concatenate([low, high], 1))
            stacks = [node.look in (Look.GROUP, Look.FOLD) for node in scene.nodes]
            rects = np.array(scene.rects)
            rects[:, 3] += np.where(stacks, SHEETS, 0.0)
            self._rects = Bands(rects)
        if len(self._lines.touching(left, top, right, bottom)):
            return False
        near = self._rects.touching(left, middle - apart, right, middle + apart)
        touched: list[int] = near.tolist()
        for node in map(scene.nodes.__getitem__, touched):
            inside = (
                node.look is Look.FRAME
                and node.x < left
                and right < node.x + node.width
                and node.y + WORDS < top
                and bottom < node.y + node.height
            )
            if not inside:
                return False
        for band in _bands(middle):
            for other in self._written.get(band, ()):
                area = self.text_area(other) if other != index else None
                across = area is not None and area[0] < right and left < area[2]
                if area and across and area[1] < bottom and top < area[3]:
                    return False
        return True
