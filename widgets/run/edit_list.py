"""The edits below the breakpoints; there while there are any."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
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

from ...tracers.ir import Edit
from ..focus_frame import FocusFrame
from ..theme import colour, hub, paint_icon
from .card_delegate import ROW_HEIGHT, CardDelegate
from .changed import edit_words
from .node_model import Index
from .painting import draw_text, face, mono_face, text_width

_HEAD = 32
_EDGE = 14
_LABEL = 36
_SECOND = 18  # what a row with a sentence is higher
_MOST = 182  # px of rows before they scroll
_NOWHERE = QModelIndex()


class EditModel(QAbstractListModel):
    """One row per edit, in the order in which they were made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.edits: list[Edit] = []
        self.problems: dict[int, str] = {}
        self.notes: dict[int, str] = {}

    def show_edits(
        self, edits: list[Edit], problems: dict[int, str], notes: dict[int, str]
    ) -> None:
        """Other edits, or other words about them."""
        self.beginResetModel()
        self.edits, self.problems, self.notes = list(edits), dict(problems), dict(notes)
        self.endResetModel()

    def said(self, row: int) -> tuple[str, str]:
        """(a sentence about an edit or "", the token of its colour)."""
        edit = self.edits[row]
        if not edit.enabled:
            return "", ""
        problem = self.problems.get(edit.id, "")
        return (problem, "warn") if problem else (self.notes.get(edit.id, ""), "text3")

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.edits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        edit, said = self.edits[index.row()], self.said(index.row())[0]
        if role == Qt.ItemDataRole.DisplayRole:
            return edit.label or edit.where
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "" if edit.enabled else "off"
            parts = (edit.label or edit.where, edit_words(edit), state, said)
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = (edit.label or edit.where, edit_words(edit), said)
            return "\n".join(line for line in lines if line)
        return None


class EditDelegate(CardDelegate):
    """Paints an edit's row: pencil, which value, what it becomes; below, what is said of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, row_height(index.data(Qt.ItemDataRole.ToolTipRole)))

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, EditModel)
        edit, (said, token) = model.edits[index.row()], model.said(index.row())
        middle = rect.top() + ROW_HEIGHT / 2
        on = colour("warn" if edit.enabled else "not_run")
        paint_icon(painter, "pencil" if edit.enabled else "eye-off", _sign(middle), on)
        end = rect.right() + 1 - _EDGE
        words, faced = edit_words(edit), mono_face(11)
        room = max((end - _LABEL) * 0.45, 40)
        width = min(text_width(words, faced), room)
        quiet = colour("text2" if lit else "text3")
        draw_text(painter, end - width, middle, words, faced, quiet, width + 1)
        ink = colour("text1") if edit.enabled else quiet
        label = edit.label or edit.where
        draw_text(painter, _LABEL, middle, label, face(12), ink, end - width - 10 - _LABEL)
        if said:
            ink = quiet if token == "text3" else colour(token)
            draw_text(painter, _LABEL, middle + _SECOND, said, face(11), ink, end - _LABEL)


class _Rows(QListView):
    """Tells clicks on the sign from clicks on the row."""

    sign_pressed = Signal(int)
    row_pressed = Signal(int)
    delete_pressed = Signal(int)
    change_pressed = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_sign = event.position().x() < _LABEL - 4
            (self.sign_pressed if at_sign else self.row_pressed).emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.sign_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_F2:
            self.change_pressed.emit(row)
        else:
            super().keyPressEvent(event)


class EditList(QWidget):
    """As high as its rows; hidden without any.

    Signals:
        toggled: Edit, to be switched on or off.
        removed: Edit.
        activated: Edit, whose op shall be shown.
        change_wanted: Edit, to be made otherwise.
    """

    toggled = Signal(object)
    removed = Signal(object)
    activated = Signal(object)
    change_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._model = EditModel(self)
        self.rows = _Rows()
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(EditDelegate(self.rows))
        self.rows.setAccessibleName("Edits")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        FocusFrame(self.rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, _HEAD, 0, 4)
        layout.addWidget(self.rows)
        self.rows.sign_pressed.connect(self._toggle)
        self.rows.row_pressed.connect(self._activate)
        self.rows.delete_pressed.connect(self._remove)
        self.rows.change_pressed.connect(self._change)
        self.rows.doubleClicked.connect(self._double)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.show_edits([], {}, {})

    def show_edits(
        self, edits: list[Edit], problems: dict[int, str], notes: dict[int, str]
    ) -> None:
        """The edits; what is wrong with some of them, and how some were made, by id."""
        row = self.rows.currentIndex().row()
        self._model.show_edits(edits, problems, notes)
        if 0 <= row < len(edits):
            self.rows.setCurrentIndex(self._model.index(row, 0))
        self.setFixedHeight(self.sizeHint().height())
        self.setVisible(bool(edits))

    def focused(self) -> Edit | None:
        """The row that the keyboard is on, None while it is elsewhere."""
        row = self.rows.currentIndex().row()
        return self._model.edits[row] if row >= 0 and self.rows.hasFocus() else None

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the list."""
        return self.rows

    def sizeHint(self) -> QSize:
        hints = (self._model.index(row, 0) for row in range(self._model.rowCount()))
        high = sum(row_height(index.data(Qt.ItemDataRole.ToolTipRole)) for index in hints)
        return QSize(248, _HEAD + min(high, _MOST) + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.rows.indexAt(self.rows.viewport().mapFrom(self, event.pos()))
        if index.isValid():
            self.menu_for(index.row()).popup(event.globalPos())

    def menu_for(self, row: int) -> QMenu:
        """The context menu of a row."""
        edit = self._model.edits[row]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show").triggered.connect(lambda: self.activated.emit(edit))
        menu.addAction("Change…").triggered.connect(lambda: self.change_wanted.emit(edit))
        text = "Switch Off" if edit.enabled else "Switch On"
        menu.addAction(text).triggered.connect(lambda: self.toggled.emit(edit))
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(edit))
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        draw_text(painter, _EDGE, 17, "Edits", face(13, 600), colour("text1"))
        painter.end()

    def _toggle(self, row: int) -> None:
        self.toggled.emit(self._model.edits[row])

    def _activate(self, row: int) -> None:
        self.activated.emit(self._model.edits[row])

    def _remove(self, row: int) -> None:
        self.removed.emit(self._model.edits[row])

    def _double(self, index: QModelIndex) -> None:
        self._change(index.row())

    def _change(self, row: int) -> None:
        self.change_wanted.emit(self._model.edits[row])

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()


def row_height(hint: object) -> int:
    """A row's height by its tooltip: a third line there is a sentence, shown below."""
    return ROW_HEIGHT + (_SECOND if str(hint).count("\n") > 1 else 0)


def _sign(middle: float) -> QRectF:
    return QRectF(14, middle - 7, 14, 14)
