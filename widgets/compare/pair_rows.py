"""Rows of the comparison's lists, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ..run.node_model import NodeModel
from ..run.painting import draw_chevron, draw_text, face, fill_round, mix
from ..run.row import Row
from ..run.row_delegate import RowDelegate
from ..run.row_view import RowView
from ..theme import colour, paint_icon

INDENT = 13
_CHEVRON = 21  # middle of the chevron at depth 0
_NAME = 35
_SIGN = 11  # px of the sign before a name
_GAP = 8
_BAR = 46
_FIGURE = 45  # px that the error takes, with the gap to its bar
_LEAST = 118  # px that a name keeps before the bar goes


@dataclass(frozen=True, slots=True)
class PairRow(Row):
    """A row with an error.

    Attributes:
        error: as written at its right end.
        length: of its bar, from 0 to 1; below 0 for no bar.
        over: the error is over tolerance.
        first: the first divergence is here.
        sign: an icon before the name, and its colour token.
    """

    error: str = ""
    length: float = -1.0
    over: bool = False
    first: bool = False
    sign: tuple[str, str] = ("", "")

    def spoken(self) -> str:
        """The row in words."""
        parts = [self.name, self.note, self.right]
        parts.append(f"error {self.error}" if self.error else "")
        parts.append("over tolerance" if self.over else "")
        parts.append("first divergence" if self.first else "")
        return ", ".join(part for part in parts if part)


class PairDelegate(RowDelegate):
    """Sign, name, note, bar and error."""

    def _paint(
        self, painter: QPainter, rect: QRectF, edge: float, row: Row, hovered: bool, focused: bool
    ) -> None:
        middle = rect.center().y()
        card = QRectF(4, rect.top(), min(rect.right() - 4, edge + 6), rect.height())
        lit = row.selected or hovered
        if lit:
            fill_round(painter, card, 5, colour("selection" if row.selected else "hover"))
        if focused:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(colour("line2" if lit else "line"))
        for depth in range(row.depth):
            x = _CHEVRON + INDENT * depth
            painter.drawLine(x, int(rect.top()), x, int(rect.bottom()))
        x = _NAME + INDENT * row.depth
        right = edge
        if isinstance(row, PairRow):
            right = _draw_error(painter, edge, middle, row, x)
            if row.sign[0]:
                spot = QRectF(x - _SIGN - 6, middle - _SIGN / 2, _SIGN, _SIGN)
                paint_icon(painter, row.sign[0], spot, colour(row.sign[1]))
        if row.group and not row.leaf:
            draw_chevron(
                painter, _CHEVRON + INDENT * row.depth, middle, colour("text2"), row.opened
            )
        quiet = colour("text2" if lit else "text3")
        if row.right:
            width = face().width(row.right)
            draw_text(painter, right - width, middle, row.right, face(), quiet)
            right -= width + _GAP
        name = face(12, 600 if row.group or row.selected else 500)
        x += draw_text(painter, x, middle, row.name, name, colour("text1"), right - x) + _GAP
        draw_text(painter, x, middle, row.note, face(), quiet, right - x)


def _draw_error(painter: QPainter, edge: float, middle: float, row: PairRow, name: float) -> float:
    """Error and bar; where the rest of the row must end."""
    if not row.error:
        return edge
    strong = face(12, 600 if row.over else 400)
    tint = colour("warn" if row.over else "text2")
    width = strong.width(row.error)
    draw_text(painter, edge - width, middle, row.error, strong, tint)
    right = edge - _FIGURE
    if row.length < 0:
        return min(right, edge - width - _GAP)
    if right - _BAR - _GAP - name < _LEAST:
        return right
    track = QRectF(right - _BAR, middle - 2, _BAR, 4)
    fill_round(painter, track, 2, colour("line2" if row.selected else "line"))
    if row.length > 0:
        shade = colour("text3")
        if row.over:
            shade = colour("warn") if row.first else mix(colour("warn"), colour("panel"), 0.62)
        fill_round(painter, QRectF(track.left(), track.top(), _BAR * row.length, 4), 2, shade)
    return track.left() - _GAP


class PairView(RowView):
    """A list of them; the chevrons stand further to the left than in the run's lists."""

    def __init__(self, model: NodeModel, parent: QWidget | None = None) -> None:
        super().__init__(model, gutter=False, parent=parent)
        self.rows = PairDelegate(self)
        self.setItemDelegate(self.rows)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On a chevron, open or close; elsewhere, pick."""
        node = self._node_at(event.position().toPoint())
        if node is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        middle = _CHEVRON + INDENT * node.depth
        if self._nodes.expandable(node) and abs(event.position().x() - middle) <= 9:
            self._toggle(node)
        else:
            self.make_current(node)
            self.row_picked.emit(node)
