"""Asks which values of a run go into its file."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from ..widgets.tensor.formatting import size_text

_CHOICES = (
    ("all", "All values that are kept", "Every op's outputs, the inputs and the parameters."),
    ("pinned", "Pinned values", "What you have pinned, and the inputs."),
    ("none", "Statistics alone", "Shapes, ranges and counts of every value, but no elements."),
)


class SaveDialog(QDialog):
    """`sizes`: bytes that the file will take, by choice."""

    def __init__(self, sizes: dict[str, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save Run")
        self.setMinimumWidth(460)
        title = QLabel("Save Run")
        title.setFont(theme.ui_font(14, 600))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        column.addWidget(title)
        column.addSpacing(8)
        self.choices: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for name, text, about in _CHOICES:
            button = QRadioButton(f"{text}, about {size_text(sizes.get(name, 0))}")
            button.setAccessibleDescription(about)
            self.choices[name] = button
            self._group.addButton(button)
            note = QLabel(about)
            note.setProperty("kind", "text3")
            note.setContentsMargins(24, 0, 0, 6)
            column.addWidget(button)
            column.addWidget(note)
        self.choices["all"].setChecked(True)
        about = QLabel(
            "The file holds the graph, the records, what was found, the source, and your"
            " breakpoints, watchpoints, notes, pins and bookmarked views as well. It opens without"
            " the model and its framework, and no code is in it."
        )
        about.setProperty("kind", "text3")
        about.setWordWrap(True)
        column.addWidget(about)
        column.addSpacing(8)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Cancel)
        save = self.buttons.addButton("Save As…", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setProperty("kind", "primary")
        save.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)

    @property
    def chosen(self) -> str:
        """As in the request."""
        return next(name for name, button in self.choices.items() if button.isChecked())
