"""Calls of TorchScript functions inside eager code: no function mode sees what they do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from typing import Any

from .lib import torch

_Aten = Callable[[], contextlib.AbstractContextManager[Any]]


@contextlib.contextmanager
def scripted_calls(aten: _Aten) -> Generator[None, None, None]:
    """While entered, scripted and traced functions called on this thread run inside `aten`."""
    kind = torch._C.ScriptFunction
    original = kind.__call__
    thread = threading.get_ident()

    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != thread:
            return original(function, *args, **kwargs)
        with aten():
            return original(function, *args, **kwargs)

    kind.__call__ = call
    try:
        yield
    finally:
        kind.__call__ = original
