"""A and B beside each other: how each was run, with what they do not do alike marked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from ...widgets import theme
from ..naming import spec_name
from .events import Head
from .heads import differing

_NAME, _SIDE = 96, 280


class HeadTable(QWidget):
    """Fills as the sides are run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heads: dict[str, Head] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(6)
        for column in (1, 2):
            self._grid.setColumnStretch(column, 1)
        self._told = QLabel(wordWrap=True)
        self._told.setFont(theme.ui_font(12))
        self._told.setProperty("kind", "text2")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._grid)
        column.addWidget(self._told)
        self.clear()

    def clear(self) -> None:
        """Nothing is known."""
        self.heads = {}
        self._fill()

    def show_head(self, head: Head) -> None:
        """One side is known."""
        self.heads[head.name] = head
        self._fill()

    def texts(self) -> list[list[str]]:
        """The rows as they are read."""
        cells = [
            [self._grid.itemAtPosition(row, column) for column in range(3)]
            for row in range(self._grid.rowCount())
        ]
        rows = [[item.widget() for item in row if item is not None] for row in cells]
        return [[w.text() for w in row if isinstance(w, QLabel)] for row in rows if row]

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        a, b = self.heads.get("A"), self.heads.get("B")
        known = a or b
        self.setVisible(known is not None)
        if known is None:
            return
        off = differing(a, b) if a is not None and b is not None else frozenset[str]()
        self._row(0, "", _spec(a), _spec(b), "head")
        rows = [dict(head.rows) if head is not None else {} for head in (a, b)]
        for number, (name, _) in enumerate(known.rows, 1):
            kind = "warn" if name in off else ""
            self._row(number, name, rows[0].get(name, ""), rows[1].get(name, ""), kind)
        told = [f"{said}." for head in (a, b) if head is not None for said in head.told]
        self._told.setText("\n".join(told))
        self._told.setVisible(bool(told))

    def _row(self, number: int, name: str, a: str, b: str, kind: str) -> None:
        label = QLabel(name)
        label.setProperty("kind", "text3")
        label.setFont(theme.ui_font(12))
        label.setMinimumWidth(_NAME)
        self._grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
        for column, text in enumerate((a, b), 1):
            cell = QLabel(text, wordWrap=True)
            cell.setMinimumWidth(_SIDE)
            cell.setFont(theme.ui_font(12, 600 if kind == "head" else 400))
            head = self.heads.get("AB"[column - 1])
            cell.setToolTip(head.spec if kind == "head" and head is not None else "")
            if kind == "warn":
                cell.setProperty("kind", "warn")
            self._grid.addWidget(cell, number, column, Qt.AlignmentFlag.AlignTop)


def _spec(head: Head | None) -> str:
    if head is None:
        return ""
    return f"{head.name}   {spec_name(head.spec)}"
