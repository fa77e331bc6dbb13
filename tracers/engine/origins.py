"""Which ops of a run made values that are not finite, apart from those that pass them on.

A producer makes NaN or Inf from finite inputs, or NaN from inputs without NaN. It is benign where
all that came of it was meant:

- it was told to: an infinity is among its arguments (`masked_fill(mask, -inf)`);
- nothing that is not finite remains: all its readers select (`where`, `clamp`, a slice, a
  comparison), or make nought of -Inf (`softmax`, `exp`); where some do, -Inf that nobody reads is
  meant, too (sums of logarithms, pass by pass);
- it is memory that nothing has written (`empty`), or a kernel's scratch output;
- a gradient is Inf or NaN in a run that checks gradients for it (GradScaler).

What a benign producer made still counts where an op makes NaN of it: softmax over -Inf alone.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..ir import OUTSIDE, OpRecord, Phase, Ref, Run, TensorSummary, ValueKind
from .op_words import ends_masks, hands_on, is_filler, is_told, makes_unwritten, selects

# Statistics of a value from outside by its index in Graph.values; None where it has none.
Outside = Callable[[int], TensorSummary | None]

_MOST_WALKS = 200  # producers whose spread is followed
_SCALER = "_amp_"
_LISTS = ("variant", "resource")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where values that are not finite come from.

    Attributes:
        record: the producer; OUTSIDE for a value from outside.
        slot: which output; of a value from outside, its index in Graph.values.
        turned: the first record after it that made NaN of Inf, -1 for none.
        ops, values: how far it spread.
        times: how many executions of the op, or of one like it on its line, are producers.
    """

    record: int
    slot: int
    turned: int = -1
    ops: int = 0
    values: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class _Spread:
    values: frozenset[Ref]
    records: frozenset[int]
    reached: bool


class Origins:
    """Of one run as it stands."""

    def __init__(self, run: Run, outside: Outside) -> None:
        self._run = run
        self._outside = outside
        self._known: dict[int, TensorSummary | None] = {}
        self._readers: dict[Ref, list[int]] = defaultdict(list)
        self._producers: list[int] = []
        self._turned: list[int] = []
        self._from_outside: dict[Ref, None] = {}
        self._unwritten: set[Ref] = set()
        self._carried: dict[Ref, bool] = {}  # lists that hold such values, and whether NaN
        self.benign = 0
        self._written = _written_values(run)
        self._scaled = any(run.graph.ops[row.op].type.startswith(_SCALER) for row in run.records)
        self._walk()

    def summary(self, ref: Ref) -> TensorSummary | None:
        """What is known of a value."""
        record, slot = ref
        if record >= 0:
            outputs = self._run.records[record].outputs
            return outputs[slot] if slot < len(outputs) else None
        if slot not in self._known:
            found = self._outside(slot) if record == OUTSIDE and slot >= 0 else None
            if found is not None and not found.finite and slot in self._written:
                found = None  # the run has written to it since: what it was is not known
            self._known[slot] = found
        return self._known[slot]

    def find(self) -> list[Origin]:
        """Producers that are not benign, in the order in which they ran; one for each op and
        for each line."""
        found: list[Origin] = []
        by_place: dict[tuple[object, ...], int] = {}
        tainted: set[Ref] = set()
        for record in sorted([*self._producers, *self._turned])[:_MOST_WALKS]:
            row = self._run.records[record]
            place = self._place(row)
            if place in by_place:
                at = by_place[place]
                old = found[at]
                spread = self._spread(self._bad_outputs(record), row.phase)
                tainted |= spread.values
                found[at] = Origin(
                    old.record, old.slot, old.turned, old.ops, old.values, old.times + 1
                )
                continue
            if self._is_excused(record, tainted):
                continue
            starts = self._bad_outputs(record)
            spread = self._spread(starts, row.phase)
            turned = record in self._turned
            if not spread.reached:
                self.benign += 1
                continue
            by_place[place] = len(found)
            tainted |= spread.values
            found.append(self._origin(record, starts[0][1], spread, turned))
        inherited = [self._came_in(ref) for ref in self._from_outside]
        return [*(origin for origin in inherited if origin is not None), *found]

    def _place(self, row: OpRecord) -> tuple[object, ...]:
        """The same for ops of one kind on one line of a module: passes of a loop."""
        op = self._run.graph.ops[row.op]
        return (op.type, op.scope, row.phase, row.source) if row.source >= 0 else (row.op,)

    def _walk(self) -> None:
        graph = self._run.graph
        for index, row in enumerate(self._run.records):
            bad_in = [ref for ref in dict.fromkeys(row.inputs) if self._is_bad(ref)]
            for ref in bad_in:
                self._readers[ref].append(index)
                if ref[0] == OUTSIDE:
                    self._from_outside[ref] = None
            op = graph.ops[row.op]
            for slot, summary in enumerate(row.outputs if bad_in else ()):
                if summary.dtype in _LISTS:
                    self._carried[index, slot] = any(self._has_nan(ref) for ref in bad_in)
            if makes_unwritten(op):
                self._unwritten.update((index, slot) for slot in range(len(row.outputs)))
                continue
            tainted = any(ref in self._unwritten for ref in row.inputs)
            if tainted and hands_on(op):
                self._unwritten.update((index, slot) for slot in range(len(row.outputs)))
            if not self._bad_outputs(index) or tainted:
                continue
            makes_nan = any(self._has_nan(ref) for ref in self._bad_outputs(index))
            if not bad_in:
                meant = is_told(op) and (is_filler(op) or not makes_nan)
                if not meant:
                    self._producers.append(index)
            elif makes_nan and not any(self._has_nan(ref) for ref in bad_in):
                self._turned.append(index)

    def _slots(self, record: int) -> list[int]:
        """Outputs that are not finite, but for scratch memory of kernels."""
        outputs = self._run.records[record].outputs
        return [
            slot
            for slot, summary in enumerate(outputs)
            if (not summary.finite or (record, slot) in self._carried)
            and not (slot > 0 and summary.dtype == "uint8" != outputs[0].dtype)
        ]

    def _bad_outputs(self, record: int) -> list[Ref]:
        return [(record, slot) for slot in self._slots(record)]

    def _is_bad(self, ref: Ref) -> bool:
        summary = self.summary(ref)
        return ref in self._carried or (summary is not None and not summary.finite)

    def _has_nan(self, ref: Ref) -> bool:
        summary = self.summary(ref)
        return self._carried.get(ref, False) or (summary is not None and summary.nan > 0)

    def _is_excused(self, record: int, tainted: set[Ref]) -> bool:
        """It is part of what an earlier producer made, or is caught on purpose."""
        row = self._run.records[record]
        if any(ref in tainted for ref in row.inputs):
            return True
        if row.phase is not Phase.BACKWARD:
            return False
        if self._scaled:
            self.benign += 1
            return True
        if row.forward < 0:
            return False
        forward = self._run.records[row.forward]
        saved = [*forward.inputs, *((row.forward, n) for n in range(len(forward.outputs)))]
        return any(ref in tainted for ref in saved)

    def _spread(self, starts: Iterable[Ref], phase: Phase) -> _Spread:
        """All that is not finite because of these values."""
        waiting = deque(starts)
        seen = set(waiting)
        records: set[int] = set()
        reached = unread = masked = False
        while waiting:
            ref = waiting.popleft()
            readers = [
                index
                for index in self._readers.get(ref, ())
                if phase is Phase.BACKWARD or self._run.records[index].phase is Phase.FORWARD
            ]
            summary = self.summary(ref)
            only_masks = summary is not None and not summary.nan and not summary.posinf
            unread = unread or (not readers and only_masks)
            reached = reached or not (readers or only_masks)
            for index in readers:
                if self._ends(ref, index):
                    masked = masked or ends_masks(self._run.graph.ops[self._run.records[index].op])
                    continue
                bad = self._bad_outputs(index)
                reached = reached or not bad  # finite again, though nobody chose that
                if bad:
                    records.add(index)
                fresh = [each for each in bad if each not in seen]
                seen.update(fresh)
                waiting.extend(fresh)
        return _Spread(frozenset(seen), frozenset(records), reached or (unread and not masked))

    def _ends(self, ref: Ref, reader: int) -> bool:
        """What is not finite in a value goes no further in this reader, and is meant to."""
        row = self._run.records[reader]
        op = self._run.graph.ops[row.op]
        bad = self._bad_outputs(reader)
        if bad:
            makes_nan = any(self._has_nan(each) for each in bad)
            return is_filler(op) and is_told(op) and not makes_nan
        given = self.summary(ref)
        assert given is not None
        only_masks = not given.nan and not given.posinf
        looked_at = all(out.dtype == "bool" for out in row.outputs)
        return selects(op) or looked_at or (only_masks and ends_masks(op))

    def _origin(self, record: int, slot: int, spread: _Spread, turned: bool) -> Origin:
        first = record if turned else self._turns(spread.records)
        values = len([ref for ref in spread.values if ref[0] != record])
        return Origin(record, slot, first, len(spread.records), values)

    def _turns(self, records: frozenset[int]) -> int:
        return min((index for index in self._turned if index in records), default=-1)

    def _came_in(self, ref: Ref) -> Origin | None:
        """A value from outside that is not finite and was not meant so."""
        summary = self.summary(ref)
        value = self._run.graph.values[ref[1]]
        if summary is None or value.kind is ValueKind.CONSTANT:
            return None
        if not summary.nan and value.kind is not ValueKind.PARAMETER:
            return None  # an Inf that is given is a mask
        spread = self._spread([ref], Phase.FORWARD)
        if not spread.reached:
            self.benign += 1
            return None
        return Origin(
            OUTSIDE,
            ref[1],
            self._turns(spread.records),
            len(spread.records),
            len(spread.values) - 1,
        )


def _written_values(run: Run) -> set[int]:
    """Values from outside that an op in place may have written to."""
    return {
        slot
        for row in run.records
        if _is_in_place(run, row)
        for record, slot in row.inputs
        if record == OUTSIDE
    }


def _is_in_place(run: Run, row: OpRecord) -> bool:
    name = run.graph.ops[row.op].type
    return name.endswith("_") or "_foreach" in name or "_fused" in name or "step" in name.lower()
