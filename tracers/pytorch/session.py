"""The conditions of one run: from the start state, deep recursion allowed, compiled parts eager."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Generator
from typing import Any

from .lib import torch
from .state import StartState

_STACK_PER_CALL = 2048  # bytes of C stack that a Python call takes, with room to spare
_FEW_CALLS, _MOST_CALLS = 2_000, 100_000


@contextlib.contextmanager
def prepared(state: StartState) -> Generator[None, None, None]:
    """Restore the state before and after; inside, compiled submodules run as written."""
    limit = sys.getrecursionlimit()
    state.restore()
    sys.setrecursionlimit(max(limit, _deepest()))
    try:
        with eager():
            yield
    finally:
        sys.setrecursionlimit(limit)
        state.restore(over=True)


def wait_for_device() -> None:
    """What was given to a GPU is done."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def _deepest() -> int:
    """How many Python calls the stack of the main thread can hold."""
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return _FEW_CALLS
    size, _ = resource.getrlimit(resource.RLIMIT_STACK)
    if size == resource.RLIM_INFINITY:
        return _MOST_CALLS
    return min(size // _STACK_PER_CALL, _MOST_CALLS)


def eager() -> contextlib.AbstractContextManager[Any]:
    """torch.compile'd parts run eagerly; where nothing was compiled, its machinery stays out."""
    if "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
        return torch.compiler.set_stance("force_eager")
    return contextlib.nullcontext()
