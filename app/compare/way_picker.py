"""Picks what B is: another model, or the same one in another way."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...tracers.compare.ways import WAYS, Against, NoSuchWay, Way, parse_way
from ...widgets import theme
from ..form_parts import in_a_row, say

_OTHER = "Another model"
_SHOWN = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
_HINTS = {
    "weights": ("Weights", "A file with the weights that B shall have"),
    "git": ("Revision", "HEAD, a branch, a tag or a commit"),
    "compile": ("Backend", "inductor; or aot_eager, eager, one of your own"),
}
_REVISION = "Write which revision, like HEAD."


class WayPicker(QWidget):
    """Signals:
    changed: something else is picked or written.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cwd = ""
        self.box = QComboBox()
        self.box.setAccessibleName("What B is")
        self._items = QStandardItemModel(self.box)
        self._items.appendRow(QStandardItem(_OTHER))
        for way in WAYS:
            item = QStandardItem(f"The same {way.title[0].lower()}{way.title[1:]}")
            item.setData(way.word, Qt.ItemDataRole.UserRole)
            self._items.appendRow(item)
        self.box.setModel(self._items)
        self.more = QLineEdit()
        self.file = QPushButton("File…")
        self.file.clicked.connect(self._browse)
        self.row = in_a_row(self.more, self.file)
        self.note = QLabel(wordWrap=True)
        self.note.setFont(theme.ui_font(11))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.box, self.row, self.note):
            column.addWidget(widget)
        self.box.currentIndexChanged.connect(self._picked)
        self.more.textChanged.connect(self.changed)
        self._picked()

    @property
    def way(self) -> Way | None:
        """The picked way, None for another model."""
        word = self.box.currentData()
        return next((way for way in WAYS if way.word == word), None)

    def show_frameworks(self, frameworks: Iterable[str]) -> None:
        """Of A, as far as they are known: what does not fit cannot be picked."""
        names = {_SHOWN[name] for name in frameworks}
        for row, way in enumerate(WAYS, 1):
            self._items.item(row).setEnabled(not names or bool(names & set(way.frameworks)))

    def show_against(self, against: Against | None) -> None:
        """What was chosen before."""
        word = "" if against is None else against.word
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(max(self.box.findData(word), 0))
        self.more.setText("" if against is None else against.more)
        self._picked()

    def against(self) -> Against | None:
        """What is chosen; None for another model, and where something is missing."""
        way = self.way
        return None if way is None or self.problem() else parse_way(self._text(way), self.cwd)

    def problem(self) -> str:
        """What is missing, in a sentence; "" for nothing."""
        way = self.way
        if way is None:
            return ""
        if way.takes and not self.more.text().strip() and way.word != "compile":
            return "Choose the file with the weights." if way.word == "weights" else _REVISION
        item = self._items.item(self.box.currentIndex())
        if not item.isEnabled():
            return f"{way.word} is for models of {way.frameworks[0]}."
        try:
            parse_way(self._text(way), self.cwd)
        except NoSuchWay as error:
            return str(error)
        return ""

    def _text(self, way: Way) -> str:
        more = self.more.text().strip() if way.takes else ""
        return f"{way.word}:{more}" if more else way.word

    def _picked(self) -> None:
        way = self.way
        name, hint = _HINTS.get("" if way is None else way.word, ("", ""))
        self.more.setAccessibleName(name)
        self.more.setPlaceholderText(hint)
        self.row.setVisible(bool(name))
        self.file.setVisible(way is not None and way.word == "weights")
        say(self.note, way.says if way is not None else "")
        self.changed.emit()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Weights", self.cwd)
        if path:
            self.more.setText(path)
