"""What of the inspector's value is followed over runs, and how the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .desk import Desk
from .over_runs import Anchor, OverRuns, anchor_of
from .tabs import View

if TYPE_CHECKING:
    from .inspector import TensorInspector

NOTHING_PICKED = "Pick an element first: click a cell, or type its index."


class Following(QObject):
    """Of one inspector.

    Attributes:
        desk: asks for what is followed, whatever the inspector shows meanwhile.
        runs: what is followed, and what the runs gave.
    """

    def __init__(self, inspector: TensorInspector) -> None:
        super().__init__(inspector)
        self._inspector, self._value = inspector, inspector.value
        self.desk = Desk(self)
        self.runs = OverRuns(self.desk, self)
        self.runs.changed.connect(self.show)

    @property
    def anchor(self) -> Anchor | None:
        """The picked element by names that survive a new run; None where there is none."""
        inspector = self._inspector
        run, choice, element = inspector.run, inspector.subject.choice, self._value.element
        if run is None or choice is None or element is None or inspector.pinning.first is not None:
            return None
        return anchor_of(run, choice.ref, element)

    @property
    def on(self) -> bool:
        """The picked element is followed."""
        return self.anchor in self.runs.anchors

    def show(self) -> None:
        """What is followed of the shown value, over the runs so far."""
        inspector = self._inspector
        run, choice = inspector.run, inspector.subject.choice
        anchors: tuple[Anchor, ...] = ()
        if run is not None and choice is not None and inspector.pinning.first is None:
            anchors = self.runs.of_value(run, choice.ref)
        if anchors:
            picked = next((a for a in anchors if a.element == self._value.element), anchors[-1])
            self._value.stage.runs.show_readings(picked, self.runs.readings(picked))
        self._value.show_followed(bool(anchors))

    def turn(self) -> None:
        """Follow the picked element, or no longer."""
        anchor = self.anchor
        if anchor is None:
            self._inspector.noted.emit(NOTHING_PICKED)
        elif anchor in self.runs.anchors:
            self.runs.leave(anchor)
        else:
            self.runs.follow(anchor)
            self._value.show_view(View.RUNS)
