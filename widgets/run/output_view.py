"""What the model printed, and words from the debugger, in the order in which they came."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from .. import theme
from ..focus_frame import FocusFrame
from .scroll_bars import SlimBars

MAX_LINES = 5_000
MAX_PIECE = 20_000  # characters of one line that are shown; the rest is counted
_AT_ONCE = 300  # lines that are shown as they come, in the time of one rest
_REST_MS = 60

_COLOURS = {"stdout": "text1", "stderr": "warn", "important": "breakpoint", "console": "text2"}


class OutputView(QPlainTextEdit):
    """Read-only text that follows its end unless the user scrolled up. What comes faster than it
    can be read is shown now and then, and of that the last MAX_LINES alone.

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
        self._waiting: deque[tuple[str, str, int]] = deque()  # category, text, lines
        self._lines = 0  # that were shown since the last rest
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._catch_up)
        SlimBars(self)
        FocusFrame(self)
        theme.hub().changed.connect(self._restyle)
        self._restyle()

    def add(self, category: str, text: str) -> None:
        """Append a piece of output; `category` is DAP's ("stdout", "stderr", "important", …)."""
        if not text:
            return
        text, lines = _shortened(text)
        self._waiting.append((category, text, lines))
        if self._lines + lines <= _AT_ONCE and len(self._waiting) == 1:
            self._lines += lines
            self._show_waiting()
        while self._waiting and _lines(self._waiting) - self._waiting[0][2] > MAX_LINES:
            self._waiting.popleft()
        if not self._rest.isActive():
            self._rest.start()

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        super().clear()

    @property
    def last_line(self) -> str:
        """What was printed after the last line end."""
        waiting = "".join(text for _, text, _ in self._waiting)
        return (self.document().lastBlock().text() + waiting).rpartition("\n")[2]

    def _catch_up(self) -> None:
        self._lines = 0
        if self._waiting:
            self._show_waiting()
            self._rest.start()

    def _show_waiting(self) -> None:
        if _lines(self._waiting) >= MAX_LINES - 1:
            super().clear()  # they go sooner all at once than line by line
        pieces: list[tuple[str, QTextCharFormat]] = []
        for category, text, _ in self._waiting:
            style = QTextCharFormat()
            style.setForeground(theme.colour(_COLOURS.get(category, "text2")))
            pieces.append((text, style))
        self._waiting.clear()
        self._append(*pieces)

    def add_log(self, text: str, record: int) -> None:
        """Append a breakpoint's message; the number before it leads to the op."""
        if self._waiting:
            self._show_waiting()
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


def _lines(waiting: deque[tuple[str, str, int]]) -> int:
    return sum(lines for _, _, lines in waiting)


def _shortened(text: str) -> tuple[str, int]:
    """The last lines of a piece, no longer than can be shown; and how many lines."""
    count = text.count("\n") + 1
    if len(text) <= MAX_PIECE and count < MAX_LINES:
        return text, count
    lines = text.split("\n")[-MAX_LINES + 1 :]
    for index, line in enumerate(lines):
        if len(line) > MAX_PIECE:
            more = f"… ({len(line) - MAX_PIECE:,} more characters)"
            lines[index] = line[:MAX_PIECE] + more + ("\n" if index == len(lines) - 1 else "")
    return "\n".join(lines), len(lines)
