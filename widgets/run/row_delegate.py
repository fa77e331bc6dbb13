"""Paints the rows of the execution and modules lists."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..theme import colour, paint_icon, theme
from .amount_bar import draw_bar
from .node_model import Index, NodeModel
from .painting import (
    draw_arrow,
    draw_chevron,
    draw_dot,
    draw_pill,
    draw_text,
    face,
    fill_round,
    text_width,
)
from .row import Dot, Mark, Row

ROW_HEIGHT = 24
GUTTER = 26
INDENT = 13
_MARGIN = 14  # the pane's edge
_CHEVRON = 35  # middle of the chevron at depth 0
_GROUP_NAME = 45
_NUMBER_END = 51.5
_SQUARE = 59
_OP_NAME = 73
_GAP = 9
_NARROW = 270  # px of a row below which a note goes before a shape
_MOST_NOTE = 90
_MOST_PICTURES = 256


def chevron_span(depth: int) -> tuple[int, int]:
    """Where a click opens or closes a group, from and to in x."""
    middle = _CHEVRON + INDENT * depth
    return middle - 8, middle + 9


class RowDelegate(QStyledItemDelegate):
    """Rows are 24 px high; columns stand where `digits` leaves room for the numbers.

    A step changes a few rows of a screenful: painted rows are kept as pictures, least used first
    out.
    """

    digits = 3

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: OrderedDict[Hashable, QPixmap] = OrderedDict()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, NodeModel)
        given: Any = option  # its fields are not in the stubs
        state: QStyle.StateFlag = given.state
        rect = QRectF(given.rect)
        edge = given.widget.width() - _MARGIN  # the same with and without a scroll bar
        row = model.row_of(model.node(index), bool(state & QStyle.StateFlag.State_Open))
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        ratio = painter.device().devicePixelRatioF()
        look = (row, hovered, focused, rect.right(), edge, self.digits, ratio, theme().name)
        picture = self._pictures.get(look)
        if picture is None:
            picture = self._picture(rect, edge, row, hovered, focused, ratio)
            self._pictures[look] = picture
            if len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(look)
        painter.drawPixmap(0, round(rect.top()), picture)

    def _picture(
        self, rect: QRectF, edge: float, row: Row, hovered: bool, focused: bool, ratio: float
    ) -> QPixmap:
        picture = QPixmap(round(rect.right() * ratio), round(rect.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour("panel"))
        painter = QPainter(picture)
        whole = QRectF(0, 0, rect.right(), rect.height())
        self._paint(painter, whole, edge, row, hovered, focused)
        painter.end()
        return picture

    def _paint(
        self, painter: QPainter, rect: QRectF, edge: float, row: Row, hovered: bool, focused: bool
    ) -> None:
        middle = rect.center().y()
        card = QRectF(4, rect.top(), min(rect.right() - 4, edge + 6), rect.height())
        back = _background(row, hovered)
        if back is not None:
            fill_round(painter, card, 5, back)
        if focused:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(colour("line"))
        for depth in range(row.depth):
            x = round(_CHEVRON + INDENT * depth)
            painter.drawLine(x, int(rect.top()), x, int(rect.bottom()))
        _gutter(painter, row, middle)
        quiet = colour("text2" if back is not None and not row.mark.value else "text3")
        faint = quiet if row.ran or row.selected else colour("not_run")
        right = self._right(painter, edge, row, middle, faint)
        if row.group:
            x = self._group(painter, row, middle)
        else:
            x = self._op(painter, row, middle, faint)
        name = face(12, 600 if row.group or row.selected or row.mark is Mark.NEXT else 500)
        tint = _name_tint(row)
        width = draw_text(painter, x, middle, row.name, name, tint, right - x)
        if row.struck:
            painter.setPen(tint)
            painter.drawLine(int(x), int(middle) + 1, int(x + width), int(middle) + 1)
        x += width + _GAP
        if row.note:
            draw_text(painter, x, middle, row.note, face(), faint, right - x)

    def _group(self, painter: QPainter, row: Row, middle: float) -> float:
        x = _CHEVRON + INDENT * row.depth
        if not row.leaf:
            draw_chevron(painter, x, middle, colour("text2" if row.ran else "text3"), row.opened)
        x = _GROUP_NAME + INDENT * row.depth
        if row.category is not None:
            tint = theme().category(row.category)
            _square(painter, x, middle, tint, row.ran)
            x += 14
        return x

    def _op(self, painter: QPainter, row: Row, middle: float, faint: QColor) -> float:
        wide = text_width("0" * max(self.digits, 3), face()) - text_width("000", face())
        shift = INDENT * row.depth + wide
        width = text_width(row.number, face())
        draw_text(painter, _NUMBER_END + shift - width, middle, row.number, face(), faint)
        if row.category is not None:
            tint = colour("breakpoint") if row.failed else theme().category(row.category)
            _square(painter, _SQUARE + shift, middle, tint, row.ran or row.mark is Mark.NEXT)
        return _OP_NAME + shift

    def _right(self, painter: QPainter, end: float, row: Row, middle: float, tint: QColor) -> float:
        """Draw what stands at the right end; where the rest of the row must end."""
        if row.pill is not None:
            end -= draw_pill(painter, end, middle, *row.pill) + 8
        end -= _signs(painter, end, middle, row)
        if not row.right:
            return end
        if row.failed:
            tint = colour("breakpoint")
        barred = draw_bar(painter, end, middle, row)
        if barred:
            tint = colour("text1")
            width = text_width(row.right, face())
            draw_text(painter, end - width - 4, middle, row.right, face(), tint)
            return end - barred - 8
        width = text_width(row.right, face())
        needed = _OP_NAME + INDENT * row.depth + text_width(row.name, face(12, 500)) + _GAP
        if row.note and end < _NARROW:
            needed += min(text_width(row.note, face()), _MOST_NOTE) + 8
        if end - width < needed and not (row.group or row.mark.value or row.failed):
            return end  # too narrow for a shape
        draw_text(painter, end - width, middle, row.right, face(), tint)
        return end - width - 8


def _signs(painter: QPainter, end: float, middle: float, row: Row) -> float:
    """What an edit did, and that a value is kept, right to left from `end`; how wide that is."""
    start = end
    if len(row.changed) == 1:
        end -= text_width(row.changed, face(12, 600))
        draw_text(painter, end, middle, row.changed, face(12, 600), colour("warn"))
        end -= 7
    elif row.changed:
        end -= draw_pill(painter, end, middle, row.changed, "warn") + 7
    if row.held:
        end -= 12
        paint_icon(painter, "lock", QRectF(end, middle - 6, 12, 12), colour("text2"))
        end -= 7
    return start - end


def _background(row: Row, hovered: bool) -> QColor | None:
    if row.mark is Mark.NEXT:
        return colour("current_fill")
    if row.selected:
        return colour("selection")
    if hovered or row.hovered:
        return colour("hover")
    return None


def _name_tint(row: Row) -> QColor:
    if row.failed:
        return colour("breakpoint")
    if row.ran or row.selected or row.mark is Mark.NEXT:
        return colour("text1")
    return colour("text3")


def _square(painter: QPainter, x: float, middle: float, tint: QColor, filled: bool) -> None:
    if filled:
        fill_round(painter, QRectF(x, middle - 3.5, 7, 7), 2, tint)
    else:
        faded = QColor(tint)
        faded.setAlphaF(0.75)
        draw_dot(painter, x + 3.5, middle, 3.6, faded, hollow=True)


def _gutter(painter: QPainter, row: Row, middle: float) -> None:
    if row.mark is Mark.CURSOR:
        draw_arrow(painter, 9, middle, colour("accent"), hollow=False)
    elif row.mark is not Mark.NONE:
        draw_arrow(painter, 9, middle, colour("current"), hollow=row.mark is Mark.LIVE)
    if row.dot is not Dot.NONE:
        x, radius = (14.6, 3.2) if row.mark is not Mark.NONE else (16.0, 4.5)
        draw_dot(painter, x, middle, radius, colour("breakpoint"), hollow=row.dot is Dot.OFF)
