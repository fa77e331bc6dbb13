"""Picks the Python that runs the model."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..tracers.protocol.host_messages import PYTHONS
from ..tracers.protocol.pythons import Interpreter, candidates
from ..widgets import theme
from .form_parts import in_a_row, say
from .host_browser import choose_there
from .host_look import HostLook, HostProber
from .interpreters import Prober


class InterpreterPicker(QWidget):
    """A list of Pythons with what each has installed; asked in the background.

    Signals:
        changed: another one is picked, or more is known of it.
    """

    changed = Signal()

    def __init__(self, python: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: dict[str, Interpreter] = {}
        self._frameworks: frozenset[str] = frozenset()
        self.box = QComboBox()
        self.box.setAccessibleName("Interpreter")
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(30)
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose)
        self.note = QLabel()
        self.note.setFont(theme.ui_font(11))
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(in_a_row(self.box, choose))
        column.addWidget(self.note)
        self._look: HostLook | None = None
        self._own = sys.executable
        self._near = ""
        self.prober: Prober | HostProber = Prober(self)
        self.prober.answered.connect(self._answered)
        self._wanted = python or self._own
        self._add([self._wanted])
        self.box.setCurrentIndex(self.box.findData(self._wanted))
        self.box.currentIndexChanged.connect(self._picked)
        self._tell()

    def look_near(self, path: str) -> None:
        """Offer the Pythons of the machine, those near the model first."""
        self._near = path
        look = self._look
        if look is None:
            self._add(candidates(path))
            return

        def answer(body: dict[str, Any], _data: bytes) -> None:
            if self._look is look:
                self._list_there(str(body["own"]), [str(each) for each in body["paths"]])

        look.ask(PYTHONS, {"near": path}, answer, lambda why: say(self.note, why, "error"))

    def look_on(self, look: HostLook | None, python: str = "") -> None:
        """Offer the Pythons of another machine, None for this one."""
        self.prober.stop()
        self._look, self._own = look, sys.executable if look is None else ""
        self.prober = Prober(self) if look is None else HostProber(look, self)
        self.prober.answered.connect(self._answered)
        self._known.clear()
        self._wanted = python or self._own
        with QSignalBlocker(self.box):
            self.box.clear()
        if look is None:
            self._add([self._wanted])
            self.box.setCurrentIndex(0)
            self.look_near(self._near)
        self._tell()

    def _list_there(self, own: str, paths: list[str]) -> None:
        """`own` is the one that runs where none is picked."""
        first = not self._own
        self._own = own
        self._add(dict.fromkeys(path for path in (self._wanted, own, *paths) if path))
        if first:
            self.box.setCurrentIndex(self.box.findData(self._wanted or own))

    def want(self, frameworks: Iterable[str]) -> None:
        """Frameworks that the model's file imports."""
        self._frameworks = frozenset(frameworks)
        self._tell()
        self.changed.emit()

    def stop(self) -> None:
        """End what is still being asked."""
        self.prober.stop()

    def python(self) -> str:
        """The picked one, "" for the program's own."""
        path = str(self.box.currentData())
        return "" if self.box.currentIndex() < 0 or path == self._own else path

    def problem(self) -> str:
        """Why the picked one cannot run a model, "" if it can or is not known yet."""
        found = self._known.get(str(self.box.currentData()))
        return found.problem if found is not None else ""

    def _add(self, paths: Iterable[str]) -> None:
        fresh = [path for path in paths if self.box.findData(path) < 0]
        with QSignalBlocker(self.box):
            for path in fresh:
                self.box.addItem(self._short(path), path)
        self.prober.ask(fresh)

    def _answered(self, found: Interpreter) -> None:
        self._known[found.path] = found
        index = self.box.findData(found.path)
        twin = any(
            other.path != found.path and other.prefix == found.prefix
            for other in self._known.values()
            if found.prefix
        )
        hopeless = not found.version or twin
        with QSignalBlocker(self.box):
            if hopeless and index != self.box.currentIndex():
                self.box.removeItem(index)
            else:
                self.box.setItemText(index, f"{found.text}   {self._short(found.path)}")
        self._tell()
        self.changed.emit()

    def _picked(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        found = self._known.get(str(self.box.currentData()))
        lacks = found.lacks(self._frameworks) if found is not None else ""
        if found is None and self.box.currentIndex() < 0:
            say(self.note, "")
        elif found is None:
            say(self.note, "Asking what it has installed…")
        elif found.problem:
            say(self.note, found.problem, "error")
        else:
            say(self.note, lacks, "warn")

    def _choose(self) -> None:
        look = self._look
        if look is not None:
            path = choose_there(
                look, os.path.dirname(str(self.box.currentData() or "")), False, self
            )
            if path:
                self.pick(path)
            return
        path, _ = QFileDialog.getOpenFileName(
            self, "Python Interpreter", str(self.box.currentData())
        )
        if path:
            self.pick(path)

    def pick(self, path: str) -> None:
        """Choose a Python by its path."""
        self._add([path])
        self.box.setCurrentIndex(self.box.findData(path))

    def _short(self, path: str) -> str:
        return path if self._look is not None else _short(path)


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path
