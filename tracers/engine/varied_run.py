"""Tries variations of a few ops, and looks whether one of them gives another run's values."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..ir import OUTSIDE, Ref, Run, ValueKind
from .again import Again, CannotRepeat
from .axis_orders import best_order
from .fingerprints import fingerprint, may_be_equal
from .lib import Array
from .lockstep import Lockstep
from .values import Values
from .variations import in_its_place, variations
from .varying import Subject, Variation

_MOST = 120  # of one op
_SECONDS = 30.0
_EXACT = 4 * 1.2e-7  # a few units in the last place of float32


@dataclass(frozen=True, slots=True)
class Hit:
    """A variation that gives what the other run has.

    Attributes:
        record: the op that is varied.
        at: the value of this run that comes out as the other run's.
        target: which of the other run's values.
        error: how far it is from it.
    """

    record: int
    kind: str
    says: str
    at: Ref
    target: int
    error: float


class VariedRun:
    """`region` are the records whose outputs are computed anew, in order; `targets` values of the
    other run."""

    def __init__(
        self,
        run: Run,
        values: Values,
        lockstep: Lockstep,
        region: Sequence[int],
        source: Callable[[Ref], Array | None],
        targets: Sequence[Array],
        tolerance: float,
    ) -> None:
        self._run, self._values, self._lockstep = run, values, lockstep
        self._region = sorted(region)
        self._source = source
        self._targets = list(targets)
        self._prints = [fingerprint(target) for target in self._targets]
        self._tolerance = tolerance
        self._fed: dict[Ref, Array] = {}
        self._feed()
        self._telling = frozenset(
            number for number, target in enumerate(self._targets) if self._tells(number, target)
        )

    def search(
        self,
        records: Sequence[int],
        numbers: Sequence[float],
        arguments: Mapping[int, Mapping[str, object]],
        kind: str = "",
    ) -> list[Hit]:
        """Of these ops, the nearest first; none is looked for behind one that rounding alone tells
        from the other run. Of one kind alone, where it is given. Takes half a minute at most."""
        found: list[Hit] = []
        until = time.monotonic() + _SECONDS
        for record in records if self._telling else ():
            subject = self._subject(record, numbers, arguments.get(record, {}))
            for variation in itertools.islice(variations(subject), _MOST):
                if time.monotonic() > until:
                    break
                if kind not in ("", variation.kind):
                    continue
                found += self._tried(record, variation)
                if found and found[-1].error <= _EXACT:
                    return found[-1:]
        if not found and self._telling and not kind:
            found += self._as_one()
        best = min((hit.error for hit in found), default=0.0)
        found.sort(key=lambda hit: hit.error > 3 * best + 1e-9)  # stable: the likelier stays first
        return found

    def local(self, ref: Ref) -> Array | None:
        """What the region makes of a value without a variation."""
        return self._fed.get(ref)

    def _feed(self) -> None:
        for record in self._region:
            self._need(record)
            for slot, array in enumerate(self._lockstep.outputs(record, self._fed)):
                self._fed[record, slot] = array
            for slot in range(len(self._run.records[record].outputs)):
                if (record, slot) not in self._fed:
                    own = self._lockstep.array((record, slot))
                    if own is not None:
                        self._fed[record, slot] = own

    def _need(self, record: int) -> None:
        for ref in self._run.records[record].inputs:
            if ref not in self._fed and ref[1] >= 0:
                array = self._source(ref)
                if array is not None:
                    self._fed[ref] = array

    def _subject(
        self, record: int, numbers: Sequence[float], arguments: Mapping[str, object]
    ) -> Subject:
        row = self._run.records[record]
        self._need(record)
        again: Again | None = None
        with contextlib.suppress(CannotRepeat):
            again = self._lockstep.again(record)
        weights = {place for place, ref in enumerate(row.inputs) if self._is_weight(ref)}
        return Subject(
            self._run.graph.ops[row.op].type,
            again,
            [self._fed.get(ref) for ref in row.inputs],
            [self._values.peek(ref) if ref[1] >= 0 else None for ref in row.inputs],
            frozenset(weights),
            numbers,
            arguments,
        )

    def _is_weight(self, ref: Ref) -> bool:
        """A parameter or buffer, or what static ops made of one."""
        while ref[0] >= 0:
            inputs = self._run.records[ref[0]].inputs
            if len(inputs) != 1:
                return False
            ref = inputs[0]
        if ref[0] != OUTSIDE or ref[1] < 0:
            return False
        return self._run.graph.values[ref[1]].kind in (ValueKind.PARAMETER, ValueKind.BUFFER)

    def _as_one(self) -> list[Hit]:
        """The whole region is one activation of a value that it reads."""
        inside = set(self._region)
        for record in self._region:
            for ref in self._run.records[record].inputs:
                array = self._fed.get(ref)
                if ref[0] in inside or array is None or array.dtype.kind != "f" or array.size < 2:
                    continue
                for variation in in_its_place(array):
                    hits = self._hits(record, variation, {(record, 0): variation.run()[0]})
                    if hits:
                        return hits
        return []

    def _tried(self, record: int, variation: Variation) -> list[Hit]:
        try:
            outputs = variation.run()
        except CannotRepeat:
            return []
        known = len(self._run.records[record].outputs)
        changed: dict[Ref, Array] = {(record, n): array for n, array in enumerate(outputs[:known])}
        hits = self._hits(record, variation, changed)
        if any(array.shape != self._lockstep.shape(ref) for ref, array in changed.items()):
            return hits[:1]  # kernels that are given another shape may take the process down
        at_once, goes_on = bool(hits), False
        for index in self._region:
            row = self._run.records[index]
            if index <= record or not any(ref in changed for ref in row.inputs):
                continue
            goes_on = goes_on or bool(hits)
            new = self._lockstep.outputs(index, {**self._fed, **changed})
            fresh = {(index, slot): array for slot, array in enumerate(new)}
            hits += self._hits(record, variation, fresh)
            changed.update(fresh)
            if len({hit.target for hit in hits}) > 1:
                break
        alone = len({hit.target for hit in hits}) == 1 and len(self._telling) > 1
        if variation.weak and at_once and goes_on and alone:
            return []  # the other side computes it on its way, and then goes on otherwise
        return hits[:1]

    def _tells(self, number: int, target: Array) -> bool:
        """It is not one number over and over, nor what comes out without a variation."""
        if not target.size or target.min() == target.max():
            return False
        for record in self._region:
            for slot in range(len(self._run.records[record].outputs)):
                array = self._fed.get((record, slot))
                if array is None or not may_be_equal(
                    fingerprint(array), self._prints[number], self._tolerance
                ):
                    continue
                error, order = best_order(array, target, self._tolerance)
                if order is not None and error <= self._tolerance:
                    return False
        return True

    def _hits(self, record: int, variation: Variation, fresh: Mapping[Ref, Array]) -> list[Hit]:
        """Which of the other run's values these are."""
        found: list[Hit] = []
        for ref, array in fresh.items():
            if array.dtype.kind not in "fiu" or not array.size:
                continue
            mine = fingerprint(array)
            for number in sorted(self._telling):
                target = self._targets[number]
                if not may_be_equal(mine, self._prints[number], max(self._tolerance, 1e-6)):
                    continue
                error, order = best_order(array, target, self._tolerance)
                if order is not None and error <= self._tolerance:
                    found.append(Hit(record, variation.kind, variation.says, ref, number, error))
                    break
        return found
