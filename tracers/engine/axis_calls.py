"""An executed op as the rules on extents see it, and what a rule answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One executed op, as far as extents go.

    Attributes:
        type: without namespace and underscores.
        inputs: shapes of the tensors among the arguments, in order.
        given: the other arguments, by name.
    """

    type: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    given: Mapping[str, object]

    def number(self, *names: str, default: int = 0) -> int:
        """The first of these arguments that is an integer."""
        for name in names:
            value = self.given.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return default

    def numbers(self, *names: str) -> list[int] | None:
        """The first of these arguments that is one integer, or several."""
        for name in names:
            value = self.given.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return [value]
            if isinstance(value, (tuple, list)):
                items = list(cast("Sequence[object]", value))
                if all(isinstance(item, int) for item in items):
                    return cast("list[int]", items)
        return None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an extent comes from.

    Attributes:
        sources: (input, axis) pairs that it follows; none where the op itself sets it.
        how: what the op did to it, in words; "" where it passes unchanged.
        ceil: what rounding up would have given, 0 where nothing was rounded down.
    """

    sources: tuple[tuple[int, int], ...] = ()
    how: str = ""
    ceil: int = 0


Rule = Callable[[Call, int, int], Origin | None]


def plain_type(type_: str) -> str:
    """An op's type as the rules name it ("aten._unsafe_view" → "unsafe_view")."""
    return type_.rpartition(".")[2].strip("_")
