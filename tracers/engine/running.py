"""`opscope run`: a whole program, with a window that lists the models that it calls."""

from __future__ import annotations

import atexit
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from . import attaching, script
from .backend import Counting
from .calls import Calls
from .frameworks import is_loaded, loader_of
from .saying import say

# Whose calls are counted once they have been imported, and with which framework.
_PACKAGES = {"torch": "torch", "tensorflow": "tensorflow", "keras": "tensorflow"}


def run(
    target: str,
    arguments: Sequence[str],
    *,
    module: bool,
    stop: bool,
    kind: type[Calls] = Calls,
) -> None:
    """Run a script (or, with `module`, an importable module) as plain Python runs it.

    Its models are counted, and stopped at where the window asks; `stop`: the first call may be.
    `kind` says which calls become runs.
    Raises what the program raises.
    """
    live = attaching.window()
    if live is not None:
        name = target if module else os.path.basename(os.path.abspath(target))
        live.wait_ready()
        first = stop and live.stops_first
        calls = kind(name, live.wire, attaching.debugging, attaching.running, first)
        live.calls = calls
        _when_imported(lambda package: _count(package, calls))
        calls.begin()
        atexit.register(calls.end)
    if module:
        script.run_module(target, list(arguments))
    else:
        script.run_file(target, list(arguments))


def _count(package: str, calls: Calls) -> None:
    framework = _PACKAGES[package]
    if not is_loaded(framework):  # Keras on another one
        return
    try:
        loader = loader_of(framework)
        if isinstance(loader, Counting):
            loader.count(calls)
    except Exception as error:  # noqa: BLE001 - an import of the user's must not fail for us
        kind = type(error).__name__
        say(f"calls of {framework} cannot be counted ({kind}: {error}); they run as ever.")


def _when_imported(act: Callable[[str], None]) -> None:
    """Act on each package as soon as it is there."""
    waiting = {name for name in _PACKAGES if not is_loaded(name)}
    for name in _PACKAGES:
        if name not in waiting:
            act(name)
    sys.meta_path.insert(0, _Waiting(waiting, act))


class _Waiting:
    """A finder that finds nothing itself, but has it told when a package has been imported."""

    def __init__(self, names: set[str], act: Callable[[str], None]) -> None:
        self._names = names
        self._act = act

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Python's: where a module is; None where others shall say."""
        if name not in self._names:
            return None
        self._names.discard(name)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._tell_after(name, spec.loader)
        return spec

    def _tell_after(self, name: str, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            execute(module)
            self._act(name)

        loader.exec_module = exec_module
