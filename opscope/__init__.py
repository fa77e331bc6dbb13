"""Opscope: a debugger for the computation graphs of PyTorch and TensorFlow models.

opscope.debug(model, *args)      calls the model in a debugger's window, and gives its result
with opscope.debug(model): ...   the same for a training step, or any other block
opscope.breakpoint(value, when)  stops here with the value shown, in a run or in one of its own
opscope.watch_steps(step)        watches a PyTorch training step, and opens the one that goes wrong
opscope.KerasWatch()             the same for Keras's fit, as a callback
"""

from typing import Any

__version__ = "0.1.0"
_PUBLIC = {
    "debug": "attaching",
    "breakpoint": "stopping",
    "watch_steps": "watching_steps",
    "KerasWatch": "watching_steps",
    "TrainingStopped": "watching_steps",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module = importlib.import_module(f"opscope.tracers.engine.{_PUBLIC[name]}")  # it needs NumPy
    return getattr(module, name)
