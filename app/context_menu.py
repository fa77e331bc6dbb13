"""The menu of an op, a module or a value: the registry's commands that act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from ..tracers.ir import Selection
from ..widgets import theme
from ..widgets.pane import Pane
from .rewinding import pointed

if TYPE_CHECKING:
    from .main_window import MainWindow

# Ids of the registry, a line between the groups. What there is no row for is left out.
GROUPS = (
    ("run.to_here", "run.rewind", "run.backward"),
    ("run.pass_back", "run.pass_forth", "run.pass_choose"),
    ("view.fold_blocks",),
    ("edit.go_to_gradient", "edit.go_to_forward"),
    ("value.explain", "edit.value", "edit.keep"),
    ("run.breakpoint", "run.breakpoint_edit", "run.watch", "edit.note"),
    ("edit.copy_name", "edit.copy_path", "edit.copy_shape"),
    ("file.share",),
)

# In a menu of their own beneath these.
LIGHTS = ("inputs", "outputs", "ancestors", "descendants")

# Of most ops one of these, or none, leads anywhere.
_WHERE_THERE = (
    "edit.go_to_gradient",
    "edit.go_to_forward",
    "run.pass_back",
    "run.pass_forth",
    "run.pass_choose",
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
            for name in group:
                if name == "run.rewind":
                    self._add_rewind(menu, selection)
                elif name == "view.fold_blocks":
                    if self._window.workbench.graph.foldable(selection):
                        menu.addAction(actions[name])
                elif name in _WHERE_THERE:
                    if actions[name].isEnabled():
                        menu.addAction(actions[name])
                elif name in actions:
                    menu.addAction(actions[name])
        menu.addSeparator()
        light = menu.addMenu(theme.icon("network", "text2"), "Highlight")
        for name in LIGHTS:
            light.addAction(actions[f"view.light_{name}"])
        return menu

    def _add_rewind(self, menu: QMenu, selection: Selection) -> None:
        """To what was pointed at, whatever the command's own target is."""
        run, time = self._window.session.run, self._window.time
        place = pointed(run, selection)
        text = "Rewind to Here" if run is None or place is None else place.text(run)
        action = menu.addAction(theme.icon("rewind", "text2"), text)
        action.setObjectName("run.rewind")
        action.setEnabled(place is not None)
        if run is not None and place is not None:
            action.setStatusTip(place.hint(run))
            action.triggered.connect(lambda: time.rewind(place))

    def _open(self, selection: Selection, at: QPoint) -> None:
        if not selection.empty:
            self.menu_for(selection).popup(at)
