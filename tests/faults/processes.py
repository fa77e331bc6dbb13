"""Watches processes by their ids."""

from __future__ import annotations

import os
import time
from pathlib import Path


def family(pid: int) -> set[int]:
    """A process and all that descends from it, now."""
    found = {pid}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= family(int(child))
    return found


def alive(pid: int) -> bool:
    """The process runs; one that is dead and only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def all_gone(pids: set[int], timeout: float = 5.0) -> bool:
    """None of them is alive any more, within some seconds."""
    until = time.monotonic() + timeout
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        os.sched_yield()
    return True
