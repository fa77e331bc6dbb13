"""Asks for a model: file, name in it, inputs, interpreter. Nothing of it is run here."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .choice import LaunchChoice
from .form_parts import in_a_row
from .host_browser import choose_there
from .input_list import InputList
from .interpreter_picker import InterpreterPicker
from .model_fields import ModelFields
from .named_rows import NamedRows
from .picture_options import PictureOptions
from .where_picker import WherePicker

_FILTER = (
    "Models (*.py *.pt2 *.pt *.pth *.keras *.h5 *.hdf5 *.pb *.tflite config.json);;All files (*)"
)


class OpenDialog(QDialog):
    """`exec()`, then `choice()`."""

    def __init__(self, choice: LaunchChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open Model")
        self.resize(760, 640)
        self._begun = choice
        self._wanted = False  # to open, once the host has told what the model is
        self.place = WherePicker(choice.host)
        self.model = ModelFields(choice.spec, choice.cwd, _FILTER, self)
        self.where, self.about = self.model.where, self.model.about
        self.entry, self.entry_about = self.model.entry, self.model.entry_about
        self.inputs = InputList()
        self.pictures = PictureOptions(dict(choice.image))
        self.interpreter = InterpreterPicker(choice.python)
        self.trusted = QCheckBox("I trust where this file comes from")
        self.trusted.setChecked(choice.trusted)
        self.exact = QCheckBox("Exact: bit-equal to the framework's own run, slower (TensorFlow)")
        self.exact.setChecked(choice.exact)
        self.custom = QLineEdit(choice.custom)
        self.custom.setPlaceholderText("Python file with the classes that the model needs")
        self.custom.setAccessibleName("Custom objects")
        self.cwd = QLineEdit(choice.cwd)
        self.cwd.setPlaceholderText(os.getcwd())
        self.cwd.setAccessibleName("Working folder")
        self.cwd.textChanged.connect(self.model.look_from)
        self._lay_out()
        self.inputs.show_inputs(choice.inputs)
        self.inputs.changed.connect(self._refresh)
        self.pictures.resize_to.currentTextChanged.connect(self._refresh)
        self.pictures.crop_to.currentTextChanged.connect(self._refresh)
        self.interpreter.changed.connect(self._refresh)
        self.trusted.toggled.connect(self._refresh)
        self.model.looked.connect(self._look_for_inputs)
        self.model.listed.connect(lambda: self.interpreter.want(self.model.frameworks))
        self.model.chosen.connect(lambda: self.interpreter.look_near(self.model.near))
        self.model.changed.connect(self._model_changed)
        self.place.changed.connect(lambda: self._show_place(""))
        self.place.told.connect(self._refresh)
        if choice.host is None:
            self.model.look()
            self.interpreter.look_near(self.model.near)
        else:
            self._show_place(choice.python)

    # What is on show

    def _lay_out(self) -> None:
        self._rows = NamedRows()
        self._rows.add("Where", self.place)
        self._rows.add("Model", self.model.row, self.about)
        self._rows.add("Name in the file", self.entry, self.entry_about)
        self._rows.add("Inputs", self.inputs)
        self._rows.add("Pictures", self.pictures)
        self._rows.add("Interpreter", self.interpreter)
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._browse_cwd)
        self._rows.add("Working folder", in_a_row(self.cwd, choose))
        risk = QLabel("Files of this kind can run code when they are opened.")
        risk.setProperty("kind", "text3")
        risk.setFont(theme.ui_font(11))
        self._rows.add("Trust", self.trusted, risk)
        self._rows.add("Custom objects", self.custom)
        self._rows.add("Options", self.exact)
        self._rows.fill()
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._rows)
        self._rows.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        title = QLabel("Open model")
        title.setFont(theme.ui_font(14, 600))
        title.setContentsMargins(24, 20, 24, 12)
        self.missing = QLabel()
        self.missing.setProperty("kind", "text3")
        self.missing.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Open | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.open_button = self.buttons.button(kinds.Open)
        self.open_button.setProperty("kind", "primary")
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 20)
        foot.setSpacing(16)
        foot.addWidget(self.missing, 1)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(area, 1)
        column.addLayout(foot)
        self._let_return_open()

    def _let_return_open(self) -> None:
        """Return in a field opens the model; no other button takes it from there."""
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(button is cancel)  # on Cancel itself it cancels
        self.open_button.setDefault(True)  # now that the dialog holds it
        self.inputs.added.connect(self._bring)

    def _bring(self, row: QWidget) -> None:
        """Scroll to a new row once the column has room for it."""
        QTimer.singleShot(0, row, lambda: self._area.ensureWidgetVisible(row))

    # What the user does

    def _browse_cwd(self) -> None:
        look = self.place.look
        if look is not None:
            path = choose_there(look, self.model.folder, True, self)
            if path:
                self.cwd.setText(path)
            return
        path = QFileDialog.getExistingDirectory(self, "Working Folder", self.cwd.text())
        if path:
            self.cwd.setText(path)

    def show_path(self, path: str) -> None:
        """A file or folder was chosen; a marker file stands for its folder."""
        self.model.show_path(path)

    # What is found out

    def _show_place(self, python: str) -> None:
        """Another machine: all paths are there."""
        look = self.place.look
        self.interpreter.look_on(look, python)
        self.cwd.setPlaceholderText(os.getcwd() if look is None else look.host.folder or "~")
        self.model.look_on(look)
        if look is not None:
            self.interpreter.look_near(self.model.near)

    def _look_for_inputs(self) -> None:
        self.inputs.look_from(self.model.folder if self.place.look is None else None)

    def _model_changed(self) -> None:
        found = self.model.found()
        note = "Left empty, inputs come from the factory or from the model's own signature."
        if found is not None and found.given:
            note = "Left empty, the inputs that come with the model are used."
        elif found is not None and found.inputs:
            names = ", ".join(found.inputs)
            note = f"The model takes {names}. Left empty, its own example or signature is used."
        self.inputs.show_names(() if found is None else found.inputs, note)
        self._refresh()

    def _refresh(self) -> None:
        """Show what fits the model, and what is still missing."""
        model = self.model
        self._rows.show_row("Name in the file", model.spec is not None and model.takes_name)
        self._rows.show_row("Pictures", self.inputs.has_picture())
        self._rows.show_row("Trust", model.risky)
        self._rows.show_row("Custom objects", model.is_keras)
        missing = self.missing_text()
        self.missing.setText(missing)
        self.open_button.setEnabled(not missing)
        if self._wanted and not self.model.asking:
            self._wanted = False
            self.accept()

    def missing_text(self) -> str:
        """What keeps the model from being opened, in a sentence; "" if nothing does."""
        problem = self.place.problem or self.model.problem()
        if problem:
            return problem
        is_here = self.place.look is None
        if is_here and self.cwd.text().strip() and not Path(self.model.folder).is_dir():
            return "The working folder does not exist."
        pictures = self.pictures.problem() if self.inputs.has_picture() else ""
        return self.inputs.problem() or pictures or self.interpreter.problem()

    # The result

    def choice(self) -> LaunchChoice:
        """What was chosen."""
        return LaunchChoice(
            spec=self.model.text(),
            host=self.place.host,
            inputs=self.inputs.texts(),
            python=self.interpreter.python(),
            trusted=self.trusted.isChecked() and self.model.risky,
            exact=self.exact.isChecked(),
            theme=self._begun.theme,
            cwd=self.cwd.text().strip(),
            image=self.pictures.options() if self.inputs.has_picture() else (),
            custom=self.custom.text().strip() if self.model.is_keras else "",
        )

    def accept(self) -> None:
        """Take the latest text into account, then close if nothing is missing."""
        self.model.settle()
        self._wanted = self.model.asking
        if not self._wanted and not self.missing_text():
            super().accept()

    def done(self, result: int) -> None:
        """Leave nothing running."""
        self._wanted = False
        self.interpreter.stop()
        self.place.stop()
        self.model.stop()
        super().done(result)
