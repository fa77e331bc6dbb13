"""`opscope trace --health`: the statistics of every output as CSV, with how much of each is 0."""

from __future__ import annotations

from pathlib import Path

from ...tracers.ir import Run
from ...tracers.protocol.client import Client
from ...tracers.protocol.messages import ZEROS
from ...tracers.protocol.refusal import Refusal
from ...widgets.health.rows import HealthRows
from ...widgets.health.sheet import write_sheet

_AT_ONCE = 4096  # outputs in one request; the debuggee answers for as many as a moment allows


def write_health(client: Client, run: Run, path: str, patience: float) -> str:
    """Write the file; a sentence where that could not be done, else ""."""
    rows = HealthRows(run)
    rows.follow()
    try:
        _count_zeros(client, rows, patience)
        write_sheet(rows, Path(path))
    except Refusal as error:
        return f"The zeros could not be counted: {error}"
    except OSError as error:
        return f"{path} could not be written: {error.strerror or error}."
    return ""


def _count_zeros(client: Client, rows: HealthRows, patience: float) -> None:
    row = 0
    while row < len(rows):
        some = [list(rows.ref(each)) for each in range(row, min(row + _AT_ONCE, len(rows)))]
        counts: list[int | None] = client.request(ZEROS, {"values": some}, patience)["zeros"]
        for count in counts:
            rows.put_zeros(row, count)
            row += 1
