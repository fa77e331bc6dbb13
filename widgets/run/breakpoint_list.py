"""The breakpoints below the execution list."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt, Signal
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

from ...tracers.ir import Breakpoint
from ..focus_frame import FocusFrame
from ..icon_button import IconButton
from ..theme import colour, hub
from .breakpoint_rows import EDGE, LABEL, BreakpointDelegate, BreakpointModel
from .error_switches import ErrorSwitches
from .painting import draw_text, face
from .scroll_bars import SlimBars

_HEAD = 32
_MOST = 182  # px of rows before they scroll


class _Rows(QListView):
    """Tells clicks on the dot from clicks on the row."""

    dot_pressed = Signal(int)
    row_pressed = Signal(int)
    delete_pressed = Signal(int)
    edit_pressed = Signal(int)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_dot = event.position().x() < LABEL - 4
            (self.dot_pressed if at_dot else self.row_pressed).emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_dot = event.position().x() < LABEL - 4
            (self.dot_pressed if at_dot else self.edit_pressed).emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_F2:
            self.edit_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.dot_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_pressed.emit(row)
        else:
            super().keyPressEvent(event)


class BreakpointList(QWidget):
    """As high as its rows, up to seven of the lower ones.

    Signals:
        toggled: Breakpoint, to be enabled or disabled.
        removed: Breakpoint.
        activated: Breakpoint, whose place shall be shown.
        edit_wanted: Breakpoint, to be made otherwise.
        add_wanted: the + button.
        errors_switched: str and bool, DAP's filter of errors and whether it is to be on.
    """

    toggled = Signal(object)
    removed = Signal(object)
    activated = Signal(object)
    edit_wanted = Signal(object)
    add_wanted = Signal()
    errors_switched = Signal(str, bool)

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
        SlimBars(self.rows)
        FocusFrame(self.rows)
        self.add_button = IconButton("plus", "Add a breakpoint", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, _HEAD, 0, 2)
        layout.setSpacing(0)
        layout.addWidget(self.rows)
        self.errors = ErrorSwitches(self)
        self.errors.hide()
        layout.addWidget(self.errors)
        self.errors.switched.connect(self.errors_switched)
        self.add_button.clicked.connect(self.add_wanted)
        self.rows.dot_pressed.connect(self._toggle)
        self.rows.row_pressed.connect(self._activate)
        self.rows.delete_pressed.connect(self._remove)
        self.rows.edit_pressed.connect(self._edit)
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

    def show_hits(self, hits: set[str], past: bool = False, verdict: str = "") -> None:
        """The `where` of those that the run stands at; `past`: that the user looks back at.

        `verdict`: why a condition of theirs could not be asked.
        """
        if self._model.show_hits(hits, past, verdict):
            self._fit()
        self.rows.viewport().update()

    def show_errors(self, filters: Collection[str]) -> None:
        """Which errors stop the run."""
        self.errors.show_filters(filters)
        self.errors.show()
        self._fit()

    def forget_verdicts(self) -> None:
        """Another run begins: what could not be asked may be asked now."""
        self._model.forget_verdicts()
        self._fit()

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the list."""
        return self.rows if self._model.points else self.add_button

    def sizeHint(self) -> QSize:
        high = sum(self._model.height(row, self.width()) for row in range(len(self._model.points)))
        errors = 0 if self.errors.isHidden() else self.errors.height()
        shown = min(high, _MOST) + errors
        return QSize(248, _HEAD + shown + (4 if shown else 0))

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
        edit = menu.addAction("Edit Breakpoint…\tF2")
        edit.triggered.connect(lambda: self.edit_wanted.emit(point))
        text = "Disable" if point.enabled else "Enable"
        menu.addAction(text).triggered.connect(lambda: self.toggled.emit(point))
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(point))
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.add_button.move(self.width() - EDGE - 20, 5)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        draw_text(painter, EDGE, 17, "Breakpoints", face(13, 600), colour("text1"))
        painter.end()

    def _toggle(self, row: int) -> None:
        self.toggled.emit(self._model.points[row])

    def _activate(self, row: int) -> None:
        self.activated.emit(self._model.points[row])

    def _remove(self, row: int) -> None:
        self.removed.emit(self._model.points[row])

    def _edit(self, row: int) -> None:
        self.edit_wanted.emit(self._model.points[row])

    def _fit(self) -> None:
        self.rows.scheduleDelayedItemsLayout()  # rows may be of other heights now
        self.setFixedHeight(self.sizeHint().height())
        self.rows.setVisible(bool(self._model.points))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()
