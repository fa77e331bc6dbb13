"""The tree view of the lists: its gestures, and which rows stay open."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from ..focus_frame import FocusFrame
from ..theme import colour, hub
from .node_model import Index, Key, Node, NodeModel
from .row_delegate import GUTTER, RowDelegate, chevron_span
from .scroll_bars import SlimBars

HOVER_MS = 150


class RowView(QTreeView):
    """Shows a NodeModel. Rows keep whether they are open while they come and go.

    Signals:
        row_picked: Node, clicked or reached by a key.
        gutter_pressed: Node, whose gutter was clicked.
        row_hovered: Node or None, after the pointer rested.
        menu_wanted: Node, QPoint in screen coordinates.
    """

    row_picked = Signal(object)
    gutter_pressed = Signal(object)
    row_hovered = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, model: NodeModel, gutter: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes = model
        self._gutter = gutter
        self._opened: set[Key] = set()
        self._resting: Node | None = None
        self.rows = RowDelegate(self)
        self.setItemDelegate(self.rows)
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(24)
        SlimBars(self)
        FocusFrame(self)
        self.expanded.connect(self._remember_open)
        self.collapsed.connect(self._remember_closed)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(HOVER_MS)
        self._rest.timeout.connect(lambda: self.row_hovered.emit(self._resting))
        hub().changed.connect(self._restyle)
        self._restyle()

    def forget(self) -> None:
        """Close every row: another run is shown."""
        self._opened.clear()

    def opened(self) -> set[Key]:
        """Rows that are open, or will be when they come back."""
        return set(self._opened)

    def reopen(self, keys: set[Key]) -> None:
        """Open these rows, wherever they stand."""
        self._opened |= keys
        for row in range(self._nodes.rowCount()):
            self._restore(self._nodes.index(row, 0))

    def show_node(self, node: Node) -> None:
        """Open every row around a node and scroll to it if it is hidden."""
        above = node.parent
        around: list[Node] = []
        while above is not None and above is not self._nodes.root:
            around.append(above)
            above = above.parent
        for row in reversed(around):
            index = self._nodes.index_of(row)
            if not self.isExpanded(index):
                self.expand(index)
        self.scroll_to(node)

    def scroll_to(self, node: Node) -> None:
        """Bring a row to the middle, only if it is hidden."""
        index = self._nodes.index_of(node)
        seen = self.visualRect(index)
        if not seen.isValid() or not self.viewport().rect().contains(seen):
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def repaint_rows(self, nodes: Iterable[Node]) -> None:
        """Repaint some rows and those around them, as far as they are seen."""
        viewport = self.viewport()
        rows: set[Node] = set()
        for node in nodes:
            at: Node | None = node
            while at is not None and at is not self._nodes.root and at not in rows:
                rows.add(at)
                at = at.parent
        for row in rows:
            seen = self.visualRect(self._nodes.index_of(row))
            viewport.update(0, seen.y(), viewport.width(), seen.height())

    def make_current(self, node: Node) -> None:
        """Where the arrow keys go on from; says nothing to anyone."""
        self.setCurrentIndex(self._nodes.index_of(node))

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        for row in range(start, end + 1) if self._opened else ():
            self._restore(self._nodes.index(row, 0, parent))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        node = self._node_at(event.position().toPoint())
        if node is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        x = event.position().x()
        left, right = chevron_span(node.depth)
        if self._gutter and x < GUTTER:
            self.gutter_pressed.emit(node)
        elif self._nodes.expandable(node) and left <= x < right:
            self._toggle(node)
        else:
            self.make_current(node)
            self.row_picked.emit(node)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self._node_at(event.position().toPoint())
        x = event.position().x()
        if node is not None and self._nodes.expandable(node) and x >= GUTTER:
            self._toggle(node)
        elif node is not None and self._gutter and x < GUTTER:
            self.gutter_pressed.emit(node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._rest_on(self._node_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._rest_on(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the row under the pointer; by the key, of the current one."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            low = self.visualRect(index).bottomLeft() + QPoint(GUTTER, 0)
            at = self.viewport().mapToGlobal(low) if by_key else event.globalPos()
            self.menu_wanted.emit(self._nodes.node(index), at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex()
        node = self._nodes.node(before) if before.isValid() else None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and node is not None:
            if self._nodes.expandable(node):
                self._toggle(node)
            else:
                self.row_picked.emit(node)
            return
        super().keyPressEvent(event)
        after = self.currentIndex()
        if after.isValid() and after != before:
            self.row_picked.emit(self._nodes.node(after))

    def _node_at(self, position: QPoint) -> Node | None:
        index = self.indexAt(position)
        return self._nodes.node(index) if index.isValid() else None

    def _toggle(self, node: Node) -> None:
        index = self._nodes.index_of(node)
        self.setExpanded(index, not self.isExpanded(index))

    def _restore(self, index: QModelIndex) -> None:
        node = self._nodes.node(index)
        if node.key in self._opened and self._nodes.expandable(node):
            self.expand(index)
            for row in range(self._nodes.rowCount(index)):
                self._restore(self._nodes.index(row, 0, index))

    def _rest_on(self, node: Node | None) -> None:
        if node is not self._resting:
            self._resting = node
            self._rest.start()

    def _remember_open(self, index: QModelIndex) -> None:
        self._opened.add(self._nodes.node(index).key)

    def _remember_closed(self, index: QModelIndex) -> None:
        self._opened.discard(self._nodes.node(index).key)

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.setStyleSheet(f"QTreeView {{ background: {panel}; border: none; outline: none; }}")
        self.viewport().update()
