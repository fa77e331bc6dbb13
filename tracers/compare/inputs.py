"""One set of inputs for both models: A's arrays, laid out as B takes them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]


class NoSuchInputs(Exception):
    """B does not take what A was given; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Input:
    """One of a model's inputs; `path` is the file with A's array."""

    name: str
    shape: Shape
    path: str = ""


def paired(mine: Sequence[Input], theirs: Sequence[Input]) -> list[Input]:
    """A's inputs in B's order: by name where both have the same ones, else by position."""
    if len(mine) != len(theirs):
        raise NoSuchInputs(
            f"A takes {_counted(mine)} and B takes {_counted(theirs)}, so one set of inputs does"
            " not serve both."
        )
    known = {each.name: each for each in mine}
    if len(known) == len(mine) and known.keys() == {each.name for each in theirs}:
        return [known[each.name] for each in theirs]
    return list(mine)


def ways_to_lay_out(shape: Shape, wanted: Shape | None, moved_first: bool) -> list[tuple[int, ...]]:
    """Orders of axes, the likeliest first: those that give the wanted shape, whose first axis may
    have another extent; where there are none, or no shape is known, as it is and with the channels
    moved. None at all where the wanted shape has another number of axes.

    `moved_first`: the frameworks keep channels at different ends.
    """
    rank = len(shape)
    plain = tuple(range(rank))
    moved = [(0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))] if rank > 2 else []
    if wanted is None or any(extent < 0 for extent in wanted):
        return [*moved[:1], plain, *moved[1:]] if moved_first and moved else [plain, *moved]
    if len(wanted) != rank:
        return []
    every = itertools.permutations(plain) if rank <= 5 else ()
    tried = list(dict.fromkeys((plain, *moved, *every)))
    laid = {way: tuple(shape[axis] for axis in way) for way in tried}
    exact = [way for way in tried if laid[way] == wanted]
    other_batch = [way for way in tried if laid[way][1:] == wanted[1:] and way[:1] == (0,)]
    found = list(dict.fromkeys((*exact, *other_batch)))
    if found:
        return found

    def unlike(way: tuple[int, ...]) -> int:
        return sum(one != other for one, other in zip(laid[way], wanted, strict=True))

    return sorted((plain, *moved), key=unlike)  # another size: what has its channels in place


def written(each: Input, order: tuple[int, ...], folder: str, number: int) -> str:
    """The file with an input laid out so."""
    array: Any = np.load(each.path, allow_pickle=False)
    path = os.path.join(folder, f"input{number}.npy")
    np.save(path, np.ascontiguousarray(array.transpose(order)), allow_pickle=False)
    return path


def shape_text(shape: Shape) -> str:
    """As users write it."""
    return "×".join(str(extent) for extent in shape) or "scalar"


def _counted(inputs: Sequence[Input]) -> str:
    named = ", ".join(f"{each.name} {shape_text(each.shape)}" for each in inputs)
    count = f"{len(inputs)} input" + ("" if len(inputs) == 1 else "s")
    return f"{count} ({named})" if inputs else "none"
