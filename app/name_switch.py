"""The switch that groups layers by their names: remembered, and in the View menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow


class NameSwitch(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._settings = window.store.settings
        self._graph = bench.graph
        self._action = window.actions_["view.group_by_name"]
        self._action.setCheckable(True)
        self._show(self._settings.group_by_name)

    def toggle(self) -> None:
        """Group, or no longer."""
        self._show(not self._graph.by_name)

    def _show(self, by_name: bool) -> None:
        self._settings.group_by_name = by_name
        self._action.setChecked(by_name)
        self._graph.set_by_name(by_name)
