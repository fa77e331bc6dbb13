"""What the why questions read of a run: elements, statistics and names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ir import OUTSIDE, OpRecord, Ref, Run, TensorSummary, ValueKind
from ..ir.finding import Finding, Index
from ..protocol.refusal import Refusal
from .backend import Backend
from .blocks import BLOCK
from .element import Element, Given
from .explain import explain_one
from .origins import Origin
from .values import Values

_KINDS = {
    ValueKind.INPUT: "input",
    ValueKind.PARAMETER: "parameter",
    ValueKind.BUFFER: "buffer",
    ValueKind.CONSTANT: "constant",
}
Test = Callable[[Any], Any]  # of an array, which elements fit


class Look:
    """Of one run as it stands, on the model's thread."""

    def __init__(self, run: Run, values: Values, backend: Backend) -> None:
        self.run = run
        self.backend = backend
        self._values = values

    def value(self, ref: Ref) -> object | None:
        """A value; None where it is not held."""
        try:
            return self._values.get(ref)[0]
        except Refusal:
            return None

    def hold(self, ref: Ref) -> None:
        """Raise Refusal where a value is not held."""
        self._values.get(ref)

    def summary(self, ref: Ref) -> TensorSummary | None:
        """Its statistics; None where they are not known."""
        record, slot = ref
        try:
            return self._values.get(ref)[1]
        except Refusal:
            if record < 0:
                return None
        outputs = self.run.records[record].outputs
        return outputs[slot] if slot < len(outputs) else None

    def element(self, ref: Ref, index: Index) -> Element:
        """An element of an output with its op's inputs at hand."""
        row = self.run.records[ref[0]]
        given = [self.given(each) for each in row.inputs]
        op = self.run.graph.ops[row.op]
        made = Element(self.backend, op, row, ref[1], None, given, False)
        made.index = index
        made.result = self.number(ref, index)
        return made

    def given(self, ref: Ref) -> Given:
        """What an op read."""
        if ref[0] < OUTSIDE or ref[1] < 0:  # what a loop gives has no name here
            return Given("x", None, None)
        value = self.value(ref)
        summary = self.summary(ref) if value is not None or ref[0] >= 0 else None
        return Given(self._values.name(ref), summary, value)

    def number(self, ref: Ref, index: Index) -> float | None:
        """One element; None where it cannot be had."""
        value = self.value(ref)
        if value is None:
            return None
        try:
            part: Any = np.asarray(self.backend.cut(value, index))
        except (Refusal, IndexError):
            return None
        if part.size != 1 or part.dtype.kind not in "fiub":
            return None
        return float(part.reshape(-1)[0])

    def first(self, ref: Ref, test: Test) -> tuple[Index | None, int]:
        """The index of the first element that fits, None where there is none, and how many do."""
        value, summary = self.value(ref), self.summary(ref)
        if value is None or summary is None:
            return None, 0
        shape = summary.shape
        rows, inner = (shape[0] if shape else 1), math.prod(shape[1:])
        step = max(1, BLOCK // max(1, inner))
        found: Index | None = None
        count = 0
        for start in range(0, rows, step):
            picks = (slice(start, min(start + step, rows)),) if shape else ()
            try:
                part = np.asarray(self.backend.cut(value, picks))
            except (Refusal, IndexError):
                return None, 0
            if part.dtype.kind not in "fiub":
                return None, 0
            fits = np.asarray(test(part))
            count += int(np.count_nonzero(fits))
            if found is None and fits.any():
                place = [int(n) for n in np.unravel_index(int(fits.argmax()), part.shape)]
                if shape:
                    place[0] += start
                found = tuple(place) if shape else ()
        return found, count

    def explain(self, origin: Origin) -> Finding:
        """What there is to say of an op that made something not finite."""
        return explain_one(self.run, self._values, self.backend, origin)

    def label(self, ref: Ref) -> str:
        """A value for a sentence ("relu in net.1", "the parameter net.0.weight")."""
        record, slot = ref
        graph = self.run.graph
        if record >= 0:
            row = self.run.records[record]
            label = graph.op_label(row.op)
            turns = self.run.turns(row.frame)
            return label + (f", pass {', '.join(str(n + 1) for n in turns)}" if turns else "")
        value = graph.values[slot]
        kind = _KINDS.get(value.kind, "value")
        return f"the {kind} {value.name}" if value.name else f"a {kind}"

    def kind(self, ref: Ref) -> ValueKind:
        """Where a value comes from."""
        return ValueKind.OUTPUT if ref[0] >= 0 else self.run.graph.values[ref[1]].kind

    def line(self, ref: Ref) -> str:
        """File and line of an op in brackets, "" where unknown."""
        row: OpRecord | None = self.run.records[ref[0]] if ref[0] >= 0 else None
        if row is None or row.source < 0:
            return ""
        line = self.run.graph.sources[row.source]
        return f" ({line.file}, line {line.line})"


def magnitude(summary: TensorSummary | None) -> float | None:
    """Largest |x| of the finite elements; None where it is not known."""
    if summary is None or summary.minimum is None or summary.maximum is None:
        return None
    return max(abs(float(summary.minimum)), abs(float(summary.maximum)))


def place_text(index: Index) -> str:
    """ " at [0, 3]", "" of a scalar."""
    return f" at [{', '.join(map(str, index))}]" if index else ""
