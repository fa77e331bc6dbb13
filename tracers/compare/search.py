"""Finds the places where two runs part: after each, B is given A's values, and the search goes on
behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..ir import Ref
from .explaining import Explained, explained
from .fits import Fit, Matching
from .frontier import Open, open_part
from .levels import Levels
from .matching import match_more
from .patching import Patch, find_patch, proved_patch, stuck_behind, without_dropout
from .pinning import label_of
from .result import Divergence
from .sequence import Couple, align_more
from .side import Side
from .starts import Start, drifted, parted
from .wishes import Wishes

Told = Callable[[str], None]

_REPEATED = 8  # patches beyond those of the divergences that are looked for


class Search:
    """Attributes:
    starts: the places, in B's order.
    one, other: what is left that one run computes alone.
    local: errors of B's ops on A's values.
    parting_a, parting_b: records at which the runs part.
    notes: what the reader must know, as sentences.
    """

    def __init__(
        self,
        a: Side,
        b: Side,
        made: Matching,
        couples: Sequence[Couple] | None,
        levels: Levels,
        wishes: Wishes,
    ) -> None:
        self._a, self._b, self._made, self._couples = a, b, made, couples
        self._levels, self._wishes = levels, wishes
        self._explained: dict[Start, Explained] = {}
        self.starts: list[Start] = []
        self.local: dict[Ref, float] = {}
        self.parting_a: set[int] = set()
        self.parting_b: set[int] = set()
        self.notes: list[str] = []
        self.one, self.other = self._open()

    def run(self, told: Told) -> None:
        """All of it."""
        a, b = self._a, self._b
        if b.live:
            told(f"Running {b.name}'s ops on {a.name}'s values")
            self.local, _ = b.lockstep(self._made.anchors())
            if not self.local:
                self.notes.append(f"No op of {b.name} could be run once more on {a.name}'s values.")
        else:
            self.notes.append(
                "Both runs are recorded ones: no op can be run once more, so a small difference may"
                " be told late, a cause is seldom proved, and only the first divergence is found."
            )
        for start in drifted(a, b, self._made, self.local, self._levels):
            self._add(start)
        self._behind(told)
        self.starts.sort(key=lambda start: start.first_b)
        most = max(1, self._wishes.most) if b.live else 1
        if len(self.starts) > most and b.live:
            self.notes.append(
                f"There are more than {most} divergences; the first ones in {b.name}'s order are"
                " told."
            )
        del self.starts[most:]

    def divergences(self, told: Told) -> tuple[Divergence, ...]:
        """Of the places."""
        return tuple(self._explain(start, told).divergence for start in self.starts)

    def _explain(self, start: Start, told: Told) -> Explained:
        known = self._explained.get(start)
        if known is None:
            told("Looking for the cause")
            known = explained(self._a, self._b, self._made, start, self._levels)
            self._explained[start] = known
        return known

    def _behind(self, told: Told) -> None:
        """From one place where values are in one run alone to the next."""
        a, b, made = self._a, self._b, self._made
        stuck: set[int] = set()
        found = patches = 0
        while patches < self._wishes.most + _REPEATED:
            start = parted(a, b, made, self.one, self.other)
            if start is None:
                break
            if start.first_b in stuck_behind(b, made, stuck) and not b.drops(start.first_b):
                break
            new = self._add(start)
            found += new
            if not b.live or found > self._wishes.most:
                break
            known = self._explain(start, told) if new else None
            told(f"Going on behind divergence {found}")
            patch = self._patch(start, known)
            if patch is None:
                self._say_lost(start)
                break
            patches += 1
            stuck.update(self._continue(patch, patches))
            self.one, self.other = self._open()
        if stuck_behind(b, made, stuck) & self.other.records:
            label = b.run.graph.op_label(b.rows[min(stuck)].op)
            self.notes.append(
                f"{b.name}'s {label} could not be run once more, so what follows from it is"
                " compared no further."
            )

    def _patch(self, start: Start, known: Explained | None) -> Patch | None:
        """The surest first."""
        a, b, made = self._a, self._b, self._made
        found = None
        if known is not None and known.at is not None:
            found = proved_patch(a, b, made, *known.at)
        elif known is not None and known.divergence.cause.kind == "dropout":
            found = without_dropout(a, b, made, start)
        return found or find_patch(a, b, made, self.one, self.other, start, self._levels)

    def _add(self, start: Start) -> bool:
        """A place that is not known yet."""
        new = not any(self._same(start, known) for known in self.starts)
        if new:
            self.starts.append(start)
        return new

    def _same(self, start: Start, known: Start) -> bool:
        """Both begin with an op of one line of one module, run once more, or with one op."""
        if start.first_a == known.first_a or start.first_b == known.first_b:
            return True
        mine = self._a.line_of(start.first_a) == self._a.line_of(known.first_a)
        return mine and self._b.line_of(start.first_b) == self._b.line_of(known.first_b)

    def _continue(self, patch: Patch, number: int) -> list[int]:
        """Give B the value, and compare what follows; the records that could not be run."""
        a, b, made = self._a, self._b, self._made
        made.give(replace(patch.fit, after=number))
        self.parting_a.update(patch.a)
        self.parting_b.update(patch.b)
        for fit in patch.cast:
            made.give(fit)
        at = [patch.fit.b, *(fit.b for fit in patch.cast)]
        changed, stuck = b.patch(made.anchors(), at)
        made.b.renew(changed)
        among = made.b.only(lambda first: first in changed.rows)
        if self._couples is None:
            fits = match_more(a, b, made, among, self._levels.match, self._wishes, number)
        else:
            wanted = self._couples, among, self._levels, self._wishes, number
            fits = align_more(a, b, made, *wanted)
        self._as_they_were(fits)
        judged = [patch.fit.b, *(fit.b for fit in fits)]
        local, _ = b.lockstep(made.anchors(), judged=judged)
        self.local.update(local)
        for start in drifted(a, b, made, self.local, self._levels, judged[1:]):
            self._add(start)
        return stuck

    def _as_they_were(self, fits: Sequence[Fit]) -> None:
        """The errors of values that match behind a patch are those without it."""
        asked = [(fit.path, fit.b, fit.near.order) for fit in fits]
        for fit, near in zip(fits, self._b.apart(asked), strict=True):
            if near is not None:
                self._made.fits[fit.a] = replace(fit, near=near)

    def _say_lost(self, start: Start) -> None:
        reads = any(
            start.first_b < record for record in self.other.records
        )  # else it is the last op
        if reads:
            label = label_of(self._b, (start.first_b, 0))
            self.notes.append(
                f"Behind {self._b.name}'s {label} no values return where {self._b.name} is given"
                f" {self._a.name}'s, so it was not looked for further divergences there."
            )

    def _open(self) -> tuple[Open, Open]:
        made = self._made
        return open_part(self._a, made.has_a), open_part(self._b, made.has_b)
