"""`opscope.watch_steps` and `opscope.KerasWatch`: training that is watched as it goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast, runtime_checkable

from ..protocol.refusal import Refusal
from .frameworks import framework_of, loader_of
from .step_options import Condition, StepOptions, TrainingStopped, step_options

__all__ = ["KerasWatch", "TrainingStopped", "watch_steps"]


@runtime_checkable
class StepWatching(Protocol):
    """A loader whose framework's training steps can be watched."""

    def watch_steps(
        self, step: Callable[..., Any], given: list[Any], options: StepOptions
    ) -> Callable[..., Any]:
        """The step, watched; `given`: what the user names of model, optimizer and scaler."""
        ...


@runtime_checkable
class FitWatching(Protocol):
    """A loader whose framework trains by itself, and calls back."""

    def watch_fit(self, options: StepOptions) -> object:
        """A callback."""
        ...


def watch_steps(
    step: Callable[..., Any] | None = None,
    /,
    *,
    model: Any = None,
    optimizer: Any = None,
    scaler: Any = None,
    every: int = 50,
    budget: int | str = "1 GB",
    when: str | Condition | None = None,
    spike: float = 10.0,
    vanishing: float = 1e-6,
    open: bool | None = None,
    save: str | None = None,
    stop: bool = False,
) -> Any:
    """Give a function that does what `step` does, and watches it; without `step`, a decorator.

    `step` is called with a batch, does forward, backward and the optimizer's step, and returns the
    loss. Model, optimizer and scaler are found in what it uses, unless they are named. Every
    `every` steps a snapshot is taken, within `budget` bytes. Where loss or gradients are not
    finite, leap (`spike` times the median before), vanish, or fit `when` (text on loss, grad_norm
    and step, or a function of the loss), training goes back, repeats the steps to the bad one, and
    records that: in a window (`open`), as text, and in the file `save`. Then training goes on, or
    ends with TrainingStopped where `stop` is true.
    """
    options = step_options(every, budget, when, spike, vanishing, open, save, stop)
    given = [model, optimizer, scaler]
    if step is None:
        return partial(_watched, given=given, options=options)
    return _watched(step, given, options)


def _watched(
    step: Callable[..., Any], given: list[Any], options: StepOptions
) -> Callable[..., Any]:
    if not callable(step):
        raise TypeError(f"watch_steps takes a function, not a {type(step).__name__}.")
    near: dict[str, object] = getattr(step, "__globals__", {})
    framework = framework_of(step, near) or ("torch" if "torch" in sys.modules else "")
    loader = loader_of(framework) if framework else None
    if not isinstance(loader, StepWatching):
        raise TypeError(
            "watch_steps watches steps of PyTorch; for Keras's fit there is opscope.KerasWatch."
        )
    return loader.watch_steps(step, given, options)


def KerasWatch(
    *,
    every: int = 50,
    budget: int | str = "1 GB",
    when: str | Condition | None = None,
    spike: float = 10.0,
    open: bool | None = None,
    save: str | None = None,
    stop: bool = False,
) -> Any:
    """A callback for Keras's fit, on TensorFlow; as `watch_steps`, on the loss of every batch."""
    options = step_options(every, budget, when, spike, 0.0, open, save, stop)
    try:
        loader = cast(Any, loader_of("tensorflow"))
    except Refusal as error:
        raise ImportError(str(error)) from error
    if not isinstance(loader, FitWatching):
        raise ImportError("KerasWatch needs Keras on TensorFlow.")
    return loader.watch_fit(options)
