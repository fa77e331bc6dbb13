"""The element that is picked: where it is in the view, and the way to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .indexing import Element, reaching
from .pieces import AxisSpan
from .tabs import View

if TYPE_CHECKING:
    from .value_view import ValueView


class Spot:
    """Of one view of a value. An element that is gone to is picked once its plane has come."""

    def __init__(self, view: ValueView) -> None:
        self._view = view
        self._goal: Element | None = None

    @property
    def element(self) -> Element | None:
        """What is picked; None where nothing is."""
        if self._goal is not None:
            return self._goal
        view = self._view
        shown = view.shown
        spots: dict[int, int] = {}
        if view.view is View.TABLE:
            cell = view.table.cell
            if cell is not None:
                for side, place in zip(view.table.model.sides, cell, strict=True):
                    spots[side.axis] = side.at(place)
        elif shown.y >= 0 and view.heat.mark is not None:
            spots = view.heat.element_at(view.heat.mark)
        elif shown.y < 0 and view.curve.position is not None and view.curve.plane is not None:
            spots = {shown.x: view.curve.plane.x.at(view.curve.position)}
        if any(axis >= 0 and axis not in spots for axis in (shown.y, shown.x)):
            return None
        picks = enumerate(shown.picks)
        return tuple(pick if isinstance(pick, int) else spots[axis] for axis, pick in picks)

    def forget(self) -> None:
        """Another value comes."""
        self._goal = None

    def go_to(self, element: Element) -> None:
        """Show an element in this view, or as a heat map where the view has no elements."""
        view = self._view
        if view.view not in (View.HEAT, View.TABLE):
            view.show_view(View.HEAT)
        self._goal = element
        room = (1 << 40, 1 << 40)
        if view.view is View.HEAT:
            flat = view.shown.y < 0
            room = view.curve.room(view.space()) if flat else view.heat.room(view.space())
        target = reaching(view.shown, view.shape, element, room)
        if target == view.shown:
            self.show()
        else:
            view.show_slice(target)

    def show(self) -> None:
        """Pick the element that was gone to, where what is shown holds it."""
        view, goal = self._view, self._goal
        if goal is None or view.desk.is_asked("plane"):
            return  # what is seen until then may be another value's
        shown = view.shown
        other = len(goal) != len(view.shape)  # another value is shown since
        if other or any(
            isinstance(p, int) and p != goal[axis] for axis, p in enumerate(shown.picks)
        ):
            self._goal = None
        elif view.view is View.TABLE:
            rows, columns = view.table.model.sides
            row, column = (
                (goal[side.axis] - side.start) // side.step if side.axis >= 0 else 0
                for side in (rows, columns)
            )
            self._goal = None
            view.table.show_cell(row, column)
        elif shown.y >= 0 and view.heat.plane is not None:
            row, column = (cell_of(s, goal) for s in (view.heat.plane.y, view.heat.plane.x))
            if row >= 0 and column >= 0:
                self._goal = None
                view.heat.show_mark((row, column))
        elif shown.x >= 0 and view.curve.plane is not None:
            at = cell_of(view.curve.plane.x, goal)
            if at >= 0:
                self._goal = None
                view.curve.show_position(at)


def cell_of(span: AxisSpan, goal: Element) -> int:
    """The cell of an element along an axis, -1 where the plane does not hold it."""
    if span.axis < 0:
        return 0
    if span.axis >= len(goal):
        return -1
    place, beside = divmod(goal[span.axis] - span.start, span.step)
    return place if not beside and 0 <= place < span.length else -1
