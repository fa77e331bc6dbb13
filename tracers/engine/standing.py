"""What is told of a run where it stands, besides the run itself."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Place
from ..protocol.messages import StackLine


@dataclass(slots=True)
class Standing:
    """Of the newest stop.

    Attributes:
        hits: indices into the window's breakpoints.
        why: one sentence where it stands for a reason that the place does not tell.
        error: type and message of what the model raised, "" where it did not.
        stack: where the model raised it, between two ops; innermost first.
        raised: the error, where it is still on its way.
        exit_code: of the process, if it ended now.
        found: a place that was gone to for the user, and why.
    """

    hits: tuple[int, ...] = ()
    why: str = ""
    error: str = ""
    stack: tuple[StackLine, ...] = ()
    raised: BaseException | None = None
    exit_code: int = 0
    found: tuple[Place, str] | None = None

    def note(self, cursor: Place | None) -> str:
        """Why it stands there, "" where the place tells all."""
        if cursor is None:
            return self.why
        return self.found[1] if self.found is not None and self.found[0] == cursor else ""
