"""Has the C library keep freed memory for the next run: a run that keeps its values needs much."""

from __future__ import annotations

import ctypes
from typing import Any

# glibc's numbers for mallopt
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_RETAINED = 1 << 30  # bytes
_LARGEST_MMAP_THRESHOLD = 32 << 20  # bytes; glibc takes no more


def retain_freed_memory() -> bool:
    """Where the C library is glibc; getting fresh pages costs a recorded run up to a third."""
    try:
        mallopt: Any = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return bool(
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD) and mallopt(_TRIM_THRESHOLD, _RETAINED)
    )
