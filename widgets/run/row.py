"""What one row of a list shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ...tracers.ir import Category


class Mark(str, Enum):
    """What the gutter's arrow says."""

    NONE = ""
    NEXT = "next"  # the run stands before this row
    LIVE = "live"  # the same, while the user looks back
    CURSOR = "viewing"  # the user looks back to before this row


class Dot(str, Enum):
    """A breakpoint in the gutter."""

    NONE = ""
    ON = "breakpoint"
    OFF = "disabled breakpoint"


@dataclass(frozen=True, slots=True)
class Row:
    """One row, ready to paint.

    Attributes:
        number: left of an op ("231").
        category: the colour of an op's square; None for a group.
        right: at the right end ("12×64×64", "16 of 42").
        pill: health, and its colour token.
        leaf: looks like a group, with nothing in it.
        changed: how it stands against the run without edits ("edited", "Δ").
        held: one of its values is kept whatever comes.
        bar: of an overlay's amount, how long it is (0 to 1) and its colour; the amount is `right`.
        struck: the run went past it, or the framework drops it.
    """

    depth: int
    name: str
    note: str = ""
    right: str = ""
    number: str = ""
    category: Category | None = None
    group: bool = False
    leaf: bool = False
    opened: bool = False
    ran: bool = True
    mark: Mark = Mark.NONE
    dot: Dot = Dot.NONE
    selected: bool = False
    hovered: bool = False
    failed: bool = False
    struck: bool = False
    pill: tuple[str, str] | None = None
    bar: tuple[float, str] | None = None
    changed: str = ""
    held: bool = False

    def spoken(self) -> str:
        """The row in words, for assistive technology."""
        parts = [self.number and f"op {self.number}", self.name, self.note, self.right]
        parts += [self.mark.value, self.dot.value, self.pill[0] if self.pill else ""]
        parts += ["failed" if self.failed else "", "" if self.ran else "not run"]
        changed = "changed by an edit" if self.changed == "Δ" else self.changed
        parts += [changed, "kept in memory" if self.held else ""]
        return ", ".join(part for part in parts if part)
