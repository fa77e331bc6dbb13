"""What the user wants of a comparison, and how it is ended early."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Ref


class CannotCompare(Exception):
    """The two runs cannot be held against each other, or not so; the sentence says why."""


class Cancelled(Exception):
    """The user ended the comparison."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants of the alignment. Values are named by Ref of A and of B.

    Attributes:
        pinned: they are one, whatever their elements.
        forbidden: they are not one.
        most: divergences that are looked for.
    """

    pinned: frozenset[tuple[Ref, Ref]] = frozenset()
    forbidden: frozenset[tuple[Ref, Ref]] = frozenset()
    most: int = 4

    def exchanged(self) -> Wishes:
        """The same with A for B."""
        return Wishes(
            frozenset((b, a) for a, b in self.pinned),
            frozenset((b, a) for a, b in self.forbidden),
            self.most,
        )


NO_WISHES = Wishes()
