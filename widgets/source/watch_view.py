"""The Watch tab: a line to evaluate an expression, over those that are watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QVBoxLayout, QWidget

from ..icon_button import IconButton
from ..theme import colour, hub, ui_font
from .watch_field import WatchField
from .watch_list import WatchList, WatchRow

EMPTY = "Enter evaluates an expression such as fc.weight.norm() once; + watches it at every stop."


class WatchView(QWidget):
    """Rows are given by `show_rows`; what the user does to them is told.

    Signals:
        evaluate_wanted: str; once.
        watch_wanted: str; from now on.
        renamed: (row, str); another expression, "" to remove the row.
        removed: int, a row.
        opened: int, a row.
    """

    evaluate_wanted = Signal(str)
    watch_wanted = Signal(str)
    renamed = Signal(int, str)
    removed = Signal(int)
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = WatchField()
        self.field.setPlaceholderText("Evaluate an expression over values by name")
        self.field.setAccessibleName("Expression to evaluate")
        self.add = IconButton("plus", "Watch this expression at every stop", self)
        self.list = WatchList()
        self.sentence = QLabel(EMPTY, wordWrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMargin(24)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.sentence)
        self._pages.addWidget(self.list)
        head = QHBoxLayout()
        head.setContentsMargins(10, 8, 10, 4)
        head.setSpacing(4)
        head.addWidget(self.field, 1)
        head.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.field.entered.connect(self._evaluate)
        self.add.clicked.connect(self._watch)
        self.list.watches.renamed.connect(self.renamed)
        self.list.removed.connect(self.removed)
        self.list.opened.connect(self.opened)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        hub().changed.connect(self._restyle)
        self._restyle()

    @property
    def rows(self) -> list[WatchRow]:
        """What is shown."""
        return self.list.watches.rows

    def show_rows(self, rows: Sequence[WatchRow]) -> None:
        """Other rows; the current one stays current."""
        at = self.list.currentIndex().row()
        self.list.watches.show_rows(rows)
        if 0 <= at < len(rows):
            self.list.setCurrentIndex(self.list.watches.index(at))
        self._pages.setCurrentIndex(1 if rows else 0)

    def show_changed(self, row: WatchRow) -> None:
        """A row has another value."""
        self.list.watches.show_changed(row)

    def focus_target(self) -> QWidget:
        """Where the keyboard goes."""
        return self.field

    def _evaluate(self) -> None:
        text = self.field.text().strip()
        if text:
            self.evaluate_wanted.emit(text)

    def _watch(self) -> None:
        text = self.field.text().strip()
        if text:
            self.field.clear()
            self.watch_wanted.emit(text)
        else:
            self.field.setFocus()

    def _open_menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if not index.isValid():
            return
        number, row = index.row(), self.rows[index.row()]
        menu: Any = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row.place is not None:
            menu.addAction("Show in the inspector", lambda: self.opened.emit(number))
        if not row.kept:
            menu.addAction("Watch", lambda: self.watch_wanted.emit(row.expression))
        menu.addAction("Edit", lambda: self.list.edit(index))
        if row.value and not row.waiting:
            menu.addAction("Copy value", lambda: QGuiApplication.clipboard().setText(row.value))
        menu.addAction("Remove", lambda: self.removed.emit(number))
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.list.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.sentence.setFont(ui_font(12))
        self.sentence.setStyleSheet(
            f"QLabel {{ color: {colour('text3').name()}; background: {panel}; }}"
        )
        self.update()
