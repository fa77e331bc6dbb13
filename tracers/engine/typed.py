"""Code that was typed into a notebook or a session: its text is in memory, in no file."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable

_NAMES = ("<ipython-input-", "<python-input-", "<doctest ")


def is_typed(file: str) -> bool:
    """The name of a cell's code that is none of a file's; other names in <…> are Python's own."""
    return file.startswith(_NAMES)


def path_of(file: str) -> str:
    """How a code object's file is called everywhere: absolute, where it is a file's name."""
    return file if file.startswith("<") else os.path.abspath(file)


def texts_of(files: Iterable[str]) -> dict[str, str]:
    """The texts that Python knows of those that are no files."""
    found: dict[str, str] = {}
    for file in files:
        if not os.path.exists(file):
            text = "".join(linecache.getlines(file))
            if text:
                found[file] = text
    return found
