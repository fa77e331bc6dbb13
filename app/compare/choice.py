"""What the user asked to compare."""

from __future__ import annotations

from dataclasses import dataclass

from ...tracers.compare.ways import Against
from ..choice import LaunchChoice
from ..naming import spec_name


@dataclass(frozen=True, slots=True)
class PairChoice:
    """Two models, or one in two ways. The inputs are A's.

    Attributes:
        against: the way that makes B of A; of `b` the interpreter alone counts then.
        budget: bytes for kept values on each side, 0 where the debuggee chooses.
    """

    a: LaunchChoice
    b: LaunchChoice
    against: Against | None = None
    budget: int = 0

    @property
    def title(self) -> str:
        """What the window calls the comparison."""
        if self.against is not None:
            way = self.against.way.title
            return f"{spec_name(self.a.spec)} and the same {way[0].lower()}{way[1:]}"
        return f"{spec_name(self.a.spec)} and {spec_name(self.b.spec)}"
