"""The notes below the watchpoints; there while there are any."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ..focus_frame import FocusFrame
from ..graph.note_signs import draw_sheet
from ..notes import Note
from ..theme import colour, hub
from .card_delegate import ROW_HEIGHT, CardDelegate
from .node_model import Index
from .painting import draw_text, face, mono_face, text_width
from .scroll_bars import SlimBars

_HEAD = 32
_EDGE, _SIGN, _LABEL = 14, 21, 36
_SECOND = 17  # what the note's own line adds to a row
_HEIGHT = ROW_HEIGHT + _SECOND
_MOST = 172  # px of rows before they scroll: four
_LONG = 200  # letters of a note that one line could show
_NOWHERE = QModelIndex()


class NoteModel(QAbstractListModel):
    """One row per note, in the order in which they were written.

    Attributes:
        lost: the `where` of those whose op or module is not in this graph.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.notes: list[Note] = []
        self.lost: set[str] = set()

    def show_notes(self, notes: list[Note], lost: Collection[str]) -> None:
        """Other notes."""
        self.beginResetModel()
        self.notes, self.lost = list(notes), set(lost)
        self.endResetModel()

    def words(self, row: int) -> tuple[str, str, str]:
        """(what it is on, where that is, the beginning of the note)."""
        note = self.notes[row]
        label, _, place = (note.label or note.where).partition(" in ")
        if note.where in self.lost:
            place = "not in this graph"
        elif note.module:
            place = "module"
        text = " ".join(note.text[:_LONG].split())
        return label, place, text

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.notes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        label, place, _text = self.words(index.row())
        note = self.notes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (label, place, note.text) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return note.text[:1000]
        return None


class NoteDelegate(CardDelegate):
    """Two lines: what the note is on, and how it begins."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, NoteModel)
        label, place, text = model.words(index.row())
        lost = model.notes[index.row()].where in model.lost
        upper = rect.top() + ROW_HEIGHT / 2 + 1
        quiet = colour("text2" if lit else "text3")
        tint, back = colour("not_run" if lost else "text2"), colour("panel")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_sheet(painter, QPointF(_SIGN, upper), tint, back, back, written=not lost)
        end = rect.right() + 1 - _EDGE
        width = min(text_width(place, mono_face(11)), max(end - _LABEL - 60, 0))
        draw_text(painter, end - width, upper, place, mono_face(11), quiet, width + 1)
        ink = colour("text3" if lost else "text1")
        draw_text(painter, _LABEL, upper, label, face(12), ink, end - width - 10 - _LABEL)
        draw_text(painter, _LABEL, upper + _SECOND, text, face(11), quiet, end - _LABEL)


class _Rows(QListView):
    """Tells what clicks and keys ask for."""

    row_pressed = Signal(int)
    delete_pressed = Signal(int)
    edit_pressed = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.row_pressed.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.edit_pressed.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_F2, Qt.Key.Key_N):
            self.edit_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_pressed.emit(row)
        else:
            super().keyPressEvent(event)


class NoteList(QWidget):
    """As high as its rows; hidden without any.

    Signals:
        activated: Note, whose place shall be shown.
        edit_wanted: Note, to be written otherwise.
        removed: Note.
    """

    activated = Signal(object)
    edit_wanted = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._model = NoteModel(self)
        self.rows = _Rows()
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(NoteDelegate(self.rows))
        self.rows.setAccessibleName("Notes")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setMouseTracking(True)
        self.rows.setUniformItemSizes(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self.rows)
        FocusFrame(self.rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, _HEAD, 0, 4)
        layout.addWidget(self.rows)
        self.rows.row_pressed.connect(self._activate)
        self.rows.edit_pressed.connect(self._edit)
        self.rows.delete_pressed.connect(self._remove)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.show_notes([], ())

    def show_notes(self, notes: list[Note], lost: Collection[str]) -> None:
        """The notes, and the `where` of those whose op or module is not in this graph."""
        row = self.rows.currentIndex().row()
        self._model.show_notes(notes, lost)
        if 0 <= row < len(notes):
            self.rows.setCurrentIndex(self._model.index(row, 0))
        self.setFixedHeight(self.sizeHint().height())
        self.setVisible(bool(notes))

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the list."""
        return self.rows

    def sizeHint(self) -> QSize:
        return QSize(248, _HEAD + min(_HEIGHT * len(self._model.notes), _MOST) + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.rows.indexAt(self.rows.viewport().mapFrom(self, event.pos()))
        if index.isValid():
            self.menu_for(index.row()).popup(event.globalPos())

    def menu_for(self, row: int) -> QMenu:
        """The context menu of a row."""
        note = self._model.notes[row]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show").triggered.connect(lambda: self.activated.emit(note))
        menu.addAction("Edit Note…\tF2").triggered.connect(lambda: self.edit_wanted.emit(note))
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(note))
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        draw_text(painter, _EDGE, 17, "Notes", face(13, 600), colour("text1"))
        painter.end()

    def _activate(self, row: int) -> None:
        self.activated.emit(self._model.notes[row])

    def _edit(self, row: int) -> None:
        self.edit_wanted.emit(self._model.notes[row])

    def _remove(self, row: int) -> None:
        self.removed.emit(self._model.notes[row])

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()
