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
        condition: an expression that must hold, "" for none. One that needs the op's output is
            asked after the op has run, the others before.
        hits: a rule over how often the place was come by with its condition true, from 1: "5"
            (the fifth time), ">= 5", "% 10" (every tenth); "" for every time.
        log: a message with {expressions}; it is said in the output, and the run does not stop.
    """

    kind: BreakpointKind
    where: str
    label: str = ""
    enabled: bool = True
    condition: str = ""
    hits: str = ""
    log: str = ""
