"""Rows of a plain list: a rounded card behind the row that is chosen or under the pointer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..theme import colour
from .node_model import Index
from .painting import fill_round

ROW_HEIGHT = 26
_CARD_EDGE = 4


class CardDelegate(QStyledItemDelegate):
    """Paints the card; `paint_row` what stands on it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        given: Any = option  # its fields are not in the stubs
        state: QStyle.StateFlag = given.state
        rect = QRectF(given.rect)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        lit = chosen or bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if lit:
            card = rect.adjusted(_CARD_EDGE, 0, -_CARD_EDGE, 0)
            fill_round(painter, card, 5, colour("selection" if chosen else "hover"))
        self.paint_row(painter, rect, index, lit)
        painter.restore()

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        """Paint a row; `lit` says that a card is behind it."""
        raise NotImplementedError
