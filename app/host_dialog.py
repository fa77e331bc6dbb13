"""Asks how a machine is reached, and how models run there."""

from __future__ import annotations

import shlex

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .form_parts import say
from .remote.host import Host

_ABOUT = (
    "Opscope logs in with ssh and its keys, opens no port and installs nothing: its own Python"
    " files are sent to ~/.cache/opscope there. The machine needs Python 3.10 or newer, NumPy, and"
    " the model's framework."
)


class HostDialog(QDialog):
    """`exec()`, then `host()`.

    Attributes:
        removed: the user wants it forgotten.
    """

    def __init__(
        self, host: Host | None, taken: frozenset[str], parent: QWidget | None = None
    ) -> None:
        """`taken`: names of the other hosts."""
        super().__init__(parent)
        self.removed = False
        self._taken = taken
        begun = host or Host("", "")
        self.setWindowTitle("Host")
        self.setMinimumWidth(560)
        self.address = QLineEdit(begun.address)
        self.address.setPlaceholderText("user@machine")
        self.name = QLineEdit("" if begun.name == begun.address else begun.name)
        self.name.setPlaceholderText("the address")
        self.python = QLineEdit(begun.python)
        self.python.setPlaceholderText("the first that is 3.10 or newer")
        self.folder = QLineEdit(begun.folder)
        self.folder.setPlaceholderText("the home folder")
        self.activation = QLineEdit(begun.activation)
        self.activation.setPlaceholderText("source ~/miniforge3/bin/activate ml")
        self.options = QLineEdit(shlex.join(begun.options))
        self.options.setPlaceholderText("-J gateway -p 2222")
        self.environment = QPlainTextEdit("\n".join("=".join(pair) for pair in begun.environment))
        self.environment.setPlaceholderText("CUDA_VISIBLE_DEVICES=0")
        self.environment.setTabChangesFocus(True)
        self.environment.setFixedHeight(72)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(kinds.Ok).setProperty("kind", "primary")
        if host is not None:
            role = QDialogButtonBox.ButtonRole.DestructiveRole
            self.buttons.addButton("Forget", role).clicked.connect(self._remove)
        for field in (self.address, self.name, self.options):
            field.textChanged.connect(self._check)
        self.environment.textChanged.connect(self._check)
        self._lay_out()
        self._check()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("Address", self.address),
            ("Name", self.name),
            ("Interpreter", self.python),
            ("Working folder", self.folder),
            ("Activation", self.activation),
            ("Environment", self.environment),
            ("Options for ssh", self.options),
        ):
            label = QLabel(name)
            label.setFixedHeight(30)
            field.setAccessibleName(name)
            form.addRow(label, field)
        title = QLabel("Host")
        title.setFont(theme.ui_font(14, 600))
        about = QLabel(_ABOUT)
        about.setProperty("kind", "text3")
        about.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        for widget in (title, about):
            column.addWidget(widget)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)

    def host(self) -> Host:
        """What was written. Raises ValueError where ssh's options are no words."""
        address = self.address.text().strip()
        lines = [line for line in self.environment.toPlainText().splitlines() if line.strip()]
        pairs = (line.strip().partition("=") for line in lines)
        return Host(
            name=self.name.text().strip() or address,
            address=address,
            python=self.python.text().strip(),
            folder=self.folder.text().strip(),
            environment=tuple((name, value) for name, _, value in pairs),
            activation=self.activation.text().strip(),
            options=tuple(shlex.split(self.options.text())),
        )

    def _check(self) -> None:
        try:
            host = self.host()
        except ValueError as error:
            wrong = f"The options for ssh cannot be read: {error}."
        else:
            wrong = host.problem()
            if not wrong and host.name in self._taken:
                wrong = f"There is a host called {host.name} already."
        empty = not self.address.text().strip()
        say(self.problem, wrong, "text3" if empty else "error")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)

    def _remove(self) -> None:
        self.removed = True
        self.accept()
