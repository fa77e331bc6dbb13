"""The menu of an op, a module or a value: the registry's commands that act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from ..tracers.ir import Selection
from ..widgets.pane import Pane

if TYPE_CHECKING:
    from .main_window import MainWindow

# Ids of the registry, a line between the groups. What there is no row for is left out.
GROUPS = (
    ("run.to_here", "run.rewind"),
    ("edit.value", "edit.keep"),
    ("run.breakpoint",),
)


class ContextMenu(QObject):
    """Opens where a pane asks for it; what it is opened on is selected first."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def serve(self, pane: Pane) -> None:
        """Open the menu where this pane asks for one."""
        pane.menu_wanted.connect(self._open)

    def menu_for(self, selection: Selection) -> QMenu:
        """Select something; its menu."""
        self._window.workbench.select(selection)
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions = self._window.actions_
        for number, group in enumerate(GROUPS):
            if number:
                menu.addSeparator()
            menu.addActions([actions[name] for name in group if name in actions])
        return menu

    def _open(self, selection: Selection, at: QPoint) -> None:
        if not selection.empty:
            self.menu_for(selection).popup(at)
