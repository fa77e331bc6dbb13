"""The fields that name a model: its file, and the name in it. Nothing of it is run here."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from ..tracers.protocol.host_messages import FILE, SPEC
from ..tracers.protocol.refusal import Refusal
from ..tracers.protocol.spec import ModelSpec, SpecKind, parse_spec, split_name
from ..widgets import theme
from .entries import FileContents, FileEntry, entries_of, read_entries
from .form_parts import in_a_row, say
from .host_browser import choose_there
from .host_look import HostLook

_PAUSE = 150  # ms after the last key before the disk is looked at
_SAMPLE = "sample:"
MOST_SOURCE = 4 << 20  # bytes of a file that is looked into
_KERAS = (".keras", ".h5", ".hdf5")
_RISKY = (".pt", ".pth", *_KERAS)
_SHOWN = {"torch": "PyTorch", "tensorflow": "TensorFlow"}


class ModelFields(QObject):
    """Widgets for a form, and what is understood of what they hold.

    Signals:
        looked: the model's text was understood anew; `spec` and `folder` are up to date.
        listed: the names in its file are known.
        changed: anything may be different: what fits the model, what is missing.
        chosen: a path was picked with a button.
    """

    looked = Signal()
    listed = Signal()
    changed = Signal()
    chosen = Signal()
    _read = Signal(str, FileContents)

    def __init__(self, text: str, cwd: str, files: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent, self._filter = parent, files
        self.spec: ModelSpec | None = None
        self.contents = FileContents()
        self.cwd = cwd
        self.there: HostLook | None = None
        self.asking = False  # the host, what the text names
        self._asked = 0
        self._known_there: dict[str, bool] = {}
        self._sentence = ""
        self._file = ""  # the file whose names are listed
        self._pool = QThreadPool(self)
        self._read.connect(self._take_contents)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self.look)
        where, name = self._parted(text)
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
        self.entry.currentTextChanged.connect(self._refresh)
        self.entry_about = QLabel()
        self.entry_about.setFont(theme.ui_font(11))
        self.entry_about.setProperty("kind", "text3")
        self.file, self.pick_folder = QPushButton("File…"), QPushButton("Folder…")
        self.file.clicked.connect(self._browse_file)
        self.pick_folder.clicked.connect(self._browse_folder)
        self.row = in_a_row(self.where, self.file, self.pick_folder)

    def _parted(self, text: str) -> tuple[str, str]:
        where, name = split_name(text)
        saved = not where.endswith(".py") and Path(self.cwd, where).expanduser().exists()
        if saved or text.startswith(_SAMPLE):
            return text, ""  # a part of a saved model stays with its path
        return where, name

    # What the user does

    def _browse_file(self) -> None:
        if self.there is not None:
            self._browse_there(self.there, folders=False)
            return
        path, _ = QFileDialog.getOpenFileName(self._parent, "Open Model", self.near, self._filter)
        if path:
            self.show_path(path)

    def _browse_there(self, there: HostLook, folders: bool) -> None:
        path = choose_there(there, self.near, folders, self._parent)
        if path:
            self.show_path(path)

    def _browse_folder(self) -> None:
        if self.there is not None:
            self._browse_there(self.there, folders=True)
            return
        path = QFileDialog.getExistingDirectory(self._parent, "Open Model Folder", self.near)
        if path:
            self.show_path(path)

    def show_path(self, path: str) -> None:
        """A file or folder was chosen; a marker file stands for its folder."""
        file = Path(path)
        marker = file.name in ("saved_model.pb", "config.json")
        self.where.setText(str(file.parent if marker else file))
        self.entry.setCurrentText("")
        self.look()
        self.chosen.emit()

    def show_spec(self, text: str) -> None:
        """Another model, by its spec."""
        where, name = self._parted(text)
        self.where.setText(where)
        self.entry.setCurrentText(name)
        self.look()
        self.chosen.emit()

    def look_on(self, there: HostLook | None) -> None:
        """Files are on another machine, None for this one."""
        self.there = there
        self._file = ""
        self.look()

    def look_from(self, cwd: str) -> None:
        """Relative paths start from another folder; it is looked at in a while."""
        self.cwd = cwd
        self._wait.start()

    @property
    def folder(self) -> str:
        """Where relative paths start."""
        if self.there is not None:
            return self.cwd.strip() or self.there.host.folder or "~"
        return os.path.expanduser(self.cwd.strip()) or os.getcwd()

    @property
    def near(self) -> str:
        """The folder that the model is in."""
        if self.there is not None:
            return posixpath.dirname(posixpath.join(self.folder, self.where.text().strip() or "."))
        return str(Path(self.folder, self.where.text().strip() or ".").expanduser().parent)

    # What is found out

    def settle(self) -> None:
        """Take the latest text into account."""
        if self._wait.isActive():
            self.look()

    def look(self) -> None:
        """Understand the model's text; read its file's names in the background."""
        self._wait.stop()
        text = self.where.text().strip()
        self.spec, self._sentence = None, ""
        self._asked += 1
        self.asking = self.there is not None and bool(text)
        if self.there is not None:
            self._look_there(self.there, text)
            return
        try:
            self.spec = parse_spec(text, self.folder) if text else None
        except Refusal as refusal:
            self.spec = _module(text)
            self._sentence = "" if self.spec is not None else str(refusal)
        self.looked.emit()
        file = self._source_file()
        if file and file != self._file:
            self._file = file
            self._pool.start(partial(self._read_file, file))
        elif not file:
            self._file = ""
            self._list_entries(FileContents())
        self._refresh()

    def _look_there(self, there: HostLook, text: str) -> None:
        number = self._asked
        self._known_there = {}
        self.looked.emit()
        self._refresh()

        def answer(body: dict[str, Any], _data: bytes) -> None:
            if number == self._asked:
                where, name, framework = (str(body[n]) for n in ("where", "name", "framework"))
                self.spec = ModelSpec(SpecKind(body["kind"]), where, name, framework, text)
                self._known_there = {"folder": body["isFolder"], "config": body["hasConfig"]}
                self._looked_there(there, number)

        def failure(sentence: str) -> None:
            if number == self._asked:
                self.spec = _module(text)
                self._sentence = "" if self.spec is not None else sentence
                self._looked_there(there, number)

        if text:
            there.ask(SPEC, {"spec": text, "cwd": self.folder}, answer, failure)
        else:
            self._looked_there(there, number)

    def _looked_there(self, there: HostLook, number: int) -> None:
        self.asking = False
        spec = self.spec
        file = spec.where if spec is not None and spec.kind is SpecKind.FILE else ""
        if not file or file == self._file:
            if not file:
                self._file = ""
                self._list_entries(FileContents())
            self._refresh()
            return
        self._file = file
        name = posixpath.basename(file)

        def answer(_body: dict[str, Any], data: bytes) -> None:
            if number == self._asked:
                self._take_contents(file, entries_of(name, data))

        def failure(sentence: str) -> None:
            if number == self._asked:
                self._take_contents(file, FileContents(problem=sentence))

        there.ask(FILE, {"path": file, "first": 0, "count": MOST_SOURCE}, answer, failure)
        self._refresh()

    def _source_file(self) -> str:
        spec = self.spec
        if spec is None or spec.kind is SpecKind.ARTEFACT:
            return ""
        if spec.kind is SpecKind.FILE:
            return spec.where
        base = Path(self.folder, *spec.where.split("."))
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
        self.contents = contents
        typed = self.entry.currentText().strip()
        self.entry.blockSignals(True)
        self.entry.clear()
        for found in contents.entries:
            self.entry.addItem(theme.icon(_entry_icon(found), "text3"), found.name)
        likely = [found.name for found in contents.entries if found.score > 0]
        if not self.takes_name:
            typed, likely = "", []
        self.entry.setCurrentText(typed or (likely[0] if likely else ""))
        self.entry.blockSignals(False)
        self.listed.emit()
        self._refresh()

    def _refresh(self) -> None:
        problem = self._sentence or self.contents.problem
        say(self.about, problem or self._what(), "error" if problem else "text3")
        found, name = self.found(), self.entry.currentText().strip()
        about = "" if found is None else f"Line {found.line}: {found.about}"
        if found is None and name and self.contents.entries:
            about = "Not found in the file's text; it is looked up when the model is opened."
        say(self.entry_about, about)
        self.changed.emit()

    def found(self) -> FileEntry | None:
        """What is known of the chosen name."""
        name = self.entry.currentText().strip()
        return next((entry for entry in self.contents.entries if entry.name == name), None)

    @property
    def frameworks(self) -> frozenset[str]:
        """That the model needs, as far as that is known."""
        spec = self.spec
        named = spec.framework if spec is not None else ""
        return self.contents.frameworks or frozenset({named} - {""})

    def _what(self) -> str:
        spec = self.spec
        if spec is None:
            return ""
        if spec.kind is SpecKind.ARTEFACT:
            is_folder = self._fact("folder", Path.is_dir)
            kind = "folder" if is_folder else "file"
            return f"{_SHOWN.get(spec.framework, 'A saved')} model {kind}"
        names = [_SHOWN[name] for name in sorted(self.contents.frameworks)]
        return f"Python code with {' and '.join(names)}" if names else "Python code"

    @property
    def risky(self) -> bool:
        """Opening it can run code."""
        spec = self.spec
        if spec is None or spec.kind is not SpecKind.ARTEFACT:
            return False
        has_config = self._fact("config", lambda path: (path / "config.json").exists())
        return Path(spec.where).suffix.lower() in _RISKY or has_config

    def _fact(self, name: str, find: Callable[[Path], bool]) -> bool:
        """Of the path that the spec names: as the host has told, or as it is found here."""
        if self.there is not None:
            return self._known_there.get(name, False)
        return self.spec is not None and find(Path(self.spec.where))

    @property
    def is_keras(self) -> bool:
        """It may need classes of the user's."""
        return self.spec is not None and self.spec.where.lower().endswith(_KERAS)

    @property
    def takes_name(self) -> bool:
        """Saved models and samples are whole; code has names in it."""
        whole = self.spec is not None and self.spec.kind is SpecKind.ARTEFACT
        return not whole and not self.where.text().strip().startswith(_SAMPLE)

    def problem(self) -> str:
        """What keeps the model from being opened, in a sentence; "" if nothing does."""
        if not self.where.text().strip():
            return "Choose a file or folder, or write a module's name."
        if self.asking and self.there is not None:
            return f"Looking on {self.there.host.name}…"
        if self._sentence:
            return "The model is not found."
        spec, name = self.spec, self.entry.currentText().strip()
        found = self.found()
        if spec is not None and spec.kind is SpecKind.MODULE and not name:
            return "Write which name in the module is the model."
        if found is not None and found.score < 0:
            return f"{found.name} {found.about.partition(', ')[2]}; write a function that makes it."
        if name and not all(part.isidentifier() for part in name.split(".")):
            return f'"{name}" is no name.'
        return ""

    def text(self) -> str:
        """The model as it is written after the command."""
        text, name = self.where.text().strip(), self.entry.currentText().strip()
        return f"{text}:{name}" if name and self.takes_name else text

    def stop(self) -> None:
        """Leave nothing running."""
        self._asked += 1
        self._wait.stop()
        self._pool.waitForDone()


def _module(text: str) -> ModelSpec | None:
    """A dotted module's name, which is complete only with a name in it."""
    dotted = "/" not in text and os.sep not in text and not text.endswith(".py")
    if dotted and all(part.isidentifier() for part in text.split(".")):
        return ModelSpec(SpecKind.MODULE, text, "", "", text)
    return None


def _entry_icon(entry: FileEntry) -> str:
    icons = {"instance": "box", "factory": "play", "class": "boxes", "tf.function": "repeat"}
    return icons.get(entry.kind, "square-function")
