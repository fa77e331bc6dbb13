"""Whether an op did in a second run of a model what it did in the first."""

from __future__ import annotations

import re

from ..ir import Graph, OpRecord, Ref, TensorSummary

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


class Sameness:
    """Goes along a run, record by record, as far as statistics tell.

    Memory that nothing has written yet (`empty`), and what kernels note for their own backward pass
    in bytes, is never the same twice; nor is what is computed from such memory alone. That is no
    difference.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._unwritten: set[Ref] = set()

    def of(self, index: int, one: OpRecord, other: OpRecord) -> bool:
        """The two executions of a record gave the same."""
        if one.error != other.error or len(one.outputs) != len(other.outputs):
            return False
        if one.outputs == other.outputs:
            return True
        found: list[Ref] = []
        for slot, (left, right) in enumerate(zip(one.outputs, other.outputs, strict=True)):
            if not _is_same_kind(left, right):
                return False
            if left.pending or right.pending or _has_same_values(left, right):
                continue
            if not self._is_unwritten(other, slot):
                return False
            found.append((index, slot))
        self._unwritten.update(found)
        return True

    def excuses(self, index: int, slot: int, record: OpRecord) -> bool:
        """An output that is not the same is one that never is."""
        if not self._is_unwritten(record, slot):
            return False
        self._unwritten.add((index, slot))
        return True

    def forget_from(self, record: int) -> None:
        """The records from one on come anew."""
        self._unwritten = {ref for ref in self._unwritten if ref[0] < record}

    def _is_unwritten(self, record: OpRecord, slot: int) -> bool:
        name = self._graph.ops[record.op].type.rpartition(".")[2]
        if "empty" in name.split("_"):
            return True
        notes = slot > 0 and record.outputs[slot].dtype == "uint8" != record.outputs[0].dtype
        return notes or any(ref in self._unwritten for ref in record.inputs)


def _is_same_kind(one: TensorSummary, other: TensorSummary) -> bool:
    return (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device)


def _has_same_values(one: TensorSummary, other: TensorSummary) -> bool:
    if _ADDRESS.sub("", one.text) != _ADDRESS.sub("", other.text):
        return False
    pairs = zip(_numbers(one), _numbers(other), strict=True)
    return all(a == b or (a != a and b != b) for a, b in pairs)  # NaN is like NaN


def _numbers(row: TensorSummary) -> tuple[float | None, ...]:
    return row.minimum, row.maximum, row.mean, row.rms, row.nan, row.posinf, row.neginf
