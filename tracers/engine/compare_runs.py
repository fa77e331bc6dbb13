"""Holds a run with edits against the run without them, op by op, as it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..ir import Change, Difference, OpRecord, Ref, Run, RunState, TensorSummary
from .history import History
from .replacements import Editable, Verdict
from .sameness import Sameness

# An execution of an op: its index, and how often it had run before.
_Turn = tuple[int, int]


@dataclass(slots=True)
class Baseline:
    """The run without edits.

    Attributes:
        records: in order, those of the run with edits up to the first edit among them.
        values: those of its outputs that are held.
        whole: the run came to its end, or raised; else it was broken off.
    """

    records: list[OpRecord]
    values: History
    whole: bool
    _places: dict[_Turn, int] = field(default_factory=dict[_Turn, int])

    def __post_init__(self) -> None:
        counts: dict[int, int] = {}
        for index, record in enumerate(self.records):
            turn = counts.get(record.op, 0)
            counts[record.op] = turn + 1
            self._places[record.op, turn] = index

    def find(self, turn: _Turn) -> int:
        """The record of an execution, -1 for none."""
        return self._places.get(turn, -1)


class Comparison:
    """Of one run with its baseline. `edited` says of a record that an edit was applied there.

    Nothing before the first edited record is compared: it is what the baseline holds, too.
    """

    def __init__(
        self,
        run: Run,
        values: History,
        backend: Editable,
        baseline: Baseline,
        edited: Callable[[int], bool],
    ) -> None:
        self._run = run
        self._values = values
        self._backend = backend
        self._baseline = baseline
        self._edited = edited
        self._changes: dict[int, Change] = {}
        self._before: list[int] = []  # by record, the baseline's record of that execution
        self._counts: dict[int, int] = {}
        self._begun = False
        self._sameness = Sameness(run.graph)

    def forget_from(self, record: int) -> None:
        """The run was rewound: its records from one on come anew."""
        for index in range(len(self._before) - 1, record - 1, -1):
            self._changes.pop(index, None)
        del self._before[record:]
        self._sameness.forget_from(record)
        self._counts = {}
        for row in self._run.records[: len(self._before)]:
            self._counts[row.op] = self._counts.get(row.op, 0) + 1
        self._begun = any(map(self._edited, range(len(self._before))))

    def follow(self) -> list[Change]:
        """Compare what has run since, and tell all that differs, in the order it ran."""
        for index in range(len(self._before), len(self._run.records)):
            row = self._run.records[index]
            turn = self._counts.get(row.op, 0)
            self._counts[row.op] = turn + 1
            before = self._baseline.find((row.op, turn))
            self._before.append(before)
            edited = self._edited(index)
            self._begun = self._begun or edited
            change = self._compared(index, row, before, edited) if self._begun else None
            if change is not None:
                self._changes[index] = change
        return self._in_order()

    def _compared(self, index: int, row: OpRecord, before: int, edited: bool) -> Change | None:
        how = Difference.EDITED if edited else Difference.CHANGED
        if before < 0:
            if edited:
                return Change(row.op, index, -1, how)
            known = self._baseline.whole and not self._is_part(row.op, self._ran_before)
            return Change(row.op, index, -1, Difference.ADDED) if known else None
        old = self._baseline.records[before]
        differs, largest, text = self._rows(index, row, before, old)
        if differs:
            return Change(row.op, index, before, how, largest, text)
        return Change(row.op, index, before, how, 0.0, "the same as without") if edited else None

    def _rows(
        self, index: int, row: OpRecord, before: int, old: OpRecord
    ) -> tuple[bool, float | None, str]:
        if row.error or old.error:
            text = "raises an error" if row.error else "no longer raises an error"
            return (not old.error or not row.error or row.error != old.error), None, text
        if len(row.outputs) != len(old.outputs):
            return True, None, f"{len(old.outputs)} to {len(row.outputs)} outputs"
        differs, largest, text = False, None, ""
        for slot, (one, other) in enumerate(zip(old.outputs, row.outputs, strict=True)):
            same, distance = self._output((before, slot), one, (index, slot), other)
            if same or (_is_alike(one, other) and self._sameness.excuses(index, slot, row)):
                continue
            text = text if differs else words(one, other)
            differs = True
            if distance is not None:
                largest = distance if largest is None else max(largest, distance)
        return differs, largest, text

    def _output(self, old: Ref, one: TensorSummary, new: Ref, other: TensorSummary) -> Verdict:
        if not _is_alike(one, other):
            return False, None
        held, mine = self._baseline.values.get(old), self._values.get(new)
        if held is not None and mine is not None:
            return self._backend.difference(held, mine)
        if one.pending or other.pending:
            return True, None  # nothing tells
        return numbers(one) == numbers(other), None

    def _in_order(self) -> list[Change]:
        """The changes, and what the run has gone past without running it."""
        state, start = self._run.state, min(self._changes, default=len(self._before))
        met = {before for before in self._before[start:] if before >= 0}
        met.update(before for before in self._before[:start])
        rows = self._baseline.records
        found: list[Change] = []
        passed = start
        for index in range(start, len(self._before)):
            found += self._removed(passed, self._before[index], met)
            passed = max(passed, self._before[index] + 1)
            change = self._changes.get(index)
            if change is not None:
                found.append(change)
        if state is RunState.FINISHED and self._changes:
            found += self._removed(passed, len(rows), met)
        return found

    def _removed(self, first: int, last: int, met: set[int]) -> list[Change]:
        rows = self._baseline.records
        return [
            Change(rows[before].op, -1, before, Difference.REMOVED)
            for before in range(first, last)
            if before not in met and not self._is_part(rows[before].op, self._runs_now)
        ]

    def _is_part(self, op: int, ran: Callable[[int], bool]) -> bool:
        """It is inside an op that the other run did not step into."""
        graph = self._run.graph
        around = (graph.scopes[scope].op for scope in graph.scope_chain(graph.ops[op].scope))
        return any(outer >= 0 and ran(outer) for outer in around)

    def _ran_before(self, op: int) -> bool:
        return self._baseline.find((op, 0)) >= 0

    def _runs_now(self, op: int) -> bool:
        return bool(self._run.executions(op))


def numbers(summary: TensorSummary) -> Sequence[object]:
    """All that statistics tell of a value."""
    return (
        *(summary.minimum, summary.maximum, summary.mean, summary.rms),
        *(summary.nan, summary.posinf, summary.neginf, summary.text),
    )


def words(one: TensorSummary, other: TensorSummary) -> str:
    """What differs most, in a few words: "max 3.2 to 5.1"."""
    if one.shape != other.shape:
        return f"shape {_extents(one.shape)} to {_extents(other.shape)}"
    if one.dtype != other.dtype:
        return f"{one.dtype} to {other.dtype}"
    if one.text != other.text:
        return f"{_short(one.text)} to {_short(other.text)}"
    bad, worse = (side.nan + side.posinf + side.neginf for side in (one, other))
    if bad != worse:
        return f"{bad:,} to {worse:,} not finite"
    if set(one.shape) <= {1} and one.maximum is not None and other.maximum is not None:
        before_words, after_words = _number(one, one.maximum), _number(other, other.maximum)
        return f"{before_words} to {after_words}" if before_words != after_words else ""
    pairs = {
        "max": (one.maximum, other.maximum),
        "min": (one.minimum, other.minimum),
        "mean": (one.mean, other.mean),
        "rms": (one.rms, other.rms),
    }
    scale = max((abs(side) for side in (one.rms, other.rms) if side is not None), default=0.0)
    best, most = "", 0.0
    for name, (before, after) in pairs.items():
        if before is None or after is None:
            continue
        gap = abs(after - before) / (scale or 1.0)
        before_words, after_words = f"{before:.4g}", f"{after:.4g}"
        if gap > most and before_words != after_words:
            best, most = f"{name} {before_words} to {after_words}", gap
    return best


def _is_alike(one: TensorSummary, other: TensorSummary) -> bool:
    return (one.shape, one.dtype) == (other.shape, other.dtype)


def _number(summary: TensorSummary, value: float) -> str:
    return str(bool(value)) if summary.dtype == "bool" else f"{value:.4g}"


def _extents(shape: tuple[int, ...]) -> str:
    return "×".join(str(extent) for extent in shape) or "()"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 24 else text[:23] + "…"
