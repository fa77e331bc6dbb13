"""Keras's fit, watched: a callback that keeps the batches by the way that Keras gives them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from ..engine import attaching
from ..engine.muted import Muted
from ..engine.recorder import Recorder
from ..engine.step_options import StepOptions
from ..engine.step_trainer import Past, Recording, StepNumbers
from ..engine.step_watcher import StepWatcher
from .attached import TensorFlowAttached
from .externals import variables_by_handle
from .fit_state import FitState
from .lib import keras, tf
from .values import TensorFlowBackend

_HOME = "keras.src.backend.tensorflow.trainer"  # where a train function of Keras's own is made
_NO_GRAPH = SimpleNamespace(graph=SimpleNamespace(variables=()))
_PLAIN = "_opscope_plain"  # of a train function, what it stands for


@dataclass(frozen=True, slots=True)
class Batches:
    """What one call of the train function draws: immutable tensors.

    Attributes:
        fresh: metrics were reset before it.
        rate: the learning rate, as a tensor; None where a schedule gives it.
    """

    data: list[Any]
    nbytes: int
    fresh: bool
    rate: Any


class FitTrainer:
    """Implements the engine's Trainer for a compiled Keras model."""

    def __init__(self, model: Any, function: Callable[..., Any]) -> None:
        """`function`: the model's own train function."""
        self.functions = TensorFlowBackend().functions
        self._model = model
        self._function = function
        self._waiting: list[tuple[int, Any]] = []
        self._total: Any = (0.0, 0.0)
        self._fresh = True

    @property
    def rate(self) -> float | None:
        """The learning rate."""
        optimizer = self._model.optimizer
        return None if optimizer is None else float(optimizer.learning_rate)

    def drawn(self, iterator: Iterator[Any]) -> Batches:
        """What the next call of the train function takes. Raises StopIteration where nothing is
        left."""
        data = [next(iterator)]
        for _ in range(int(self._model.steps_per_execution) - 1):
            try:
                data.append(next(iterator))
            except StopIteration:
                break
        fresh, self._fresh = self._fresh, False
        rate = getattr(self._model.optimizer, "learning_rate", None)
        if rate is not None:
            rate = _own(rate).read_value() if hasattr(rate, "assign") else None
        return Batches(data, sum(map(_bytes, tf.nest.flatten(data))), fresh, rate)

    def unbuilt(self) -> str:
        """Why the next step cannot be repeated, "" where it can.

        The optimizer makes its variables in the first step; here they are made before it, as Keras
        itself does where it can, since what they begin with belongs to the state.
        """
        model = self._model
        if not all(layer.built for layer in model._flatten_layers()):
            return "its weights are made in it"
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        return ""

    def take(self, step: int, logs: Any) -> None:
        """A step has run: its loss is read once the next one is about to run."""
        self._waiting.append((step, self._loss(logs)))

    def begin_epoch(self) -> None:
        """Keras's running mean of the losses starts anew."""
        self._total = (0.0, 0.0)
        self._fresh = True

    def ready(self, all: bool = False) -> list[StepNumbers]:
        """Of steps that have run; their losses wait for a device no longer than until the next."""
        waiting, self._waiting = self._waiting, []
        return [StepNumbers(step, self._number(loss)) for step, loss in waiting]

    def forget(self) -> None:
        """What is not read yet is of no interest."""
        self._waiting = []

    def close(self) -> None:
        """Nothing to take away."""

    def names(self) -> list[str]:
        """Of the trainable variables."""
        return [self._name(variable) for variable in self._model.trainable_variables]

    def not_finite(self) -> str:
        """The name of a trainable variable that is not."""
        rows = [row for row in self._model.trainable_variables if row.dtype.startswith("float")]
        if not rows or math.isfinite(float(tf.linalg.global_norm([_own(row) for row in rows]))):
            return ""
        strange = (row for row in rows if not bool(tf.reduce_all(tf.math.is_finite(_own(row)))))
        return next(map(self._name, strange), "")

    def state(
        self, since: FitState | None = None, reuse: FitState | None = None, room: int | None = None
    ) -> FitState:
        """A snapshot."""
        return FitState(self._model, room)

    def moves(self, before: FitState) -> list[float]:
        """Of the trainable variables."""
        return before.distances([_own(row) for row in self._model.trainable_variables])

    def repeat(self, step: int, call: Batches) -> StepNumbers:
        """Run a step once more, in silence."""
        self._prepare(call)
        self._total = self._so_far()
        muted = Muted()
        muted.begin()
        try:
            logs = self._function(iter(call.data))
        finally:
            muted.end()
        return StepNumbers(step, self._number(self._loss(logs)))

    def cause(self, past: Past) -> str:
        """Why steps may not have come to the same."""
        if tf.config.list_logical_devices("GPU"):
            return (
                "A cause may be kernels of the GPU that round otherwise from run to run; see"
                " tf.config.experimental.enable_op_determinism."
            )
        return (
            "A cause may be random numbers that no layer's seed gives, or something else that the"
            " step reads besides its batch and its variables."
        )

    def recording(self, call: Batches, before: FitState, title: str) -> Recording:
        """Of a step, layer by layer, with its gradients and the optimizer."""
        model = self._model
        x, y, weights = keras.utils.unpack_x_y_sample_weight(call.data[-1])
        given = {"y": y, "sample_weight": weights}
        named = {name: value for name, value in given.items() if value is not None}
        program = TensorFlowAttached(model, ((x,), named), title)

        def run(recorder: Recorder) -> None:
            before.restore()
            self._prepare(call)
            with program.recording(recorder):
                for data in call.data:
                    model.train_step(data)

        return Recording(program, run, program.let_go)

    def _name(self, variable: Any) -> str:
        """As a run of the model has it."""
        own = _own(variable)
        named = variables_by_handle(self._model, _NO_GRAPH).values()
        return next((name for name, row in named if row is own), str(variable.path))

    def _prepare(self, call: Batches) -> None:
        """Do what fit and its callbacks did before a call."""
        if call.fresh:
            self._model.reset_metrics()
        if call.rate is not None:
            _own(self._model.optimizer.learning_rate).assign(call.rate)

    def _loss(self, logs: Any) -> Any:
        """Of the batch where Keras counts losses itself, else as the step tells it."""
        if self._tracker() is not None:
            new, old = self._so_far(), self._total
            self._total = new
            return new, old
        if isinstance(logs, dict):
            return cast("dict[str, Any]", logs).get("loss")
        return logs

    def _number(self, loss: Any) -> float | None:
        if loss is None:
            return None
        if isinstance(loss, tuple):
            new, earlier = cast("tuple[tuple[Any, Any], tuple[Any, Any]]", loss)
            (total, count), (old, before) = map(_floats, (new, earlier))
            return (total - old) / (count - before) if count > before else None
        return float(loss)

    def _so_far(self) -> Any:
        """The sum of all losses of the epoch, and of how many, as tensors."""
        tracker = self._tracker()
        if tracker is None:
            return 0.0, 0.0
        return _own(tracker.total).read_value(), _own(tracker.count).read_value()

    def _tracker(self) -> Any:
        tracker = getattr(self._model, "_loss_tracker", None)
        return tracker if hasattr(tracker, "total") and hasattr(tracker, "count") else None


class FitWatcher:
    """Between the beginning and the end of a fit, stands where the model's train function does."""

    def __init__(self, options: StepOptions) -> None:
        self._options = options
        self._due = False  # the next call of the train function is one of fit's
        self._model: Any = None
        self._function: Any = None

    def begin(self, model: Any) -> None:
        """A fit begins."""
        self._model = model
        self._function = getattr(model.train_function, _PLAIN, model.train_function)
        self._trainer = FitTrainer(model, self._function)
        why = _no_replay(model, self._function)
        self._keeps = not why
        self._watcher = StepWatcher(self._trainer, str(model.name), self._options, why)

        def function(iterator: Any) -> Any:
            return self._step(iterator)

        setattr(function, _PLAIN, self._function)
        model.train_function = function

    def begin_epoch(self) -> None:
        """An epoch begins."""
        self._trainer.begin_epoch()

    def begin_batch(self) -> None:
        """The train function is about to be called."""
        self._due = True

    def settle(self) -> None:
        """An epoch is over."""
        self._watcher.settle()

    def end(self) -> None:
        """The fit is over."""
        try:
            self._watcher.settle()
        finally:
            self._leave()

    def _leave(self) -> None:
        if getattr(self._model.train_function, _PLAIN, None) is not None:
            self._model.train_function = self._function
        self._watcher.sleep()

    def _step(self, iterator: Any) -> Any:
        watcher = self._watcher
        due, self._due = self._due, False
        if not due or watcher.asleep or attaching.running():
            return self._function(iterator)
        try:
            watcher.after()
            if not self._keeps:
                watcher.before(_nothing)
                logs = self._function(iterator)
            else:
                call = self._trainer.drawn(iterator)
                watcher.before(lambda: call, self._trainer.unbuilt())
                logs = self._function(iter(call.data))
        except StopIteration:
            raise
        except BaseException:
            self._leave()
            raise
        self._trainer.take(watcher.count, logs)
        return logs


def watch_fit(options: StepOptions) -> Any:
    """A callback of Keras's."""
    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            f"KerasWatch watches Keras on TensorFlow; here it computes with"
            f" {keras.backend.backend()}. Training loops on PyTorch have opscope.watch_steps."
        )
    watcher = FitWatcher(options)

    def begin(callback: Any, logs: Any = None) -> None:
        watcher.begin(callback.model)

    def begin_epoch(_callback: Any, epoch: int, logs: Any = None) -> None:
        watcher.begin_epoch()

    def begin_batch(_callback: Any, batch: int, logs: Any = None) -> None:
        watcher.begin_batch()

    def end_epoch(_callback: Any, epoch: int, logs: Any = None) -> None:
        watcher.settle()

    def end(_callback: Any, logs: Any = None) -> None:
        watcher.end()

    methods: dict[str, Any] = {
        "on_train_begin": begin,
        "on_epoch_begin": begin_epoch,
        "on_train_batch_begin": begin_batch,
        "on_epoch_end": end_epoch,
        "on_train_end": end,
    }
    return type("KerasWatch", (keras.callbacks.Callback,), methods)()


def _no_replay(model: Any, function: Any) -> str:
    """Why steps cannot be repeated, "" where they can."""
    if getattr(function, "__module__", "") != _HOME:
        return "its train function is not Keras's own"
    if model.distribute_strategy.num_replicas_in_sync > 1:
        return "several devices train together"
    return ""


def _bytes(value: Any) -> int:
    return int(getattr(value, "nbytes", 0)) or _dense(value)


def _dense(value: Any) -> int:
    """Of a tensor of TensorFlow's."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return 0
    return int(shape.num_elements() or 0) * int(dtype.size or 0)


def _floats(pair: tuple[Any, Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _own(variable: Any) -> Any:
    return getattr(variable, "_value", variable)


def _nothing() -> Any:
    """Batches are not kept."""
