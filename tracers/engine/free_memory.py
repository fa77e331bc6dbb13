"""How much memory there is for the values of a run."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

_GUESS = 4 << 30  # where the system does not say
_PAGE = resource.getpagesize()


def free_memory(root: str = "/") -> int:
    """Bytes that the system still gives this process, without swapping: of the machine, of the
    control groups (a container's limit), and of the address space that it may have.

    `root` is where /proc and /sys are looked for.
    """
    found = [*_of_machine(root), *_of_groups(root), *_of_addresses(root)]
    return max(0, min(found)) if found else _GUESS


def _of_machine(root: str) -> Iterator[int]:
    for line in _lines(root, "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _of_addresses(root: str) -> Iterator[int]:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    for line in _lines(root, "proc/self/statm"):
        yield limit - int(line.split()[0]) * _PAGE


def _of_groups(root: str) -> Iterator[int]:
    """Of every group around this process: its limit less what cannot be dropped."""
    for line in _lines(root, "proc/self/cgroup"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        top = "sys/fs/cgroup/memory" if controllers else "sys/fs/cgroup"
        limit, usage, cache = (
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            if controllers
            else ("memory.max", "memory.current", "inactive_file")
        )
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts) + 1):
            folder = os.path.join(top, *parts[:depth])
            most, used = _number(root, folder, limit), _number(root, folder, usage)
            if most is not None and used is not None:
                yield most - used + _dropped(root, folder, cache)


def _dropped(root: str, folder: str, name: str) -> int:
    """Bytes of files that were read and can be read again."""
    for line in _lines(root, os.path.join(folder, "memory.stat")):
        if line.split()[0] == name:
            return int(line.split()[1])
    return 0


def _number(root: str, folder: str, name: str) -> int | None:
    """None where there is no such file, or no limit."""
    for line in _lines(root, os.path.join(folder, name)):
        return int(line) if line.strip().isdigit() else None
    return None


def _lines(root: str, path: str) -> list[str]:
    with contextlib.suppress(OSError, UnicodeError):
        return Path(root, path).read_text("ascii").splitlines()
    return []
