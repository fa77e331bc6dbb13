"""A run's numbers in columns: one row for each output of each executed op. No Qt."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ...tracers.ir import OUTSIDE, OpRecord, Phase, Ref, Run, TensorSummary
from ..run.track import Grown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

HALF_MOST = 65504.0  # the largest float16
NEAR = 0.5  # share of it from which on a value is close to its end
DEAD = 0.99  # share of zeros from which on an output counts as dead
NUMBERS = (
    *("minimum", "maximum", "mean", "std", "rms", "nan", "inf"),
    *("headroom", "zeros", "gradient", "elements"),
)
_WHOLE = ("record", "slot", "op", "dtype", "before")
_FLOATS = ("float", "bfloat", "complex")
_CHUNK = 128  # records between two looks at the clock


class HealthRows:
    """Follows a run; `follow` costs in proportion to what is new.

    Attributes:
        dtypes: names, by the codes in the columns `dtype` and `before`.
        version: another number after each change.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.dtypes: list[str] = []
        self.version = 0
        self._codes: dict[str, int] = {}
        self._numbers = {name: Grown(np.float64) for name in NUMBERS}
        self._whole = {name: Grown(np.int32) for name in _WHOLE}
        self._backward = Grown(np.bool_)
        self._pending = Grown(np.bool_)
        self._first = Grown(np.int32)  # per record its first row

    def __len__(self) -> int:
        return self._backward.length

    @property
    def behind(self) -> bool:
        """There are records that have no rows yet."""
        return self._first.length < len(self.run.records)

    def follow(self, seconds: float = math.inf) -> bool:
        """Take in new records for about so long; whether that was all."""
        end = time.perf_counter() + seconds
        while self.behind:
            first = self._first.length
            self._take(first, min(first + _CHUNK, len(self.run.records)))
            if time.perf_counter() >= end:
                break
        return not self.behind

    def rewind(self) -> None:
        """The newest records were forgotten."""
        kept = min(self._first.length, len(self.run.records))
        rows = int(self._first.array[kept]) if kept < self._first.length else len(self)
        self._first.length = kept
        for column in (*self._numbers.values(), *self._whole.values()):
            column.length = rows
        self._backward.length = self._pending.length = rows
        gradients = self.numbers("gradient")
        for row in np.flatnonzero(~np.isnan(gradients)).tolist():
            gradients[row] = self._norm_of(self.ref(row))
        self.version += 1

    def renew(self, records: Iterable[int]) -> None:
        """Statistics of these records have come."""
        for index in records:
            if index >= self._first.length:
                continue
            row, record = int(self._first.array[index]), self.run.records[index]
            for slot, output in enumerate(record.outputs):
                for name, number in zip(NUMBERS, _measured(output), strict=False):
                    self.numbers(name)[row + slot] = number
                self._pending.array[row + slot] = output.pending
            self._take_gradients(index, record)
        self.version += 1

    def numbers(self, name: str) -> Floats:
        """A column of NUMBERS, NaN where there is none. `zeros` is a share, and is put there by
        `put_zeros`."""
        return np.asarray(self._numbers[name].array, np.float64)

    def whole(self, name: str) -> Ints:
        """A column of whole numbers: record, slot, op, dtype, and `before`, the dtype that was read
        where it is another, else -1."""
        return np.asarray(self._whole[name].array, np.int32)

    @property
    def backward(self) -> Bools:
        """Which rows are of a backward pass."""
        return np.asarray(self._backward.array, np.bool_)

    @property
    def pending(self) -> Bools:
        """Whose statistics are still to come."""
        return np.asarray(self._pending.array, np.bool_)

    def ref(self, row: int) -> Ref:
        """The record and slot of a row."""
        return int(self.whole("record")[row]), int(self.whole("slot")[row])

    def row_of(self, record: int, slot: int = 0) -> int:
        """The row of an output, -1 where it has none."""
        if not 0 <= record < self._first.length:
            return -1
        outputs = len(self.run.records[record].outputs)
        return int(self._first.array[record]) + slot if 0 <= slot < outputs else -1

    def put_zeros(self, row: int, count: int | None) -> None:
        """How many elements are 0, None where that cannot be told."""
        elements = self.numbers("elements")[row]
        share = math.nan if count is None or not elements else count / elements
        self.numbers("zeros")[row] = share
        self.version += 1

    def positions(self) -> Floats:
        """Where each row stands from 0 to 1: forward ones in the order in which they ran, those of
        a backward pass below the forward op that they belong to."""
        backward = self.backward
        places = np.full(len(self), np.nan)
        ahead = np.flatnonzero(~backward)
        places[ahead] = (np.arange(len(ahead)) + 0.5) / max(len(ahead), 1)
        last = 1.0
        rows: list[int] = np.flatnonzero(backward).tolist()
        made_by: list[int] = self.whole("record").tolist()
        for order, row in enumerate(rows):
            forward = self.run.records[made_by[row]].forward
            made = self.row_of(forward) if forward >= 0 else -1
            if made >= 0:
                last = float(places[made])
            elif not len(ahead):
                last = (order + 0.5) / len(rows)
            places[row] = last
        return places

    def marked(self) -> Bools:
        """Which rows show something that is worth a look."""
        zeros, headroom = self.numbers("zeros"), self.numbers("headroom")
        bad = (self.numbers("nan") > 0) | (self.numbers("inf") > 0)
        with np.errstate(invalid="ignore"):
            return bad | (headroom >= NEAR) | (zeros >= DEAD) | (self.whole("before") >= 0)

    def _take(self, first: int, last: int) -> None:
        rows = len(self)
        measured: list[list[float]] = [[] for _ in NUMBERS]
        whole: list[list[int]] = [[] for _ in _WHOLE]
        backward: list[int] = []
        pending: list[int] = []
        firsts: list[int] = []
        for index in range(first, last):
            record = self.run.records[index]
            firsts.append(rows + len(backward))
            read = self._dtype_read(record)
            for slot, output in enumerate(record.outputs):
                numbers = (*_measured(output), math.nan, math.nan, math.prod(output.shape))
                for column, number in zip(measured, numbers, strict=True):
                    column.append(number)
                changed = read != output.dtype and _is_float(read) and _is_float(output.dtype)
                before = self._code(read) if changed else -1
                codes = (index, slot, record.op, self._code(output.dtype), before)
                for codes_of, code in zip(whole, codes, strict=True):
                    codes_of.append(code)
                backward.append(record.phase is Phase.BACKWARD)
                pending.append(output.pending)
        for name, column in zip(NUMBERS, measured, strict=True):
            self._numbers[name].extend(column)
        for name, codes_of in zip(_WHOLE, whole, strict=True):
            self._whole[name].extend(codes_of)
        self._backward.extend(backward)
        self._pending.extend(pending)
        self._first.extend(firsts)
        for index in range(first, last):
            self._take_gradients(index, self.run.records[index])
        self.version += 1

    def _take_gradients(self, index: int, record: OpRecord) -> None:
        """The norm of a gradient stands beside the value that it is of."""
        for made, at in record.gradient_of:
            row = self.row_of(made, at) if made > OUTSIDE else -1
            if row >= 0:
                self.numbers("gradient")[row] = self._norm_of((made, at))
        row = self.row_of(index)
        for slot, output in enumerate(record.outputs):
            if record.phase is Phase.BACKWARD and _is_float(output.dtype):
                self.numbers("gradient")[row + slot] = norm(output)

    def _norm_of(self, ref: Ref) -> float:
        """Of the last gradient of a value: an earlier one has not all of it."""
        if self.run.records[ref[0]].phase is Phase.BACKWARD:
            return norm(self.run.records[ref[0]].outputs[ref[1]])
        found = self.run.gradients(ref)
        if not found:
            return math.nan
        record, slot = found[-1]
        return norm(self.run.records[record].outputs[slot])

    def _dtype_read(self, record: OpRecord) -> str:
        """Of the first floating value that a record read of the run, or else of what came in."""
        came_in = ""
        for made, slot in record.inputs:
            if made >= 0:
                outputs = self.run.records[made].outputs
                if slot < len(outputs) and _is_float(outputs[slot].dtype):
                    return outputs[slot].dtype
            elif made == OUTSIDE and slot >= 0 and not came_in:
                dtype = self.run.graph.values[slot].dtype
                came_in = dtype if _is_float(dtype) else ""
        return came_in

    def _code(self, dtype: str) -> int:
        code = self._codes.get(dtype)
        if code is None:
            code = self._codes[dtype] = len(self.dtypes)
            self.dtypes.append(dtype)
        return code


def norm(output: TensorSummary) -> float:
    """Square root of the sum of squares, NaN where that is not known."""
    rms = output.rms
    return math.nan if rms is None else float(rms) * math.sqrt(math.prod(output.shape))


def _measured(output: TensorSummary) -> tuple[float, ...]:
    """Minimum to headroom, in the order of NUMBERS."""
    low, high = _number(output.minimum), _number(output.maximum)
    far = max(abs(low), abs(high)) if low == low else math.nan
    headroom = far / HALF_MOST if _is_float(output.dtype) else math.nan
    mean, rms = _number(output.mean), _number(output.rms)
    std = math.sqrt(max(rms * rms - mean * mean, 0.0)) if mean == mean and rms == rms else math.nan
    bad = float(output.nan), float(output.posinf + output.neginf)
    return (low, high, mean, std, rms, *bad, headroom)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _is_float(dtype: str) -> bool:
    return dtype.startswith(_FLOATS)
