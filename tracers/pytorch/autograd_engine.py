"""Stands in for autograd's engine, so that every backward pass is seen, whoever asks for it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from typing import Any

from .lib import torch

_Variable: Any = torch.autograd.Variable

# Called with the real engine's function and its arguments.
Run = Callable[..., Any]


class _Engine:
    """The real engine, but for `run_backward`."""

    def __init__(self, engine: Any, run: Run) -> None:
        self._engine = engine
        self._run = run
        self._thread = threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run_backward(self, *args: Any, **options: Any) -> Any:
        real = self._engine.run_backward
        # On another thread, only a pass inside a node of ours is the run's own.
        own = threading.get_ident() == self._thread
        if own or torch._C._current_autograd_node() is not None:
            return self._run(real, *args, **options)
        return real(*args, **options)


@contextlib.contextmanager
def backward_passes(run: Run) -> Generator[None, None, None]:
    """Inside, backward passes that this thread asks for go through `run`."""
    engine = _Variable._execution_engine
    _Variable._execution_engine = _Engine(engine, run)
    try:
        yield
    finally:
        _Variable._execution_engine = engine
