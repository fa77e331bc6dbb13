"""Puts the user's values in the place of what an op reads and gives. Tensors never change, so that
is all there is to it."""

from __future__ import annotations

from typing import Any

from ..engine.lib import np
from ..engine.recorder import Recorder, Step
from ..engine.replacements import Verdict
from ..ir import Edit
from ..protocol.refusal import Refusal
from .lib import EagerTensor, array_of, tf

_BLOCK = 1 << 20  # elements that are subtracted at a time

Values = list[Any]


class OpEdits:
    """The edits of one execution of an op."""

    def __init__(self, recorder: Recorder, step: Step) -> None:
        self._edits = recorder.edits
        self._record = step.record
        self._rows: list[Edit] = []
        self._new: set[int] = set()
        if self._edits is not None:
            self._rows = self._edits.at(step.op, step.record) or []

    def inputs(self, given: Values) -> Values:
        """What the op is to read."""
        if self._edits is None or not self._rows:
            return given
        new = self._edits.inputs(self._rows, self._record, given)
        return [new.get(slot, value) for slot, value in enumerate(given)]

    def outputs(self, outputs: Values, read: Values) -> Values:
        """What the op is to give."""
        if self._edits is None or not self._rows:
            return outputs
        new = self._edits.outputs(self._rows, self._record, outputs, read)
        self._new = set(new)
        return [new.get(slot, value) for slot, value in enumerate(outputs)]

    def replaced(self, slot: int) -> bool:
        """An output is the user's."""
        return slot in self._new


def like(value: Any, array: Any) -> Any:
    """A tensor of an array's numbers with a tensor's dtype, on its device. Raises Refusal."""
    dtype = value.dtype
    if dtype in (tf.string, tf.resource, tf.variant) or dtype.is_quantized:
        raise Refusal("bad-edit", f"A value of dtype {dtype.name} cannot be replaced.")
    with tf.device(value.device):
        return tf.cast(tf.constant(np.array(array)), dtype)


def difference(one: Any, other: Any) -> Verdict:
    """Equal bit for bit; else the largest absolute difference of finite elements."""
    if not isinstance(one, EagerTensor) or not isinstance(other, EagerTensor):
        return type(one) is type(other), None
    if one.dtype != other.dtype or one.shape != other.shape:
        return False, None
    if one.dtype in (tf.resource, tf.variant):
        return True, None
    left, right = array_of(one), array_of(other)
    if left.dtype.kind == "O":
        return bool((left == right).all()), None
    if left.tobytes() == right.tobytes():
        return True, 0.0
    return False, _largest(left.reshape(-1), right.reshape(-1))


def _largest(left: Any, right: Any) -> float | None:
    if left.dtype.names is not None:  # quantised: one field with the integer
        left, right = (side[left.dtype.names[0]] for side in (left, right))
    wide = np.complex128 if left.dtype.kind == "c" else np.float64
    largest: float | None = None
    for first in range(0, left.size, _BLOCK):
        with np.errstate(all="ignore"):
            parts = (side[first : first + _BLOCK].astype(wide) for side in (left, right))
            gap = np.abs(np.subtract(*parts))
        gap = gap[np.isfinite(gap)]
        if gap.size:
            largest = max(largest or 0.0, float(gap.max()))
    return largest
