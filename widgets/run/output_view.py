"""What the model printed, and words from the debugger, in the order in which they came."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from .. import theme
from ..focus_frame import FocusFrame
from .scroll_bars import SlimBars

MAX_LINES = 5_000
MAX_PIECE = 20_000  # characters of one output that are shown; the rest is counted

_COLOURS = {"stdout": "text1", "stderr": "warn", "important": "breakpoint", "console": "text2"}


class OutputView(QPlainTextEdit):
    """Read-only text that follows its end unless the user scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(MAX_LINES)
        self.setFont(theme.mono_font(12))
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setPlaceholderText("What the model prints appears here.")
        self.setAccessibleName("Output of the model")
        self.document().setDocumentMargin(10)
        self.setTabChangesFocus(True)
        SlimBars(self)
        FocusFrame(self)
        theme.hub().changed.connect(self._restyle)
        self._restyle()

    def add(self, category: str, text: str) -> None:
        """Append a piece of output; `category` is DAP's ("stdout", "stderr", "important", …)."""
        if len(text) > MAX_PIECE:
            text = f"{text[:MAX_PIECE]}… ({len(text) - MAX_PIECE:,} more characters)\n"
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        style = QTextCharFormat()
        style.setForeground(theme.colour(_COLOURS.get(category, "text2")))
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, style)
        if at_end:
            bar.setValue(bar.maximum())

    def _restyle(self) -> None:
        panel, ink = theme.colour("panel").name(), theme.colour("text1").name()
        self.setStyleSheet(f"QPlainTextEdit {{ background: {panel}; border: none; color: {ink}; }}")
