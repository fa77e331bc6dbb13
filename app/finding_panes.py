"""Shows what was found in graph, list and timeline at once, and leads from match to match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ..widgets.run.find_bar import FindBar
from ..widgets.run.found import Found
from .commands import When
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_ESCAPE = "Esc"
_LIVE = "run.live"  # whose key ends the finding first


class FindingPanes(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._bench = bench
        self.finding = bench.execution.finding
        self.bar = FindBar(bench.graph.canvas)
        self._escape = QShortcut(QKeySequence(_ESCAPE), window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.end)
        self.bar.stepped.connect(self.step)
        self.bar.ended.connect(self.end)
        self.finding.changed.connect(self._show)
        bench.selected.connect(self.bar.show_selection)

    @property
    def facts(self) -> When:
        """Whether there is a match to go to."""
        found = self.finding.found
        held = When.ALWAYS
        if found is not None:
            held |= When.FINDING
        return held

    def step(self, by: int) -> None:
        """Select the next match (1), or the one before (-1), and bring it in sight."""
        self.finding.finish()
        run, found = self._window.session.run, self.finding.found
        if run is None or found is None:
            return
        op = found.after(self._from(), by)
        if op >= 0:
            selection = found.selection_of(run, op)
            self._bench.select(selection)
            self._bench.graph.go_to(selection)

    def end(self) -> None:
        """Look for nothing any more."""
        focused, list_ = self._window.focusWidget(), self._bench.execution
        inside = _holds(self.bar, focused)
        self.finding.end()
        if inside:
            self._bench.graph.setFocus()
        elif focused in (list_.filter, list_.results):
            list_.tree.setFocus()

    def _from(self) -> int:
        """The op that the search goes on from: the selected one, or a module's first."""
        chosen, run = self._bench.selection, self._window.session.run
        if chosen.op >= 0 or run is None or chosen.scope <= 0:
            return chosen.op
        inside = (i for i, op in enumerate(run.graph.ops) if op.scope == chosen.scope)
        return next(inside, 0) - 1

    def _show(self, found: Found | None) -> None:
        for pane in self._bench.panes():
            pane.show_found(found)
        self.bar.show_selection(self._bench.selection)
        self.bar.show_found(found)
        self._lend_escape()
        self._window.refresh_actions()

    def _lend_escape(self) -> None:
        """Escape ends what is looked for; only then does it lead back to the newest place."""
        looking = self.finding.found is not None
        if looking != self._escape.isEnabled():
            self._window.actions_[_LIVE].setShortcut("" if looking else _ESCAPE)
            self._escape.setEnabled(looking)


def _holds(bar: QWidget, focused: QWidget | None) -> bool:
    return focused is not None and bar.isAncestorOf(focused)
