"""What the user asked to compare."""

from __future__ import annotations

from dataclasses import dataclass

from ..choice import LaunchChoice
from ..naming import spec_name


@dataclass(frozen=True, slots=True)
class PairChoice:
    """Two models. The inputs are A's."""

    a: LaunchChoice
    b: LaunchChoice

    @property
    def title(self) -> str:
        """What the window calls the comparison."""
        return f"{spec_name(self.a.spec)} and {spec_name(self.b.spec)}"
