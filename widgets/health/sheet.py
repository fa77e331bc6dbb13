"""The overview of a run's numbers as CSV, for other programs. No Qt."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from .rows import HealthRows

HEADER = (
    *("record", "output", "op", "key", "module", "pass", "dtype", "shape"),
    *("min", "max", "mean", "std", "rms", "zeros", "nan", "inf", "headroom", "gradient_norm"),
    "dtype_before",
)
_NUMBERS = (
    *("minimum", "maximum", "mean", "std", "rms", "zeros", "nan", "inf", "headroom", "gradient"),
)
_OFTEN = 256  # rows between two looks at whether it is given up


def write_sheet(
    rows: HealthRows,
    path: Path,
    chosen: Iterable[int] | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write some rows, or all; a file of that name stays as it was until all is written.

    `check` raises where it is given up. Raises OSError. Numbers are written in full; what is not
    known is empty, `zeros` and `headroom` are shares.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for count, row in enumerate(range(len(rows)) if chosen is None else chosen):
                if not count % _OFTEN:
                    check()
                writer.writerow(_cells(rows, int(row)))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _cells(rows: HealthRows, row: int) -> list[object]:
    record, slot = rows.ref(row)
    made = rows.run.records[record]
    op = rows.run.graph.ops[made.op]
    before = int(rows.whole("before")[row])
    return [
        record + 1,
        slot,
        op.type,
        op.key,
        rows.run.graph.scopes[op.scope].path,
        made.phase.value,
        made.outputs[slot].dtype,
        "×".join(map(str, made.outputs[slot].shape)),
        *(_number(float(rows.numbers(name)[row]), name) for name in _NUMBERS),
        "" if before < 0 else rows.dtypes[before],
    ]


def _number(value: float, name: str) -> object:
    if math.isnan(value):
        return ""
    return int(value) if name in ("nan", "inf") else repr(value)
