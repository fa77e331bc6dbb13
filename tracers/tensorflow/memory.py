"""Keeps the process's heap from going back to the system between runs."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD = -1  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h
_MMAP_THRESHOLD = -3


def hold_pages() -> None:
    """Let malloc reuse large blocks instead of unmapping them.

    Stepping keeps every output, so a run frees and takes again hundreds of megabytes; fresh pages
    for those cost as much as the ops themselves (MobileNetV2 1.6 times slower). Does
    nothing where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(_MMAP_THRESHOLD, 1 << 30)
    mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)
