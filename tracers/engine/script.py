"""Runs a script, a folder or a module as plain Python runs it, in this process."""

from __future__ import annotations

import builtins
import importlib.machinery
import io
import os
import runpy
import sys
import types
import zipfile
from collections.abc import Callable
from types import TracebackType
from typing import Any, cast

from .tracebacks import after


def run_file(path: str, arguments: list[str]) -> None:
    """As `python path arguments…`. Raises what the script raises."""
    if os.path.isdir(path) or zipfile.is_zipfile(path):
        _prepare(path, arguments, os.path.abspath(path))
        _watched(lambda: _module_as_main("__main__", False))
        return
    _prepare(path, arguments, os.path.dirname(os.path.realpath(path)))
    whole = os.path.abspath(path)
    main = sys.modules["__main__"]
    main.__file__ = whole
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", whole)
    main.__dict__["__cached__"] = None
    _watched(lambda: execute(whole, main))


def run_module(name: str, arguments: list[str]) -> None:
    """As `python -m name arguments…`. Raises what the module raises."""
    _prepare("-m", arguments, os.getcwd())
    _watched(lambda: _module_as_main(name, True))


def execute(path: str, main: types.ModuleType) -> None:
    """Its frame is where the user's own begin."""
    with io.open_code(path) as file:
        text = file.read()
    exec(compile(text, path, "exec", dont_inherit=True), main.__dict__)


def _module_as_main(name: str, alter: bool) -> None:
    """Python's own way, whose frames plain Python shows, too."""
    cast(Any, runpy)._run_module_as_main(name, alter)


# The frames of the user begin above these.
FLOORS = frozenset({execute.__code__, _module_as_main.__code__})


def _prepare(first: str, arguments: list[str], folder: str) -> None:
    sys.argv = [first, *arguments]
    if getattr(sys.flags, "safe_path", False):
        if os.path.isdir(first):
            sys.path.insert(0, folder)
    else:
        sys.path[0] = folder
    main = types.ModuleType("__main__")
    main.__dict__.update(__annotations__={}, __builtins__=builtins, __package__=None)
    _kept.append(sys.modules["__main__"])
    sys.modules["__main__"] = main


_kept: list[types.ModuleType] = []  # what was `__main__` before, whose code is still running


def _watched(run: Callable[[], None]) -> None:
    """What leaves the script is shown as Python shows it, without the frames around it."""
    try:
        run()
    except SystemExit:
        raise
    except BaseException:
        shown = sys.excepthook

        def without_ours(
            kind: type[BaseException], error: BaseException, trace: TracebackType | None
        ) -> None:
            error.__traceback__ = after(trace, FLOORS)
            shown(kind, error, error.__traceback__)

        sys.excepthook = without_ours
        raise
