"""The context menu of a line of source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from ..tracers.ir import RunState
from ..widgets import theme
from ..widgets.source.source_view import SourceView
from .points import point_on_line

if TYPE_CHECKING:
    from .main_window import MainWindow

_STANDS = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED, RunState.DIED)


class LineMenu(QObject):
    """Opens where the source pane asks for it."""

    def __init__(self, window: MainWindow, source: SourceView) -> None:
        super().__init__(window)
        self._window = window
        self._source = source
        source.line_menu_wanted.connect(self._open)

    def menu_for(self, file: str, line: int) -> QMenu:
        """Run there, and breakpoints on it."""
        window, control, run = self._window, self._window.control, self._window.session.run
        there = window.points.find(point_on_line(file, line)) is not None
        menu = QMenu(window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        go = menu.addAction(theme.icon("arrow-right-to-line", "text2"), f"Run to Line {line}")
        go.triggered.connect(lambda: control.run_to_line(file, line))
        go.setEnabled(run is not None and run.state in _STANDS)
        menu.addSeparator()
        word = "Remove Breakpoint" if there else "Add Breakpoint"
        toggle = menu.addAction(theme.icon("circle-dot", "text2"), word)
        toggle.triggered.connect(lambda: control.toggle_on_line(file, line))
        word = "Edit Breakpoint…" if there else "Add Breakpoint With a Condition…"
        edit = menu.addAction(theme.icon("sliders-horizontal", "text2"), word)
        edit.triggered.connect(lambda: control.edit_on_line(file, line))
        menu.addSeparator()
        copy = menu.addAction(theme.icon("copy", "text2"), "Copy")
        copy.triggered.connect(self._source.code.copy)
        copy.setEnabled(self._source.code.textCursor().hasSelection())
        outside = menu.addAction(theme.icon("external-link", "text2"), "Open in the Editor")
        outside.triggered.connect(lambda: control.open_in_editor(file, line))
        return menu

    def _open(self, file: str, line: int, at: QPoint) -> None:
        self.menu_for(file, line).popup(at)
