"""Lazy layers, which learn their extents in their first call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..engine.user_code import said
from ..protocol.refusal import Refusal
from .dryrun import silence
from .lib import torch
from .modules import Names
from .session import prepared
from .state import StartState

_Lazy: Any = torch.nn.modules.lazy.LazyModuleMixin


def finish_lazy_layers(target: Any, call: Callable[[], object]) -> None:
    """Give lazy layers their weights by one call of the model; all else stays as it was.

    Raises Refusal where the model does not get so far.
    """
    modules = Names(target).all_modules
    lazy = [module for module in modules if _is_unfinished(module)]
    if not lazy:
        return
    others = StartState(module for module in modules if module not in lazy)
    problem: Exception | None = None
    with prepared(others), silence(), torch.no_grad():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - the model may raise anything; it is told
            problem = error
    if any(_is_unfinished(module) for module in lazy):
        why = f": {type(problem).__name__}: {said(problem).rstrip('.')}" if problem else ""
        raise Refusal(
            "bad-inputs", f"The model's lazy layers got no weights from its first call{why}."
        )
    for module in lazy:
        with contextlib.suppress(AttributeError):
            module.reset_running_stats()


def _is_unfinished(module: Any) -> bool:
    return isinstance(module, _Lazy) and module.has_uninitialized_params()
