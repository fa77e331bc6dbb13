"""The table of a run's numbers: any number of rows, sorted and filtered by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ..focus_frame import FocusFrame
from ..run.scroll_bars import SlimBars
from ..theme import colour, hub, ui_font
from .rows import DEAD, NEAR, Bools, HealthRows, Ints
from .words import COLUMNS, HINTS, MEASURED, cell, row_words

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ROW = 24
_WIDTHS = {
    "#": 48,
    "Op": 112,
    "Module": 116,
    "Pass": 64,
    "Dtype": 64,
    "Shape": 92,
    "Zeros": 64,
    "NaN": 56,
    "Inf": 56,
    "float16": 66,
    "Gradient": 76,
    "Dtype change": 132,
}
_NUMBER = 70
_LEFT = ("Op", "Module", "Pass", "Dtype", "Shape", "Dtype change")


class HealthTable(QAbstractTableModel):
    """The rows that are shown, in the order that was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: HealthRows | None = None
        self._order: Ints = np.zeros(0, np.int32)
        self._place: Ints = np.zeros(0, np.int32)  # of each row in the order, -1 where it is hidden
        self._chosen: Bools | None = None
        self._column, self._falling = 0, False

    def show_rows(self, rows: HealthRows | None) -> None:
        """Another run, or none."""
        self.beginResetModel()
        self.rows, self._chosen = rows, None
        self._arrange()
        self.endResetModel()

    def show_chosen(self, chosen: Bools | None) -> None:
        """Show these rows alone, None for all."""
        self.beginResetModel()
        self._chosen = chosen
        self._arrange()
        self.endResetModel()

    def refresh(self) -> None:
        """The rows have changed: the same ones are shown anew."""
        old, place = self._order, self._place
        self._arrange()
        new, placed = self._order, self._place
        before, after = len(old), len(new)
        self._order, self._place = old, place
        if before <= after and bool((new[:before] == old).all()):
            if after > before:
                self.beginInsertRows(_NOWHERE, before, after - 1)
            self._order, self._place = new, placed
            if after > before:
                self.endInsertRows()
            if before:
                end = self.index(before - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), end)
            return
        self.beginResetModel()
        self._order, self._place = new, placed
        self.endResetModel()

    def row_at(self, place: int) -> int:
        """The row that a place of the table shows."""
        return int(self._order[place]) if 0 <= place < len(self._order) else -1

    def place_of(self, row: int) -> int:
        """Where the table shows a row, -1 where it does not."""
        return int(self._place[row]) if 0 <= row < len(self._place) else -1

    def shown(self) -> list[int]:
        """The rows as they are shown."""
        return self._order.tolist()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        self._column, self._falling = column, order is Qt.SortOrder.DescendingOrder
        self._arrange()
        self.layoutChanged.emit()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HINTS.get(COLUMNS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        rows = self.rows
        if rows is None or not index.isValid():
            return None
        row, column = self.row_at(index.row()), COLUMNS[index.column()]
        if not 0 <= row < len(rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cell(rows, row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _ink(rows, row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row_words(rows, row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column} {cell(rows, row, column)}"
        return None

    def _arrange(self) -> None:
        rows = self.rows
        if rows is None:
            self._order = self._place = np.zeros(0, np.int32)
            return
        count = len(rows)
        chosen = np.ones(count, bool)
        if self._chosen is not None:
            known = min(count, len(self._chosen))
            chosen[:] = False
            chosen[:known] = self._chosen[:known]
        picked = np.flatnonzero(chosen)
        keys = self._keys(rows)[picked]
        order = np.argsort(keys, kind="stable")
        if self._falling:
            order = order[::-1]
        if keys.dtype.kind == "f":  # what is not known stands last, whichever way it is sorted
            unknown = np.isnan(keys[order])
            order = np.concatenate([order[~unknown], order[unknown]])
        self._order = picked[order].astype(np.int32)
        self._place = np.full(count, -1, np.int32)
        self._place[self._order] = np.arange(len(self._order), dtype=np.int32)

    def _keys(self, rows: HealthRows) -> Any:
        """What a column is sorted by: its numbers, or the ranks of its texts."""
        column = COLUMNS[self._column]
        if column in MEASURED:
            return rows.numbers(MEASURED[column])
        if column == "#":
            return np.arange(len(rows))
        if column == "Pass":
            return rows.backward.astype(np.int32)
        if column == "Shape":
            return rows.numbers("elements")
        if column in ("Dtype", "Dtype change"):
            ranks = _ranks([*rows.dtypes, ""])
            return ranks[rows.whole("dtype" if column == "Dtype" else "before")]
        ops, graph = rows.whole("op"), rows.run.graph
        if column == "Op":
            texts = [op.type for op in graph.ops]
        else:
            texts = [graph.scopes[op.scope].path for op in graph.ops]
        return _ranks(texts)[ops]


def _ranks(texts: list[str]) -> Any:
    """The place of each text among all, in the order of the alphabet."""
    known = {text: rank for rank, text in enumerate(sorted(set(texts)))}
    return np.array([known[text] for text in texts], np.int32)


def _alignment(column: str) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in _LEFT else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _ink(rows: HealthRows, row: int, column: str) -> QColor:
    if column == "NaN" and rows.numbers("nan")[row] > 0:
        return colour("nan")
    if column == "Inf" and rows.numbers("inf")[row] > 0:
        return colour("inf")
    if column == "float16" and rows.numbers("headroom")[row] >= NEAR:
        return colour("warn")
    if column == "Zeros" and rows.numbers("zeros")[row] >= DEAD:
        return colour("warn")
    return colour("text1" if column in ("Op", "Min", "Max") else "text2")


class HealthTableView(QTableView):
    """Signals:
    row_picked: int, a row of the run's numbers that the user chose.
    """

    row_picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = HealthTable()
        self._quiet = False  # the selection follows another pane
        self._chosen = -1
        self.setModel(self.table)
        self.setAccessibleName("Numbers of the ops")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.verticalHeader().setMinimumSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.setSectionsClickable(True)
        header.setSectionsMovable(True)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, _WIDTHS.get(column, _NUMBER))
        self.setSortingEnabled(True)
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.table.layoutChanged.connect(self._reselect)
        self.table.modelReset.connect(self._reselect)
        SlimBars(self)
        FocusFrame(self)
        hub().changed.connect(self._restyle)
        self._restyle()

    def show_row(self, row: int) -> None:
        """Select a row, and scroll to it if it is hidden; -1 for none."""
        self._chosen = row
        self._reselect()

    def _reselect(self) -> None:
        place = self.table.place_of(self._chosen)
        self._quiet = True
        try:
            if place < 0:
                self.clearSelection()
                self.selectionModel().clearCurrentIndex()
                return
            index = self.table.index(place, max(self.currentIndex().column(), 0))
            if index.row() != self.currentIndex().row():
                self.setCurrentIndex(index)
            self.selectRow(place)
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        finally:
            self._quiet = False

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self._chosen = self.table.row_at(current.row())
            self.row_picked.emit(self._chosen)

    def _restyle(self) -> None:
        self.setFont(ui_font(12))
        self.horizontalHeader().setFont(ui_font(11, 500))
        panel, line = colour("panel").name(), colour("line").name()
        self.setStyleSheet(
            f"QTableView {{ background: {panel}; border: none; outline: none;"
            f" selection-background-color: {colour('selection').name()}; }}"
            f"QTableView::item {{ padding: 0 6px; border: none; }}"
            f"QTableView::item:selected {{ background: {colour('selection').name()}; }}"
            f"QTableView::item:hover:!selected {{ background: {colour('hover').name()}; }}"
            f"QHeaderView {{ background: {panel}; border: none; }}"
            f"QHeaderView::section {{ background: {panel}; color: {colour('text3').name()};"
            f" border: none; border-bottom: 1px solid {line}; padding: 0 6px; height: 24px; }}"
        )
        self.viewport().update()
