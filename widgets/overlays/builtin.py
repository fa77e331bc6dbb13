"""The overlays that every run can fill."""

from __future__ import annotations

import math

from ...tracers.ir import OUTSIDE, OpRecord, Run, TensorSummary
from ..run.health import Health
from ..run.wording import bad_text, seconds_text, worst
from ..tensor.formatting import size_text
from .amounts import Amounts
from .overlay import Combine, Grade, Overlay

FINE, ZERO, LARGE, MASK, INF, NAN = range(6)
NEAR = 0.5  # share of what a dtype can hold from which on a value is close to its end
FILLED = 0.999  # the same from which on it is a mask's: finfo.min, and what was added to it
LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
    "complex64": 3.4028234663852886e38,
    "complex128": 1.7976931348623157e308,
    "float8_e4m3fn": 448.0,
    "float8_e5m2": 57344.0,
}


class HealthOverlay(Overlay):
    """Values that are not finite, and those that look as if something went wrong."""

    name = "health"
    title = "Health"
    help = "NaN and infinities, values close to the end of their dtype, and all zeros."
    wires = True
    late = True
    grades = (
        Grade("Fine", ""),
        Grade("All zeros", "warn"),
        Grade("Close to overflow", "warn"),
        Grade("Filled by a mask", "text3"),
        Grade("Inf", "inf"),
        Grade("NaN", "nan"),
    )

    def __init__(self) -> None:
        self._health: Health | None = None

    @property
    def first(self) -> int:
        """The first record that made a value not finite, -1 for none."""
        return -1 if self._health is None else self._health.first

    def begin(self, run: Run, amounts: Amounts) -> None:
        self._health = Health(run, follow=False)

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        health, record = self._health, run.records[index]
        assert health is not None
        health.follow(index + 1)
        computed = 0 <= health.first <= index
        for slot, value in _outputs(run, record):
            amount = grade(record.outputs[slot], computed)
            if amount >= 0:
                amounts.raise_to(record.op, float(amount))
                if not amounts.values[value] >= amount:
                    amounts.put_value(value, float(amount))

    def words(self, amount: float) -> str:
        """A word for a pill."""
        return ("", "zeros", "large", "mask", "Inf", "NaN")[round(amount)]

    def detail(self, run: Run, op: int, amount: float) -> str:
        index = run.last_execution(op)
        bad = worst(run.records[index]) if index >= 0 and amount >= INF else None
        return self.words(amount) if bad is None else bad_text(bad, counted=True)


def grade(output: TensorSummary, computed: bool) -> int:
    """The worst that can be said of an output; -1 where nothing is known.

    `computed`: infinities are there because something went wrong, not as a mask.
    """
    if output.nan:
        return NAN
    if output.posinf or output.neginf:
        return INF if computed else MASK
    if output.minimum is None or output.maximum is None:
        return -1
    far, end = max(abs(output.minimum), abs(output.maximum)), LARGEST.get(output.dtype, math.inf)
    if far >= NEAR * end:
        return LARGE if far < FILLED * end else MASK
    if far == 0.0 and output.dtype != "bool" and math.prod(output.shape) > 1:
        return ZERO
    return FINE


class TimeOverlay(Overlay):
    """How long ops took."""

    name = "time"
    title = "Time"
    help = "How long each op took itself; passes of a loop and the ops of a group are added up."
    combine = Combine.SUM

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        record = run.records[index]
        amounts.add(record.op, record.duration)

    def words(self, amount: float) -> str:
        return seconds_text(amount)


class BytesOverlay(Overlay):
    """How much ops made."""

    name = "bytes"
    title = "Bytes"
    help = "Size of each op's outputs; passes of a loop and the ops of a group are added up."
    combine = Combine.SUM
    wires = True
    logarithmic = True

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        record = run.records[index]
        amounts.add(record.op, float(sum(output.nbytes for output in record.outputs)))
        for slot, value in _outputs(run, record):
            amounts.put_value(value, float(record.outputs[slot].nbytes))

    def words(self, amount: float) -> str:
        return size_text(round(amount))


class RangeOverlay(Overlay):
    """How far values are from zero."""

    name = "range"
    title = "Value range"
    help = "Largest |x| of each op's outputs, over their finite elements; of a group the largest."
    wires = True
    late = True
    logarithmic = True

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        record = run.records[index]
        for slot, value in _outputs(run, record):
            output = record.outputs[slot]
            if output.minimum is not None and output.maximum is not None:
                amount = max(abs(output.minimum), abs(output.maximum))
                amounts.raise_to(record.op, amount)
                amounts.put_value(value, amount)


class GradientOverlay(Overlay):
    """How large gradients are, on the forward ops and weights that they belong to."""

    name = "gradient"
    title = "Gradient norm"
    help = "Norm of the gradient of each op's outputs, and of weights, once a backward pass ran."
    wires = True
    late = True
    logarithmic = True
    missing = "No backward pass has run"

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        record = run.records[index]
        for slot, (made, at) in enumerate(record.gradient_of[: len(record.outputs)]):
            amount = norm(record.outputs[slot])
            if amount is None:
                continue
            amounts.raise_to(record.op, amount)
            if run.gradients((made, at))[-1:] != [(index, slot)]:
                continue  # a later gradient of a value has more of it
            if made == OUTSIDE:
                amounts.put_value(at, amount)
            elif 0 <= made < len(run.records):
                op = run.records[made].op
                values = run.graph.ops[op].outputs
                if at < len(values):
                    amounts.put_value(values[at], amount)
                    amounts.put(op, amounts.together(amounts.values[list(values)]))


def norm(output: TensorSummary) -> float | None:
    """Square root of the sum of squares; None where that is not known."""
    return None if output.rms is None else output.rms * math.sqrt(math.prod(output.shape))


def _outputs(run: Run, record: OpRecord) -> list[tuple[int, int]]:
    """Slot and value of each output that the graph knows."""
    values = run.graph.ops[record.op].outputs
    return list(enumerate(values[: len(record.outputs)]))
