"""What recording costs in TensorFlow, as a ratio to plain runs of the same process.

Every op is recorded and every output kept, in exact mode on both sides, through all that a
debuggee's run goes through. `tf.record.*` ends with the run: whatever is not finite has been found
by then. `tf.record.settled.*` ends when the last statistic is there. Both are of runs after the
first, whose ops go many at once. `tf.record.first.*` is the first run of the process, whose ops go
one by one and whose kernels are made on the way, against a plain run that is not the first. The
peer is TensorFlow's own dump of each tensor's health.
"""

from __future__ import annotations

import json
import subprocess
import sys

from .rows import Row

GOALS = {"mobilenetv2": 2.5, "resnet50": 2.0, "resnet50_b8": 2.0}
LOOP_GOAL = 1.2


def record() -> list[Row]:
    """All models."""
    rows: list[Row] = []
    for name, goal in GOALS.items():
        found = _measure(name)
        peer = _measure(name, "dumped")["peer"]
        rows += [
            Row(f"tf.record.{name}", found["recorded"], "×", goal, peer),
            Row(f"tf.record.settled.{name}", found["settled"], "×"),
            Row(f"tf.record.first.{name}", found["first"], "×"),
        ]
    found = _measure("loop_over")
    return [*rows, Row("tf.loop_over", found["recorded"], "×", LOOP_GOAL)]


def _measure(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.tf_recorded", *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
