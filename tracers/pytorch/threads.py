"""Ops that the model runs on other threads: counted, and their values named, though not stepped.

Function modes belong to a thread, and the run is one sequence of ops: those of the thread that
called the model.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from .lib import nn, torch
from .names import kind_of
from .nested import collect


def _count(mode: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    result = function(*args, **(kwargs or {}))
    name = kind_of(function).name
    if name:
        mode.seen(name, result)
    return result


_Mode: Any = type(
    "CountingMode", (torch.overrides.TorchFunctionMode,), {"__torch_function__": _count}
)


class OtherThreads:
    """Counts the ops of threads that the model starts, and of pools that it hands work to.

    A thread that has been running before is noticed by its calls of modules.
    """

    def __init__(self, counts: dict[str, int]) -> None:
        """`counts`: by name of the thread; kept up to date."""
        self._counts = counts
        self._home = threading.get_ident()
        self._inside = threading.local()
        self._lock = threading.Lock()
        self._made: dict[int, tuple[weakref.ref[Any], str]] = {}

    def name_of(self, tensor: Any) -> str:
        """What to call a tensor that an op of another thread gave; "" for any other."""
        found = self._made.get(id(tensor))
        return found[1] if found is not None and found[0]() is tensor else ""

    @contextlib.contextmanager
    def watched(self) -> Generator[None, None, None]:
        """Inside, other threads are counted."""
        start, submit, call = threading.Thread.start, ThreadPoolExecutor.submit, nn.Module.__call__

        def started(thread: threading.Thread) -> None:
            thread.run = self._counted(thread.run)
            start(thread)

        def submitted(pool: Any, work: Any, /, *args: Any, **named: Any) -> Any:
            return submit(pool, self._counted(work), *args, **named)

        def called(module: Any, *args: Any, **named: Any) -> Any:
            if threading.get_ident() == self._home:
                return call(module, *args, **named)
            return self._counted(call)(module, *args, **named)

        threading.Thread.start = cast(Any, started)
        ThreadPoolExecutor.submit = submitted
        nn.Module.__call__ = called
        try:
            yield
        finally:
            threading.Thread.start = start
            ThreadPoolExecutor.submit = submit
            nn.Module.__call__ = call

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            if getattr(self._inside, "counting", False) or threading.get_ident() == self._home:
                return work(*args, **named)
            mode = _Mode()
            mode.seen = self._seen
            self._inside.counting = True
            try:
                with mode:
                    return work(*args, **named)
            finally:
                self._inside.counting = False

        return run

    def _seen(self, op: str, result: Any) -> None:
        name = threading.current_thread().name
        outputs: list[Any] = []
        collect((result,), outputs)
        with self._lock:
            count = self._counts[name] = self._counts.get(name, 0) + 1
            for slot, tensor in enumerate(outputs):
                label = f"{op} {count} of thread {name}" + (f", output {slot}" if slot else "")
                self._made[id(tensor)] = (weakref.ref(tensor, self._forget(id(tensor))), label)

    def _forget(self, key: int) -> Callable[[Any], None]:
        def forget(reference: Any) -> None:
            found = self._made.get(key)
            if found is not None and found[0] is reference:
                del self._made[key]

        return forget
