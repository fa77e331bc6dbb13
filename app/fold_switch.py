"""The switch that folds shape ops: remembered, and in the View menu as in the strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow


class FoldSwitch(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._settings = window.store.settings
        self._action = window.actions_["view.fold_shapes"]
        self._action.setCheckable(True)
        button = bench.graph.strip.fold
        button.setChecked(self._settings.fold_shapes)
        button.toggled.connect(self._show)
        self._show(button.isChecked())

    def _show(self, folded: bool) -> None:
        self._settings.fold_shapes = folded
        self._action.setChecked(folded)
