"""The gradient beside the inspector's value, or the value beside its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .counterpart import counterpart
from .desk import Desk
from .gradient import GradientStrip

if TYPE_CHECKING:
    from .inspector import TensorInspector

_ROOM = 440  # px of height below which nothing stands beside the value


class Beside(QObject):
    """Of one inspector.

    Attributes:
        desk: asks for what the strip shows.
        strip: the strip; hidden where there is nothing to show.
    """

    def __init__(self, inspector: TensorInspector) -> None:
        super().__init__(inspector)
        self._inspector = inspector
        self.desk = Desk(self)
        self.strip = GradientStrip(self.desk, inspector)
        self.strip.clicked.connect(self._go)
        inspector.value.turned.connect(self._turn)

    def show(self) -> None:
        """Beside a value its gradient, beside a gradient the value, where there is one."""
        inspector = self._inspector
        run, subject = inspector.run, inspector.subject
        alone = not subject.sentence and inspector.pinning.first is None
        other = None
        if run is not None and subject.choice is not None and alone:
            other = counterpart(run, subject.choice.ref)
        self.strip.show_counterpart(other if inspector.height() >= _ROOM else None)

    def _turn(self) -> None:
        value = self._inspector.value
        self.strip.follow(value.shape, value.shown, value.look)

    def _go(self) -> None:
        if self.strip.other is not None:
            self._inspector.picked.emit(self.strip.other.selection)
