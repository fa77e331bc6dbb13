"""Chooses a file or a folder on a host."""

from __future__ import annotations

import posixpath
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..tracers.protocol.host_messages import FOLDER
from ..widgets import theme
from ..widgets.tensor.formatting import size_text
from .form_parts import say
from .host_look import HostLook

_IS_FOLDER = Qt.ItemDataRole.UserRole + 1


class HostBrowser(QDialog):
    """`exec()`, then `path`.

    Attributes:
        path: what was chosen, "" for nothing.
    """

    def __init__(
        self, look: HostLook, near: str, folders: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.path = ""
        self._look = look
        self._folders = folders
        self._folder = ""
        self._asked = 0
        what = "Folder" if folders else "File"
        self.setWindowTitle(f"{what} on {look.host.name}")
        self.resize(620, 520)
        self.line = QLineEdit()
        self.line.setAccessibleName("Folder")
        self.line.returnPressed.connect(lambda: self.go_to(self.line.text()))
        self.above = QPushButton("Up")
        self.above.setIcon(theme.icon("arrow-up", "text2"))
        self.above.clicked.connect(self.go_up)
        home = QPushButton("Home")
        home.clicked.connect(lambda: self.go_to("~"))
        self.rows = QListWidget()
        self.rows.setAccessibleName("Files")
        self.rows.itemActivated.connect(self._activate)
        self.rows.itemSelectionChanged.connect(self._show_choice)
        self.note = QLabel()
        self.note.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Cancel)
        self.choose = QPushButton("Choose")
        self.buttons.addButton(self.choose, QDialogButtonBox.ButtonRole.AcceptRole)
        self.choose.setProperty("kind", "primary")
        self.buttons.accepted.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        for button in (self.above, home, self.choose, self.buttons.button(kinds.Cancel)):
            button.setAutoDefault(False)  # Return is the line's and the list's
        self._lay_out(home)
        self.go_to(near or "~")

    def _lay_out(self, home: QPushButton) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.above)
        row.addWidget(home)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(row)
        column.addWidget(self.rows, 1)
        column.addWidget(self.note)
        column.addWidget(self.buttons)

    def go_to(self, path: str) -> None:
        """List a folder; of several that are asked for the last one counts."""
        self._asked += 1
        number = self._asked
        say(self.note, "Looking…")

        def answer(body: dict[str, Any], _data: bytes) -> None:
            if number == self._asked:
                self._show(body)

        def failure(sentence: str) -> None:
            if number == self._asked:
                self._refuse(path, sentence)

        self._look.ask(FOLDER, {"path": path}, answer, failure)

    def go_up(self) -> None:
        """List the folder around this one."""
        self.go_to(posixpath.dirname(self._folder) or "/")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Backspace in the list goes up."""
        if event.key() == Qt.Key.Key_Backspace and self.rows.hasFocus():
            self.go_up()
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Late answers are of no interest."""
        self._asked += 1
        super().done(result)

    def _refuse(self, path: str, sentence: str) -> None:
        say(self.note, sentence, "error")
        if (
            not self._folder and path != "~"
        ):  # nothing is listed yet: begin where there is something
            self.go_to("~")

    def _show(self, body: dict[str, Any]) -> None:
        self._folder = str(body["path"])
        self.line.setText(self._folder)
        say(self.note, "")
        self.rows.clear()
        for name, is_folder, size in sorted(body["rows"], key=_is_hidden):
            if self._folders and not is_folder:
                continue
            shown = name if is_folder else f"{name}   {size_text(size)}"
            item = QListWidgetItem(theme.icon("folder" if is_folder else "file", "text3"), shown)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setData(_IS_FOLDER, is_folder)
            self.rows.addItem(item)
        if not self.rows.count():
            say(self.note, "Nothing is in this folder.")
        self.above.setEnabled(self._folder != "/")
        self.rows.setFocus()
        self._show_choice()

    def _pointed(self) -> tuple[str, bool]:
        """The row's path, and whether it is a folder; the folder itself where none is selected."""
        picked = self.rows.selectedItems()
        if not picked:
            return self._folder, True
        item = picked[0]
        name = str(item.data(Qt.ItemDataRole.UserRole))
        return posixpath.join(self._folder, name), bool(item.data(_IS_FOLDER))

    def _show_choice(self) -> None:
        path, is_folder = self._pointed()
        self.choose.setText("Open" if is_folder and not self._folders else "Choose")
        self.choose.setEnabled(bool(path) and (self._folders or path != self._folder))

    def _activate(self, _item: QListWidgetItem) -> None:
        path, is_folder = self._pointed()
        if is_folder:
            self.go_to(path)
        else:
            self._choose()

    def _choose(self) -> None:
        path, is_folder = self._pointed()
        if is_folder and not self._folders:
            self.go_to(path)
            return
        self.path = path
        self.accept()


def _is_hidden(row: tuple[str, bool, int]) -> bool:
    """Such rows come last."""
    return row[0].startswith(".")


def choose_there(look: HostLook, near: str, folders: bool, parent: QWidget) -> str:
    """Let the user choose; "" for nothing."""
    browser = HostBrowser(look, near, folders, parent)
    browser.exec()
    path = browser.path
    browser.deleteLater()
    return path
