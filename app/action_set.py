"""The registry's rows as Qt actions of one window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ..widgets import theme
from .actions import MENUS, Action, all_actions, find
from .commands import Commands, When

# On many keyboards "+" needs Shift.
_ALSO = {"Ctrl++": ("Ctrl+=",)}


def key_text(key: str) -> str:
    """A shortcut as it is shown, "Ctrl Shift F5"."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    if text.endswith("++"):
        return text[:-2].replace("+", " ") + " +"
    return text.replace("+", " ")


class ActionSet(QObject):
    """Owns a window's QActions, and enables them by the session's facts."""

    def __init__(self, window: QWidget, commands: Commands) -> None:
        super().__init__(window)
        self._commands = commands
        self._actions: dict[str, QAction] = {}
        for row in all_actions():
            self._actions[row.id] = self._make(row, window)
        self.show_facts(When.ALWAYS)
        self._tint()
        theme.hub().changed.connect(self._tint)

    def _make(self, row: Action, window: QWidget) -> QAction:
        action = QAction(f"{row.text}\t{row.key}" if row.local else row.text, self)
        action.setObjectName(row.id)
        action.setIconText(row.label or row.plain.rstrip("…"))
        if row.key and not row.local:
            action.setShortcuts([QKeySequence(key) for key in (row.key, *_ALSO.get(row.key, ()))])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        name = row.label or row.plain.rstrip("…")
        action.setToolTip(f"{name}  {key_text(row.key)}" if row.key else name)
        action.setStatusTip(row.help)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(partial(self._run, row))
        window.addAction(action)
        return action

    def _run(self, row: Action) -> None:
        row.run(self._commands)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._actions

    def trigger(self, action_id: str) -> None:
        """Carry out an action if it is enabled."""
        self._actions[action_id].trigger()

    def show_facts(self, facts: When) -> None:
        """Enable what makes sense."""
        for name, action in self._actions.items():
            action.setEnabled(bool(find(name).when & facts))

    def enabled(self) -> Iterator[Action]:
        """The rows that can be carried out now."""
        return (find(name) for name, action in self._actions.items() if action.isEnabled())

    def fill(self, bar: QMenuBar) -> None:
        """Build the menus."""
        for title in MENUS:
            rows = [row for row in all_actions() if row.menu == title]
            self._menu(bar.addMenu(f"&{title}"), rows)

    def _menu(self, menu: QMenu, rows: list[Action]) -> None:
        places = {"": menu}
        groups: dict[str, int] = {}
        for row in rows:
            outer = "" if row.submenu not in places else row.submenu
            if groups.setdefault(outer, row.group) != row.group:
                places[outer].addSeparator()
                groups[outer] = row.group
            if row.submenu not in places:
                places[row.submenu] = menu.addMenu(row.submenu)
                groups[row.submenu] = row.group
            places[row.submenu].addAction(self._actions[row.id])

    def _tint(self) -> None:
        dark = theme.theme() is theme.DARK
        for name, action in self._actions.items():
            row = find(name)
            if name == "view.theme":
                action.setIcon(theme.icon("sun" if dark else "moon", "text2"))
            elif row.icon:
                action.setIcon(theme.icon(row.icon, "text2"))
