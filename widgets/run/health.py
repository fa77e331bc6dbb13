"""Finds the first value that is not finite for a reason worth a word."""

from __future__ import annotations

import re

from ...tracers.ir import OUTSIDE, OpRecord, Run, TensorSummary

# Ops that write an infinity because they were told to: masks, fills, constants.
_FILLS = re.compile(r"(?i).*(mask|where|fill|full|triu|tril|select|const|tensor|inf).*")


class Health:
    """Follows the records of one run.

    Attributes:
        first: the first record that made a NaN from no NaN, or an Inf by computing; -1 for none.
        bad: records whose outputs hold a NaN or, from `first` on, an Inf.
        filled: records whose outputs hold only infinities that a mask or fill put there.
    """

    def __init__(self, run: Run, follow: bool = True) -> None:
        """`follow`: look at what is there already."""
        self.run = run
        self.first = -1
        self.bad = 0
        self.filled = 0
        self._records = 0
        if follow:
            self.follow()

    @property
    def seen(self) -> int:
        """How many records were looked at."""
        return self._records

    def follow(self, until: int | None = None) -> None:
        """Look at the records that are new, those below `until` where given."""
        records = self.run.records
        end = len(records) if until is None else until
        for index in range(self._records, end):
            record = records[index]
            if all(output.finite for output in record.outputs):
                continue
            nan = any(output.nan for output in record.outputs)
            if self.first < 0 and (self._made_nan(record) if nan else self._made_inf(record)):
                self.first = index
            if nan or self.first >= 0:
                self.bad += 1
            else:
                self.filled += 1
        self._records = max(end, self._records)

    def _made_nan(self, record: OpRecord) -> bool:
        return not any(self._input(ref).nan for ref in self._inner(record))

    def _made_inf(self, record: OpRecord) -> bool:
        name = self.run.graph.ops[record.op].type
        return not _FILLS.fullmatch(name) and all(
            self._input(ref).finite for ref in self._inner(record)
        )

    def _inner(self, record: OpRecord) -> list[tuple[int, int]]:
        records = self.run.records
        return [
            (index, slot)
            for index, slot in record.inputs
            if index != OUTSIDE and index < len(records) and slot < len(records[index].outputs)
        ]

    def _input(self, ref: tuple[int, int]) -> TensorSummary:
        return self.run.records[ref[0]].outputs[ref[1]]
