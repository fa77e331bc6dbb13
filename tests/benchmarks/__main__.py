"""`make bench`: every benchmark, or those whose names start with the words given."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from . import findings, graph, record, tensor, tf_record, window
from .rows import Row, report

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "window": window.show,
    "step": window.step,
    "graph": graph.graph,
    "tensor": tensor.tensor,
    "findings": findings.findings,
    "record": record.record,
    "tf": tf_record.record,
}


def main(words: list[str]) -> int:
    """Run and report."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    rows: list[Row] = []
    for name, benchmark in BENCHMARKS.items():
        if not words or any(name.startswith(word) for word in words):
            print(f"{name} …", file=sys.stderr)
            rows += benchmark()
    report(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
