"""What is marked in the lists: where the run stands, what is selected, breakpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ...tracers.ir import Breakpoint, BreakpointKind, Graph, Place, RunState
from ..overlays.shown import Shown
from .changed import Changed
from .outline import Item, Outline
from .row import Dot, Mark


@dataclass(slots=True)
class Marked:
    """Paths of rows from the top; a closed row on a path stands for what is hidden in it."""

    head: list[Item] = field(default_factory=list[Item])
    cursor: list[Item] = field(default_factory=list[Item])
    selected: list[Item] = field(default_factory=list[Item])
    hovered: list[Item] = field(default_factory=list[Item])
    dots: dict[Item, Dot] = field(default_factory=dict[Item, Dot])
    changed: Changed = field(default_factory=Changed)
    around_changes: set[Item] = field(default_factory=set[Item])
    held: set[int] = field(default_factory=set[int])  # records with a value that is kept
    overlay: Shown | None = None

    def items(self) -> set[Item]:
        """Every row with a mark, and those around it."""
        return {*self.head, *self.cursor, *self.selected, *self.hovered}

    def place(self, outline: Outline | None) -> None:
        """Follow the run's head and cursor."""
        self.head, self.cursor = [], []
        if outline is None:
            return
        run = outline.run
        if run.state not in (RunState.FINISHED, RunState.FAILED, RunState.LOADING):
            self.head = _path(outline, run.head)
        if run.cursor is not None:
            self.cursor = _path(outline, run.cursor)

    def show_changes(self, outline: Outline | None) -> None:
        """What the edits touched, and the scopes around it."""
        self.changed = Changed(None if outline is None else outline.run)
        self.around_changes.clear()
        if outline is not None:
            known = len(outline.graph.ops)
            for op in self.changed.ops:
                if op < known:
                    self.around_changes.update(outline.path(op))

    def mark(self, item: Item, opened: bool) -> Mark:
        """The arrow in a row's gutter."""
        if _on(self.cursor, item, opened):
            return Mark.CURSOR
        if _on(self.head, item, opened):
            return Mark.LIVE if self.cursor else Mark.NEXT
        return Mark.NONE

    def is_selected(self, item: Item, opened: bool) -> bool:
        """The row stands for the selection."""
        return _on(self.selected, item, opened)

    def is_hovered(self, item: Item, opened: bool) -> bool:
        """The row stands for what another pane hovers."""
        return _on(self.hovered, item, opened)

    def set_dots(self, graph: Graph | None, points: list[Breakpoint]) -> None:
        """Find the rows of breakpoints."""
        self.dots.clear()
        if graph is None or not points:
            return
        keys = {p.where: p for p in points if p.kind is BreakpointKind.OP}
        types = [p for p in points if p.kind is BreakpointKind.TYPE and p.enabled]
        if keys or types:
            named = {op.type for op in graph.ops}
            stops = {t for t in named if any(fnmatchcase(t, p.where) for p in types)}
            for index, op in enumerate(graph.ops):
                if op.key in keys:
                    self.dots[index] = _dot(keys[op.key])
                elif op.type in stops:
                    self.dots[index] = Dot.ON
        for point in points:
            if point.kind is BreakpointKind.MODULE:
                for index, scope in enumerate(graph.scopes):
                    if index and fnmatchcase(scope.path, point.where):
                        self.dots[~index] = _dot(point)


def _dot(point: Breakpoint) -> Dot:
    return Dot.ON if point.enabled else Dot.OFF


def _on(path: list[Item], item: Item, opened: bool) -> bool:
    return bool(path) and (item == path[-1] or (not opened and item in path))


def _path(outline: Outline, place: Place) -> list[Item]:
    if place.op >= 0:
        return outline.path(place.op)
    return outline.path(~place.scope) if place.scope > 0 else []
