"""A table of elements that fetches pages: it never holds, nor asks for, a whole tensor."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ..focus_frame import FocusFrame
from ..theme import Theme, colour, hub, mono_font, theme, ui_font
from .controls import EDGE, IconButton
from .formatting import count, exact, number
from .pieces import Array

PAGE = (128, 32)
MOST_ROWS, MOST_COLUMNS = 100_000, 1_000  # Qt's headers keep something for every section
_KEPT = 96
_AWAY = 2
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the table: element i is index start + i·step of the value's axis."""

    name: str = ""
    start: int = 0
    step: int = 1
    length: int = 1
    axis: int = -1
    labels: tuple[str, ...] = ()

    def label(self, place: int) -> str:
        """What the value's index is called, or the index."""
        index = self.at(place)
        return self.labels[index] if index < len(self.labels) else str(index)

    def at(self, place: int) -> int:
        """The value's index."""
        return self.start + place * self.step


class TensorTable(QAbstractTableModel):
    """Elements of a slice, a page at a time.

    Signals:
        page_wanted: (row page, column page); answer with put_page. At most two are under way.
        moved: the part of the slice that the table reaches is another.
    """

    page_wanted = Signal(int, int)
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows, self._columns = Side(length=0), Side(length=0)
        self._first = (0, 0)
        self._pages: OrderedDict[tuple[int, int], Array] = OrderedDict()
        self._wanted: list[tuple[int, int]] = []
        self._away: set[tuple[int, int]] = set()
        self._text = False

    @property
    def sides(self) -> tuple[Side, Side]:
        """Rows and columns of the whole slice."""
        return self._rows, self._columns

    @property
    def first(self) -> tuple[int, int]:
        """The slice's row and column that stand in the table's corner."""
        return self._first

    def show_slice(self, rows: Side, columns: Side) -> None:
        """Show another slice; nothing of it is known yet."""
        self.beginResetModel()
        self._rows, self._columns, self._first = rows, columns, (0, 0)
        self._pages.clear()
        self._wanted.clear()
        self._away.clear()
        self.endResetModel()
        self.moved.emit()

    def go(self, row: int, column: int) -> None:
        """Move the part that the table reaches so that it holds an element."""
        first = (
            row // MOST_ROWS * MOST_ROWS if self._rows.length > MOST_ROWS else 0,
            column // MOST_COLUMNS * MOST_COLUMNS if self._columns.length > MOST_COLUMNS else 0,
        )
        if first != self._first:
            self.beginResetModel()
            self._first = first
            self.endResetModel()
            self.moved.emit()

    def put_page(self, page: tuple[int, int], values: Array) -> None:
        """A page has come."""
        self._away.discard(page)
        self._pages[page] = values
        self._text = values.dtype.kind == "O"
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        top = page[0] * PAGE[0] - self._first[0]
        left = page[1] * PAGE[1] - self._first[1]
        bottom = min(top + values.shape[0], self.rowCount()) - 1
        right = min(left + values.shape[1], self.columnCount()) - 1
        if bottom >= 0 and right >= 0:
            self.dataChanged.emit(self.index(max(top, 0), max(left, 0)), self.index(bottom, right))
        self._send()

    def lose_page(self, page: tuple[int, int]) -> None:
        """A page was refused; it is asked for again when it is next looked at."""
        self._away.discard(page)
        self._send()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """As many as Qt bears."""
        return 0 if parent.isValid() else min(self._rows.length - self._first[0], MOST_ROWS)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """As many as Qt bears."""
        left = self._columns.length - self._first[1]
        return 0 if parent.isValid() else min(left, MOST_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """An element as text, in the colour of what it is."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if self._text else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.ForegroundRole,
        ):
            return None
        value = self._value(index.row(), index.column())
        if value is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return _tint(value)
        return number(value, 5) if role == Qt.ItemDataRole.DisplayRole else exact(value)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The value's indices."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation is Qt.Orientation.Vertical:
            return self._rows.label(section + self._first[0])
        if self._columns.axis < 0:
            return "value"
        return self._columns.label(section + self._first[1])

    def _value(self, row: int, column: int) -> Any:
        row, column = row + self._first[0], column + self._first[1]
        page = (row // PAGE[0], column // PAGE[1])
        values = self._pages.get(page)
        if values is None:
            self._want(page)
            return None
        row, column = row % PAGE[0], column % PAGE[1]
        if row >= values.shape[0] or column >= values.shape[1]:
            return None
        value = values[row, column]
        return value if isinstance(value, str) else value.item()

    def _want(self, page: tuple[int, int]) -> None:
        if page in self._away:
            return
        if page in self._wanted:
            self._wanted.remove(page)
        self._wanted.append(page)
        del self._wanted[:-8]  # those that have been scrolled past
        self._send()

    def _send(self) -> None:
        while self._wanted and len(self._away) < _AWAY:
            page = self._wanted.pop()
            self._away.add(page)
            self.page_wanted.emit(*page)


class TableView(QWidget):
    """The table, and below it, where it cannot reach everything, which part it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TensorTable()
        self.table = QTableView(self)
        self.table.setObjectName("tensorTable")
        self.table.setModel(self.model)
        self.table.setFont(mono_font(11))
        self.table.setAccessibleName("Elements")
        self.table.setShowGrid(False)
        FocusFrame(self.table)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setTabKeyNavigation(False)
        for header, size in (
            (self.table.verticalHeader(), 22),
            (self.table.horizontalHeader(), 76),
        ):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setFont(ui_font(10))
            header.setHighlightSections(False)
        self.table.horizontalHeader().setFixedHeight(24)
        self.table.setCornerButtonEnabled(False)
        self._words = QLabel(self)
        self._words.setFont(ui_font(11))
        self._back = IconButton("chevron-left", "Earlier rows", self)
        self._forth = IconButton("chevron-right", "Later rows", self)
        self._target = QLineEdit(self)
        self._target.setPlaceholderText("Go to row")
        self._target.setAccessibleName("Go to row")
        self._target.setFixedWidth(110)
        self._target.setFont(ui_font(11))
        self._bar = QWidget(self)
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(EDGE, 4, EDGE, 4)
        bar.setSpacing(4)
        bar.addWidget(self._words, 1)
        bar.addWidget(self._target)
        bar.addWidget(self._back)
        bar.addWidget(self._forth)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self._bar)
        self.model.moved.connect(self._follow)
        self._back.clicked.connect(lambda: self._turn(-1))
        self._forth.clicked.connect(lambda: self._turn(1))
        self._target.returnPressed.connect(self._go)
        hub().changed.connect(self._recolour)
        self._recolour()
        self._follow()

    def _turn(self, by: int) -> None:
        row = self.model.first[0] + by * MOST_ROWS
        if 0 <= row < self.model.sides[0].length:
            self.model.go(row, self.model.first[1])

    def _go(self) -> None:
        text = self._target.text().strip()
        rows = self.model.sides[0]
        if not text.isdecimal():
            return
        place = min(max((int(text) - rows.start) // rows.step, 0), rows.length - 1)
        self.show_cell(place, 0, QAbstractItemView.ScrollHint.PositionAtTop)

    def show_cell(
        self,
        row: int,
        column: int,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Pick an element of the slice."""
        self.model.go(row, column)
        index = self.model.index(row - self.model.first[0], column - self.model.first[1])
        self.table.scrollTo(index, hint)
        self.table.setCurrentIndex(index)

    @property
    def cell(self) -> tuple[int, int] | None:
        """The picked element, as (row, column) in the slice."""
        index = self.table.currentIndex()
        if not index.isValid():
            return None
        return index.row() + self.model.first[0], index.column() + self.model.first[1]

    def _follow(self) -> None:
        rows, columns = self.model.sides
        top = self.model.first[0]
        shown = self.model.rowCount()
        words = f"rows {count(rows.at(top))}–{count(rows.at(top + max(shown, 1) - 1))}"
        words += f" of {count(rows.length)}"
        if columns.length > MOST_COLUMNS:
            words += f" · {MOST_COLUMNS} of {count(columns.length)} columns"
        self._words.setText(words)
        several = rows.length > MOST_ROWS
        for part in (self._back, self._forth):
            part.setVisible(several)
        self._back.setEnabled(top > 0)
        self._forth.setEnabled(top + shown < rows.length)
        self._target.setVisible(rows.length > 200)
        self._bar.setVisible(rows.length > 200 or columns.length > MOST_COLUMNS)
        digits = len(str(rows.at(top + max(shown, 1) - 1)))
        labelled = max((len(text) for text in rows.labels[:2000]), default=0)
        self.table.verticalHeader().setFixedWidth(max(16 + 7 * max(digits, min(labelled, 18)), 40))
        wide = 200 if columns.axis < 0 else 76
        header = self.table.horizontalHeader()
        header.setDefaultSectionSize(wide)
        header.setStretchLastSection(columns.axis < 0 and rows.length > 0)

    def _recolour(self) -> None:
        look = theme()
        self.table.setStyleSheet(table_style(look))
        self._words.setStyleSheet(f"color: {look.text3};")
        self._target.setStyleSheet(
            f"QLineEdit {{ background: {look.field}; color: {look.text1};"
            f" border: 1px solid {look.line2}; border-radius: 6px; padding: 2px 6px;"
            " min-height: 16px; }"
        )


def table_style(look: Theme) -> str:
    """Of a table of elements."""
    return (
        f"QTableView {{ background: {look.panel}; color: {look.text1}; border: none;"
        f" selection-background-color: {look.selection}; selection-color: {look.text1}; }}"
        f"QHeaderView {{ background: {look.panel}; border: none; }}"
        f"QHeaderView::section {{ background: {look.panel}; color: {look.text3};"
        f" border: none; border-bottom: 1px solid {look.line}; padding: 0 6px; }}"
        "QHeaderView::section:vertical { border-bottom: none; }"
        f"QTableCornerButton::section {{ background: {look.panel}; border: none;"
        f" border-bottom: 1px solid {look.line}; }}"
    )


def _tint(value: Any) -> Any:
    text = number(value) if isinstance(value, (float, complex)) else ""
    if "NaN" in text:
        return colour("nan")
    if "Inf" in text:
        return colour("inf")
    return colour("text3") if value == 0 else None
