"""Asking for a piece of a tensor, and the piece. Tensors are never sent whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .run import NOTHING, Failure, Ref, Run, TensorSummary

# One entry per axis: an index, or (start, stop, step) with 0 <= start <= stop <= extent, step >= 1.
AxisPick = int | tuple[int, int, int]


class Form(str, Enum):
    """What is wanted of a tensor."""

    # The picked elements, reduced to `limit` by even strides: an axis of n picked elements gives
    # every ceil(n / limit)-th of them, the first included. Any number of axes may be ranged.
    PLANE = "plane"
    # Counts ("<i8") over equal bins between the least and the greatest finite picked element.
    # Booleans count as 0 and 1, complex numbers as their magnitudes; where the range is too
    # narrow for so many bins, all are in the middle one.
    HISTOGRAM = "histogram"
    SUMMARY = "summary"  # statistics of the picked elements alone
    # PERCENTS of the finite picked elements ("<f8"), from an even sample where there are many;
    # of integers also how many different ones there are.
    PERCENTILES = "percentiles"
    # The index ("<i8", one number for each axis) of the next picked element that is what is sought;
    # without any, the answer is empty.
    FIND = "find"


PERCENTS = (1, 5, 25, 50, 75, 95, 99)


class Sought(str, Enum):
    """What Form.FIND looks for. After the last one it starts again from the first."""

    NAN = "nan"
    INF = "inf"
    GREATEST = "greatest"  # the next in falling order; equal ones as they stand
    LEAST = "least"
    ABOVE = "above"  # x > bound
    BELOW = "below"  # x < bound
    BEYOND = "beyond"  # |x| > bound


@dataclass(frozen=True, slots=True)
class ValueRef:
    """Names a value of the run.

    Attributes:
        record: index of the record; -1 where `slot` is an index into Graph.values.
        slot: which output (or input) of the record, or which graph value.
        is_input: `slot` counts the record's inputs.
    """

    record: int
    slot: int = 0
    is_input: bool = False

    def made_by(self, run: Run) -> Ref:
        """The record and slot that made the value, OUTSIDE where no op did; NOTHING if unknown."""
        if not self.is_input:
            return (self.record, self.slot)
        if 0 <= self.record < len(run.records):
            inputs = run.records[self.record].inputs
            return inputs[self.slot] if self.slot < len(inputs) else NOTHING
        return NOTHING


@dataclass(frozen=True, slots=True)
class TensorRequest:
    """A request for a piece of a value.

    Attributes:
        picks: one for each axis of the value; () asks for the whole of every axis.
        axes: order of the ranged axes in the answer, by axis number; () keeps their order.
        limit: most elements of each ranged axis in the answer, after `axes`; () means all.
            The whole answer never passes 4 MB: a larger one has its longest axes reduced further.
        bins: for Form.HISTOGRAM.
        minus: what is asked for is the difference of the two values, whose shapes broadcast.
            Infinities of the same sign differ by 0. The answer's `whole` has statistics only where
            the form counts all elements.
        sought, bound, after: for Form.FIND; `after` is an index of the value, () before the first.
    """

    ref: ValueRef
    form: Form = Form.PLANE
    picks: tuple[AxisPick, ...] = ()
    axes: tuple[int, ...] = ()
    limit: tuple[int, ...] = ()
    bins: int = 64
    minus: ValueRef | None = None
    sought: Sought = Sought.NAN
    bound: float = 0.0
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TensorPiece:
    """The answer to a TensorRequest.

    Attributes:
        whole: the value's own metadata and statistics.
        shape: of `data`.
        steps: along each axis of `data`, how many elements of the value one element stands for.
        data: little-endian, C order.
        code: NumPy dtype of `data` ("<f4", "<i8", "|b1", "<c8"); bfloat16 and fp8 come as "<f4";
            "json" for strings: a UTF-8 JSON list.
        low, high: range of the histogram's bins.
        picked: statistics of the picked elements (Form.SUMMARY and Form.HISTOGRAM).
        zeros: how many picked elements are zero, None if not counted.
        distinct: how many different integers there are, None if not counted.
        sampled: the percentiles are of every so-manieth element; 1 where they are exact.
    """

    request: TensorRequest
    whole: TensorSummary
    shape: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    data: bytes = b""
    code: str = "<f4"
    low: float = 0.0
    high: float = 0.0
    picked: TensorSummary | None = None
    zeros: int | None = None
    distinct: int | None = None
    sampled: int = 1


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The one line about a model that the window shows before its first op.

    Attributes:
        parameters: how many elements the parameters have together.
        inputs: (name, shape, dtype) of each.
        synthetic: inputs were made up, not given by the user.
        seconds: what a plain forward took or may take, None if unknown.
        recording_bytes: bytes that keeping every output would take, None if unknown.
        backward: a backward pass can be run from an output, once the forward pass is over.
    """

    name: str
    framework: str
    version: str
    parameters: int = 0
    parameter_bytes: int = 0
    inputs: tuple[tuple[str, tuple[int, ...], str], ...] = ()
    synthetic: bool = False
    device: str = "cpu"
    dtype: str = ""
    training: bool | None = None
    seconds: float | None = None
    recording_bytes: int | None = None
    notes: tuple[str, ...] = field(default=())
    backward: bool = False


@dataclass(frozen=True, slots=True)
class MapFacts:
    """Where the graph shown before the run came from.

    Attributes:
        source: "torch.fx", "export", "dry-run", "recorded", "tf.function" or "tflite".
        reason: why the better sources could not be used, "" if the best one was.
        failure: the model's own error, which a run without computing came to; its `record` is the
            graph's op that raised it, -1 for none.
    """

    source: str
    reason: str = ""
    ops: int = 0
    scopes: int = 0
    failure: Failure | None = None
