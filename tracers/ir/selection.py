"""What the user points at. One selection drives every pane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """An op, one of its executions and outputs; or a scope; or a value from outside.

    Attributes:
        op: index into Graph.ops, -1 where no op is meant.
        record: which execution; -1 for the newest one that the cursor shows.
        slot: which output of the op.
        scope: index into Graph.scopes, -1 where no scope is meant.
        value: index into Graph.values (parameter, input, constant), -1 where none is meant.
    """

    op: int = -1
    record: int = -1
    slot: int = 0
    scope: int = -1
    value: int = -1

    @property
    def empty(self) -> bool:
        """Nothing is selected."""
        return self.op < 0 and self.scope < 0 and self.value < 0
