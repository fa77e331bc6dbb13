"""All that a step of Keras's fit changes, at one moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ..engine.lib import np
from ..engine.step_trainer import TooLarge
from .lib import context, tf


class FitState:
    """Weights, what the optimizer holds, metrics, seeds of layers, and shared random numbers.

    A variable's tensor is not copied until something is assigned to the variable.

    Attributes:
        nbytes: of all variables.
    """

    def __init__(self, model: Any, room: int | None = None) -> None:
        """Raises TooLarge where it would take more bytes than `room`."""
        self._variables = variables_of(model)
        self.nbytes = sum(map(_bytes, self._variables))
        if room is not None and self.nbytes > room:
            raise TooLarge(self.nbytes)
        self._values = [variable.read_value() for variable in self._variables]
        self._set_back = _random_numbers()

    def restore(self) -> None:
        """Put all of it back."""
        for variable, value in zip(self._variables, self._values, strict=True):
            variable.assign(value)
        self._set_back()

    def distances(self, variables: list[Any]) -> list[float]:
        """How far each of these has gone since, over how large it was."""
        old = {id(row): value for row, value in zip(self._variables, self._values, strict=True)}
        found: list[float] = []
        for variable in variables:
            before = tf.cast(old[id(variable)], tf.float64)
            moved = tf.norm(tf.cast(variable, tf.float64) - before)
            found.append(float(moved) / max(float(tf.norm(before)), 1e-12))
        return found


def variables_of(model: Any) -> list[Any]:
    """TensorFlow's variables behind a model's, its optimizer's and its metrics', each once."""
    rows = [*model.variables, *model.metrics_variables]
    if model.optimizer is not None:
        rows += model.optimizer.variables
    found = (getattr(row, "_value", row) for row in rows)
    return list({id(row): row for row in found if isinstance(row, tf.Variable)}.values())


def _bytes(variable: Any) -> int:
    return int(variable.shape.num_elements() or 0) * int(variable.dtype.size or 0)


def _random_numbers() -> Callable[[], None]:
    """What sets the generators that all share back to where they stand now."""
    python, numpy = random.getstate(), np.random.get_state()
    eager = context.context()
    own = getattr(eager, "_rng", None)
    state = own.getstate() if own is not None else None

    def set_back() -> None:
        random.setstate(python)
        np.random.set_state(numpy)
        if own is not None:
            own.setstate(state)

    return set_back
