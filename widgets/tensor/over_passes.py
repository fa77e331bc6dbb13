"""One element of a value over the executions of its op: the passes of a loop, repeated calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import Form, Run, TensorPiece, TensorRequest, ValueRef
from .indexing import Element
from .pieces import AxisSpan, Plane, array_of

if TYPE_CHECKING:
    from .value_view import ValueView

MOST = 200  # passes that are asked for; of more every so-manieth


@dataclass(frozen=True, slots=True)
class Passes:
    """The same value of each execution of an op, from the pass `first` on.

    Attributes:
        first: passes before it were let go, or had another shape.
    """

    refs: tuple[ValueRef, ...] = ()
    first: int = 0


def passes_of(run: Run, op: int, ref: ValueRef) -> Passes:
    """Every pass that the value can be read in as it is in the one that `ref` names."""
    if ref.record < 0 or ref.is_input or not 0 <= ref.record < len(run.records):
        return Passes()
    shape = run.records[ref.record].outputs[ref.slot].shape
    found: list[ValueRef] = []
    first = 0
    for number, record in enumerate(run.executions(op)):
        outputs = run.records[record].outputs
        if ref.slot >= len(outputs):
            continue
        if outputs[ref.slot].kept and outputs[ref.slot].shape == shape:
            found.append(ValueRef(record, ref.slot))
        else:
            found, first = [], number + 1
    return Passes(tuple(found), first)


class PassFeed(QObject):
    """Fetches the element pass by pass, and shows the curve when all have come.

    Signals:
        arrived: the curve is there.
    """

    arrived = Signal()

    def __init__(self, view: ValueView) -> None:
        super().__init__(view)
        self._view = view
        self._passes = Passes()
        self._known: tuple[Passes, Element] | None = None

    @property
    def offered(self) -> bool:
        """There is more than one pass."""
        return len(self._passes.refs) > 1

    def show_passes(self, passes: Passes) -> bool:
        """Other passes; whether they are."""
        changed = passes != self._passes
        self._passes = passes
        return changed

    def follow(self) -> None:
        """Show the element that is picked, else the first of what is shown."""
        view = self._view
        picks = view.shown.picks
        element = view.element or tuple(p if isinstance(p, int) else p[0] for p in picks)
        wanted = (self._passes, element)
        if wanted == self._known:
            self.arrived.emit()
            return
        self._known = None
        step = -(-len(self._passes.refs) // MOST)
        refs = self._passes.refs[::step]
        values: list[complex] = []

        def take(piece: TensorPiece) -> None:
            values.append(np.ravel(array_of(piece))[0].item())
            if len(values) < len(refs):
                ask()
                return
            self._known = wanted
            first = self._passes.first
            length = len(refs)
            span = AxisSpan(-2, "pass", first, first + length * step, step, length)
            self._view.stage.passes.show_plane(Plane(np.array([values]), _ROW, span))
            self.arrived.emit()

        def ask() -> None:
            request = TensorRequest(refs[len(values)], Form.PLANE, element)
            view.desk.ask("plane", request, take, view.refuse)

        ask()


_ROW = AxisSpan(-1, "", 0, 1, 1, 1)
