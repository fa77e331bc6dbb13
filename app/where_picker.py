"""Picks the machine that a model is on: this computer, or a host."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from ..widgets import theme
from .form_parts import in_a_row, say
from .host_dialog import HostDialog
from .host_look import HostLook
from .remote.host import Host
from .remote.hosts import BadHosts, read_hosts, write_hosts

_HERE = "This computer"
_ANOTHER = "Another machine…"


class WherePicker(QWidget):
    """Attributes:
        look: the connection to the host that is picked, None for this computer.

    Signals:
        changed: another machine is picked; `look` is new.
        told: how the connection stands is new.
    """

    changed = Signal()
    told = Signal()

    def __init__(self, host: Host | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look: HostLook | None = None
        self._hosts: list[Host] = []
        self._picked = 0
        self.box = QComboBox()
        self.box.setAccessibleName("Where")
        self.edit = QPushButton("Edit…")
        self.edit.clicked.connect(self._edit)
        self.note = QLabel()
        self.note.setFont(theme.ui_font(11))
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(in_a_row(self.box, self.edit))
        column.addWidget(self.note)
        say(self.note, "")
        try:
            self._hosts = list(read_hosts())
        except BadHosts as error:
            say(self.note, str(error), "error")
        if host is not None and host not in self._hosts:
            self._hosts.append(host)
        self._fill(1 + self._hosts.index(host) if host is not None else 0)
        self.box.currentIndexChanged.connect(self._pick)
        if host is not None:
            self._connect()

    @property
    def host(self) -> Host | None:
        """The one that is picked."""
        return self._hosts[self._picked - 1] if self._picked else None

    @property
    def problem(self) -> str:
        """Why nothing can be opened there, "" where it may be."""
        if self.look is None or self.look.standing:
            return ""
        return self.look.failure or f"Connecting to {self.look.host.name}…"

    def stop(self) -> None:
        """Let go of the host."""
        look, self.look = self.look, None
        if look is not None:
            look.stop()
            look.deleteLater()

    def pick(self, number: int) -> None:
        """Choose a row: 0 is this computer."""
        self.box.setCurrentIndex(number)

    def _fill(self, picked: int) -> None:
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItem(theme.icon("monitor", "text3"), _HERE)
            for host in self._hosts:
                also = f"   {host.address}" if host.name != host.address else ""
                self.box.addItem(theme.icon("network", "text3"), f"{host.name}{also}")
            self.box.addItem(theme.icon("plus", "text3"), _ANOTHER)
            self.box.setCurrentIndex(picked)
        self._picked = picked
        self.edit.setEnabled(picked > 0)

    def _pick(self, number: int) -> None:
        if number > len(self._hosts):
            self._ask(None)
        else:
            self._go_to(number)

    def _go_to(self, number: int) -> None:
        self._fill(number)
        self.stop()
        self._connect()
        self.changed.emit()

    def _connect(self) -> None:
        host = self.host
        say(self.note, "")
        if host is None:
            return
        self.look = HostLook(host, parent=self)
        self.look.told.connect(self._tell)
        self.look.ready.connect(self.told)
        self.look.start()

    def _tell(self, text: str) -> None:
        failed = self.look is not None and bool(self.look.failure)
        say(self.note, text, "error" if failed else "text3")
        self.told.emit()

    def _edit(self) -> None:
        self._ask(self.host)

    def _ask(self, host: Host | None) -> None:
        """Another host, or other facts of this one."""
        others = frozenset(other.name for other in self._hosts if other is not host)
        dialog = HostDialog(host, others, self)
        dialog.accepted.connect(lambda: self._take(dialog, host))
        dialog.rejected.connect(lambda: self._fill(self._picked))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, dialog: HostDialog, before: Host | None) -> None:
        at = len(self._hosts) if before is None else self._hosts.index(before)
        self._hosts[at : at + 1] = [] if dialog.removed else [dialog.host()]
        self._go_to(0 if dialog.removed else at + 1)
        try:
            write_hosts(self._hosts)
        except OSError as error:
            say(self.note, f"The hosts could not be saved: {error.strerror or error}.", "error")
