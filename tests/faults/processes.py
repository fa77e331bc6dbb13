"""Watches processes by their ids."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def family(pid: int) -> set[int]:
    """A process and all that descends from it, now."""
    found = {pid}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= family(int(child))
    return found


def _state(stat: Path) -> str:
    """The letter that the kernel gives a process or a thread."""
    return stat.read_text().rpartition(")")[2].split()[0]


def alive(pid: int) -> bool:
    """The process runs; one that is dead and only waits to be reaped does not."""
    try:
        return _state(Path(f"/proc/{pid}/stat")) not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def stop(pid: int, timeout: float = 5.0) -> None:
    """Stop a process where it is; it returns when each of its threads stands.

    The signal alone does not do: a thread that waits for a processor answers on until it gets one.
    """
    os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + timeout
    while any(_state(stat) != "T" for stat in Path(f"/proc/{pid}/task").glob("*/stat")):
        assert time.monotonic() < until, f"process {pid} does not stop"
        os.sched_yield()


def all_gone(pids: set[int], timeout: float = 5.0) -> bool:
    """None of them is alive any more, within some seconds."""
    until = time.monotonic() + timeout
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        os.sched_yield()
    return True
