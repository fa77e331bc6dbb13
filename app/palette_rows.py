"""The rows of the palette: their model, and how each is painted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..tracers.ir import Category
from ..widgets import theme
from .action_set import ActionSet
from .search import Entry

ROW = 34
_Index = QModelIndex | QPersistentModelIndex


class Results(QAbstractListModel):
    """The best entries for the query."""

    def __init__(self, actions: ActionSet, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        """Replace all rows, if they differ."""
        if entries != self._entries:
            self.beginResetModel()
            self._entries = entries
            self.endResetModel()

    def entry(self, row: int) -> Entry:
        """One row."""
        return self._entries[row]

    def usable(self, entry: Entry) -> bool:
        """It can be picked now."""
        return entry.kind != "action" or self._actions[entry.target].isEnabled()

    def rowCount(self, parent: _Index | None = None) -> int:
        """A flat list."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, for those who listen instead of looking; the delegate paints."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        entry = self._entries[index.row()]
        return " ".join(part for part in (entry.text, entry.note, entry.tail) if part)


class Rows(QStyledItemDelegate):
    """Paints one entry on one line."""

    def __init__(self, results: Results, parent: QObject) -> None:
        super().__init__(parent)
        self._results = results

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """All rows are alike."""
        return QSize(100, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Mark, text, note, and the key or number at the right."""
        entry = self._results.entry(index.row())
        styled: Any = option
        rect: QRect = styled.rect
        chosen = bool(styled.state & QStyle.StateFlag.State_Selected)
        box = QRectF(rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection"))
            painter.drawRoundedRect(box.adjusted(6, 1, -6, -1), 5, 5)
        usable = self._results.usable(entry)
        quiet = ("text2" if chosen else "text3") if usable else "not_run"
        ink = "text1" if usable else "not_run"
        self._mark(painter, entry, box, quiet)
        painter.setFont(theme.ui_font(11))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour(quiet))
        tail_width = painter.fontMetrics().horizontalAdvance(entry.tail)
        painter.drawText(
            box.adjusted(0, 0, -18, 0), middle | Qt.AlignmentFlag.AlignRight, entry.tail
        )
        left, room = box.left() + 44, box.width() - 44 - 18 - tail_width - 16
        font = theme.ui_font(12, 600 if entry.kind == "op" else 500)
        left += self._words(painter, entry.text, left, box, room, font, ink)
        rest = room - (left - box.left() - 44) - 10
        if rest > 30:
            self._words(painter, entry.note, left + 10, box, rest, theme.ui_font(11), quiet)
        painter.restore()

    def _words(
        self,
        painter: QPainter,
        text: str,
        left: float,
        box: QRectF,
        room: float,
        font: QFont,
        token: str,
    ) -> float:
        painter.setFont(font)
        painter.setPen(theme.colour(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(room))
        width = painter.fontMetrics().horizontalAdvance(shown)
        spot = QRectF(left, box.top(), width + 2, box.height())
        painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, shown)
        return width

    def _mark(self, painter: QPainter, entry: Entry, box: QRectF, token: str) -> None:
        middle = box.center().y()
        if entry.kind == "op":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.theme().category(Category(entry.mark)))
            painter.drawRoundedRect(QRectF(box.left() + 22, middle - 4, 8, 8), 2, 2)
        else:
            spot = QRectF(box.left() + 18, middle - 8, 16, 16)
            theme.paint_icon(painter, entry.mark or "chevron-right", spot, theme.colour(token))
