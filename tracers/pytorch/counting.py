"""Sees every call of a module that a program makes, and lets all but the outermost ones pass."""

from __future__ import annotations

import functools
import inspect
from threading import get_ident
from typing import Any

from ..engine.calls import Calls
from ..engine.tracebacks import pass_on
from .lib import nn, torch
from .lines import user_line
from .modules import type_of


def count(calls: Calls) -> None:
    """From now on, for as long as the process lives."""
    original = nn.Module.__call__
    inside = calls.inside

    @functools.wraps(original)
    def call(module: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if get_ident() in inside:
                return original(module, *args, **kwargs)
            return _outermost(calls, original, module, args, kwargs)
        except BaseException as error:
            pass_on(error)
            raise

    nn.Module.__call__ = call


def _outermost(calls: Calls, original: Any, module: Any, args: Any, kwargs: Any) -> Any:
    try:
        # A pass that computes anew what it did not keep calls no model of the user's.
        if torch._C._current_autograd_node() is not None:
            return original(module, *args, **kwargs)
        named = getattr(module, "_orig_mod", module)  # what torch.compile wraps
        line = user_line(inspect.currentframe())
        bound = functools.partial(original, module)
        return calls.enter(type_of(named), line, module, bound, (args, kwargs))
    except BaseException as error:
        pass_on(error)
        raise
