"""Asks a watch of one executed op. Statistics answer most; where they cannot, the value is
computed on, and only then.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..ir import NOTHING, OpRecord, Phase, Place, Ref, Run, TensorSummary
from ..ir.finding import Index
from ..ir.watchpoint import Since, Watch, WatchKind
from .backend import Backend
from .before import Before
from .differing import change_of
from .element import number_text
from .executions import Executions
from .judge import Judge
from .late import Late
from .values import Values

_BLOCK = 1 << 22
_FLOATS = ("float", "bfloat", "complex")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a watch holds: what is so, and the first element that shows it, where one does."""

    slot: int
    what: str
    index: Index = ()
    result: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """One executed op.

    Attributes:
        outputs, given: its values where they are at hand; None: those that are kept are read.
        earlier: the same of the op's last execution before, by slot.
    """

    record: int
    row: OpRecord
    outputs: Sequence[object] | None = None
    given: Sequence[object] | None = None
    earlier: Mapping[int, object] = field(default_factory=dict[int, object])


class ValueConditions:
    """Over one run. On the model's thread, with the backend's functions quiet.

    Attributes:
        before: what is known of the run before a restart.
        executions: which are of the same op.
    """

    def __init__(
        self, run: Run, values: Values, backend: Backend, judge: Judge, late: Late | None = None
    ) -> None:
        self.before = Before()
        self.executions = Executions(run)
        self._run = run
        self._values = values
        self._backend = backend
        self._judge = judge
        self._late = late

    def keep(self, value: object) -> object:
        """A snapshot of a value, to be held against a later one."""
        return self._backend.keep(value)

    def hit(self, watch: Watch, done: Execution) -> Hit | None:
        """The first output for which a watch holds. Raises Refusal where it cannot be asked."""
        return next(self._hits(watch, done), None)

    def output_holds(self, watch: Watch, ref: Ref) -> bool:
        """Whether the statistics of an output of a record show what is watched for."""
        return bool(_BY_SUMMARY[watch.kind](watch, self._summary(watch, ref)))

    def _hits(self, watch: Watch, done: Execution) -> Iterator[Hit]:
        if watch.kind is WatchKind.EXPRESSION:
            if self._holds(watch, done):
                yield Hit(0, "this holds")
            return
        row = done.row
        for slot, known in enumerate(row.outputs):
            if watch.kind in (WatchKind.VANISHING, WatchKind.EXPLODING):
                if not _is_gradient(row, slot) or not _is_float(known):
                    continue
            elif watch.kind in (WatchKind.DEAD, WatchKind.SATURATED) and not _is_float(known):
                continue
            hit = self._of_output(watch, done, slot, self._summary(watch, (done.record, slot)))
            if hit is not None:
                yield hit

    def _of_output(
        self, watch: Watch, done: Execution, slot: int, summary: TensorSummary
    ) -> Hit | None:
        if watch.kind is WatchKind.CHANGES:
            if watch.since is Since.RUN:
                return self._since_run(watch, done, slot, summary)
            return self._since_pass(watch, done, slot, summary)
        what = _BY_SUMMARY[watch.kind](watch, summary)
        if what and watch.kind in _BY_VALUE:
            return self._by_value(watch, done, slot, summary)
        return Hit(slot, what) if what else None

    def _summary(self, watch: Watch, ref: Ref) -> TensorSummary:
        """What is known of an output; computed now where a watch needs it."""
        record, slot = ref
        known = self._run.records[record].outputs[slot]
        if not known.pending or self._late is None:
            return known
        if watch.kind in (WatchKind.NAN, WatchKind.INF):
            return self._late.sure(ref)
        if watch.kind is WatchKind.CHANGES and watch.since is Since.PASS:
            return known
        return self._late.need(ref)

    def _value(self, done: Execution, slot: int) -> object:
        if done.outputs is not None:
            return done.outputs[slot]
        return self._values.get((done.record, slot))[0]

    def _by_value(
        self, watch: Watch, done: Execution, slot: int, summary: TensorSummary
    ) -> Hit | None:
        """What statistics leave open, or the element that shows it."""
        test, share = _BY_VALUE[watch.kind]
        value = self._value(done, slot)
        count, at, first = 0, (), math.nan
        for start, part in self._blocks(value, summary.shape):
            with np.errstate(all="ignore"):
                marks = test(watch, part, summary)
            number = int(marks.sum())
            if number and not count:
                flat = int(marks.reshape(-1).argmax())
                place = [int(n) for n in np.unravel_index(flat, part.shape)]
                if place:
                    place[0] += start
                at, first = tuple(place), float(part.reshape(-1)[flat])
            count += number
        total = math.prod(summary.shape)
        if not count or (share and count / total <= watch.number):
            return None
        if share:
            return Hit(slot, f"{count / total:.1%} of {total:,} elements are {share}")
        made = number_text(first)
        where = f" at [{', '.join(map(str, at))}]" if at else ""
        said = "1 element is" if count == 1 else f"{count:,} elements are"
        return Hit(slot, f"{said} so, first {made}{where}", at, made)

    def _since_pass(
        self, watch: Watch, done: Execution, slot: int, summary: TensorSummary
    ) -> Hit | None:
        """Against the op's last execution before, element by element."""
        earlier: object = done.earlier.get(slot)
        if earlier is None:
            before = self.executions.before(done.record)
            if before < 0:
                return None
            known = self._run.records[before].outputs[slot : slot + 1]
            if not known or known[0].text:
                return None
            if known[0].shape != summary.shape:
                return Hit(slot, f"its shape was {list(known[0].shape)} in the pass before")
            earlier = self._values.get((before, slot))[0]
        if summary.text:
            return None
        pairs = zip(
            self._blocks(self._value(done, slot), summary.shape),
            self._blocks(earlier, summary.shape),
            strict=False,
        )
        change = change_of((start, now, old) for (start, now), (_, old) in pairs)
        limit = watch.number * (change.largest if watch.relative else 1)
        if not change.most > limit:
            return None
        where = f" at [{', '.join(map(str, change.index))}]" if change.index else ""
        size = f", {change.most / change.largest:.3g} of the largest" if watch.relative else ""
        was, made = number_text(change.old), number_text(change.new)
        what = f"an element was {was} in the pass before and is {made}{where}{size}"
        return Hit(slot, what, change.index, made)

    def _since_run(
        self, watch: Watch, done: Execution, slot: int, summary: TensorSummary
    ) -> Hit | None:
        """Against the same execution of the run before a restart, by its statistics."""
        op = done.row.op
        turn = bisect_left(self._run.executions(op), done.record)
        what = self.before.change(watch, self._run.graph.ops[op].key, turn, slot, summary)
        return Hit(slot, what) if what else None

    def _blocks(self, value: object, shape: tuple[int, ...]) -> Iterator[tuple[int, Any]]:
        rows = shape[0] if shape else 1
        step = max(1, _BLOCK // max(1, math.prod(shape[1:])))
        for start in range(0, rows, step):
            picks = (slice(start, min(start + step, rows)),) if shape else ()
            part: Any = np.asarray(self._backend.cut(value, picks))
            if part.dtype.kind in "fiub":
                yield start, part
            elif part.dtype.kind == "c":
                yield start, np.abs(part)

    def _holds(self, watch: Watch, done: Execution) -> bool:
        names = self._names(watch, done)
        if names is None:
            return False
        assert watch.expression is not None
        return self._judge.holds(watch.expression, names)

    def _names(self, watch: Watch, done: Execution) -> Mapping[str, object] | None:
        assert watch.expression is not None
        record, row = done.record, done.row
        wanted = watch.expression.names
        if wanted & {"output", "shape", "dtype"} and not row.outputs:
            return None
        if "output" in wanted and row.outputs[0].text:
            return None  # text and what is no tensor
        given: Sequence[object] = done.given or ()
        if "inputs" in wanted and done.given is None:
            given = [self._values.get(ref)[0] for ref in row.inputs]
        scope = self._run.graph.ops[row.op].scope
        place = Place(record, row.op, scope, row.frame, row.source)
        names = dict(self._judge.named(place, given))
        names["phase"] = row.phase.value
        names["shape"] = row.outputs[0].shape if row.outputs else None
        names["dtype"] = row.outputs[0].dtype if row.outputs else None
        if wanted & {"output", "outputs"}:
            count = len(row.outputs)
            outputs = [self._value(done, slot) for slot in range(count)]
            names.update(self._judge.outputs(outputs))
        return names


def _is_float(summary: TensorSummary) -> bool:
    return summary.dtype.startswith(_FLOATS)


def _is_gradient(row: OpRecord, slot: int) -> bool:
    if row.phase is not Phase.BACKWARD:
        return False
    return slot >= len(row.gradient_of) or row.gradient_of[slot] != NOTHING


def _furthest(summary: TensorSummary) -> float:
    known = [abs(x) for x in (summary.minimum, summary.maximum) if x is not None]
    return max(known, default=0.0)


def _outside(watch: Watch, summary: TensorSummary) -> str:
    low, high = summary.minimum, summary.maximum
    if low is None or high is None or (low >= watch.number and high <= watch.high):
        return ""
    return f"it ranges from {number_text(low)} to {number_text(high)}"


def _whole(summary: TensorSummary) -> bool:
    return summary.finite and summary.minimum is not None and summary.minimum == summary.maximum


def _exploding(watch: Watch, summary: TensorSummary) -> str:
    if not summary.finite:
        return "the gradient is not finite"
    most = _furthest(summary)
    return f"the gradient reaches {number_text(most)}" if most > watch.number else ""


def _vanishing(watch: Watch, summary: TensorSummary) -> str:
    small = summary.rms is not None and summary.rms < watch.number
    return f"the gradient's rms is {number_text(summary.rms)}" if small else ""


def _constant(_: Watch, summary: TensorSummary) -> str:
    many = math.prod(summary.shape) > 1
    return f"every element is {number_text(summary.minimum)}" if many and _whole(summary) else ""


def _zero(_: Watch, summary: TensorSummary) -> str:
    return "every element is 0" if _whole(summary) and summary.maximum == 0 else ""


def _may_be_dead(_: Watch, summary: TensorSummary) -> str:
    low, high = summary.minimum, summary.maximum
    return "?" if low is not None and high is not None and low <= 0 <= high else ""


def _may_be_saturated(_: Watch, summary: TensorSummary) -> str:
    return "?" if summary.minimum is not None and math.prod(summary.shape) > 1 else ""


# Whether statistics show it, in words; "?" where the value must be asked.
_BY_SUMMARY: dict[WatchKind, Callable[[Watch, TensorSummary], str]] = {
    WatchKind.NAN: lambda _, row: f"{row.nan:,} NaN" if row.nan else "",
    WatchKind.INF: lambda _, row: "Inf" if row.posinf or row.neginf else "",
    WatchKind.ABSMAX: lambda watch, row: "?" if _furthest(row) > watch.number else "",
    WatchKind.RANGE: _outside,
    WatchKind.ZERO: _zero,
    WatchKind.DEAD: _may_be_dead,
    WatchKind.SATURATED: _may_be_saturated,
    WatchKind.CONSTANT: _constant,
    WatchKind.VANISHING: _vanishing,
    WatchKind.EXPLODING: _exploding,
}
_Test = Callable[[Watch, Any, TensorSummary], Any]


def _beyond(watch: Watch, part: Any, _: TensorSummary) -> Any:
    return np.isfinite(part) & (np.abs(part.astype(np.float64)) > watch.number)


def _at_ends(_: Watch, part: Any, summary: TensorSummary) -> Any:
    low, high = summary.minimum or 0.0, summary.maximum or 0.0
    edge = (high - low) * 1e-3
    return (part <= low + edge) | (part >= high - edge)


# By watch: which elements show it, and what a share of them is called.
_BY_VALUE: dict[WatchKind, tuple[_Test, str]] = {
    WatchKind.NAN: (lambda _, part, __: np.isnan(part), ""),
    WatchKind.INF: (lambda _, part, __: np.isinf(part), ""),
    WatchKind.ABSMAX: (_beyond, ""),
    WatchKind.DEAD: (lambda _, part, __: part == 0, "0"),
    WatchKind.SATURATED: (_at_ends, "at the least or the greatest value"),
}
