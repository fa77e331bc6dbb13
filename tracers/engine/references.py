"""Handles for frames and variables, good until the next stop or move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..protocol.refusal import Refusal
from .spots import Spot

Row = dict[str, Any]  # a DAP Variable

_INDEX_BITS = 18
_GENERATIONS = 1 << 12  # the handle stays below 2**31


def _nowhere(_name: str) -> Spot | None:
    return None


@dataclass(frozen=True, slots=True)
class Children:
    """What a handle stands for; `rows` gives children start to stop, on the model's thread, and
    `spot` what setting the child of a name would set, None for nothing that can be set."""

    count: int
    rows: Callable[[int, int], list[Row]]
    spot: Callable[[str], Spot | None] = _nowhere


class References:
    """Numbers a client may give back. Each carries the generation it was made in."""

    def __init__(self) -> None:
        self._generation = 1
        self._made: list[Children] = []

    def renew(self) -> None:
        """What was given out so far is stale."""
        self._generation = self._generation % (_GENERATIONS - 1) + 1
        self._made = []

    def put(self, children: Children) -> int:
        """A handle for something with children; 0 for what has none."""
        if not children.count or len(self._made) >> _INDEX_BITS:
            return 0
        self._made.append(children)
        return self._generation << _INDEX_BITS | len(self._made) - 1

    def get(self, reference: int) -> Children:
        """Raises Refusal for a stale handle, or one never given out."""
        index = self._current(reference)
        if index >= len(self._made):
            raise Refusal("stale", "There is no such variable.")
        return self._made[index]

    def frame(self, level: int) -> int:
        """A frame's id."""
        return self._generation << _INDEX_BITS | level

    def level(self, frame: int) -> int:
        """The level of a frame, by its id. Raises Refusal for a stale one."""
        return self._current(frame)

    def _current(self, number: int) -> int:
        if number >> _INDEX_BITS != self._generation:
            raise Refusal("stale", "That is from an earlier stop; ask for the stack again.")
        return number & ((1 << _INDEX_BITS) - 1)
