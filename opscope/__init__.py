"""Opscope: a debugger for the computation graphs of PyTorch and TensorFlow models.

opscope.debug(model, *args)      calls the model in a debugger's window, and gives its result
with opscope.debug(model): ...   the same for a training step, or any other block
"""

from typing import Any

__version__ = "0.1.0"
_PUBLIC = ("debug",)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from opscope.tracers.engine import attaching  # it needs NumPy

    return getattr(attaching, name)
