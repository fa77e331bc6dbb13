"""A followed element over the runs: a line, and a row for each run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from ..focus_frame import FocusFrame
from ..theme import colour, hub, mono_font, theme, ui_font
from .controls import EDGE
from .curve import Curve
from .formatting import exact, number
from .over_runs import Anchor, Reading, same
from .pieces import AxisSpan, Plane
from .table import table_style

_COLUMNS = ("run", "value", "change", "why")
_WIDTHS = (40, 92, 92)
_ROW = 22
_ONE = AxisSpan(-1, "", 0, 1, 1, 1)


class RunsView(QWidget):
    """Of one element."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve = Curve(self)
        self.curve.setAccessibleName("Plot of an element over the runs")
        self.table = QTableWidget(0, len(_COLUMNS), self)
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setAccessibleName("The element in each run")
        self.table.setFont(mono_font(11))
        self.table.setShowGrid(False)
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        FocusFrame(self.table)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.table.horizontalHeader()
        header.setFont(ui_font(10))
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.curve, 3)
        rows = QVBoxLayout()
        rows.setContentsMargins(EDGE - 6, 0, EDGE - 6, 0)
        rows.addWidget(self.table)
        column.addLayout(rows, 2)
        self.table.currentCellChanged.connect(self._point)
        hub().changed.connect(self._recolour)
        self._numbered: list[int] = []  # the rows that are points of the line
        self._recolour()

    def show_readings(self, anchor: Anchor, readings: tuple[Reading, ...]) -> None:
        """Show an element's values."""
        self._numbered = [
            row
            for row, each in enumerate(readings)
            if each.value is not None and not isinstance(each.value, str)
        ]
        self.table.setRowCount(len(readings))
        changes = ["", *(_change(one, other) for one, other in pairwise(readings))]
        changes = changes[: len(readings)]
        for row, (each, change) in enumerate(zip(readings, changes, strict=True)):
            shown = "–" if each.value is None else number(each.value, 6)
            full = "" if each.value is None else exact(each.value)
            why = "; ".join([each.why, *each.edits])
            for column, text in enumerate((str(each.number), shown, change, why)):
                item = QTableWidgetItem(text)
                item.setToolTip(full if column == 1 else text)
                if column == 1 and text in ("NaN", "+Inf", "\u2212Inf"):
                    item.setForeground(QBrush(colour("nan" if text == "NaN" else "inf")))
                self.table.setItem(row, column, item)
        where = ", ".join(str(index) for index in anchor.element)
        name = f"run · [{where}]" if where else "run"
        points = [readings[row] for row in self._numbered]
        self.curve.setVisible(bool(points))
        if points:
            numbers = [each.number for each in points]
            even = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            labels = () if even else tuple(str(each) for each in numbers)
            start = numbers[0] if even else 0
            span = AxisSpan(-2, name, start, start + len(points), 1, len(points), labels)
            self.curve.show_plane(Plane(np.array([[each.value for each in points]]), _ONE, span))
        self.table.scrollToBottom()

    def _point(self, row: int) -> None:
        if row in self._numbered:
            self.curve.show_position(self._numbered.index(row))

    def _recolour(self) -> None:
        more = "QTableView::item { padding: 0 6px; } QHeaderView::section { font-size: 10px; }"
        self.table.setStyleSheet(table_style(theme()) + more)


def _change(before: Reading, after: Reading) -> str:
    """ "+0.5", "same"; "" where either has no value, or the difference is no number."""
    one, other = before.value, after.value
    if one is None or other is None:
        return ""
    if same(one, other):
        return "same"
    if isinstance(one, str) or isinstance(other, str):
        return "changed"
    by = other - one
    text = number(by)
    if by != by:
        return ""
    signed = isinstance(by, complex) or text[0] in "+\u2212"
    return text if signed else f"+{text}"
