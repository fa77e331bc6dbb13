"""The few preferences there are."""

from __future__ import annotations

import os

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .settings import Settings

_THEMES = (("Dark", "dark"), ("Light", "light"), ("As the system", "system"))


class SettingsDialog(QDialog):
    """Shows settings; `store` writes what was chosen into them."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(520)
        self.theme = QComboBox()
        for text, name in _THEMES:
            self.theme.addItem(text, name)
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.theme)))
        self.budget = QSpinBox()
        self.budget.setRange(0, 1 << 20)
        self.budget.setSingleStep(256)
        self.budget.setSuffix(" MiB")
        self.budget.setSpecialValueText("A quarter of the free memory")
        self.budget.setValue(settings.budget_mb)
        self.motion = QCheckBox("No animations")
        self.motion.setMinimumHeight(30)
        self.motion.setChecked(settings.reduced_motion)
        self.python = QLineEdit(settings.python)
        self.python.setPlaceholderText("The one that runs Opscope")
        self.python.textChanged.connect(self._check)
        self.problem = QLabel()
        self.problem.setProperty("kind", "error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._check()

    def _lay_out(self) -> None:
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._browse)
        interpreter = QHBoxLayout()
        interpreter.setSpacing(8)
        interpreter.addWidget(self.python, 1)
        interpreter.addWidget(browse)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(_name("Theme"), self.theme)
        form.addRow(_name("Memory for kept values"), self.budget)
        form.addRow("", _hint("Takes effect when a model is opened or restarted."))
        form.addRow(_name("Motion"), self.motion)
        form.addRow(_name("Interpreter for new models"), interpreter)
        form.addRow("", self.problem)
        title = QLabel("Settings")
        title.setFont(theme.ui_font(14, 600))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(title)
        column.addLayout(form)
        column.addSpacing(4)
        column.addWidget(self.buttons)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setProperty("kind", "primary")

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Python Interpreter", self.python.text())
        if path:
            self.python.setText(path)

    def _check(self) -> None:
        path = self.python.text().strip()
        fine = not path or (os.path.isfile(path) and os.access(path, os.X_OK))
        self.problem.setText("" if fine else f"{path} is no program that can be run.")
        self.problem.setVisible(not fine)
        self.ok.setEnabled(fine)

    def store(self, settings: Settings) -> None:
        """Write the choices into `settings`."""
        settings.theme = str(self.theme.currentData())
        settings.budget_mb = self.budget.value()
        settings.reduced_motion = self.motion.isChecked()
        settings.python = self.python.text().strip()


def _name(text: str) -> QLabel:
    label = QLabel(text)
    label.setFixedHeight(30)
    return label


def _hint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "text3")
    label.setFont(theme.ui_font(11))
    return label
