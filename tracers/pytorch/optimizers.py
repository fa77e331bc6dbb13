"""Scopes around what optimizers do."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable, Generator
from typing import Any

from ..engine.recorder import Recorder
from ..ir import ScopeKind, SourceLine
from .lib import torch

_hooks: Any = importlib.import_module("torch.optim.optimizer")

STEP = "optimizer.step"


@contextlib.contextmanager
def optimizer_steps(
    recorder: Recorder, line: Callable[[], SourceLine | None], coming: Callable[[], object]
) -> Generator[None, None, None]:
    """Inside, every step of an optimizer on this thread opens a scope with its class's name.

    `line`: where the user's code stands; `coming` is asked before a scope is opened.
    """
    thread = threading.get_ident()
    opened: list[tuple[Any, int]] = []

    def before(optimizer: Any, *_: Any) -> None:
        if threading.get_ident() != thread:
            return
        with torch._C.DisableTorchFunction():
            coming()
            around = recorder.frame
            recorder.enter(STEP, ScopeKind.GROUP, type(optimizer).__name__, source=line())
            opened.append((optimizer, around))

    def after(optimizer: Any, *_: Any) -> None:
        if threading.get_ident() != thread:
            return
        with torch._C.DisableTorchFunction():
            while opened:  # a step that raised was never left
                step, around = opened.pop()
                while recorder.frame != around:
                    recorder.leave()
                if step is optimizer:
                    break

    handles = [
        _hooks.register_optimizer_step_pre_hook(before),
        _hooks.register_optimizer_step_post_hook(after),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
