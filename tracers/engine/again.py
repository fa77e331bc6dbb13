"""One executed op, to be run once more on other tensors: what a framework lends for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

# What is put in the place of a tensor that the op read: itself, or a NumPy array.
Operand = object


class CannotRepeat(Exception):
    """The framework does not run the op in that way; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Slope:
    """An element of an output, with its derivatives.

    Attributes:
        value: the element.
        by: for each input, derivatives in float64 in the input's shape; None where it has none.
    """

    value: float
    by: tuple[Any, ...]


class Again(Protocol):
    """Nothing that it does is recorded, draws random numbers or changes what it is given.

    `wide`: floating inputs are computed with as float64. Else arrays are given the dtype of the
    tensor in whose place they stand.
    """

    @property
    def given(self) -> Mapping[str, object]:
        """Arguments that are no tensors, by name, as plain Python."""
        ...

    @property
    def places(self) -> Mapping[str, int]:
        """Names of arguments that are tensors, each with the input that it is, or begins with."""
        ...

    def run(self, inputs: Sequence[Operand], wide: bool) -> list[Any]:
        """The outputs as NumPy arrays. Raises CannotRepeat."""
        ...

    def varied(self, given: Mapping[str, object]) -> Again:
        """The same op with other arguments that are no tensors. Raises CannotRepeat."""
        ...

    def slope(
        self,
        inputs: Sequence[Operand],
        slot: int,
        index: tuple[int, ...],
        wide: bool,
        by: Collection[int],
    ) -> Slope:
        """Derivatives of one element by some inputs. Raises CannotRepeat."""
        ...


@runtime_checkable
class Repeating(Protocol):
    """A program that knows how its ops were called."""

    def again(self, record: int, type_: str, inputs: Sequence[object]) -> Again:
        """Of a record, whose inputs are at hand. Raises CannotRepeat."""
        ...
