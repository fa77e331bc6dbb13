"""Local variables of the user's frames where the run stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLabel,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from ..focus_frame import FocusFrame
from ..run.node_model import Index
from ..run.painting import draw_chevron, draw_text, face, fill_round, mono_face, text_width
from ..run.scroll_bars import SlimBars
from ..theme import colour, hub, paint_icon, ui_font
from .variable_model import Path, Variable, VariableModel

_ROW = 22
_EDGE = 14
_INDENT = 14
_NAME = 16  # from the chevron's column to the name
_SHARE = 0.42  # of the width that names take at most
_OPENED = ("Locals",)


class _Delegate(QStyledItemDelegate):
    """Name, value, and at the right the type, or the sign that it opens in the inspector."""

    def __init__(self, view: VariableTree) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        given: Any = option  # its fields are not in the stubs
        at, rect = self._view.variables.variable(index), QRectF(given.rect)
        rect.setLeft(0)
        current = bool(given.state & QStyle.StateFlag.State_Selected)
        lit = current or bool(given.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if lit:
            card = rect.adjusted(4, 0, -4, 0)
            fill_round(painter, card, 5, colour("selection" if current else "hover"))
        middle, quiet = rect.center().y(), colour("text2" if lit else "text3")
        x = _EDGE + _INDENT * (len(at.path) - 1)
        if self._view.variables.hasChildren(index):
            draw_chevron(
                painter,
                x + 4,
                middle,
                quiet,
                self._view.isExpanded(self._view.variables.index_of(at)),
            )
        x += _NAME
        end = rect.right() + 1 - _EDGE
        if at.group or at.more:
            faced = face(11, 600 if at.group else 400)
            tint = colour("text2" if at.group else "accent")
            draw_text(painter, x, middle, at.name, faced, tint, end - x)
        else:
            self._paint_variable(painter, at, x, end, middle, lit)
        painter.restore()

    def _paint_variable(
        self, painter: QPainter, at: Variable, x: float, end: float, middle: float, lit: bool
    ) -> None:
        if at.has_place:
            sign = QRectF(end - 12, middle - 6, 12, 12)
            paint_icon(painter, "arrow-right", sign, colour("accent" if lit else "text3"))
            end -= 20
        room = max((end - x) * _SHARE, 40)
        x += draw_text(painter, x, middle, at.name, mono_face(12), colour("text1"), room) + 12
        kind = "" if at.has_place or at.value.startswith(("<", at.type)) else at.type
        width = text_width(kind, face(11))
        if kind and width < (end - x) * 0.4:
            tint = colour("text2" if lit else "text3")
            draw_text(painter, end - width, middle, kind, face(11), tint, width + 1)
            end -= width + 10
        draw_text(painter, x, middle, at.value, mono_face(11), colour("text2"), end - x)


class VariableTree(QTreeView):
    """Rows that are open stay open from stop to stop, by their names.

    Signals:
        opened: Variable, a tensor to look at.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.variables = VariableModel(self)
        self._open: set[Path] = {_OPENED}
        self._scrolled = -1  # how far, to be restored as rows come; -1: the user has moved on
        self.setModel(self.variables)
        self.setItemDelegate(_Delegate(self))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Local variables")
        SlimBars(self)
        FocusFrame(self)
        self.expanded.connect(self._note_open)
        self.collapsed.connect(self._note_closed)
        self.variables.rowsInserted.connect(self._reopen)
        self.variables.modelAboutToBeReset.connect(self._note_scroll)
        self.variables.modelReset.connect(lambda: self._reopen(QModelIndex()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._scrolled = -1
        super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._scrolled = -1
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            at = self.variables.variable(index)
            chevron = _EDGE + _INDENT * (len(at.path) - 1) + _NAME
            self._act(index, event.position().x() < chevron)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._scrolled = -1
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act(index, False)
        else:
            super().keyPressEvent(event)

    def _act(self, index: QModelIndex, chevron: bool) -> None:
        """What a click on a row does: show a tensor, ask for more, else open or close it."""
        at = self.variables.variable(index)
        if at.more and at.parent is not None:
            self.variables.ask(at.parent)
        elif at.has_place and not chevron:
            self.opened.emit(at)
        elif self.variables.hasChildren(index):
            self.setExpanded(index, not self.isExpanded(index))

    def _note_open(self, index: QModelIndex) -> None:
        at = self.variables.variable(index)
        self._open.add(at.path)
        if not at.loaded:
            self.variables.ask(at)

    def _note_closed(self, index: QModelIndex) -> None:
        self._open.discard(self.variables.variable(index).path)

    def _reopen(self, parent: QModelIndex, *_: int) -> None:
        for child in self.variables.variable(parent).children:
            if child.path in self._open:
                self.expand(self.variables.index_of(child))
        if self._scrolled > 0:
            self.executeDelayedItemsLayout()
            self.verticalScrollBar().setValue(self._scrolled)

    def _note_scroll(self) -> None:
        if self.variables.root.children and self._scrolled < 0:
            self._scrolled = self.verticalScrollBar().value()


class LocalsView(QWidget):
    """The frame, which can be chosen, over its variables; a sentence where there are none.

    Signals:
        wanted: (Variable, start, count); its children shall come by `show_children`.
        frame_wanted: int, the frame's place in the stack.
        opened: Variable, a tensor to look at.
    """

    wanted = Signal(object, int, int)
    frame_wanted = Signal(int)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frames = QComboBox()
        self.frames.setAccessibleName("Frame")
        self.frames.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.tree = VariableTree()
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMargin(24)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QVBoxLayout()
        head.setContentsMargins(10, 8, 10, 0)
        head.addWidget(self.frames)
        column.addLayout(head)
        column.addWidget(self.tree, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(holder)
        self._pages.addWidget(self.sentence)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self.show_children = self.tree.variables.show_children
        self.frames.activated.connect(self.frame_wanted)
        self.tree.variables.wanted.connect(self.wanted)
        self.tree.opened.connect(self.opened)
        hub().changed.connect(self._restyle)
        self._restyle()

    def show_frames(self, names: Sequence[str], chosen: int) -> None:
        """The stack, innermost first, and the frame whose variables come."""
        if [self.frames.itemText(n) for n in range(self.frames.count())] != list(names):
            self.frames.clear()
            self.frames.addItems(list(names))
        self.frames.setCurrentIndex(chosen)

    def show_groups(self, groups: Sequence[Variable]) -> None:
        """The variables of the chosen frame."""
        self.tree.variables.show_groups(groups)
        self._pages.setCurrentIndex(0)

    def say(self, sentence: str) -> None:
        """Why there are no variables."""
        self.tree.variables.show_groups([])
        self.sentence.setText(sentence)
        self._pages.setCurrentIndex(1)

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.tree.setStyleSheet(
            f"QTreeView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.sentence.setFont(ui_font(12))
        self.sentence.setStyleSheet(
            f"QLabel {{ color: {colour('text3').name()}; background: {panel}; }}"
        )
        self.update()
