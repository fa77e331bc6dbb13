"""Names for the indices of an axis, as the user lists them: tokens, classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..theme import mono_font

Labels = dict[int, tuple[str, ...]]  # by the number of the axis
_LARGEST = 8 << 20


def read_labels(text: str) -> tuple[str, ...]:
    """A JSON list, or one label a line; empty lines at the end do not count.

    Raises:
        ValueError: a sentence; the text looks like JSON and is none.
    """
    text = text.strip("\n")
    if text.lstrip().startswith("["):
        try:
            found: Any = json.loads(text)
        except ValueError:
            if "\n" in text.strip():
                return tuple(text.split("\n"))  # tokens like [CLS]
            raise ValueError("This begins like a JSON list, and is none.") from None
        if isinstance(found, list):
            return tuple(str(item) for item in cast("list[Any]", found))
    return tuple(text.split("\n")) if text.strip() else ()


class KnownLabels:
    """What the user has listed, by the axis's name and length: other values have such axes too."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[str, ...]] = {}

    def of(self, shape: tuple[int, ...], names: tuple[str, ...]) -> Labels:
        """Of a value's axes."""
        pairs = enumerate(zip(names, shape, strict=True))
        return {axis: self._known[pair] for axis, pair in pairs if pair in self._known}

    def put(self, name: str, extent: int, labels: tuple[str, ...]) -> None:
        """Label an axis; () takes the labels off."""
        if labels:
            self._known[name, extent] = labels
        else:
            self._known.pop((name, extent), None)


class LabelDialog(QDialog):
    """Asks for the labels of one axis.

    Signals:
        given: (axis, tuple of labels); () for none.
    """

    given = Signal(int, object)

    def __init__(
        self, shape: tuple[int, ...], names: tuple[str, ...], known: Labels, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Label an axis")
        self._shape, self._known = shape, known
        self.axis = QComboBox(self)
        self.axis.setAccessibleName("Axis")
        for name, extent in zip(names, shape, strict=True):
            self.axis.addItem(f"{name}, {extent:,} elements")
        self.text = QPlainTextEdit(self)
        self.text.setFont(mono_font(11))
        self.text.setAccessibleName("Labels")
        self.text.setPlaceholderText("One label a line, or a JSON list")
        self.text.setTabChangesFocus(True)
        self.words = QLabel(self)
        load = QPushButton("Read a file…", self)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        column = QVBoxLayout(self)
        for part in (self.axis, self.text, load, self.words, self.buttons):
            column.addWidget(part)
        self.axis.currentIndexChanged.connect(self._show_axis)
        self.text.textChanged.connect(self._tell)
        load.clicked.connect(self._load)
        self.buttons.accepted.connect(self._give)
        self.buttons.rejected.connect(self.reject)
        labelled = [axis for axis, extent in enumerate(shape) if extent > 1]
        self.axis.setCurrentIndex(min(known, default=labelled[-1] if labelled else 0))
        self._show_axis()

    def _show_axis(self) -> None:
        self.text.setPlainText("\n".join(self._known.get(self.axis.currentIndex(), ())))
        self._tell()

    def _tell(self) -> None:
        extent = self._shape[self.axis.currentIndex()]
        try:
            many = len(read_labels(self.text.toPlainText()))
        except ValueError as error:
            self._allow(str(error), False)
            return
        fits = many in (0, extent)
        words = "No labels: indices alone are shown." if not many else f"{many:,} labels."
        if not fits:
            words = f"{many:,} labels, and the axis has {extent:,} elements."
        self._allow(words, fits)

    def _allow(self, words: str, allowed: bool) -> None:
        self.words.setText(words)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(allowed)

    def _load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Labels", "", "Text (*.txt *.json);;All (*)")
        if not path:
            return
        try:
            if Path(path).stat().st_size > _LARGEST:
                self.words.setText(f"{Path(path).name} is too large for a list of labels.")
                return
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.words.setText(f"{Path(path).name} could not be read: {error}.")
            return
        self.text.setPlainText(text)

    def _give(self) -> None:
        labels = read_labels(self.text.toPlainText())
        self.given.emit(self.axis.currentIndex(), labels)
        self.accept()
