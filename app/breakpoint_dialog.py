"""Asks for a breakpoint on ops of a type, or on a module."""

from __future__ import annotations

import fnmatch

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Breakpoint, BreakpointKind, Graph
from ..widgets import theme

_KINDS = (
    ("Every op of a type", BreakpointKind.TYPE, "softmax, conv*, …"),
    ("A module, as it is entered", BreakpointKind.MODULE, "h.5.attn, layer?.0, …"),
)


class BreakpointDialog(QDialog):
    """A kind and a pattern; tells how many ops or modules of this graph it names."""

    def __init__(self, graph: Graph, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add Breakpoint")
        self.setMinimumWidth(420)
        self._types = [op.type for op in graph.ops]
        self._paths = [scope.path for scope in graph.scopes if scope.path]
        self.kind = QComboBox()
        self.kind.addItems([text for text, _, _ in _KINDS])
        self.pattern = QLineEdit()
        self.told = QLabel(wordWrap=True)
        self.told.setProperty("kind", "text3")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        title = QLabel("Add breakpoint")
        title.setFont(theme.ui_font(14, 600))
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(10)
        form.addRow("Stop at", self.kind)
        form.addRow("Pattern", self.pattern)
        form.addRow("", self.told)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(self.buttons)
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setProperty("kind", "primary")
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.pattern.textChanged.connect(self._tell)
        self._kind_changed(0)
        self.pattern.setFocus()

    def breakpoint(self) -> Breakpoint:
        """What was asked for."""
        kind, text = _KINDS[self.kind.currentIndex()][1], self.pattern.text().strip()
        label = f"any {text}" if kind is BreakpointKind.TYPE else f"into {text}"
        return Breakpoint(kind, text, label)

    def _names(self) -> list[str]:
        of_type = _KINDS[self.kind.currentIndex()][1] is BreakpointKind.TYPE
        return self._types if of_type else self._paths

    def _kind_changed(self, index: int) -> None:
        self.pattern.setPlaceholderText(_KINDS[index][2])
        completer = QCompleter(sorted(set(self._names())), self.pattern)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.pattern.setCompleter(completer)
        self._tell()

    def _tell(self) -> None:
        text = self.pattern.text().strip()
        found = sum(fnmatch.fnmatchcase(name, text) for name in self._names()) if text else 0
        noun = "op" if self._names() is self._types else "module call"
        plural = "" if found == 1 else "s"
        self.told.setText(
            f"{found} {noun}{plural} in this graph." if text else "* and ? stand for any letters."
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(text))
