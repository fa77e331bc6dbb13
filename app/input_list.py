"""Rows of model inputs, each understood while it is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .form_parts import restyle, say
from .input_words import FORMS, Meaning, meaning


class InputRow(QWidget):
    """One input and what it means.

    Signals:
        edited: its text changed.
        removed: the user wants it gone.
    """

    edited = Signal()
    removed = Signal()

    def __init__(self, text: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(text)
        self.edit.setFont(theme.mono_font(12))
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName("Input")
        self.means = QLabel()
        self.means.setFont(theme.ui_font(11))
        self.means.setProperty("kind", "text3")
        self.means.setWordWrap(True)
        remove = QToolButton()
        remove.setIcon(theme.icon("x", "text3"))
        remove.setToolTip("Remove this input")
        remove.setAccessibleName("Remove this input")
        remove.clicked.connect(self.removed)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.edit, 1)
        line.addWidget(remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self.means)
        self.state = Meaning("")
        self.edit.textChanged.connect(self.edited)

    @property
    def text(self) -> str:
        """As it will be handed over."""
        return self.edit.text().strip()

    def understand(self, cwd: str | None) -> None:
        """Say what the text means, or what is wrong with it."""
        self.state = meaning(self.text, cwd) if self.text else Meaning("")
        say(self.means, self.state.text, "error" if self.state.wrong else "text3")
        restyle(self.edit, "wrong", self.state.wrong)


class InputList(QWidget):
    """All inputs, in the order of the model's call. Empty rows do not count.

    Signals:
        changed: texts or meanings changed.
        added: QWidget, a new row that the user asked for.
    """

    changed = Signal()
    added = Signal(QWidget)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[InputRow] = []
        self._cwd: str | None = ""
        self._names: tuple[str, ...] = ()
        self.note = QLabel()
        self.note.setProperty("kind", "text3")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(30)
        self.add = QPushButton("Add input")
        self.add.setIcon(theme.icon("plus", "text2"))
        self.add.clicked.connect(self._add_and_focus)
        self.forms = QPushButton("What can be written?")
        self.forms.setProperty("kind", "link")
        self.forms.setCheckable(True)
        self.forms.toggled.connect(self._show_forms)
        self._table = _forms()
        self._table.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add)
        buttons.addWidget(self.forms)
        buttons.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.note)
        column.addLayout(self._column)
        column.addLayout(buttons)
        column.addWidget(self._table)

    def show_inputs(self, texts: Sequence[str]) -> None:
        """Replace all rows."""
        while self.rows:
            self._drop(self.rows[0])
        for text in texts:
            self._append(text)
        self._understand()

    def show_names(self, names: tuple[str, ...], note: str) -> None:
        """What the model's call takes, and where inputs come from when none are written."""
        self._names = names
        self.note.setText(note)
        self.note.setVisible(bool(note))
        for index, row in enumerate(self.rows):
            row.edit.setPlaceholderText(self._hint(index))

    def look_from(self, cwd: str | None) -> None:
        """Files are relative to this folder; None where they are on another machine."""
        self._cwd = cwd
        self._understand()

    def texts(self) -> tuple[str, ...]:
        """What was written, without empty rows."""
        return tuple(row.text for row in self.rows if row.text)

    def problem(self) -> str:
        """A sentence if something is wrong, "" if nothing is; a row tells its own mistake."""
        if any(row.state.wrong for row in self.rows):
            return "An input is not understood."
        named = [row.state.name for row in self.rows if row.state.name]
        twice = next((name for name in named if named.count(name) > 1), "")
        return f"The input {twice} is written twice." if twice else ""

    def has_picture(self) -> bool:
        """One of them is read from a picture."""
        return any(row.state.picture for row in self.rows)

    def _hint(self, index: int) -> str:
        shape = "1x3x224x224"
        return f"{self._names[index]}={shape}" if index < len(self._names) else shape

    def _append(self, text: str) -> InputRow:
        row = InputRow(text, self._hint(len(self.rows)))
        row.edited.connect(self._understand)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._column.addWidget(row)
        return row

    def _add_and_focus(self) -> None:
        row = self._append("")
        row.show()  # what is hidden takes no focus
        row.edit.setFocus()
        self._understand()
        self.added.emit(row)

    def _drop(self, row: InputRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _remove(self, row: InputRow) -> None:
        self._drop(row)
        self.add.setFocus()
        self._understand()

    def _understand(self) -> None:
        for row in self.rows:
            row.understand(self._cwd)
        self.changed.emit()

    def _show_forms(self, shown: bool) -> None:
        self._table.setVisible(shown)


def _forms() -> QFrame:
    """The table of what can be written."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    grid = QGridLayout(frame)
    grid.setContentsMargins(12, 8, 12, 8)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    for number, (form, words) in enumerate(FORMS):
        sample, about = QLabel(form), QLabel(words)
        sample.setFont(theme.mono_font(11))
        sample.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        about.setFont(theme.ui_font(11))
        about.setProperty("kind", "text3")
        grid.addWidget(sample, number, 0)
        grid.addWidget(about, number, 1)
    return frame
