"""A form: names at the left, what they stand for at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

_HEIGHT = 30  # of a name, and of the check box beside it


class NamedRows(QWidget):
    """Rows that are known by their names, and can be hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(24, 0, 24, 16)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, 116)
        self._grid.setColumnStretch(1, 1)

    def add(self, name: str, *widgets: QWidget) -> None:
        """A name at the left, widgets below each other at the right."""
        label = QLabel(name)
        label.setMinimumHeight(_HEIGHT)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        for widget in widgets:
            column.addWidget(widget)
        if isinstance(widgets[0], QCheckBox):
            widgets[0].setMinimumHeight(_HEIGHT)
        number = self._grid.rowCount()
        self._grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(holder, number, 1)
        self._rows[name] = (label, holder)

    def fill(self) -> None:
        """Leave the room that is over below the last row."""
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def show_row(self, name: str, shown: bool) -> None:
        """Show a row, or hide it."""
        for widget in self._rows[name]:
            widget.setVisible(shown)
