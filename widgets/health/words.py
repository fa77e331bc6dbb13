"""What the overview of a run's numbers says of its rows. No Qt."""

from __future__ import annotations

import math

from ...tracers.ir import Run
from ..run.wording import shape_text
from ..tensor.formatting import number
from .rows import HealthRows

COLUMNS = (
    *("#", "Op", "Module", "Pass", "Dtype", "Shape", "Min", "Max", "Mean", "Std", "RMS"),
    *("Zeros", "NaN", "Inf", "float16", "Gradient", "Dtype change"),
)
HINTS = {
    "RMS": "Root of the mean square of all elements",
    "Zeros": "Share of elements that are 0; counted on request",
    "float16": "Largest |x| as a share of 65,504, the largest float16",
    "Gradient": "Norm of the gradient: of a forward op, that of its output",
    "Dtype change": "The floating dtype that was read, where the output has another",
}
# The columns of rows.NUMBERS that stand behind those of the table.
MEASURED = {
    "Min": "minimum",
    "Max": "maximum",
    "Mean": "mean",
    "Std": "std",
    "RMS": "rms",
    "Zeros": "zeros",
    "NaN": "nan",
    "Inf": "inf",
    "float16": "headroom",
    "Gradient": "gradient",
}
_SHARES = ("Zeros", "float16")
_LATE = ("Min", "Max", "Mean", "Std", "RMS", "float16")


def cell(rows: HealthRows, row: int, column: str) -> str:
    """A row's text in a column."""
    run = rows.run
    record, slot = rows.ref(row)
    if column in MEASURED:
        value = float(rows.numbers(MEASURED[column])[row])
        if column in _LATE and math.isnan(value) and bool(rows.pending[row]):
            return "…"
        return _measured(column, value)
    op = run.graph.ops[run.records[record].op]
    if column == "#":
        return str(record + 1)
    if column == "Op":
        return op.type if len(run.records[record].outputs) == 1 else f"{op.type} [{slot}]"
    if column == "Module":
        return run.graph.scopes[op.scope].path
    if column == "Pass":
        return "backward" if bool(rows.backward[row]) else "forward"
    if column == "Dtype":
        return rows.dtypes[int(rows.whole("dtype")[row])]
    if column == "Shape":
        return shape_text(run.records[record].outputs[slot].shape)
    before = int(rows.whole("before")[row])
    return "" if before < 0 else f"{rows.dtypes[before]} → {cell(rows, row, 'Dtype')}"


def _measured(column: str, value: float) -> str:
    if math.isnan(value):
        return ""
    if column in _SHARES:
        return share_text(value)
    if column in ("NaN", "Inf"):
        return f"{int(value):,}" if value else ""
    return number(value)


def share_text(share: float) -> str:
    """A share in per cent, or as a factor; never 0 or 100 % where that is not exact."""
    if share == 0:
        return "0 %"
    if 0 < share < 0.001:
        return "< 0.1 %"
    if share >= 10:
        return f"{number(share, 3)}×"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{number(round(100 * share, 1), 3)} %"


def row_label(run: Run, rows: HealthRows, row: int) -> str:
    """An op for a tooltip: its number and place."""
    record, _ = rows.ref(row)
    return f"{record + 1}  {run.graph.op_label(run.records[record].op)}"


def row_words(rows: HealthRows, row: int) -> str:
    """All that there is to say of a row, a line each."""
    lines = [row_label(rows.run, rows, row)]
    shown = ("Dtype", "Shape", "Min", "Max", "RMS", "Zeros", "NaN", "Inf", "float16", "Gradient")
    facts = [(column, cell(rows, row, column)) for column in shown]
    head = "  ".join(text for _, text in facts[:2] if text)
    lines.append(f"{head}  {cell(rows, row, 'Dtype change')}".rstrip())
    lines += [f"{column}  {text}" for column, text in facts[2:] if text]
    return "\n".join(lines)
