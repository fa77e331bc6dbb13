"""Python's collector of cycles, kept from what is there to stay."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Generator

_MANY = 50_000  # new objects between two collections, where few of them are garbage


@contextlib.contextmanager
def aged(seldom: bool = False) -> Generator[None, None, None]:
    """Inside, what there was before is not gone through again and again for garbage.

    A model, torch and a graph are a million objects: going through them takes 0.1 s, and new
    objects in great number make Python do so several times. `seldom`: new ones wait longer, too.
    """
    if gc.get_freeze_count():  # it is done already, or the user has done so himself
        yield
        return
    young, *older = gc.get_threshold()
    gc.freeze()
    if seldom and young:
        gc.set_threshold(max(young, _MANY), *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)
        gc.unfreeze()
