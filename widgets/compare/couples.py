"""What stands for each other in the two runs: the pairs, and the places where they part."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...tracers.compare.result import Divergence, Pair
from ...tracers.ir import OUTSIDE, Category, Phase, Ref, Run
from ..run.track import Segment
from .error_scale import segments_of
from .measure import Measure, amount
from .outline import Branch, Outline
from .story import Half, Story


class Couple(NamedTuple):
    """A value of A and one of B.

    Attributes:
        number: its place in `Couples.rows`, by A's order.
        pair: its index in `Comparison.pairs`; -1 where the two cannot be laid over each other.
        divergence: the one that begins here, -1 for none.
    """

    number: int
    a: Ref
    b: Ref
    pair: int
    divergence: int = -1

    def ref(self, side: str) -> Ref:
        """The value of side "A" or "B"."""
        return self.a if side == "A" else self.b


class Couples:
    """Of one comparison.

    Attributes:
        rows: in A's order; what comes from outside first.
        starts: the couple of each divergence.
        makers: by side, the op that made each couple's value, -1 for what comes from outside.
        outside: the numbers of couples with a value from outside.
        alone: by side, the records without a counterpart, and those that are part of an op there.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        pairs = story.found.pairs
        begun = self._begun(pairs, story.found.divergences)
        made = [(pair.a, pair.b, at, begun.get(at, -1)) for at, pair in enumerate(pairs)]
        for number, found in enumerate(story.found.divergences):
            if number not in begun.values():
                made.append(((found.a.record, 0), (found.b.record, 0), -1, number))
        made.sort(key=lambda row: row[:2])
        self.rows = [Couple(number, *row) for number, row in enumerate(made)]
        self._by_pair = {row.pair: row for row in self.rows if row.pair >= 0}
        by_divergence = {row.divergence: row for row in self.rows if row.divergence >= 0}
        self.starts = [by_divergence[at] for at in range(len(story.found.divergences))]
        self._errors: dict[str, list[float | None]] = {}
        self.makers: dict[str, npt.NDArray[np.int64]] = {}
        self.outside = [row.number for row in self.rows if min(row.a[0], row.b[0]) < 0]
        self._by_record: dict[str, defaultdict[int, list[Couple]]] = {}
        self._by_op: dict[str, defaultdict[int, list[Couple]]] = {}
        self._by_value: dict[str, dict[int, Couple]] = {}
        self.alone: dict[str, tuple[list[int], list[int]]] = {}
        for half in (story.a, story.b):
            self._index(half)

    def _begun(
        self, pairs: tuple[Pair, ...], divergences: tuple[Divergence, ...]
    ) -> dict[int, int]:
        """The divergences that are seen in a pair, by that pair; each in the first that fits."""
        records: dict[tuple[int, int], int] = {}
        for at, pair in enumerate(pairs):
            records.setdefault((pair.a[0], pair.b[0]), at)
        found: dict[int, int] = {}
        for number, each in enumerate(divergences):
            at = records.get((each.a.record, each.b.record), -1)
            if at >= 0:
                found.setdefault(at, number)
        return found

    def _index(self, half: Half) -> None:
        by_record: defaultdict[int, list[Couple]] = defaultdict(list)
        by_op: defaultdict[int, list[Couple]] = defaultdict(list)
        by_value: dict[int, Couple] = {}
        rows = half.run.records
        refs = (couple.ref(half.name)[0] for couple in self.rows)
        makers = [rows[at].op if 0 <= at < len(rows) else -1 for at in refs]
        self.makers[half.name] = np.array(makers, np.int64)
        for couple in self.rows:
            record, slot = couple.ref(half.name)
            if record == OUTSIDE:
                by_value[slot] = couple
            elif 0 <= record < len(rows):
                by_record[record].append(couple)
                by_op[rows[record].op].append(couple)
        self._by_record[half.name] = by_record
        self._by_op[half.name] = by_op
        self._by_value[half.name] = by_value
        self.alone[half.name] = _alone(half.run, by_record)

    def half(self, side: str) -> Half:
        """One of the two."""
        return self.story.a if side == "A" else self.story.b

    def pair_of(self, couple: Couple) -> Pair | None:
        """Its pair, where it has one."""
        return self.story.found.pairs[couple.pair] if couple.pair >= 0 else None

    def of_pair(self, pair: int) -> Couple | None:
        """The couple of a pair."""
        return self._by_pair.get(pair)

    def of_record(self, side: str, record: int) -> list[Couple]:
        """The couples of what a record made."""
        return self._by_record[side].get(record, [])

    def of_op(self, side: str, op: int) -> list[Couple]:
        """The couples of what an op made, each time it ran."""
        return self._by_op[side].get(op, [])

    def of_value(self, side: str, value: int) -> Couple | None:
        """The couple of a value from outside."""
        return self._by_value[side].get(value)

    def divergence_of(self, couple: Couple) -> Divergence | None:
        """The divergence that begins here."""
        if couple.divergence < 0:
            return None
        return self.story.found.divergences[couple.divergence]

    def errors(self, metric: str) -> list[float | None]:
        """Of each couple, by number, its error by a metric; of a divergence, what is known."""
        known = self._errors.get(metric)
        if known is None:
            pairs = self.story.found.pairs
            known = [
                amount(pairs[row.pair], metric) if row.pair >= 0 else None for row in self.rows
            ]
            for row, found in zip(self.starts, self.story.found.divergences, strict=True):
                if known[row.number] is None:
                    known[row.number] = found.error
            self._errors[metric] = known
        return known

    def headline(self, couple: Couple, measure: Measure) -> float | None:
        """Its error; the number that stands for a divergence, whatever metric knows it."""
        return self.errors(measure.metric)[couple.number]

    def gather(self) -> None:
        """Make ready what the views need first; may be called in another thread."""
        self.errors(Measure().metric)
        _ = self.tree, self.segments

    @cached_property
    def outline(self) -> Outline:
        """A's modules."""
        return Outline(self.story.a.run)

    @cached_property
    def outline_b(self) -> Outline:
        """B's modules."""
        return Outline(self.story.b.run)

    @cached_property
    def tree(self) -> list[int | Branch]:
        """All couples, by their numbers, in A's modules."""
        makers: list[int] = self.makers["A"].tolist()
        return self.outline.tree(enumerate(makers))

    @cached_property
    def segments(self) -> list[Segment]:
        """A's blocks along the couples."""
        return segments_of(self.story.a.run.graph, self.makers["A"].tolist())


def _alone(run: Run, matched: dict[int, list[Couple]]) -> tuple[list[int], list[int]]:
    """Records of the forward pass without a couple: those that lead to none, and the others.

    The others are part of what the other run computes in another number of ops.
    """
    leads: set[int] = set()
    waiting = list(matched)
    seen = set(waiting)
    rows = run.records
    while waiting:
        for record, _slot in rows[waiting.pop()].inputs:
            if record >= 0 and record not in seen:
                seen.add(record)
                leads.add(record)
                waiting.append(record)
    rest = [
        index
        for index, row in enumerate(rows)
        if row.phase is Phase.FORWARD and index not in matched
    ]
    return [at for at in rest if at not in leads], [at for at in rest if at in leads]


def op_of(run: Run, ref: Ref) -> int:
    """The op that made a value, -1 for what comes from outside."""
    return run.records[ref[0]].op if 0 <= ref[0] < len(run.records) else -1


def category_of(run: Run, ref: Ref) -> Category:
    """What kind of work made a value."""
    op = op_of(run, ref)
    return run.graph.ops[op].category if op >= 0 else Category.OTHER


def type_of(run: Run, ref: Ref) -> str:
    """The op that made a value; of what comes from outside, what it is."""
    op = op_of(run, ref)
    return run.graph.ops[op].type if op >= 0 else run.graph.values[ref[1]].kind.value
