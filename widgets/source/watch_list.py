"""Expressions with what they give, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyleOptionViewItem,
    QWidget,
)

from ..focus_frame import FocusFrame
from ..run.card_delegate import CardDelegate
from ..run.node_model import Index
from ..run.painting import draw_text, mono_face
from ..run.scroll_bars import SlimBars
from ..theme import colour, mono_font, paint_icon

_ROW = 24
_EDGE = 14
_SHARE = 0.45  # of the width that expressions take at most
_NOWHERE = QModelIndex()


@dataclass(slots=True)
class WatchRow:
    """An expression and its value.

    Attributes:
        kept: it is watched; else it was evaluated once.
        value: in few words; the sentence where it has none, `failed`.
        place: record and slot that it can be looked at by, None for none.
        bad: elements that are not finite.
        waiting: its value is still being computed.
    """

    expression: str
    kept: bool = True
    value: str = ""
    failed: bool = False
    place: tuple[int, int] | None = None
    shape: tuple[int, ...] = ()
    dtype: str = ""
    bad: int = 0
    waiting: bool = False


class WatchModel(QAbstractListModel):
    """Signals:
    renamed: (row, str); the user wrote another expression, "" to remove it.
    """

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[WatchRow] = []

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.expression
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.expression}: {row.value}" if row.value else row.expression
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        text = str(value).strip()
        if text != self.rows[index.row()].expression:
            self.renamed.emit(index.row(), text)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def show_rows(self, rows: Sequence[WatchRow]) -> None:
        """Other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def show_changed(self, row: WatchRow) -> None:
        """A row has another value."""
        for number, known in enumerate(self.rows):
            if known is row:
                self.dataChanged.emit(self.index(number), self.index(number))


class _Delegate(CardDelegate):
    """The expression, its value, and the sign that it opens in the inspector."""

    def __init__(self, view: WatchList) -> None:
        super().__init__(view)
        self._view = view

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        row, middle = self._view.watches.rows[index.row()], rect.center().y()
        x, end = rect.left() + _EDGE, rect.right() + 1 - _EDGE
        if row.place is not None:
            sign = QRectF(end - 12, middle - 6, 12, 12)
            paint_icon(painter, "arrow-right", sign, colour("accent" if lit else "text3"))
            end -= 20
        tint = colour("text1" if row.kept else "text2")
        room = max((end - x) * _SHARE, 40)
        x += draw_text(painter, x, middle, row.expression, mono_face(12), tint, room) + 12
        token = "text2"
        if row.failed:
            token = "breakpoint"
        elif row.waiting:
            token = "text3"
        elif row.bad:
            token = "nan"
        draw_text(painter, x, middle, row.value, mono_face(11), colour(token), end - x)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setFont(mono_font(12))
        field.setFrame(False)
        field.setAccessibleName("Expression")
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        cast("QLineEdit", editor).setText(str(index.data(Qt.ItemDataRole.EditRole)))

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:
        model.setData(index, cast("QLineEdit", editor).text())


class WatchList(QListView):
    """Signals:
    opened: int; a row is to be looked at in the inspector, or given up while it is computed.
    removed: int; a row is to go.
    """

    opened = Signal(int)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.watches = WatchModel(self)
        self.setModel(self.watches)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setAccessibleName("Watched expressions")
        SlimBars(self)
        FocusFrame(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(index.row())
        elif index.isValid() and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(index.row())
        else:
            super().keyPressEvent(event)
