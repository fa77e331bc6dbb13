"""Which values of the two runs are one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..ir import Ref
from .prints import Prints
from .side import Anchors, Near
from .wishes import Wishes


@dataclass(frozen=True, slots=True)
class Fit:
    """B's class that may be one of A's.

    Attributes:
        a, b: the first values of the classes.
        member: the value of A's class whose file was held against b.
        after: how many patches it took.
    """

    a: Ref
    b: Ref
    near: Near
    member: Ref
    path: str
    after: int = 0

    @property
    def error(self) -> float:
        """How far the values are apart."""
        return self.near.error


@dataclass(slots=True)
class Matching:
    """The classes of both runs that are one.

    Attributes:
        fits: by A's class.
        back: A's class by B's.
        given: values of A that B is given in another place, too.
    """

    a: Prints
    b: Prints
    fits: dict[Ref, Fit] = field(default_factory=dict[Ref, Fit])
    back: dict[Ref, Ref] = field(default_factory=dict[Ref, Ref])
    given: list[Fit] = field(default_factory=list[Fit])

    def give(self, fit: Fit) -> None:
        """As `add`, where A's class may be one with another of B's."""
        if fit.a not in self.fits:
            self.add(fit)
            return
        self.given.append(fit)
        self.back[fit.b] = fit.a

    def add(self, fit: Fit) -> None:
        """Two classes are one."""
        self.fits[fit.a] = fit
        self.back[fit.b] = fit.a

    def has_a(self, ref: Ref) -> bool:
        """B has this value of A's, too."""
        return self.a.classes.get(ref, ref) in self.fits or self.a.zeros(ref) in self.b.blank

    def has_b(self, ref: Ref) -> bool:
        """A has this value of B's, too."""
        return self.b.classes.get(ref, ref) in self.back or self.b.zeros(ref) in self.a.blank

    def same_as_a(self, ref: Ref) -> list[Ref]:
        """B's values that are this one of A's, in order."""
        fit = self.fits.get(self.a.classes.get(ref, ref))
        return [] if fit is None else self.b.members[fit.b]

    def same_as_b(self, ref: Ref) -> list[Ref]:
        """A's values that are this one of B's, in order."""
        first = self.back.get(self.b.classes.get(ref, ref))
        return [] if first is None else self.a.members[first]

    def anchors(self) -> Anchors:
        """For a lockstep of B."""
        fits = (*self.fits.values(), *self.given)
        return {fit.b: (fit.path, fit.near.order) for fit in fits}

    def often(self) -> list[list[int]]:
        """Orders of axes, the most frequent first."""
        counted = Counter(tuple(fit.near.order) for fit in self.fits.values())
        return [list(order) for order, _ in counted.most_common()]

    def allows(self, wishes: Wishes, one: Ref, other: Ref) -> bool:
        """The user has not forbidden that the two classes are one."""
        return not any(
            self.a.classes.get(mine, mine) == one and self.b.classes.get(theirs, theirs) == other
            for mine, theirs in wishes.forbidden
        )
