"""Marks in the heat map the elements that an element came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject

from ...tracers.ir import Ref, Run
from ...tracers.ir.finding import Index
from .spot import cell_of
from .value_view import ValueView

# By value, elements with how strong their marks are, from 0 to 1.
Marks = Mapping[Ref, Sequence[tuple[Index, float]]]


class OriginMarks(QObject):
    """Of one view of a value."""

    def __init__(self, view: ValueView) -> None:
        super().__init__(view)
        self._view = view
        self._run: Run | None = None
        self._marks: Marks = {}
        view.heat.replaced.connect(self._show)

    def show_marks(self, run: Run | None, marks: Marks) -> None:
        """Mark these, wherever they are looked at."""
        self._run, self._marks = run, marks
        self._show()

    def _show(self) -> None:
        view, run = self._view, self._run
        ref = view.ref.made_by(run) if view.ref is not None and run is not None else None
        elements = self._marks.get(ref, ()) if ref is not None else ()
        plane, shown = view.heat.plane, view.shown
        if plane is None or view.desk.is_asked("plane"):  # of another value still
            elements = ()
        cells: dict[tuple[int, int], float] = {}
        for index, strength in elements:
            assert plane is not None
            if len(index) != len(shown.picks):
                continue
            fixed = enumerate(shown.picks)
            if any(isinstance(pick, int) and pick != index[axis] for axis, pick in fixed):
                continue
            row, column = cell_of(plane.y, index), cell_of(plane.x, index)
            if row >= 0 and column >= 0:
                cells[row, column] = max(strength, cells.get((row, column), 0.0))
        view.heat.show_sources(cells)
