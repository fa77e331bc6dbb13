"""What a model may do to its process: how it is provoked, what the user reads, what is kept.

Each file in `models` does one thing in the middle of the fake model, after three of its nine ops.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parent / "models"
BEFORE, ALL = 3, 9  # ops


@dataclass(frozen=True)
class Row:
    """One fault, after which the run comes to an end by itself.

    Attributes:
        model: a file in `models`.
        ends: the run's state.
        says: what is to be found in the output, or the run's own sentence.
        ops: how many are recorded, and stay so.
        code: exit code, once the user stops what is left.
    """

    model: str
    ends: str
    says: str
    ops: int
    code: int = 0


ROWS = (
    Row("memory_limit", "failed", r"block raised MemoryError: Unable to allocate 1.00 TiB", BEFORE),
    Row("memory_hog", "died", r"The model's Python ran out of memory, so that", BEFORE, 1),
    Row("closes_low", "finished", r"^loading says hello\n$", ALL),
    Row("closes_output", "finished", r"^loading says hello\n$", ALL),
    Row("writes_protocol", "finished", r"From the debuggee: .* not JSON was dropped", ALL),
    Row(
        "prints_from_c",
        "finished",
        rf"^loading says hello\n(from C – {'c' * 139}\n){{10000}}$",
        ALL,
    ),
    Row("prints_binary", "finished", r"(?s)(?=.*\x1b\[31mred)(?=.*\x00\x01\x02\x03)", ALL),
    Row("spawns", "finished", r"from a forked worker(.|\n)*from a spawned worker", ALL),
    Row("leaves_threads", "finished", r"waits for threads that the model has left: left", ALL),
    Row("at_exit", "finished", r"the very end\n$", ALL),
    Row("at_exit_fails", "finished", r"IndexError: list index out of range\n", ALL),
    Row("at_exit_hangs", "finished", r"at_exit_hangs.py(.|\n)*KeyboardInterrupt", ALL),
    Row("changes_folder", "finished", r"^loading says hello\n$", ALL),
    Row("shallow_recursion", "finished", r"^loading says hello\n$", ALL),
    Row("fills_disk", "failed", r"block raised OSError: \[Errno 28\] No space left", BEFORE),
    Row("small_files", "finished", r"^loading says hello\n$", ALL),
    Row("asks", "failed", r"block raised EOFError", BEFORE),
)
