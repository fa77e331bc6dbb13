"""The watchpoints below the breakpoints, with their hits."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal
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

from ...tracers.ir import Run
from ...tracers.ir.watch_result import WatchResult
from ...tracers.ir.watchpoint import Watchpoint
from ..focus_frame import FocusFrame
from ..icon_button import IconButton
from ..theme import colour, hub
from ..watching import watch
from .painting import draw_text, face
from .scroll_bars import SlimBars
from .watchpoint_rows import EDGE, LABEL, Kind, WatchpointDelegate, WatchpointModel, row_height

_HEAD = 32
_MOST = 208  # px of rows before they scroll


class _Rows(QListView):
    """Tells clicks on the eye from clicks on the row."""

    eye_pressed = Signal(int)
    row_pressed = Signal(int)
    delete_pressed = Signal(int)
    edit_pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        watch(self, self._keep_key)

    def _keep_key(self, event: QEvent) -> bool:
        """F2 is the row's, before it is the window's."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if not (override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F2):
            return False
        if self.currentIndex().isValid():
            event.accept()
        return event.isAccepted()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_eye = event.position().x() < LABEL - 4
            (self.eye_pressed if at_eye else self.row_pressed).emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at_eye = event.position().x() < LABEL - 4
            (self.eye_pressed if at_eye else self.edit_pressed).emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_F2:
            self.edit_pressed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.eye_pressed.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_pressed.emit(row)
        else:
            super().keyPressEvent(event)


class WatchpointList(QWidget):
    """As high as its rows, up to eight of the lower ones.

    Signals:
        toggled: Watchpoint, to be enabled or disabled.
        stop_toggled: Watchpoint, to stop the run from now on, or no longer.
        removed: Watchpoint.
        edit_wanted: Watchpoint, to be made otherwise.
        add_wanted: the + button.
        hit_activated: (record, slot, index of the element or ()); to be shown.
        anew_wanted: what was missed is to be asked.
    """

    toggled = Signal(object)
    stop_toggled = Signal(object)
    removed = Signal(object)
    edit_wanted = Signal(object)
    add_wanted = Signal()
    hit_activated = Signal(int, int, object)
    anew_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._model = WatchpointModel(self)
        self.rows = _Rows()
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(WatchpointDelegate(self.rows))
        self.rows.setAccessibleName("Watchpoints")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self.rows)
        FocusFrame(self.rows)
        self.add_button = IconButton("plus", "Add a watchpoint", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, _HEAD, 0, 2)
        layout.setSpacing(0)
        layout.addWidget(self.rows)
        self.add_button.clicked.connect(self.add_wanted)
        self.rows.eye_pressed.connect(self._eye)
        self.rows.row_pressed.connect(self._press)
        self.rows.delete_pressed.connect(self._remove)
        self.rows.edit_pressed.connect(self._edit)
        hub().changed.connect(self._restyle)
        self._restyle()
        self._fit()

    def show_watchpoints(
        self,
        points: list[Watchpoint],
        results: Mapping[str, WatchResult],
        run: Run | None,
        anew: bool = False,
    ) -> None:
        """The watchpoints, what has come of them by their text; `anew`: more is being asked."""
        row, at = self.rows.currentIndex().row(), self.rows.verticalScrollBar().value()
        self._model.anew = anew
        self._model.show_points(points, results, run)
        self._stay(row, at)

    def show_place(self) -> None:
        """The run stands elsewhere."""
        self.rows.viewport().update()

    def open(self, point: Watchpoint) -> None:
        """List the hits of a watchpoint."""
        if point.text not in self._model.opened:
            self._model.toggle(point)
            self._stay(self.rows.currentIndex().row(), 0)

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the list."""
        return self.rows if self._model.lines else self.add_button

    def sizeHint(self) -> QSize:
        high = sum(row_height(line) for line in self._model.lines)
        shown = min(high, _MOST)
        return QSize(248, _HEAD + shown + (4 if shown else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.rows.indexAt(self.rows.viewport().mapFrom(self, event.pos()))
        if index.isValid():
            self.menu_for(index.row()).popup(event.globalPos())

    def menu_for(self, row: int) -> QMenu:
        """The context menu of a row."""
        line = self._model.lines[row]
        point = line.point
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if line.kind is Kind.HIT:
            menu.addAction("Show").triggered.connect(lambda: self._show(row))
        edit = menu.addAction("Edit Watchpoint…\tF2")
        edit.triggered.connect(lambda: self.edit_wanted.emit(point))
        stop = menu.addAction("Stop the Run There")
        stop.setCheckable(True)
        stop.setChecked(point.stop)
        stop.triggered.connect(lambda: self.stop_toggled.emit(point))
        text = "Disable" if point.enabled else "Enable"
        menu.addAction(text).triggered.connect(lambda: self.toggled.emit(point))
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(point))
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.add_button.move(self.width() - EDGE - 20, 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        draw_text(painter, EDGE, 17, "Watchpoints", face(13, 600), colour("text1"))
        painter.end()

    def _eye(self, row: int) -> None:
        line = self._model.lines[row]
        if line.kind is Kind.WATCH:
            self.toggled.emit(line.point)
        else:
            self._press(row)

    def _press(self, row: int) -> None:
        line = self._model.lines[row]
        if line.kind is Kind.HIT:
            self._show(row)
        elif line.kind is Kind.MISSED:
            self.anew_wanted.emit()
        elif line.kind is Kind.WATCH and self._model.result(line.point).hits:
            at = self.rows.verticalScrollBar().value()
            self._model.toggle(line.point)
            self._stay(row, at)

    def _show(self, row: int) -> None:
        line = self._model.lines[row]
        record = self._model.record(line)
        if record >= 0:
            hit = self._model.result(line.point).hits[line.hit]
            self.hit_activated.emit(record, hit.slot, hit.index)

    def _remove(self, row: int) -> None:
        self.removed.emit(self._model.lines[row].point)

    def _edit(self, row: int) -> None:
        if self._model.lines[row].kind is not Kind.HIT:
            self.edit_wanted.emit(self._model.lines[row].point)

    def _stay(self, row: int, at: int) -> None:
        """The rows are others: the same one is current, and they stand where they stood."""
        if 0 <= row < len(self._model.lines):
            self.rows.setCurrentIndex(self._model.index(row, 0))
        self._fit()
        self.rows.verticalScrollBar().setValue(at)

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.rows.setVisible(bool(self._model.lines))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()
