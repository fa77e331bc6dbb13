"""Asks watches of a recorded run, without running it again.

Statistics answer most; where they cannot, the kept value is computed on, and only then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..ir import NOTHING, OpRecord, Phase, Place, Run, TensorSummary
from ..ir.expression import BadExpression
from ..ir.finding import Finding, FindingKind, Index
from ..ir.watchpoint import Watch, WatchKind, parse_watch
from ..protocol.refusal import Refusal
from .backend import Backend
from .element import number_text
from .judge import Judge
from .values import Values

_MOST = 200  # findings of one watch
_BLOCK = 1 << 22
_FLOATS = ("float", "bfloat", "complex")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a watch holds: what is so, and the first element that shows it, where one does."""

    slot: int
    what: str
    index: Index = ()
    result: str = ""


class Watched:
    """One run as it stands. On the model's thread."""

    def __init__(self, run: Run, values: Values, backend: Backend, judge: Judge) -> None:
        self._run = run
        self._values = values
        self._backend = backend
        self._judge = judge

    def ask(self, text: str) -> tuple[list[Finding], str]:
        """The ops at which a watch holds, one finding for each, and why it cannot be asked of
        some, "" where it can of all. Raises Refusal where the watch is none."""
        try:
            watch = parse_watch(text)
        except BadExpression as error:
            raise Refusal("bad-watch", f"{text}: {error}") from error
        fits: dict[int, bool] = {}
        found: dict[int, Finding] = {}
        problem = ""
        for record, row in enumerate(self._run.records):
            if row.op not in fits:
                fits[row.op] = watch.fits(self._run.graph, row.op)
            if not fits[row.op] or row.error:
                continue
            try:
                hit = next(self._hits(watch, record, row), None)
            except Refusal as error:
                problem = problem or str(error)
                continue
            if hit is None:
                continue
            old = found.get(row.op)
            if old is None and len(found) < _MOST:
                found[row.op] = self._finding(watch, record, row, hit)
            elif old is not None:
                found[row.op] = replace(old, times=old.times + 1)
        if watch.where and not any(fits.values()):
            problem = f"No op that ran fits {watch.where}."
        return list(found.values()), problem

    def _hits(self, watch: Watch, record: int, row: OpRecord) -> Iterator[Hit]:
        if watch.kind is WatchKind.EXPRESSION:
            if self._holds(watch, record, row):
                yield Hit(0, "this holds")
            return
        for slot, summary in enumerate(row.outputs):
            if watch.kind in (WatchKind.VANISHING, WatchKind.EXPLODING):
                if not _is_gradient(row, slot) or not _is_float(summary):
                    continue
            elif watch.kind in (WatchKind.DEAD, WatchKind.SATURATED) and not _is_float(summary):
                continue
            what = _BY_SUMMARY[watch.kind](watch, summary)
            if what and watch.kind in _BY_VALUE:
                hit = self._by_value(watch, record, slot, summary)
            else:
                hit = Hit(slot, what) if what else None
            if hit is not None:
                yield hit

    def _by_value(self, watch: Watch, record: int, slot: int, summary: TensorSummary) -> Hit | None:
        """What statistics leave open, or the element that shows it."""
        test, share = _BY_VALUE[watch.kind]
        value = self._values.get((record, slot))[0]
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

    def _holds(self, watch: Watch, record: int, row: OpRecord) -> bool:
        names = self._names(watch, record, row)
        if names is None:
            return False
        assert watch.expression is not None
        return self._judge.holds(watch.expression, names)

    def _names(self, watch: Watch, record: int, row: OpRecord) -> Mapping[str, object] | None:
        assert watch.expression is not None
        wanted = watch.expression.names
        if wanted & {"output", "shape", "dtype"} and not row.outputs:
            return None
        if "output" in wanted and row.outputs[0].text:
            return None  # text and what is no tensor
        given: list[object] = []
        if "inputs" in wanted:
            given = [self._values.get(ref)[0] for ref in row.inputs]
        scope = self._run.graph.ops[row.op].scope
        place = Place(record, row.op, scope, row.frame, row.source)
        names = dict(self._judge.named(place, given))
        names["phase"] = row.phase.value
        names["shape"] = row.outputs[0].shape if row.outputs else None
        names["dtype"] = row.outputs[0].dtype if row.outputs else None
        if wanted & {"output", "outputs"}:
            count = len(row.outputs)
            outputs = [self._values.get((record, slot))[0] for slot in range(count)]
            names.update(self._judge.outputs(outputs))
        return names

    def _finding(self, watch: Watch, record: int, row: OpRecord, hit: Hit) -> Finding:
        label = self._run.graph.op_label(row.op)
        line = ""
        if row.source >= 0:
            source = self._run.graph.sources[row.source]
            line = f" ({source.file}, line {source.line})"
        message = f"{label} fits the watch “{watch.text}”: {hit.what}{line}."
        kind = FindingKind.WATCH
        return Finding(
            kind, record, hit.slot, watch.text, message, index=hit.index, result=hit.result
        )


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
