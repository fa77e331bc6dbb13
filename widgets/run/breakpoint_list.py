"""The breakpoints below the execution list."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...tracers.ir import Breakpoint, BreakpointKind
from ..focus_frame import FocusFrame
from ..icon_button import IconButton
from ..theme import colour, hub
from .card_delegate import ROW_HEIGHT, CardDelegate
from .node_model import Index
from .painting import draw_arrow, draw_dot, draw_text, face, mono_face, text_width
from .wording import short_path

_HEAD = 32
_EDGE = 14
_DOT = 21
_LABEL = 36
_MOST_ROWS = 7
_NOWHERE = QModelIndex()


def words(point: Breakpoint) -> tuple[str, str]:
    """(label, place) as a row shows them: ("matmul", "in h.5.attn")."""
    label, _, place = (point.label or point.where).partition(" in ")
    if point.kind is BreakpointKind.TYPE:
        return (f"any {point.where}" if not point.label else label), "all ops"
    if point.kind is BreakpointKind.MODULE:
        return label, "module"
    if point.kind is BreakpointKind.LINE:
        file, _, line = point.where.rpartition(":")
        return f"{short_path(file)} : {line}", "line"
    return label, f"in {place}" if place else ""


class BreakpointModel(QAbstractListModel):
    """One row per breakpoint, in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.points: list[Breakpoint] = []
        self.lost: set[str] = set()
        self.hits: set[str] = set()
        self.past = False

    def show_points(self, points: list[Breakpoint], lost: set[str]) -> None:
        """Other breakpoints."""
        self.beginResetModel()
        self.points, self.lost = list(points), set(lost)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.points)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        point = self.points[index.row()]
        label, place = words(point)
        if role == Qt.ItemDataRole.DisplayRole:
            return label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "enabled" if point.enabled else "disabled"
            return ", ".join(part for part in (label, self.place(index.row()), state) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{label} {place}\n{point.where}".strip()
        return None

    def place(self, row: int) -> str:
        """What stands at the right of a row."""
        point = self.points[row]
        return "not in this graph" if point.where in self.lost else words(point)[1]


class BreakpointDelegate(CardDelegate):
    """Paints a breakpoint's row."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, BreakpointModel)
        point = model.points[index.row()]
        lost = point.where in model.lost
        middle = rect.center().y()
        red = colour("breakpoint")
        if lost:
            red.setAlphaF(0.45)
        draw_dot(painter, _DOT, middle, 4.7, red, hollow=lost or not point.enabled)
        end = rect.right() + 1 - _EDGE
        if point.where in model.hits:
            tint = colour("accent" if model.past else "current")
            draw_arrow(painter, end - 14, middle, tint, hollow=False)
            end -= 22
        quiet = lost or not point.enabled
        label, place = words(point)[0], model.place(index.row())
        width = min(text_width(place, mono_face(11)), max(end - _LABEL - 60, 0))
        tint = colour("not_run" if lost else "text3")
        draw_text(painter, end - width, middle, place, mono_face(11), tint, width + 1)
        ink = colour("text3" if quiet else "text1")
        draw_text(painter, _LABEL, middle, label, face(12), ink, end - width - 10 - _LABEL)


class _Rows(QListView):
    """Tells clicks on the dot from clicks on the row."""

    dot_pressed = Signal(int)
    row_pressed = Signal(int)
    delete_pressed = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_dot = event.position().x() < _LABEL - 4
            (self.dot_pressed if at_dot else self.row_pressed).emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.dot_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_pressed.emit(row)
        else:
            super().keyPressEvent(event)


class BreakpointList(QWidget):
    """As high as its rows, up to seven of them.

    Signals:
        toggled: Breakpoint, to be enabled or disabled.
        removed: Breakpoint.
        activated: Breakpoint, whose place shall be shown.
        add_wanted: the + button.
    """

    toggled = Signal(object)
    removed = Signal(object)
    activated = Signal(object)
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._model = BreakpointModel(self)
        self.rows = _Rows()
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(BreakpointDelegate(self.rows))
        self.rows.setAccessibleName("Breakpoints")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        FocusFrame(self.rows)
        self.add_button = IconButton("plus", "Add a breakpoint", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, _HEAD, 0, 2)
        layout.addWidget(self.rows)
        self.add_button.clicked.connect(self.add_wanted)
        self.rows.dot_pressed.connect(self._toggle)
        self.rows.row_pressed.connect(self._activate)
        self.rows.delete_pressed.connect(self._remove)
        hub().changed.connect(self._restyle)
        self._restyle()
        self._fit()

    def show_breakpoints(self, points: list[Breakpoint], lost: set[str]) -> None:
        """The breakpoints, and the `where` of those that name nothing in this graph."""
        row = self.rows.currentIndex().row()
        self._model.show_points(points, lost)
        if 0 <= row < len(points):
            self.rows.setCurrentIndex(self._model.index(row, 0))
        self._fit()

    def show_hits(self, hits: set[str], past: bool = False) -> None:
        """The `where` of those that the run stands at; `past`: that the user looks back at."""
        self._model.hits, self._model.past = set(hits), past
        self.rows.viewport().update()

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the list."""
        return self.rows if self._model.points else self.add_button

    def sizeHint(self) -> QSize:
        shown = min(len(self._model.points), _MOST_ROWS)
        return QSize(248, _HEAD + shown * ROW_HEIGHT + (4 if shown else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.rows.indexAt(self.rows.viewport().mapFrom(self, event.pos()))
        if index.isValid():
            self.menu_for(index.row()).popup(event.globalPos())

    def menu_for(self, row: int) -> QMenu:
        """The context menu of a row."""
        point = self._model.points[row]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show").triggered.connect(lambda: self.activated.emit(point))
        text = "Disable" if point.enabled else "Enable"
        menu.addAction(text).triggered.connect(lambda: self.toggled.emit(point))
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(point))
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.add_button.move(self.width() - _EDGE - 20, 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        draw_text(painter, _EDGE, 17, "Breakpoints", face(13, 600), colour("text1"))
        painter.end()

    def _toggle(self, row: int) -> None:
        self.toggled.emit(self._model.points[row])

    def _activate(self, row: int) -> None:
        self.activated.emit(self._model.points[row])

    def _remove(self, row: int) -> None:
        self.removed.emit(self._model.points[row])

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.rows.setVisible(bool(self._model.points))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()
