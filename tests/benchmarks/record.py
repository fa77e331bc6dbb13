"""What recording costs, as a ratio to a plain forward of the same process.

Each model has a process of its own, with torch's default threads. Every user-level op is recorded
and every output kept, through all that a debuggee's run goes through: gate, graph, publisher.
`torch.record.*` ends with the forward: whatever is not finite has been found by then, with its
statistics; those of finite values may be pending. `torch.record.settled.*` ends when the last of
them is there. Plain and recorded forwards take turns, and medians are compared.
"""

from __future__ import annotations

import json
import subprocess
import sys

from .rows import Row

GOALS = {"resnet50": 1.5, "gpt2": 1.5, "bert": 1.5, "deep": 4.0}
FIRST_GOAL_S, MEMORY_GOAL = 2.0, 1.1


def record() -> list[Row]:
    """All models."""
    rows: list[Row] = []
    for name, goal in GOALS.items():
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.recorded", name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        rows += [
            Row(f"torch.record.{name}", found["recorded"], "×", goal, found.get("peer")),
            Row(f"torch.record.settled.{name}", found["settled"], "×"),
            Row(f"torch.record.memory.{name}", found["memory"], "×", MEMORY_GOAL),
        ]
        if name == "deep":
            rows += [
                Row("torch.first_trace_deep_s", found["first"], "s", FIRST_GOAL_S),
                Row("torch.first_map_deep_s", found["map"], "s"),
                Row("torch.record.deep_us_per_op", found["per_op"], "µs"),
                Row("torch.record.deep_growth", found["growth"], "×", 1.25),
            ]
    return rows
