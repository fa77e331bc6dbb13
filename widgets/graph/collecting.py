"""Holds back garbage collection while very many objects are made that all stay."""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_before = True


@contextmanager
def uncollected() -> Generator[None, None, None]:
    """Collections in the middle of such work take longer than all the rest.

    May be entered in several threads, and again inside itself.
    """
    global _depth, _before
    with _lock:
        if not _depth:
            _before = gc.isenabled()
            gc.disable()
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if not _depth and _before:
                # What was made is old at once: a look at all of it as new takes 40 ms.
                gc.freeze()
                gc.unfreeze()
                gc.enable()
