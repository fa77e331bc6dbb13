"""What every pane that follows the run has in common."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from ..tracers.ir import Run, Selection
from .run.found import Found


class Pane(QWidget):
    """A view of the run. The window calls the `show_` methods; a pane never echoes them.

    Signals:
        picked: Selection; the user pointed at something. The window answers with show_selection.
        hovered: Selection; the pointer rests on something (an empty Selection: on nothing).
        menu_wanted: Selection, QPoint in screen coordinates; the context menu of something.
    """

    picked = Signal(Selection)
    hovered = Signal(Selection)
    menu_wanted = Signal(Selection, QPoint)

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the pane."""
        return self

    def prepare(self, run: Run) -> None:
        """Gather what `show_run` of a large run would take long to; called in another thread."""

    def show_run(self, run: Run | None) -> None:
        """Another run, or a new graph of the same one; None: no run. `run` is live, do not copy."""
        raise NotImplementedError

    def show_growth(self, first_record: int) -> None:
        """Records from `first_record` on were added; ops and scopes may have been, too."""

    def show_rewound(self) -> None:
        """The newest records and frames were forgotten; what is left stands as it was."""

    def show_updated(self, records: set[int]) -> None:
        """Statistics of these records' outputs have come."""

    def show_place(self) -> None:
        """run.head, run.cursor or run.state changed."""

    def show_changes(self) -> None:
        """run.edits or run.changes changed."""

    def show_selection(self, selection: Selection) -> None:
        """Another selection; scroll only if its target is hidden."""

    def show_hover(self, selection: Selection) -> None:
        """The counterpart of what another pane hovers."""

    def show_found(self, found: Found | None) -> None:
        """What the user looks for was found, or is looked for no more."""
