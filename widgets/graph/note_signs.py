"""How the graph shows that the user wrote a note on a node."""

from __future__ import annotations

import textwrap

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ..notes import Noted
from .inks import Inks
from .markers import Marks
from .model import is_op, key_scope
from .scene import Look, Node

SIDE, FOLD = 12.0, 4.0
LINES, LETTERS = 6, 44  # of a note in a card


def note_of(noted: Noted, node: Node) -> str:
    """The note on what a node shows; of a fold the first one."""
    for key in dict.fromkeys((node.key, *node.members)):
        text = noted.ops.get(key, "") if is_op(key) else noted.scopes.get(key_scope(key), "")
        if text:
            return text
    return ""


def holds_note(noted: Noted, node: Node) -> bool:
    """A closed group has a note inside."""
    closed = node.look in (Look.GROUP, Look.FOLD)
    return closed and any(key_scope(key) in noted.around for key in node.members)


def note_words(noted: Noted, node: Node) -> str:
    """For the screen reader, after the node's own words."""
    text = note_of(noted, node)
    return f", note: {text}" if text else (", a note inside" if holds_note(noted, node) else "")


def paint_note(painter: QPainter, node: Node, ink: Inks, marks: Marks) -> None:
    """A small sheet over a node's upper right corner; an empty one where the note is inside."""
    if not marks.noted or node.look is Look.WEIGHT:
        return
    on = bool(note_of(marks.noted, node))
    if on or holds_note(marks.noted, node):
        right = node.x + node.width
        draw_sheet(painter, QPointF(right - 1, node.y + 1), ink.text2, ink.raised, ink.canvas, on)


def draw_sheet(
    painter: QPainter, centre: QPointF, tint: QColor, fill: QColor, back: QColor, written: bool
) -> None:
    """A sheet with a folded corner, and lines where something is written on it."""
    box = QRectF(centre.x() - SIDE / 2, centre.y() - SIDE / 2, SIDE, SIDE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(back)
    painter.drawRoundedRect(box.adjusted(-1.5, -1.5, 1.5, 1.5), 3, 3)
    left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
    outline = [(left, top), (right, top), (right, bottom - FOLD), (right - FOLD, bottom)]
    corners = [QPointF(*point) for point in (*outline, (left, bottom))]
    pen = QPen(tint, 1.2)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(fill)
    painter.drawPolygon(QPolygonF(corners))
    if written:
        for down, width in ((3.6, 6.0), (6.4, 6.0), (9.2, 3.0)):
            start = QPointF(left + 3, top + down)
            painter.drawLine(start, QPointF(start.x() + width, start.y()))


def note_lines(text: str) -> list[str]:
    """A note in lines for a card; the last tells where there is more."""
    lines = [
        line
        for part in text[: LINES * LETTERS * 4].split("\n")
        for line in textwrap.wrap(part, LETTERS) or [""]
    ]
    while lines and not lines[-1]:
        lines.pop()
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]
