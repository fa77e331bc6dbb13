"""Sees every call of a module that a program makes, and lets all but the outermost ones pass."""

from __future__ import annotations

import functools
import inspect
from threading import get_ident
from types import FrameType, MethodType
from typing import Any

from ..engine.calls import Calls
from ..engine.tracebacks import pass_on
from .lib import nn, torch
from .lines import user_line
from .modules import type_of


def count(calls: Calls) -> None:
    """From now on, for as long as the process lives."""
    nn.Module.__call__ = _Counted(calls, nn.Module.__call__)


class _Counted:
    """Stands in for `Module.__call__`.

    It gives a module's own method for all but an outermost call, so that no frame of ours is in
    between, and torch.compile finds what it knows. Read off the class it gives itself, so that
    whoever replaces it for a while puts it back.
    """

    def __init__(self, calls: Calls, original: Any) -> None:
        functools.update_wrapper(self, original)
        self._calls = calls
        self._inside = calls.inside
        self._original = original

    def __get__(self, module: Any, owner: Any = None) -> Any:
        if module is not None and get_ident() in self._inside:
            return MethodType(self._original, module)
        asks = inspect.currentframe()
        if asks is not None and asks.f_back is not None and _is_compiler(asks.f_back):
            return self._original if module is None else MethodType(self._original, module)
        return self if module is None else functools.partial(self._outermost, module)

    def __call__(self, module: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if get_ident() in self._inside:
                return self._original(module, *args, **kwargs)
            return self._outermost(module, *args, **kwargs)
        except BaseException as error:
            pass_on(error)
            raise

    def _outermost(self, module: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            # A pass that computes anew what it did not keep calls no model of the user's.
            if torch._C._current_autograd_node() is not None:
                return self._original(module, *args, **kwargs)
            named = getattr(module, "_orig_mod", module)  # what torch.compile wraps
            line = user_line(inspect.currentframe())
            call = functools.partial(self._original, module)
            return self._calls.enter(type_of(named), line, module, call, (args, kwargs))
        except BaseException as error:
            pass_on(error)
            raise


def _is_compiler(frame: FrameType) -> bool:
    """torch.compile asks, and must find what it knows."""
    return str(frame.f_globals.get("__name__", "")).startswith("torch._dynamo")
