"""What joins the two graphs: a line for each pair in sight, a pill with its error, and the band of
the first divergence. Each canvas paints its part behind the nodes, the gutter the rest."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from ..graph.canvas import GraphCanvas
from ..run.painting import Face, face, mix
from ..theme import colour, theme
from .measure import error_text
from .side_graph import SideGraph

PILL = 17.0  # px high
BIG_PILL = 26.0
_AIR = 4.0  # px between two pills
_BAND = 11.0  # px of the band above and below the node, at full size


@dataclass(frozen=True, slots=True)
class Joint:
    """A link as it is painted.

    Attributes:
        row: its place in `Links.rows`.
        a, b: heights in pixels at both sides.
        error: of the worst of what it shows.
    """

    row: int
    a: float
    b: float
    error: float | None
    over: bool
    first: bool
    selected: bool
    later: int = 0  # the number of a later divergence, from 2

    @property
    def middle(self) -> float:
        """Where its pill stands."""
        return (self.a + self.b) / 2

    @property
    def text(self) -> str:
        """What its pill says."""
        number = error_text(self.error)
        return f"{self.later}. divergence  {number}" if self.later else number

    @property
    def spoken(self) -> str:
        """The same for the screen reader."""
        words = "first divergence " if self.first else ""
        return f"{words}{self.text}{', over tolerance' if self.over else ''}"


def quiet_pen() -> QPen:
    """Of the lines that are neither the first divergence nor looked at."""
    return QPen(mix(colour("line2"), colour("canvas"), 0.8), 1.5)


def loud_pen(joint: Joint) -> QPen:
    """Of the others."""
    return QPen(colour("warn" if joint.first else "accent"), 1.5)


def band_fill() -> QColor:
    """Of the first divergence."""
    return mix(colour("warn"), colour("canvas"), 0.17 if theme().name == "dark" else 0.14)


def band_edge() -> QColor:
    """Its borders."""
    return mix(colour("warn"), colour("canvas"), 0.45)


def paint_beside(
    painter: QPainter,
    graph: SideGraph,
    joints: list[Joint],
    node_of: dict[int, int],
    zoom: float,
    origin: QPointF,
) -> None:
    """A canvas's part: from the nodes to the border where the gutter is.

    `node_of` has the node of each joint's row.
    """
    canvas: GraphCanvas = graph.canvas
    scene = graph.scene
    if scene is None:
        return
    left = graph.side == "A"
    for joint in joints:
        if joint.first:
            middle = joint.a if left else joint.b
            half = _half_band(zoom)
            band = QRectF(0, round(middle - half), canvas.width(), round(2 * half))
            painter.fillRect(band, band_fill())
            painter.fillRect(QRectF(0, band.top(), band.width(), 1), band_edge())
            painter.fillRect(QRectF(0, band.bottom() - 1, band.width(), 1), band_edge())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    quiet: list[QLineF] = []
    loud: list[tuple[Joint, QLineF]] = []
    for joint in joints:
        node = scene.nodes[node_of[joint.row]]
        y = round(joint.a if left else joint.b)
        edge = ((node.x + node.width if left else node.x) - origin.x()) * zoom
        start, end = (edge + 5, canvas.width()) if left else (0.0, edge - 5)
        if start < end and (joint.first or joint.selected):
            loud.append((joint, QLineF(start, y, end, y)))
        elif start < end:
            quiet.append(QLineF(start, y, end, y))
    painter.setPen(quiet_pen())
    painter.drawLines(quiet)
    for joint, line in loud:
        painter.setPen(loud_pen(joint))
        painter.drawLine(line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _half_band(zoom: float) -> float:
    return max((16.0 + _BAND) * zoom, 8.0)


def paint_lines(painter: QPainter, joints: list[Joint], width: float, zoom: float) -> None:
    """The gutter's part of the lines, and of the band."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = _half_band(zoom)
    for joint in joints:
        if joint.first:
            a, b = round(joint.a - half), round(joint.b - half)
            tall = round(2 * half)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(band_fill())
            corners = [(0, a), (width, b), (width, b + tall), (0, a + tall)]
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
            painter.setPen(QPen(band_edge(), 1))
            painter.drawLine(QPointF(0, a + 0.5), QPointF(width, b + 0.5))
            painter.drawLine(QPointF(0, a + tall - 0.5), QPointF(width, b + tall - 0.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    quiet = quiet_pen()
    for joint in joints:
        painter.setPen(loud_pen(joint) if joint.first or joint.selected else quiet)
        a, b = round(joint.a), round(joint.b)
        if a == b:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawLine(QPointF(0, a), QPointF(width, a))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            continue
        path = QPainterPath(QPointF(0, a + 0.5))
        bend = width * 0.5
        path.cubicTo(QPointF(bend, a + 0.5), QPointF(bend, b + 0.5), QPointF(width, b + 0.5))
        painter.drawPath(path)


def place_pills(joints: list[Joint], width: float, height: float) -> list[tuple[Joint, QRectF]]:
    """Where the pills stand; of those that would cover each other, those that say more."""

    def rank(joint: Joint) -> tuple[bool, bool, bool, bool]:
        return not joint.first, not joint.selected, not joint.later, not joint.over

    placed: list[tuple[Joint, QRectF]] = []
    taken: list[tuple[float, float]] = []
    for joint in sorted(joints, key=rank):
        tall = BIG_PILL if joint.first else PILL
        top = joint.middle - tall / 2
        if top + tall < 0 or top > height:
            continue
        at = bisect_left(taken, (top, top))
        beside = taken[max(at - 1, 0) : at + 1]
        if any(top < end + _AIR and start < top + tall + _AIR for start, end in beside):
            continue
        text, faced = pill_text(joint, width)
        wide = max(faced.width(text) + (24 if joint.first else 15), 34)
        taken.insert(at, (top, top + tall))
        rect = QRectF(round(width / 2 - wide / 2), round(top), round(wide), tall)
        placed.append((joint, rect))
    return placed


def pill_text(joint: Joint, width: float) -> tuple[str, Face]:
    """A pill's words and their face."""
    if joint.first:
        faced = face(12, 600)
        number = error_text(joint.error) if joint.error is not None else ""
        text = f"First divergence  {number}".rstrip()
        return (text if faced.width(text) + 24 <= width - 4 else number or "First"), faced
    return joint.text, face(11, 600 if joint.over else 400)


def paint_pill(painter: QPainter, joint: Joint, rect: QRectF, width: float, hovered: bool) -> None:
    """One pill."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    text, faced = pill_text(joint, width)
    if joint.first:
        painter.setPen(QPen(colour("text1"), 1.5) if hovered else Qt.PenStyle.NoPen)
        painter.setBrush(colour("warn"))
        ink = QColor("#17120B" if theme().name == "dark" else "#FFFFFF")
    else:
        edge = colour("line2")
        if joint.over:
            edge = mix(colour("warn"), colour("canvas"), 0.42)
        if joint.selected or hovered:
            edge = colour("accent" if joint.selected else "text3")
        painter.setPen(QPen(edge, 1))
        painter.setBrush(colour("canvas"))
        ink = colour("warn" if joint.over else "text2")
    radius = rect.height() / 2
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius - 0.5, radius - 0.5)
    painter.setFont(faced.font)
    painter.setPen(ink)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
