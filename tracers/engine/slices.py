"""An index as attributes tell it ("(:, 1:, None)"), taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SLICE = re.compile(r"-?\d*:-?\d*(:-?\d*)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """What an index does to one axis.

    Attributes:
        axis: of the value; -1 for an axis that None adds.
        text: the slice; None where a number takes the axis away.
    """

    axis: int
    text: str | None


def parse_index(index: str, rank: int) -> list[Piece] | None:
    """One piece for each axis and each None, in order; None where it cannot be told."""
    text = index[1:-1] if index.startswith("(") and index.endswith(")") else index
    parts = [part.strip() for part in text.split(",")]
    taken = sum(part != "None" for part in parts if part != "…")
    if taken > rank:
        return None
    if "…" not in parts:
        parts = [*parts, "…"]
    found: list[Piece] = []
    axis = 0
    for part in parts:
        if part == "…":
            found += [Piece(axis + n, ":") for n in range(rank - taken)]
            axis += rank - taken
        elif part == "None":
            found.append(Piece(-1, part))
        elif part.lstrip("-").isdigit():
            found.append(Piece(axis, None))
            axis += 1
        elif _SLICE.fullmatch(part):
            found.append(Piece(axis, part))
            axis += 1
        else:
            return None
    return found
