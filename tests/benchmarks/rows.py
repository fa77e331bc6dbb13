"""Rows of the benchmark table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULT = Path("build/bench.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    Attributes:
        goal: the most it should be; None where there is no goal.
        peer: the same measured of another tool in the same run, None where there is none.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    peer: float | None = None


def report(rows: list[Row]) -> None:
    """Print the table and write build/bench.json."""
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    print(f"{'benchmark':28} {'value':>10} {'unit':8} {'goal':>8} {'peer':>8}")
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:g}"
        peer = "" if row.peer is None else f"{row.peer:.3g}"
        print(f"{row.name:28} {row.value:10.3g} {row.unit:8} {goal:>8} {peer:>8}")
