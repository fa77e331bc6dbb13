"""The table of the models that a program has called."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ..widgets.focus_frame import FocusFrame
from ..widgets.run.scroll_bars import SlimBars
from ..widgets.theme import colour, hub, mono_font, ui_font
from .program import CalledModel

COLUMNS = ("Model", "Called from", "Calls", "")
_ROW = 30
_WIDTHS = (300, 300, 90)
_Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CalledTable(QAbstractTableModel):
    """One row per model and line, in the order of their first calls."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[CalledModel, ...] = ()

    def show_rows(self, rows: tuple[CalledModel, ...]) -> None:
        """Follow the program; rows are only ever added."""
        before, known = self.rows, len(self.rows)
        if len(rows) < known:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        if len(rows) > known:
            self.beginInsertRows(QModelIndex(), known, len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
        self.rows = rows
        for place in range(known):
            if rows[place] != before[place]:
                last = len(COLUMNS) - 1
                self.dataChanged.emit(self.index(place, 0), self.index(place, last))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Models."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Of COLUMNS."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> object:
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.DisplayRole:
            return COLUMNS[section]
        if role == _ROLE.TextAlignmentRole:
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return _RIGHT if section == 2 else left
        return None

    def data(self, index: _Index, role: int = _ROLE.DisplayRole) -> object:
        """A cell."""
        row, column = self.rows[index.row()], index.column()
        if role == _ROLE.DisplayRole:
            return (row.name, row.where, f"{row.calls:,}", _state(row))[column]
        if role == _ROLE.ToolTipRole:
            return f"{row.file}, line {row.line}" if row.file else None
        if role == _ROLE.TextAlignmentRole:
            return _RIGHT if column == 2 else None
        if role == _ROLE.FontRole:
            return mono_font(12) if column == 1 else ui_font(12, 600 if column == 0 else 400)
        if role == _ROLE.ForegroundRole:
            if column == 3:
                return colour("current" if row.wanted else "accent")
            return colour("text1" if column == 0 else "text2")
        return None


def _state(row: CalledModel) -> str:
    words = ["running"] if row.running else []
    if row.wanted:
        words.append("stops at next call")
    return ", ".join(words)


class CalledView(QTableView):
    """Shows a CalledTable; any number of rows can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = CalledTable()
        self.setModel(self.table)
        self.setAccessibleName("Models called so far")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for place, width in enumerate(_WIDTHS):
            self.setColumnWidth(place, width)
        SlimBars(self)
        FocusFrame(self)
        hub().changed.connect(self._restyle)
        self._restyle()

    @property
    def chosen(self) -> list[CalledModel]:
        """The models of the rows that are selected."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.table.rows[place] for place in places]

    def _restyle(self) -> None:
        self.horizontalHeader().setFont(ui_font(11, 500))
        ground, line = colour("panel").name(), colour("line").name()
        self.setStyleSheet(
            f"QTableView {{ background: {ground}; border: none; outline: none;"
            f" selection-background-color: {colour('selection').name()}; }}"
            f"QTableView::item {{ padding: 0 8px; border: none; }}"
            f"QTableView::item:selected {{ background: {colour('selection').name()}; }}"
            f"QTableView::item:hover:!selected {{ background: {colour('hover').name()}; }}"
            f"QHeaderView {{ background: {ground}; border: none; }}"
            f"QHeaderView::section {{ background: {ground}; color: {colour('text3').name()};"
            f" border: none; border-bottom: 1px solid {line}; padding: 0 11px; height: 26px; }}"
        )
        self.viewport().update()
