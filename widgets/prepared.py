"""What a pane knows of a large run is gathered beside the GUI thread before the run is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from ..tracers.ir import Run

T = TypeVar("T")


class Prepared(Generic[T]):
    """Something made of a run, ahead of its use or when it is needed."""

    def __init__(self, make: Callable[[Run], T]) -> None:
        self._make = make
        self._made: tuple[Run, T] | None = None

    def prepare(self, run: Run) -> None:
        """Make it now; in any thread."""
        self._made = run, self._make(run)

    def take(self, run: Run) -> T:
        """What was prepared for this run, once; made now if nothing was."""
        made, self._made = self._made, None
        return made[1] if made is not None and made[0] is run else self._make(run)
