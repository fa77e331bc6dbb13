"""An op that is done a little otherwise: what is varied, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .again import Again
from .lib import Array, np

Outputs = Callable[[], Sequence[Array]]


@dataclass(frozen=True, slots=True)
class Variation:
    """Attributes:
    kind: a word ("eps", "gelu", "padding", "axis", "weight", "left out", …).
    says: what is otherwise, as "eps = 1e-05 instead of 0.001".
    weak: what it gives may lie on the way of what is computed in other steps, and tells nothing
        unless more of the other run's values come out behind it.
    """

    kind: str
    says: str
    run: Outputs
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The op that is varied.

    Attributes:
        again: None where it cannot be run.
        inputs: arrays, None for what is none.
        values: the same as the framework has them.
        weights: which inputs are parameters.
        numbers: that the other run's op was given: what constants may have to be.
        arguments: of the other run's op, by name, where it is of the same framework.
    """

    type: str
    again: Again | None
    inputs: Sequence[Array | None]
    values: Sequence[object]
    weights: frozenset[int] = frozenset()
    numbers: Sequence[float] = ()
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def name(self) -> str:
        """In small letters, whichever framework it is of."""
        return self.type.removeprefix("aten.").strip("_").lower()


def alone(function: Callable[[Any], Any], array: Array) -> list[Array]:
    with np.errstate(all="ignore"):
        return [function(array.astype(np.float64)).astype(array.dtype)]


def with_argument(subject: Subject, again: Again, name: str, value: object, kind: str) -> Variation:
    own = again.given.get(name)
    was = f" instead of {_text(own)}" if own is not None else ""
    return Variation(
        kind, f"{name} = {_text(value)}{was}", with_arguments(subject, again, {name: value})
    )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def with_arguments(subject: Subject, again: Again, given: Mapping[str, object]) -> Outputs:
    return lambda: again.varied(given).run(inputs_of(subject), False)


def on_input(subject: Subject, again: Again, place: int, array: Array) -> Outputs:
    def run() -> list[Array]:
        inputs = inputs_of(subject)
        inputs[place] = np.ascontiguousarray(array)
        return again.run(inputs, False)

    return run


def inputs_of(subject: Subject) -> list[object]:
    pairs = zip(subject.inputs, subject.values, strict=True)
    return [value if array is None else array for array, value in pairs]
