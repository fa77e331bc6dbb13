"""A line for an expression of the debugger's grammar, which completes the name being typed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QStyleOptionViewItem, QWidget

from ..tracers.ir.expression import ATTRIBUTES, FUNCTIONS, METHODS
from ..widgets.run.card_delegate import CardDelegate
from ..widgets.run.painting import draw_text, face, mono_face
from ..widgets.theme import colour, mono_font

Index = QModelIndex | QPersistentModelIndex

_WORD = re.compile(r"(?<!\w)[A-Za-z_]\w*$")
_MEANING = Qt.ItemDataRole.UserRole
_MOST_ROWS = 8
_EDGE = 12
_MEANINGS = {
    "shape": "extents, a tuple",
    "dtype": "as text",
    "ndim": "how many axes",
    "size": "how many elements",
    "T": "last two axes swapped",
    "device": "as text",
    "item": "the only element as a number",
    "dim": "how many axes",
    "numel": "how many elements",
    "any": "one holds",
    "all": "each holds",
    "norm": "root of the sum of squares",
    "isnan": "element by element",
    "isinf": "element by element",
    "isfinite": "element by element",
}


class _Delegate(CardDelegate):
    """A name, and what it stands for."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        middle = rect.center().y()
        name = str(index.data(Qt.ItemDataRole.DisplayRole))
        width = draw_text(painter, _EDGE, middle, name, mono_face(12), colour("text1"))
        x = max(_EDGE + width + 16, 124.0)
        tint = colour("text2" if lit else "text3")
        meaning = str(index.data(_MEANING) or "")
        draw_text(painter, x, middle, meaning, face(11), tint, rect.right() - x - _EDGE)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(300, 24)


class ExpressionField(QLineEdit):
    """One line in the code font.

    With `braces`, only what stands in {…} is an expression, the rest is text.
    """

    def __init__(
        self, names: Mapping[str, str], parent: QWidget | None = None, braces: bool = False
    ) -> None:
        super().__init__(parent)
        self._names = dict(names)
        self._braces = braces
        self._of_value = False  # the popup lists what follows a dot
        self.setFont(mono_font(12))
        self._model = QStandardItemModel(self)
        self.completer_ = QCompleter(self._model, self)
        self.completer_.setWidget(self)
        self.completer_.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer_.setMaxVisibleItems(_MOST_ROWS)
        self._popup = QListView()
        self.completer_.setPopup(self._popup)
        self._popup.setItemDelegate(_Delegate(self._popup))
        self._popup.setUniformItemSizes(True)
        self.completer_.activated.connect(self._complete)
        self.textEdited.connect(self._offer)
        self._list(False)

    def know(self, names: Mapping[str, str]) -> None:
        """Other names, each with what it stands for."""
        if dict(names) != self._names:
            self._names = dict(names)
            self._list(self._of_value)

    def offered(self) -> list[str]:
        """What the popup lists, while it is there."""
        if not self._popup.isVisible():
            return []
        found = self.completer_.completionModel()
        return [str(found.index(row, 0).data()) for row in range(found.rowCount())]

    def _offer(self) -> None:
        before = self.text()[: self.cursorPosition()]
        word = _WORD.search(before)
        start = word.start() if word else len(before)
        dot = before[:start].endswith(".") and not before[: start - 1].strip().endswith(
            tuple("0123456789")
        )
        if not (word or dot) or not self._in_expression(before):
            self._popup.hide()
            return
        self._list(dot)
        prefix = word.group() if word else ""
        self.completer_.setCompletionPrefix(prefix)
        count = self.completer_.completionCount()
        only = self.completer_.currentCompletion().rstrip("()")
        if not count or (count == 1 and only == prefix):
            self._popup.hide()
            return
        rect = self.cursorRect()
        rect.setLeft(max(rect.left() - round(mono_face(12).width(prefix)), 0))
        rect.setWidth(360)
        self._popup.setCurrentIndex(self.completer_.completionModel().index(0, 0))
        self.completer_.complete(rect)

    def _in_expression(self, before: str) -> bool:
        """The cursor stands where names are: outside quotes, and between braces if these count."""
        if self._braces:
            opened = before.replace("{{", "  ").rfind("{")
            if opened < 0 or "}" in before[opened:]:
                return False
            before = before[opened + 1 :]
        quote = ""
        for letter in before:
            if quote:
                quote = "" if letter == quote else quote
            elif letter in "'\"":
                quote = letter
        return not quote

    def _list(self, of_value: bool) -> None:
        self._of_value = of_value
        self._model.clear()
        if of_value:
            rows = [(name, _MEANINGS.get(name, "")) for name in sorted(ATTRIBUTES)]
            rows += [(f"{name}()", _MEANINGS.get(name, "")) for name in sorted(METHODS)]
        else:
            rows = list(self._names.items())
            rows += [(f"{name}()", _MEANINGS.get(name, "")) for name in sorted(FUNCTIONS)]
        for name, meaning in rows:
            item = QStandardItem(name)
            item.setData(meaning, _MEANING)
            self._model.appendRow(item)

    def _complete(self, chosen: str) -> None:
        """Put a name in the place of what was typed of it; the cursor stands between its ()."""
        at, text = self.cursorPosition(), self.text()
        word = _WORD.search(text[:at])
        start = word.start() if word else at
        rest = text[at:]
        if chosen.endswith("()") and rest.startswith("("):
            chosen = chosen[:-2]
        self.setText(text[:start] + chosen + rest)
        method = self._of_value and chosen.endswith("()")
        inside = chosen.endswith("()") and not method
        self.setCursorPosition(start + len(chosen) - (1 if inside else 0))
        self.textEdited.emit(self.text())
        self._popup.hide()
