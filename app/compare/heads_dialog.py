"""How both runs of a comparison were made."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from ...widgets import theme
from .events import Head
from .head_table import HeadTable


class HeadsDialog(QDialog):
    """The table that stood before the comparison, and what must be known of that."""

    def __init__(
        self, heads: tuple[Head, Head], notes: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("How Both Ran")
        self.resize(760, 420)
        title = QLabel("How both ran")
        title.setFont(theme.ui_font(14, 600))
        self.table = HeadTable()
        for head in heads:
            self.table.show_head(head)
        self.notes = QLabel("\n".join(notes), wordWrap=True)
        self.notes.setProperty("kind", "text2")
        self.notes.setVisible(bool(notes))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(title)
        column.addWidget(self.table)
        column.addWidget(self.notes)
        column.addStretch(1)
        column.addWidget(self.buttons)
