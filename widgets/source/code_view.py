"""A file of source, read-only, with marks of the run painted into it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from ..focus_frame import FocusFrame
from ..run.painting import draw_arrow, draw_dot, draw_text, face, mono_face
from ..run.row import Dot
from ..run.scroll_bars import SlimBars
from ..theme import colour, hub, mono_font, theme
from .line_notes import Note
from .python_tokens import Span, Word, spans

LINE_HEIGHT = 19
GUTTER = 60
_NUMBER_END = 45
_ARROW = 8
_ABOVE = 6  # px between the head and the first line, whatever is scrolled
_NOTE_GAP = 15
# Names that are called, in the dark and the light theme: no token of the palette is theirs.
_CALL = {"dark": "#7AAFE6", "light": "#2B6CB8"}


def tint_of(word: Word) -> QColor:
    """The colour of a word of source."""
    if word is Word.CALL:
        return QColor(_CALL.get(theme().name, theme().matmul))
    return colour(
        {
            Word.KEYWORD: "reduce",
            Word.SELF: "reduce",
            Word.NUMBER: "weight",
            Word.STRING: "pointwise",
            Word.COMMENT: "text3",
            Word.OPERATOR: "text2",
            Word.DECORATOR: "reduce",
        }[word]
    )


class Highlighter(QSyntaxHighlighter):
    """Colours a document by the spans found in it once."""

    def __init__(self, document: QTextDocument, found: dict[int, list[Span]]) -> None:
        super().__init__(document)
        self._spans = found

    def highlightBlock(self, text: str) -> None:
        for span in self._spans.get(self.currentBlock().blockNumber(), ()):
            shape = QTextCharFormat()
            shape.setForeground(tint_of(span.word))
            self.setFormat(span.start, span.length, shape)


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands out; lines count from 1, 0 means none.

    Attributes:
        next: where the live run stands.
        cursor: where the user looks back to.
        selected: the line of the selected op.
        failed: the line of the op that raised.
        bad: the colour token of the selected line, where its op gave no finite value.
    """

    next: int = 0
    cursor: int = 0
    selected: int = 0
    bad: str = ""
    failed: int = 0


class Gutter(QWidget):
    """Line numbers, arrows and breakpoints beside a code view.

    Signals:
        pressed: int, the line that was clicked.
        menu_wanted: int, QPoint in screen coordinates; the context menu of a line.
    """

    pressed = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, code: CodeView) -> None:
        super().__init__(code)
        self._code = code
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(GUTTER, 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self._code.line_at(event.position().y())
        if line and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(line)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        line = self._code.line_at(event.pos().y())
        if line:
            self.menu_wanted.emit(line, event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        self._code.paint_gutter(self)


class CodeView(QTextEdit):
    """Shows one file. Each row is 19 px high; documents are kept by file.

    Signals:
        line_pressed: int, a line that was clicked, or reached by Return.
        gutter_pressed: int, a line whose gutter was clicked.
        menu_wanted: int, QPoint in screen coordinates; the context menu of a line.
    """

    line_pressed = Signal(int)
    gutter_pressed = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents: dict[str, tuple[QTextDocument, Highlighter, str]] = {}
        self._marks = Marks()
        self._notes: dict[int, list[Note]] = {}
        self._dots: dict[int, Dot] = {}
        self.setReadOnly(True)
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Source")
        self.setViewportMargins(GUTTER, _ABOVE, 0, 0)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(LINE_HEIGHT)
        SlimBars(self)
        FocusFrame(self)
        self.gutter = Gutter(self)
        self.gutter.pressed.connect(self.gutter_pressed)
        self.gutter.menu_wanted.connect(self.menu_wanted)
        self.verticalScrollBar().valueChanged.connect(self.gutter.update)
        hub().changed.connect(self._restyle)
        self._restyle()

    def show_text(self, file: str, text: str) -> None:
        """Show a file; what was shown of it before is dropped if it reads differently."""
        known = self._documents.get(file)
        if known is None or known[2] != text:
            known = self._documents[file] = (*self._make(file, text), text)
        if self.document() is not known[0]:
            self.setDocument(known[0])
        self.gutter.update()

    def forget(self) -> None:
        """Drop the files that are not shown."""
        shown = self.document()
        self._documents = {
            file: known for file, known in self._documents.items() if known[0] is shown
        }

    def show_marks(self, marks: Marks, notes: dict[int, list[Note]], dots: dict[int, Dot]) -> None:
        """What stands out, what is written after lines, and where breakpoints are."""
        if (marks, notes, dots) != (self._marks, self._notes, self._dots):
            self._marks, self._notes, self._dots = marks, notes, dots
            self.viewport().update()
            self.gutter.update()

    def bring(self, line: int) -> None:
        """Scroll a line to a third of the height, only if it is hidden; the top line is whole."""
        top = self._top(line)
        if line < 1 or (top >= 0 and top + LINE_HEIGHT <= self.viewport().height()):
            return
        bar = self.verticalScrollBar()
        above = max(self.viewport().height() // LINE_HEIGHT, 1) // 3
        bar.setValue(max(line - 1 - above, 0) * LINE_HEIGHT)
        self.horizontalScrollBar().setValue(0)

    def lines(self) -> range:
        """The lines in sight."""
        first = max(self.verticalScrollBar().value() // LINE_HEIGHT + 1, 1)
        last = first + self.viewport().height() // LINE_HEIGHT + 2
        return range(first, min(last, self.document().blockCount()) + 1)

    def line_at(self, y: float) -> int:
        """The line at a height, 0 for none."""
        line = int((y + self.verticalScrollBar().value()) // LINE_HEIGHT) + 1
        return line if 1 <= line <= self.document().blockCount() else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        rect = self.contentsRect()
        self.gutter.setGeometry(rect.left(), rect.top() + _ABOVE, GUTTER, rect.height() - _ABOVE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        line = self.line_at(event.position().y())
        if line and event.button() == Qt.MouseButton.LeftButton:
            self.line_pressed.emit(line)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the line under the pointer; by the key, of the one with the text cursor."""
        line, at = self.line_at(event.pos().y()), event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            line = self.textCursor().blockNumber() + 1
            at = self.viewport().mapToGlobal(self.cursorRect().bottomLeft())
        if line:
            self.menu_wanted.emit(line, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.line_pressed.emit(self.textCursor().blockNumber() + 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), colour("panel"))
        for line in self.lines():
            fill = self._fill(line)
            if fill is not None:
                rect = QRectF(0, self._top(line), self.viewport().width(), LINE_HEIGHT)
                painter.fillRect(rect, fill)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for line in self.lines():
            self._paint_notes(painter, line)
        painter.end()

    def paint_gutter(self, gutter: Gutter) -> None:
        """Paint numbers and marks."""
        painter = QPainter(gutter)
        painter.fillRect(gutter.rect(), colour("panel"))
        marked = (self._marks.next, self._marks.cursor, self._marks.selected, self._marks.failed)
        for line in self.lines():
            top = self._top(line)
            middle = top + LINE_HEIGHT / 2
            fill = self._fill(line)
            if fill is not None:
                painter.fillRect(QRectF(0, top, GUTTER, LINE_HEIGHT), fill)
            faced = mono_face(12)
            text = str(line)
            tint = colour("text1" if line in marked else "text3")
            width = faced.width(text)
            draw_text(painter, _NUMBER_END - width, middle, text, faced, tint)
            arrow = line in (self._marks.next, self._marks.cursor)
            if arrow:
                past = line == self._marks.cursor
                hollow = not past and self._marks.cursor > 0
                token = "accent" if past else "current"
                draw_arrow(painter, _ARROW, middle, colour(token), hollow)
            dot = self._dots.get(line, Dot.NONE)
            if dot is not Dot.NONE:
                x, radius = (_ARROW + 5.6, 3.2) if arrow else (_ARROW + 7.0, 4.5)
                draw_dot(painter, x, middle, radius, colour("breakpoint"), hollow=dot is Dot.OFF)
        painter.end()

    def _top(self, line: int) -> float:
        return LINE_HEIGHT * (line - 1) - self.verticalScrollBar().value()

    def _fill(self, line: int) -> QColor | None:
        if line == self._marks.next and not self._marks.cursor:
            return colour("current_fill")
        if line == self._marks.failed:
            fill = colour("breakpoint")
            fill.setAlphaF(0.14)
            return fill
        if line == self._marks.selected:
            if self._marks.bad:
                fill = colour(self._marks.bad)
                fill.setAlphaF(0.12)
                return fill
            return colour("selection")
        return None

    def _paint_notes(self, painter: QPainter, line: int) -> None:
        notes = list(self._notes.get(line, ()))
        raised = line == self._marks.failed
        if line == self._marks.next and not self._marks.cursor and not raised:
            notes = [Note("next to run", "current_text")]
        if not notes:
            return
        block = self.document().findBlockByNumber(line - 1)
        layout = block.layout()
        end = layout.lineAt(0).naturalTextWidth() if layout.lineCount() else 0.0
        x = end + _NOTE_GAP - self.horizontalScrollBar().value()
        middle = self._top(line) + LINE_HEIGHT / 2
        for note in notes:
            size = 12 if note.token in ("accent", "current_text") else 11
            x += draw_text(painter, x, middle, note.text, face(size), colour(note.token)) + 10

    def _make(self, file: str, text: str) -> tuple[QTextDocument, Highlighter]:
        document = QTextDocument(self)
        document.setDefaultFont(mono_font(12))
        document.setDocumentMargin(0)
        document.setUndoRedoEnabled(False)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTabStopDistance(mono_face(12).width(" ") * 4)
        document.setDefaultTextOption(option)
        document.setPlainText(text)
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        shape = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight.value
        shape.setLineHeight(LINE_HEIGHT, fixed)
        cursor.mergeBlockFormat(shape)
        frame = document.rootFrame().frameFormat()
        frame.setTopMargin(0)
        frame.setBottomMargin(_ABOVE)
        document.rootFrame().setFrameFormat(frame)
        python = file.endswith((".py", ".pyi")) or not file.rpartition(".")[2].isalpha()
        return document, Highlighter(document, spans(text) if python else {})

    def _restyle(self) -> None:
        self.setStyleSheet(
            f"QTextEdit {{ background: transparent; border: none; color: {colour('text1').name()};"
            f" selection-background-color: {colour('line2').name()};"
            f" selection-color: {colour('text1').name()}; }}"
            "QTextEdit::corner { background: transparent; border: none; }"
        )
        for _, highlighter, _ in self._documents.values():
            highlighter.rehighlight()
        self.viewport().update()
        self.gutter.update()
