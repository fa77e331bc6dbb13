"""One element of a value over the passes of a loop.

A loop of a framework executes one op again and again; a loop in the user's own code makes an op
for each pass, all from the same line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import Form, TensorPiece, TensorRequest
from .indexing import Element
from .pass_book import Passes
from .pieces import AxisSpan, Plane, array_of

if TYPE_CHECKING:
    from .value_view import ValueView

MOST = 200  # passes that are asked for; of more every so-manieth


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
