"""Where a run stops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class BreakpointKind(str, Enum):
    """What a breakpoint is set on."""

    OP = "op"  # `where` is the key of one op
    TYPE = "type"  # `where` is a glob over op types
    MODULE = "module"  # `where` is a glob over module paths; stops as it is entered
    LINE = "line"  # `where` is "file:line"


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A place to stop, anchored by names that survive an edit of the model.

    Attributes:
        where: see BreakpointKind.
        label: how it is listed ("matmul in h.5.attn").
    """

    kind: BreakpointKind
    where: str
    label: str = ""
    enabled: bool = True
