"""The files that a model was loaded from: whether they still are what they were.

Python's own opening of files is noticed, and of the folders of files that hold no code everything,
since native code opens weights unnoticed.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from typing import IO, Any

from ..protocol.refusal import Refusal
from ..protocol.spec import SpecKind, parse_spec

_MOST = 2000  # files looked at in one folder
_CODE = (".py", ".pyc", ".pyi", ".so")
_NO_PLACES = ("/proc/", "/sys/", "/dev/")

Stamp = tuple[int, int]  # bytes, and nanoseconds of the last change


class LoadedFrom:
    """Begin before a model is loaded, end when it is."""

    def __init__(self) -> None:
        self._opened: set[str] = set()
        self._stamps: dict[str, Stamp] = {}
        self._real = builtins.open

    def begin(self) -> None:
        """Take note of files that are opened from now on.

        An audit hook would do it without a function in the place of another; but it cannot be
        taken back, and takes a microsecond for each of some 17 events of an op.
        """
        real, opened = builtins.open, set[str]()

        @functools.wraps(real)
        def noting(file: Any, mode: str = "r", *rest: Any, **named: Any) -> IO[Any]:
            held = real(file, mode, *rest, **named)
            if not isinstance(file, int) and mode.startswith("r") and "+" not in mode:
                opened.add(os.path.abspath(os.fsdecode(file)))
            return held

        self._real, self._opened = real, opened
        builtins.open = io.open = noting

    def end(self, where: str) -> None:
        """`where` is the file or folder that was named, "" for none."""
        builtins.open = io.open = self._real
        opened, self._opened = self._opened, set()
        data = {path for path in opened if not path.endswith(_CODE)}
        if where:
            data.add(os.path.abspath(where))
        paths = {path for path in opened if path.endswith(".py")} | data | set(_modules())
        for path in data:
            paths.update(_beside(path))
        stamps = ((path, _stamp(path)) for path in paths if not _is_systems(path))
        self._stamps = {path: found for path, found in stamps if found is not None}

    def changed(self) -> str:
        """The first of them that has changed or is gone, "" for none."""
        return next((path for path, was in self._stamps.items() if _stamp(path) != was), "")


def where_of(arguments: dict[str, Any]) -> str:
    """The file or folder that a launch names, "" where it names a module, or none."""
    try:
        found = parse_spec(str(arguments.get("spec", "")), str(arguments.get("cwd") or ""))
    except Refusal:
        return ""
    return "" if found.kind is SpecKind.MODULE else found.where


def _modules() -> Iterator[str]:
    for module in list(sys.modules.values()):
        path: object = getattr(module, "__file__", None)
        if isinstance(path, str):
            yield os.path.abspath(path)


def _beside(path: str) -> Iterable[str]:
    """The files of a folder, with all below it; of a file's folder those beside it."""
    if not os.path.isdir(path):
        return _files(os.path.dirname(path))
    return (name for folder, _, _ in os.walk(path) for name in _files(folder))


def _files(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if not entry.name.startswith(".")]
            return [entry.path for entry in named[:_MOST] if entry.is_file()]
    except OSError:
        return []


def _is_systems(path: str) -> bool:
    """Of Python and its packages, or no real file: nobody edits it meanwhile."""
    return path.startswith((*_NO_PLACES, *_SYSTEM))


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


_SYSTEM = tuple(
    sorted(
        {
            os.path.join(os.path.abspath(path), "")
            for name, path in sysconfig.get_paths().items()
            if name in ("stdlib", "platstdlib", "purelib", "platlib")
        }
        | {os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")}
    )
)
