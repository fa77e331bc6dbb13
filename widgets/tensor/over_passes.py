"""One element of a value over the passes of a loop.

A loop of a framework executes one op again and again; a loop in the user's own code makes an op
for each pass, all from the same line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import Form, Graph, Run, TensorPiece, TensorRequest, ValueRef
from .indexing import Element
from .pieces import AxisSpan, Plane, array_of

if TYPE_CHECKING:
    from .value_view import ValueView

MOST = 200  # passes that are asked for; of more every so-manieth


@dataclass(frozen=True, slots=True)
class Passes:
    """The same value of each pass, from the pass `first` on.

    Attributes:
        first: passes before it were let go, or had another shape.
    """

    refs: tuple[ValueRef, ...] = ()
    first: int = 0


def passes_of(run: Run, op: int, ref: ValueRef) -> Passes:
    """Every pass that the value can be read in as it is in the one that `ref` names."""
    if ref.record < 0 or ref.is_input or not 0 <= ref.record < len(run.records):
        return Passes()
    here = run.records[ref.record].outputs[ref.slot]
    found: list[ValueRef] = []
    first = 0
    for number, record in enumerate(_records(run, op)):
        outputs = run.records[record].outputs
        if ref.slot >= len(outputs):
            continue
        one = outputs[ref.slot]
        if one.dtype != here.dtype and run.records[record].op != run.records[ref.record].op:
            continue  # another op of the same line
        if one.kept and one.shape == here.shape:
            found.append(ValueRef(record, ref.slot))
        else:
            found, first = [], number + 1
    return Passes(tuple(found), first)


def _records(run: Run, op: int) -> list[int]:
    executions = run.executions(op)
    if len(executions) > 1:
        return executions
    lists = (run.executions(one) for one in alike(run.graph, op))
    return sorted(record for records in lists for record in records)


def alike(graph: Graph, op: int) -> list[int]:
    """The ops that a loop in the user's code made where it made this one, in order.

    Of the same type, from the same line, in the same module. Where the module was called again,
    at the same place in the call; else, of several on the line, those a whole pass apart.
    """
    row = graph.ops[op]
    if row.source < 0:
        return [op]
    path = graph.scopes[row.scope].path
    found = [
        index
        for index, one in enumerate(graph.ops)
        if one.source == row.source
        and one.type == row.type
        and graph.scopes[one.scope].path == path
    ]
    if len({graph.ops[index].scope for index in found}) > 1:
        place = row.key.rpartition(":")[2]
        return [index for index in found if graph.ops[index].key.rpartition(":")[2] == place]
    apart = [after - before for before, after in pairwise(found)]
    period = next(
        (
            many
            for many in range(1, len(apart) // 2 + 1)
            if all(one == other for one, other in zip(apart, apart[many:], strict=False))
        ),
        1,
    )
    return found[found.index(op) % period :: period]


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
    def passes(self) -> Passes:
        """Where the value can be read."""
        return self._passes

    @property
    def offered(self) -> bool:
        """There is more than one pass."""
        return len(self._passes.refs) > 1

    def show_passes(self, passes: Passes) -> bool:
        """Other passes; whether they are."""
        changed = passes != self._passes
        self._passes = passes
        return changed

    def reset(self) -> None:
        """The run's values may be others than they were."""
        self._known = None

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
            first = self._passes.first + 1
            length = len(refs)
            where = ", ".join(str(index) for index in element)
            span = AxisSpan(
                -2,
                f"pass · [{where}]" if where else "pass",
                first,
                first + length * step,
                step,
                length,
            )
            self._view.stage.passes.show_plane(Plane(np.array([values]), _ROW, span))
            self.arrived.emit()

        def ask() -> None:
            request = TensorRequest(refs[len(values)], Form.PLANE, element)
            view.desk.ask("plane", request, take, view.refuse)

        ask()


_ROW = AxisSpan(-1, "", 0, 1, 1, 1)
