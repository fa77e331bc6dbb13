"""What is suspicious about two weights that are one, as sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Order = tuple[int, ...]

_ENOUGH = 3  # pairs that make a rule


@dataclass(frozen=True, slots=True)
class Equal:
    """Two weights with the same elements; `order` as in `WeightPair`."""

    a: str
    b: str
    shape_a: tuple[int, ...]
    shape_b: tuple[int, ...]
    order: Order


def in_other_layout(equal: Iterable[Equal], across: bool) -> dict[tuple[str, str], str]:
    """Weights that are equal only in another order of axes than the others of their kind, or than
    the frameworks' layouts have it; by their names."""
    kinds: dict[tuple[str, str, int], list[Equal]] = defaultdict(list)
    for each in equal:
        if len(each.shape_a) > 1 and len(each.shape_a) == len(each.shape_b):
            kinds[_leaf(each.a), _leaf(each.b), len(each.shape_a)].append(each)
    found: dict[tuple[str, str], str] = {}
    for (leaf_a, leaf_b, rank), rows in kinds.items():
        plain = tuple(range(rank))
        counted = Counter(row.order or plain for row in rows)
        usual, often = counted.most_common(1)[0]
        if often < _ENOUGH or often <= len(rows) / 2:
            usual = _expected(leaf_a, leaf_b, rank, across) or usual
        for row in rows:
            order = row.order or plain
            turned = tuple(row.shape_b[axis] for axis in usual)
            if order != usual and turned == row.shape_a:
                found[row.a, row.b] = _turned(order, usual)
    return found


def said(kind: str, detail: Sequence[float], expected: bool = False) -> str:
    """Of two weights that are not equal as they are; `expected`: the frameworks' gates of this
    layer stand in another order."""
    if kind == "gates":
        order = ", ".join(str(int(place) + 1) for place in detail)
        if expected and tuple(detail) == (1, 0, 2):
            return ""
        return f"Equal only after reordering the gates: A's blocks {order} are B's in order."
    if kind == "flipped":
        axes = " and ".join(str(int(axis)) for axis in detail)
        return f"Equal only after flipping axis {axes}."
    if kind == "scaled":
        return f"B's is {detail[0]:.6g} times A's, everywhere."
    return "" if kind == "equal" else "Same shape, other values."


def _expected(leaf_a: str, leaf_b: str, rank: int, across: bool) -> Order:
    """How B's axes belong to A's where the frameworks' layouts are kept; () where that is not
    known."""
    if not across:
        return tuple(range(rank))
    if rank == 2:
        return (0, 1) if "embed" in leaf_a + leaf_b else (1, 0)
    if rank == 4 and "kernel" in leaf_a + leaf_b:  # (out, in, h, w) and (h, w, in, out)
        return (3, 2, 0, 1) if "kernel" in leaf_b else (2, 3, 1, 0)
    return ()


def _turned(order: Order, usual: Order) -> str:
    if len(order) == 2:
        if usual == (0, 1):
            return "Equal after exchanging input and output axes."
        return (
            "Equal without exchanging input and output axes, which the frameworks keep the other"
            " way around."
        )
    exchanged = [n for n, (one, other) in enumerate(zip(order, usual, strict=True)) if one != other]
    axes = " and ".join(str(axis) for axis in exchanged)
    return f"Equal only after exchanging axes {axes}, unlike the other weights of its kind."


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]
