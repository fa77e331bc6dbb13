"""Asks what to write on an op or a module."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from ..widgets.notes import MOST_TEXT, Note
from ..widgets.watching import watch
from .form_parts import say

_HINT = "Kept with the model, and in the runs that you save. Ctrl+Enter saves."


class NoteDialog(QDialog):
    """For a note that is there, or a new one, whose text is empty.

    Signals:
        removed: the note is no longer wanted.
    """

    removed = Signal()

    def __init__(self, note: Note, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Note")
        self.setMinimumWidth(480)
        self._note = note
        title = QLabel(f"Note on {note.label or note.where}")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setFont(theme.ui_font(14, 600))
        title.setWordWrap(True)
        self.text = QPlainTextEdit(note.text)
        self.text.setAccessibleName("Note")
        self.text.setPlaceholderText("What you want to find again here")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(132)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.hint = QLabel()
        self.hint.setFont(theme.ui_font(11))
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.save = self.buttons.button(kinds.Save)
        self.save.setProperty("kind", "primary")
        self.save.setDefault(True)
        if note.text:
            remove = self.buttons.addButton("Remove", QDialogButtonBox.ButtonRole.ResetRole)
            remove.clicked.connect(self._remove)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        watch(self.text, self._see)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        for widget in (title, self.text, self.hint, self.buttons):
            column.addWidget(widget)
        self.text.textChanged.connect(self._check)
        self._check()
        self.text.setFocus()

    def _check(self) -> None:
        over = len(self.text.toPlainText()) - MOST_TEXT
        self.save.setEnabled(over <= 0)
        if over > 0:
            say(self.hint, f"{over:,} letters too many; a note has up to {MOST_TEXT:,}.", "error")
        else:
            say(self.hint, _HINT)

    def _see(self, event: QEvent) -> bool:
        """Ctrl+Enter saves; Enter alone begins a line."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not enter or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if self.save.isEnabled():
            self.accept()
        return True

    def _remove(self) -> None:
        self.removed.emit()
        self.reject()
