"""Tells how an editor comes to the window's session."""

from __future__ import annotations

import json
import shlex
import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .form_parts import say

_WHAT = (
    "The editor sees the same stops and values. Breakpoints on lines that are set in either appear"
    " in both, and either may step. Whoever closes first leaves the other as it is."
)
_FONT = 11


class JoinDialog(QDialog):
    """For the socket where this session is joined."""

    def __init__(self, socket: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Connect an Editor")
        self.setMinimumWidth(620)
        title = QLabel("Connect an editor")
        title.setFont(theme.ui_font(14, 600))
        what = QLabel(_WHAT)
        what.setWordWrap(True)
        self.configuration = self._text("Launch configuration for VS Code", configuration(socket))
        self.command = self._text("Adapter command", command(socket))
        self.others = QLabel()
        self.others.setFont(theme.ui_font(_FONT))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(what)
        self._add(column, "VS Code, in .vscode/launch.json:", self.configuration)
        words = "Any other editor: its adapter for this session, with the request “attach”:"
        self._add(column, words, self.command)
        column.addWidget(self.others)
        column.addWidget(buttons)
        self.show_others(0)

    def show_others(self, count: int) -> None:
        """How many have come."""
        words = {0: "Nobody has joined yet.", 1: "One client has joined."}
        say(self.others, words.get(count, f"{count} clients have joined."))

    def _text(self, name: str, text: str) -> QPlainTextEdit:
        shown = QPlainTextEdit(text)
        shown.setReadOnly(True)
        shown.setAccessibleName(name)
        shown.setTabChangesFocus(True)
        shown.setFont(theme.mono_font(_FONT))
        shown.setFixedHeight(shown.fontMetrics().lineSpacing() * (text.count("\n") + 1) + 20)
        return shown

    def _add(self, column: QVBoxLayout, words: str, text: QPlainTextEdit) -> None:
        label = QLabel(words)
        label.setBuddy(text)
        copy = QPushButton("Copy")
        copy.setAccessibleName(f"Copy: {text.accessibleName()}")
        copy.setIcon(theme.icon("copy", "text2"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
        row = QHBoxLayout()
        row.addWidget(label, 1)
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(row)
        column.addWidget(text)


def configuration(socket: str) -> str:
    """For VS Code."""
    row = {"type": "opscope", "request": "attach", "name": "Join the window", "join": socket}
    return json.dumps(row, indent=2)


def command(socket: str) -> str:
    """For editors that are told an adapter's command."""
    return shlex.join([sys.executable, "-m", "opscope", "adapter", "--join", socket])
