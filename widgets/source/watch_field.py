"""A line for an expression over values by name; what completes it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QStyleOptionViewItem, QWidget

from ..run.card_delegate import CardDelegate
from ..run.node_model import Index
from ..run.painting import draw_text, face, mono_face, text_width
from ..theme import colour, mono_font

_DETAIL = Qt.ItemDataRole.UserRole
_MOST_ROWS = 8
_EDGE = 12
_WIDTH = 320


class _Delegate(CardDelegate):
    """A name, and at the right what it is."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        middle, end = rect.center().y(), rect.right() - _EDGE
        detail = str(index.data(_DETAIL) or "")
        width = text_width(detail, face(11))
        tint = colour("text2" if lit else "text3")
        draw_text(painter, end - width, middle, detail, face(11), tint, width + 1)
        name = str(index.data(Qt.ItemDataRole.DisplayRole))
        room = end - width - 12 - _EDGE
        draw_text(painter, _EDGE, middle, name, mono_face(12), colour("text1"), room)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH, 24)


class WatchField(QLineEdit):
    """Signals:
    completions_wanted: str; the text up to the cursor, to be answered by `show_completions`.
    entered: Enter was pressed, and not to pick a completion.
    """

    completions_wanted = Signal(str)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(mono_font(12))
        self._before = ""  # what completions were asked for
        self._start = 0
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setMaxVisibleItems(_MOST_ROWS)
        self._popup = QListView()
        self._completer.setPopup(self._popup)
        self._popup.setItemDelegate(_Delegate(self._popup))
        self._popup.setUniformItemSizes(True)
        self._completer.activated.connect(self._complete)
        self.textEdited.connect(self._ask)
        self.returnPressed.connect(self._enter)

    def show_completions(self, before: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Targets of DAP; thrown away where the text has changed since."""
        if before != self._before or before != self.text()[: self.cursorPosition()]:
            return
        self._start = min((int(row["start"]) for row in rows), default=len(before))
        typed = before[self._start :]
        labels = [str(row["label"]) for row in rows]
        if not labels or not self.hasFocus() or [label.rstrip("()") for label in labels] == [typed]:
            self._popup.hide()
            return
        self._model.clear()
        for row in rows:
            item = QStandardItem(str(row["label"]))
            item.setData(str(row.get("detail", "")), _DETAIL)
            self._model.appendRow(item)
        self._completer.setCompletionPrefix(typed)
        rect = self.cursorRect()
        rect.setLeft(max(rect.left() - round(mono_face(12).width(typed)), 0))
        rect.setWidth(_WIDTH + 40)
        chosen = self._completer.completionModel().index(0, 0)
        self._popup.setCurrentIndex(QModelIndex() if typed in labels else chosen)
        self._completer.complete(rect)

    def offered(self) -> list[str]:
        """What the popup lists, while it is there."""
        if not self._popup.isVisible():
            return []
        found = self._completer.completionModel()
        return [str(found.index(row, 0).data()) for row in range(found.rowCount())]

    def _ask(self) -> None:
        before = self.text()[: self.cursorPosition()]
        self._before = before
        last = before[-1:]
        if last.isalnum() or last in ("_", "."):
            self.completions_wanted.emit(before)
        else:
            self._popup.hide()

    def _enter(self) -> None:
        picks = self._popup.isVisible() and self._popup.currentIndex().isValid()
        if not picks:
            self._popup.hide()
            self.entered.emit()

    def _complete(self, chosen: str) -> None:
        """Put a name in the place of what was typed of it."""
        at, text = self.cursorPosition(), self.text()
        method = chosen.endswith("()") and text[: self._start].endswith(".")
        self.setText(text[: self._start] + chosen + text[at:])
        inside = chosen.endswith("()") and not method
        self.setCursorPosition(self._start + len(chosen) - (1 if inside else 0))
        self._popup.hide()
