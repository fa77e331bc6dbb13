"""What the user wrote on ops and modules, by names that survive an edit of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_TEXT = 10_000  # letters of a note
MOST = 1_000  # notes of a model


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        where: key of the op, or of the module's scope.
        text: plain, of one line or more.
        label: what it is on, in words ("softmax in h.5.attn"), for where the graph lacks it.
        module: `where` is a scope's.
    """

    where: str
    text: str
    label: str = ""
    module: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """Where the notes are in one graph.

    Attributes:
        ops, scopes: the texts, by index.
        around: the scopes that hold such an op or scope somewhere inside.
    """

    ops: Mapping[int, str] = field(default_factory=dict[int, str])
    scopes: Mapping[int, str] = field(default_factory=dict[int, str])
    around: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ops or self.scopes)
