"""The line that the model waits for, typed by the user."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..theme import mono_font
from ..watching import watch

HINT = "The model reads a line"
TYPE = "Enter gives the line to the model"
END = "No more lines: the model comes to the end of its input (Ctrl+D)"


class InputLine(QWidget):
    """Hidden while nothing is read.

    Signals:
        entered: str, a line without its end.
        ended: there are no more.
    """

    entered = Signal(str)
    ended = Signal()

    def __init__(self, edge: int = 10, parent: QWidget | None = None) -> None:
        """`edge`: free pixels at each side."""
        super().__init__(parent)
        self.prompt = QLabel(wordWrap=True)
        self.prompt.setFont(mono_font(12))
        self.prompt.setTextFormat(Qt.TextFormat.PlainText)
        self.field = QLineEdit()
        self.field.setFont(mono_font(12))
        self.field.setPlaceholderText(HINT)
        self.field.setToolTip(TYPE)
        self.field.setAccessibleName(HINT)
        self.end = QPushButton("End of input")
        self.end.setToolTip(END)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.end)
        column = QVBoxLayout(self)
        column.setContentsMargins(edge, 8, edge, 10)
        column.setSpacing(6)
        column.addWidget(self.prompt)
        column.addLayout(row)
        self.field.returnPressed.connect(self._enter)
        watch(self.field, self._watched)
        self.end.clicked.connect(self.ended)
        self.hide()

    def ask(self, prompt: str = "") -> None:
        """A line is wanted."""
        self.prompt.setText(prompt)
        self.prompt.setVisible(bool(prompt))
        self.show()
        self.field.setFocus()

    def _enter(self) -> None:
        text = self.field.text()
        self.field.clear()
        self.entered.emit(text)

    def _watched(self, event: QEvent) -> bool:
        """Ctrl+D in an empty field, as in a terminal; the window's key of that name waits."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if not isinstance(event, QKeyEvent) or not (
            override or event.type() is QEvent.Type.KeyPress
        ):
            return False
        together = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.key() != Qt.Key.Key_D or not together or self.field.text():
            return False
        if override:
            event.accept()
        else:
            self.ended.emit()
        return True
