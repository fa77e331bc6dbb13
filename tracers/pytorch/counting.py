"""Sees every outermost call of a module that a program makes."""

from __future__ import annotations

import inspect
from typing import Any

from ..engine.backend import Inputs
from ..engine.calls import Calls
from ..engine.counted import Counted, Sight
from .lib import nn, torch
from .lines import user_line
from .modules import type_of


def count(calls: Calls) -> None:
    """From now on, for as long as the process lives."""
    if not isinstance(nn.Module.__call__, Counted):
        nn.Module.__call__ = Counted(calls, nn.Module.__call__, _seen, "torch._dynamo")


def _seen(module: Any, _inputs: Inputs) -> Sight | None:
    # A pass that computes anew what it did not keep calls no model of the user's.
    if torch._C._current_autograd_node() is not None:
        return None
    named = getattr(module, "_orig_mod", module)  # what torch.compile wraps
    return Sight(type_of(named), user_line(inspect.currentframe()))
