"""The registry of commands: what a row says, and which rows there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .commands import COMPARISON, Commands, When

MENUS = ("File", "Edit", "View", "Run", "Compare", "Help")


@dataclass(frozen=True, slots=True)
class Action:
    """One command.

    Attributes:
        id: stable name, "menu.what".
        text: as in the menu; "&" marks the access key, "…" that it asks further.
        when: facts, any of which enables it.
        key: Qt's portable text of the shortcut, "" for none.
        icon: Lucide name, "" for none.
        menu: one of MENUS.
        group: actions of one menu in different groups have a line between them.
        label: on the toolbar; the plain text if empty.
        submenu: the submenu that it stands in, "" for none.
        local: the key acts only in the pane that binds it; the window does not.
        help: one sentence for tooltip and help page.
    """

    id: str
    text: str
    menu: str
    run: Callable[[Commands], None]
    when: When = When.ALWAYS
    key: str = ""
    icon: str = ""
    group: int = 0
    label: str = ""
    local: bool = False
    submenu: str = ""
    help: str = ""

    @property
    def plain(self) -> str:
        """The text without its access key."""
        return _plain(self.text)

    @property
    def title(self) -> str:
        """The plain text with its submenu's: what it is called where there are no menus."""
        return f"{_plain(self.submenu)}: {self.plain}" if self.submenu else self.plain


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


_rows: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Add a row.

    Raises:
        ValueError: its id is taken, or its key by a row that can be enabled with it, or there is no
            such menu.
    """
    if action.id in _rows:
        raise ValueError(f"action {action.id} is registered twice")
    if action.menu not in MENUS:
        raise ValueError(f"action {action.id}: there is no menu {action.menu}")
    if action.key:
        for other in _rows.values():
            if other.key == action.key and _together(other.when, action.when):
                raise ValueError(f"{action.key} belongs to {other.id} and {action.id}")
    _rows[action.id] = action
    return action


def _together(one: When, other: When) -> bool:
    """Both can be enabled at once; what is done with a run cannot be while a comparison is shown,
    nor the reverse."""
    beside = When.ALWAYS | COMPARISON
    return bool(one & beside and other & beside) or bool(one & ~COMPARISON and other & ~COMPARISON)


def all_actions() -> tuple[Action, ...]:
    """Every row, in the order of the menus."""
    return tuple(sorted(_rows.values(), key=lambda row: (MENUS.index(row.menu), row.group)))


def find(action_id: str) -> Action:
    """The row with this id; KeyError if there is none."""
    return _rows[action_id]
