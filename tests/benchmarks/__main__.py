"""`make bench`: every benchmark, or those whose names start with the words given.

Each has a process of its own, so that none inherits another's memory, threads and garbage.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict

from . import compare, findings, graph, record, saved, tensor, tf_record, watch, window
from .rows import Row, report

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "window": window.show,
    "step": window.step,
    "graph": graph.graph,
    "tensor": tensor.tensor,
    "findings": findings.findings,
    "record": record.record,
    "saved": saved.saved,
    "tf": tf_record.record,
    "watch": watch.watch,
    "compare": compare.compare,
}

_ALONE = "--alone"


def main(words: list[str]) -> int:
    """Run and report."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if words[:1] == [_ALONE]:
        print(json.dumps([asdict(row) for row in BENCHMARKS[words[1]]()]))
        return 0
    rows: list[Row] = []
    for name in BENCHMARKS:
        if not words or any(name.startswith(word) for word in words):
            print(f"{name} …", file=sys.stderr)
            rows += _alone(name)
    report(rows)
    return 0


def _alone(name: str) -> list[Row]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", _ALONE, name],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
