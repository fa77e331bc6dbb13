"""Ties autograd's nodes to the forward ops that made them, by their sequence numbers."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from ..ir import Ref
from .lib import torch

sequence: Any = torch._C._autograd._get_sequence_nr  # of this thread's next node

UNNUMBERED = (1 << 64) - 1  # the number of nodes that gather gradients, which no op made


class Ties:
    """What the run's records and values are to autograd. Holds numbers alone: nothing is kept
    alive by it.

    A node's number is unique on its thread; ops run on one thread.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ranges: list[tuple[int, int]] = []  # (end, record), one for each start
        self._values: dict[tuple[int, int], Ref] = {}
        self._tied: set[Ref] = set()
        self._lost = False

    def lose(self) -> None:
        """Another thread has made nodes, with numbers of its own: nothing can be told by them."""
        self._lost = True

    def add(self, start: int, record: int) -> None:
        """A record's op made the nodes from `start` up to now. Ops inside it came before."""
        end = sequence()
        if end <= start:
            return
        while self._starts and self._starts[-1] >= start:
            self._starts.pop()
            self._ranges.pop()
        self._starts.append(start)
        self._ranges.append((end, record))

    def tie(self, tensor: Any, ref: Ref) -> None:
        """The gradient of this value goes to the tensor's node, if it has one."""
        node = tensor.grad_fn
        if node is not None:
            self._values.setdefault((node._sequence_nr(), tensor.output_nr), ref)
            self._tied.add(ref)

    def tie_late(self, tensor: Any, ref: Ref) -> None:
        """As `tie`, of a value that had no node when it was made: a function of the user's own
        gives it one when it returns."""
        if ref[0] >= 0 and ref not in self._tied:
            self.tie(tensor, ref)

    def record(self, number: int) -> int:
        """The record whose op made the node of a number; -1 where none is known."""
        if self._lost:
            return -1
        place = bisect_right(self._starts, number) - 1
        if place >= 0 and number < self._ranges[place][0]:
            return self._ranges[place][1]
        return self._values.get((number, 0), (-1, 0))[0]

    def is_tied(self, ref: Ref) -> bool:
        """A backward pass can start from this value."""
        return ref in self._tied

    def value(self, number: int, slot: int) -> Ref | None:
        """The value whose gradient a node is given in a slot."""
        return None if self._lost else self._values.get((number, slot))
