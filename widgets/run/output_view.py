"""What the model printed, and words from the debugger, in the order in which they came."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from .. import theme
from ..focus_frame import FocusFrame
from .scroll_bars import SlimBars

MAX_LINES = 5_000
MAX_PIECE = 20_000  # characters of one output that are shown; the rest is counted

_COLOURS = {"stdout": "text1", "stderr": "warn", "important": "breakpoint", "console": "text2"}


class OutputView(QPlainTextEdit):
    """Read-only text that follows its end unless the user scrolled up.

    Signals:
        record_pressed: int, the executed op whose number was clicked.
    """

    record_pressed = Signal(int)

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
        self.viewport().setMouseTracking(True)
        SlimBars(self)
        FocusFrame(self)
        theme.hub().changed.connect(self._restyle)
        self._restyle()

    def add(self, category: str, text: str) -> None:
        """Append a piece of output; `category` is DAP's ("stdout", "stderr", "important", …)."""
        if len(text) > MAX_PIECE:
            text = f"{text[:MAX_PIECE]}… ({len(text) - MAX_PIECE:,} more characters)\n"
        style = QTextCharFormat()
        style.setForeground(theme.colour(_COLOURS.get(category, "text2")))
        self._append((text, style))

    def add_log(self, text: str, record: int) -> None:
        """Append a breakpoint's message; the number before it leads to the op."""
        link, style = QTextCharFormat(), QTextCharFormat()
        link.setForeground(theme.colour("accent"))
        link.setAnchor(True)
        link.setAnchorHref(str(record))
        style.setForeground(theme.colour("text1"))
        self._append((f"op {record + 1}", link), (f"  {text}", style))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        record = self.anchorAt(event.position().toPoint())
        if record and not self.textCursor().hasSelection():
            self.record_pressed.emit(int(record))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = bool(self.anchorAt(event.position().toPoint()))
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _append(self, *pieces: tuple[str, QTextCharFormat]) -> None:
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for text, style in pieces:
            cursor.insertText(text, style)
        if at_end:
            bar.setValue(bar.maximum())

    def _restyle(self) -> None:
        panel, ink = theme.colour("panel").name(), theme.colour("text1").name()
        self.setStyleSheet(f"QPlainTextEdit {{ background: {panel}; border: none; color: {ink}; }}")
