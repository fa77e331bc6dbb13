"""A training step that a program calls again and again, watched."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from ..engine import attaching
from ..engine.recorder import Recorder
from ..engine.step_options import StepOptions
from ..engine.step_trainer import Past, Recording, StepNumbers
from ..engine.step_watcher import StepWatcher
from .attached import TorchAttached
from .dryrun import silence
from .functions import TorchFunctions
from .kept_batches import Batches, Call
from .lib import is_tensor, nn, torch
from .session import eager
from .step_numbers import GradientNorms, Numbers, not_finite
from .training_parts import TrainingParts, is_drawn_from
from .training_state import TrainingState

_PLAIN = (int, float, str, bytes, bool, complex, type(None), list, tuple, dict)


def watch_steps(
    step: Callable[..., Any], given: list[Any], options: StepOptions
) -> Callable[..., Any]:
    """The step function, watched. `given`: what the user names of model, optimizer and scaler."""
    watched = _Watched(step, given, options)

    @functools.wraps(step)
    def call(*args: Any, **kwargs: Any) -> Any:
        return watched.call(args, kwargs)

    return call


class _Watched:
    """A step is left alone on other threads than that of the first step, and inside a run that the
    debugger looks at already."""

    def __init__(self, step: Callable[..., Any], given: list[Any], options: StepOptions) -> None:
        self._step = step
        self._given = given
        self._options = options
        self._thread = 0  # none yet

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the step gives."""
        if attaching.running():
            return self._step(*args, **kwargs)
        if not self._thread:
            self._thread = threading.get_ident()
            self._begin(args, kwargs)
        watcher, trainer = self._watcher, self._trainer
        if watcher.asleep or threading.get_ident() != self._thread:
            return self._step(*args, **kwargs)
        watcher.before(lambda: self._batches.keep(args, kwargs))
        trainer.norms.begin()
        start = time.perf_counter()
        try:
            result = self._step(*args, **kwargs)
        except BaseException:
            trainer.norms.end()
            watcher.forget()
            raise
        trainer.numbers.take(watcher.count, result, time.perf_counter() - start)
        watcher.after()
        return result

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = (*args, *kwargs.values())
        objects = [each for each in (*self._given, *given) if not _is_data(each)]
        parts = TrainingParts(self._step, objects)
        name = str(getattr(self._step, "__name__", type(self._step).__name__))
        trainer = TorchTrainer(self._step, parts, self._options.wants_norm)
        draws = parts.draws or any(map(is_drawn_from, given))
        why = _no_replay(parts, draws)
        self._batches = Batches(parts)
        self._trainer = trainer
        self._watcher = StepWatcher(trainer, name, self._options, why)


class TorchTrainer:
    """Implements the engine's Trainer."""

    def __init__(self, step: Callable[..., Any], parts: TrainingParts, always: bool) -> None:
        """`always`: gradients are looked at in every step."""
        self.functions = TorchFunctions()
        self.norms = GradientNorms(parts, always)
        self.numbers = Numbers(self.norms)
        self._step = step
        self._parts = parts

    @property
    def rate(self) -> float | None:
        """The learning rate."""
        return self.norms.rate

    def ready(self, all: bool = False) -> list[StepNumbers]:
        """Of steps that have run."""
        return self.numbers.ready(all)

    def forget(self) -> None:
        """What is on its way is of no interest."""
        self.numbers.forget()

    def close(self) -> None:
        """Look at no gradients."""
        self.norms.close()

    def names(self) -> list[str]:
        """Of the parameters."""
        return [self._name_of(place) for place in range(len(self._parts.parameters))]

    def not_finite(self) -> str:
        """The name of a parameter that is not."""
        parameters = self._parts.parameters
        strange = not_finite(parameters)
        if strange is None:
            return ""
        return self._name_of(next(n for n, each in enumerate(parameters) if each is strange))

    def state(
        self,
        since: TrainingState | None = None,
        reuse: TrainingState | None = None,
        room: int | None = None,
    ) -> TrainingState:
        """A snapshot."""
        return TrainingState(self._parts, since, reuse, room)

    def moves(self, before: TrainingState) -> list[float]:
        """Of the parameters, since a snapshot."""
        return before.distances(self._parts.parameters)

    def repeat(self, step: int, call: Call) -> StepNumbers:
        """Run a step once more; nothing is printed, logged or warned of."""
        args, kwargs = call.again()
        call.around.restore()
        self.norms.begin(surely=True)
        with silence():
            result = self._step(*args, **kwargs)
        self.numbers.take(step, result, 0.0)
        return self.numbers.ready(all=True)[-1]

    def cause(self, past: Past) -> str:
        """Why steps may not have come to the same."""
        if past.state.stale:
            return "A cause may be a large tensor that the step writes to; it is kept from now on."
        if not any(call.tensors for call in past.calls):
            return "A cause may be that the step gets its batches itself; hand them to it."
        devices = {each.device.type for each in self._parts.parameters} - {"cpu"}
        if devices and not torch.are_deterministic_algorithms_enabled():
            return (
                f"A cause may be kernels of {devices.pop()} that round otherwise from run to run;"
                " see torch.use_deterministic_algorithms."
            )
        return (
            "A cause may be something that the step reads besides its batch, its model and random"
            " numbers: a file, the time, or what another thread does."
        )

    def recording(self, call: Call, before: TrainingState, title: str) -> Recording:
        """Of a step, forward, backward and optimizer."""
        args, kwargs = call.again()
        program = TorchAttached(self._parts.target, (args, kwargs), title, self._step)

        def run(recorder: Recorder) -> None:
            before.restore()
            call.around.restore()
            with eager(), program.recording(recorder), silence():
                self._step(*args, **kwargs)

        return Recording(program, run, program.let_go)

    def _name_of(self, place: int) -> str:
        return self._parts.name(self._parts.parameters[place]) or f"parameter {place + 1}"


def _no_replay(parts: TrainingParts, draws: bool) -> str:
    """Why steps cannot be repeated, "" where they can."""
    if draws:
        return (
            "its step draws batches from an iterator, which cannot be gone back in; hand the"
            " batches to it instead"
        )
    if _is_distributed():
        return "several processes train together, and one alone cannot go back"
    if not parts.roots and not parts.optimizers:
        return "no model was found; name it, as in watch_steps(step, model=…)"
    return ""


def _is_data(value: Any) -> bool:
    """It is, or holds, what a step computes with, not what it trains."""
    if isinstance(value, (nn.Module, torch.optim.Optimizer)):
        return False
    return is_tensor(value) or isinstance(value, _PLAIN) or is_drawn_from(value)


def _is_distributed() -> bool:
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return False
    return int(distributed.get_world_size()) > 1
