"""Gates that the tests of the TensorFlow backend run under."""

from __future__ import annotations

from opscope.tracers.ir import Place


class Entering:
    """A gate that steps into every loop."""

    def at_scope(self, place: Place, leaf: bool) -> None:
        """Never stops."""

    def at_op(self, place: Place, can_enter: bool) -> bool:
        return can_enter

    def left(self, frame: int) -> None:
        """Nothing to do."""
