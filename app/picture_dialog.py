"""Asks what of the graph a picture is to show, and in which format."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from ..widgets.graph.export import png_scale
from ..widgets.graph.scene import Area


class Part(Enum):
    """How much of the graph."""

    SEEN = "What is seen"
    WHOLE = "The whole graph, as it is open"
    OPENED = "The whole graph, everything open"


_FORMATS = (("PNG", "png"), ("SVG", "svg"), ("PDF", "pdf"))
_SCALES = (("Full size", 1.0), ("Double", 2.0), ("Four times", 4.0))
_READABLE = 0.6  # scale below which words cannot be read


class PictureDialog(QDialog):
    """Part, format and, of a PNG, size. `areas`: of the parts whose layout is there."""

    def __init__(self, areas: dict[Part, Area], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._areas = areas
        self.setWindowTitle("Export Picture")
        self.setMinimumWidth(460)
        self.part = QComboBox()
        for part in Part:
            self.part.addItem(part.value, part)
        self.part.setCurrentIndex(1)
        self.kind = QComboBox()
        for text, name in _FORMATS:
            self.kind.addItem(text, name)
        self.scale = QComboBox()
        for text, factor in _SCALES:
            self.scale.addItem(text, factor)
        self.scale.setCurrentIndex(1)
        self.note = QLabel()
        self.note.setProperty("kind", "text3")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(34)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Cancel)
        save = self.buttons.addButton("Save As…", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setProperty("kind", "primary")
        save.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for box in (self.part, self.kind, self.scale):
            box.currentIndexChanged.connect(self._tell)
        self._lay_out()
        self._tell()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (("Show", self.part), ("Format", self.kind), ("Size", self.scale)):
            label = QLabel(name)
            label.setFixedHeight(30)
            field.setAccessibleName(name)
            form.addRow(label, field)
        title = QLabel("Export Picture")
        title.setFont(theme.ui_font(14, 600))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(self.note)
        column.addWidget(self.buttons)

    def chosen(self) -> tuple[Part, str, float]:
        """What to show, the ending of the file's name, and pixels for a unit."""
        part: Part = self.part.currentData()
        return part, str(self.kind.currentData()), float(self.scale.currentData())

    def _tell(self) -> None:
        part, kind, wanted = self.chosen()
        self.scale.setEnabled(kind == "png")
        area = self._areas.get(part)
        if area is None:
            self.note.setText("It is laid out first.")
            return
        width, height = area[2] - area[0], area[3] - area[1]
        if kind != "png":
            self.note.setText("Lines and words stay sharp at any size.")
            return
        scale = png_scale(area, wanted)
        size = f"{round(width * scale):,} × {round(height * scale):,} pixels"
        if scale < _READABLE:
            self.note.setText(f"{size}: too small to read its words. SVG and PDF keep them sharp.")
        elif scale < wanted:
            self.note.setText(f"{size}: the largest that can be made.")
        else:
            self.note.setText(f"{size}.")
