"""Asks for a model: file, name in it, inputs, interpreter. Nothing of it is run here."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QThreadPool, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
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

from ..tracers.protocol.refusal import Refusal
from ..tracers.protocol.spec import ModelSpec, SpecKind, parse_spec, split_name
from ..widgets import theme
from .choice import LaunchChoice
from .entries import FileContents, FileEntry, read_entries
from .form_parts import in_a_row, say
from .input_list import InputList
from .interpreter_picker import InterpreterPicker
from .named_rows import NamedRows
from .picture_options import PictureOptions

_PAUSE = 150  # ms after the last key before the disk is looked at
_FILTER = (
    "Models (*.py *.pt2 *.pt *.pth *.keras *.h5 *.hdf5 *.pb *.tflite config.json);;All files (*)"
)
_SAMPLE = "sample:"
_KERAS = (".keras", ".h5", ".hdf5")
_RISKY = (".pt", ".pth", *_KERAS)


class OpenDialog(QDialog):
    """`exec()`, then `choice()`."""

    _read = Signal(str, FileContents)

    def __init__(self, choice: LaunchChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open Model")
        self.resize(760, 640)
        self._begun = choice
        self._spec: ModelSpec | None = None
        self._sentence = ""
        self._file = ""  # the file whose names are listed
        self._contents = FileContents()
        self._pool = QThreadPool(self)
        self._read.connect(self._take_contents)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._look)
        self._make_model_fields(choice)
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
        self.cwd.textChanged.connect(self._wait.start)
        self._lay_out()
        self.inputs.show_inputs(choice.inputs)
        self.inputs.changed.connect(self._refresh)
        self.pictures.resize_to.currentTextChanged.connect(self._refresh)
        self.pictures.crop_to.currentTextChanged.connect(self._refresh)
        self.interpreter.changed.connect(self._refresh)
        self.trusted.toggled.connect(self._refresh)
        self._look()
        self.interpreter.look_near(self._near())

    # What is on show

    def _make_model_fields(self, choice: LaunchChoice) -> None:
        where, name = split_name(choice.spec)
        saved = not where.endswith(".py") and Path(choice.cwd, where).expanduser().exists()
        if saved or choice.spec.startswith(_SAMPLE):
            where, name = choice.spec, ""  # a part of a saved model stays with its path
        self.where = QLineEdit(where)
        self.where.setPlaceholderText("path/file.py, package.module, model.pt2, saved_model/")
        self.where.setAccessibleName("Model")
        self.where.textChanged.connect(self._wait.start)
        self.about = QLabel()
        self.about.setFont(theme.ui_font(11))
        self.about.setWordWrap(True)
        self.entry = QComboBox()
        self.entry.setEditable(True)
        self.entry.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.entry.setAccessibleName("Name in the file")
        self.entry.setCurrentText(name)
        self.entry.currentTextChanged.connect(self._entry_changed)
        self.entry_about = QLabel()
        self.entry_about.setFont(theme.ui_font(11))
        self.entry_about.setProperty("kind", "text3")

    def _lay_out(self) -> None:
        self._rows = NamedRows()
        file, folder = QPushButton("File…"), QPushButton("Folder…")
        file.clicked.connect(self._browse_file)
        folder.clicked.connect(self._browse_folder)
        self._rows.add("Model", in_a_row(self.where, file, folder), self.about)
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

    def _browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open Model", self._near(), _FILTER)
        if path:
            self.show_path(path)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open Model Folder", self._near())
        if path:
            self.show_path(path)

    def _browse_cwd(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Working Folder", self.cwd.text())
        if path:
            self.cwd.setText(path)

    def show_path(self, path: str) -> None:
        """A file or folder was chosen; a marker file stands for its folder."""
        file = Path(path)
        marker = file.name in ("saved_model.pb", "config.json")
        self.where.setText(str(file.parent if marker else file))
        self.entry.setCurrentText("")
        self._look()
        self.interpreter.look_near(self._near())

    def _near(self) -> str:
        return str(Path(self._folder(), self.where.text().strip() or ".").expanduser().parent)

    def _folder(self) -> str:
        return os.path.expanduser(self.cwd.text().strip()) or os.getcwd()

    # What is found out

    def _look(self) -> None:
        """Understand the model's text; read its file's names in the background."""
        self._wait.stop()
        self.inputs.look_from(self._folder())
        text = self.where.text().strip()
        self._spec, self._sentence = None, ""
        try:
            self._spec = parse_spec(text, self._folder()) if text else None
        except Refusal as refusal:
            self._spec = _module(text)
            self._sentence = "" if self._spec is not None else str(refusal)
        file = self._source_file()
        if file and file != self._file:
            self._file = file
            self._pool.start(partial(self._read_file, file))
        elif not file:
            self._file = ""
            self._list_entries(FileContents())
        self._refresh()

    def _source_file(self) -> str:
        spec = self._spec
        if spec is None or spec.kind is SpecKind.ARTEFACT:
            return ""
        if spec.kind is SpecKind.FILE:
            return spec.where
        base = Path(self._folder(), *spec.where.split("."))
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return str(file)
        return ""

    def _read_file(self, file: str) -> None:
        """Runs on a thread of the pool."""
        self._read.emit(file, read_entries(file))

    def _take_contents(self, file: str, contents: FileContents) -> None:
        if file == self._file:  # else the user has moved on
            self._list_entries(contents)
            self._refresh()

    def _list_entries(self, contents: FileContents) -> None:
        self._contents = contents
        typed = self.entry.currentText().strip()
        self.entry.blockSignals(True)
        self.entry.clear()
        for found in contents.entries:
            self.entry.addItem(theme.icon(_entry_icon(found), "text3"), found.name)
        likely = [found.name for found in contents.entries if found.score > 0]
        if not self._takes_name():
            typed, likely = "", []
        self.entry.setCurrentText(typed or (likely[0] if likely else ""))
        self.entry.blockSignals(False)
        self.interpreter.want(contents.frameworks or self._artefact_framework())
        self._entry_changed()

    def _artefact_framework(self) -> frozenset[str]:
        spec = self._spec
        return frozenset({spec.framework}) if spec is not None and spec.framework else frozenset()

    def _entry_changed(self) -> None:
        found = self._found()
        note = "Left empty, inputs come from the factory or from the model's own signature."
        if found is not None and found.given:
            note = "Left empty, the inputs that come with the model are used."
        elif found is not None and found.inputs:
            names = ", ".join(found.inputs)
            note = f"The model takes {names}. Left empty, its own example or signature is used."
        self.inputs.show_names(() if found is None else found.inputs, note)
        self._refresh()

    def _found(self) -> FileEntry | None:
        name = self.entry.currentText().strip()
        return next((entry for entry in self._contents.entries if entry.name == name), None)

    def _refresh(self) -> None:
        """Show what fits the model, and what is still missing."""
        spec = self._spec
        self._rows.show_row("Name in the file", spec is not None and self._takes_name())
        self._rows.show_row("Pictures", self.inputs.has_picture())
        self._rows.show_row("Trust", self._risky())
        self._rows.show_row("Custom objects", self._is_keras())
        problem = self._sentence or self._contents.problem
        say(self.about, problem or self._what(), "error" if problem else "text3")
        found = self._found()
        name = self.entry.currentText().strip()
        about = "" if found is None else f"Line {found.line}: {found.about}"
        if found is None and name and self._contents.entries:
            about = "Not found in the file's text; it is looked up when the model is opened."
        say(self.entry_about, about)
        missing = self.missing_text()
        self.missing.setText(missing)
        self.open_button.setEnabled(not missing)

    def _what(self) -> str:
        spec = self._spec
        if spec is None:
            return ""
        shown = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
        if spec.kind is SpecKind.ARTEFACT:
            kind = "folder" if Path(spec.where).is_dir() else "file"
            return f"{shown.get(spec.framework, 'A saved')} model {kind}"
        names = [shown[name] for name in sorted(self._contents.frameworks)]
        return f"Python code with {' and '.join(names)}" if names else "Python code"

    def _risky(self) -> bool:
        spec = self._spec
        if spec is None or spec.kind is not SpecKind.ARTEFACT:
            return False
        path = Path(spec.where)
        return path.suffix.lower() in _RISKY or (path / "config.json").exists()

    def _is_keras(self) -> bool:
        return self._spec is not None and self._spec.where.lower().endswith(_KERAS)

    def missing_text(self) -> str:
        """What keeps the model from being opened, in a sentence; "" if nothing does."""
        if not self.where.text().strip():
            return "Choose a file or folder, or write a module's name."
        if self._sentence:
            return "The model is not found."
        spec, name = self._spec, self.entry.currentText().strip()
        found = self._found()
        if spec is not None and spec.kind is SpecKind.MODULE and not name:
            return "Write which name in the module is the model."
        if found is not None and found.score < 0:
            return f"{found.name} {found.about.partition(', ')[2]}; write a function that makes it."
        if name and not all(part.isidentifier() for part in name.split(".")):
            return f'"{name}" is no name.'
        if self.cwd.text().strip() and not Path(self._folder()).is_dir():
            return "The working folder does not exist."
        pictures = self.pictures.problem() if self.inputs.has_picture() else ""
        return self.inputs.problem() or pictures or self.interpreter.problem()

    # The result

    def spec(self) -> str:
        """The model as it is written after the command."""
        text, name = self.where.text().strip(), self.entry.currentText().strip()
        return f"{text}:{name}" if name and self._takes_name() else text

    def _takes_name(self) -> bool:
        """Saved models and samples are whole; code has names in it."""
        whole = self._spec is not None and self._spec.kind is SpecKind.ARTEFACT
        return not whole and not self.where.text().strip().startswith(_SAMPLE)

    def choice(self) -> LaunchChoice:
        """What was chosen."""
        return LaunchChoice(
            spec=self.spec(),
            inputs=self.inputs.texts(),
            python=self.interpreter.python(),
            trusted=self.trusted.isChecked() and self._risky(),
            exact=self.exact.isChecked(),
            theme=self._begun.theme,
            cwd=self.cwd.text().strip(),
            image=self.pictures.options() if self.inputs.has_picture() else (),
            custom=self.custom.text().strip() if self._is_keras() else "",
        )

    def accept(self) -> None:
        """Take the latest text into account, then close if nothing is missing."""
        if self._wait.isActive():
            self._look()
        if not self.missing_text():
            super().accept()

    def done(self, result: int) -> None:
        """Leave nothing running."""
        self._wait.stop()
        self.interpreter.stop()
        self._pool.waitForDone()
        super().done(result)


def _module(text: str) -> ModelSpec | None:
    """A dotted module's name, which is complete only with a name in it."""
    dotted = "/" not in text and os.sep not in text and not text.endswith(".py")
    if dotted and all(part.isidentifier() for part in text.split(".")):
        return ModelSpec(SpecKind.MODULE, text, "", "", text)
    return None


def _entry_icon(entry: FileEntry) -> str:
    icons = {"instance": "box", "factory": "play", "class": "boxes", "tf.function": "repeat"}
    return icons.get(entry.kind, "square-function")
