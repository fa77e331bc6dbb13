"""What a weight of one run has to do with one of another: equal in some order of axes, with its
gates or its kernel turned round, a multiple of it, or none of these."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .apart import nearest_order
from .axis_orders import AxisOrder, arranged, best_order, distance
from .fingerprints import fingerprint
from .lib import Array, np

EQUAL, GATES, FLIPPED, SCALED, OTHER = "equal", "gates", "flipped", "scaled", "other"
_GATES = (4, 3)  # of an LSTM, of a GRU
_LOOSE = 1e-4  # of fingerprints


@dataclass(frozen=True, slots=True)
class Relation:
    """Attributes:
    kind: one of the words above.
    detail: the gates' order, the flipped axes, or the factor.
    error: of the second from what the first is then.
    order: of the axes; None where none makes the one's shape the other's.
    """

    kind: str
    detail: tuple[float, ...]
    error: float | None
    order: AxisOrder | None


def relation(
    first: Array, second: Array, tolerance: float, often: Sequence[AxisOrder] = ()
) -> Relation:
    """The plainest that holds."""
    error, order = best_order(first, second, tolerance, often)
    if order is not None and error <= tolerance:
        return Relation(EQUAL, (), error, order)
    mine, theirs = fingerprint(first), fingerprint(second)
    if mine[0] == theirs[0]:
        if np.allclose(mine, theirs, _LOOSE, _LOOSE):
            for kind, detail, turned in _turned(first):
                error, order = best_order(turned, second, tolerance, often)
                if order is not None and error <= tolerance:
                    return Relation(kind, detail, error, order)
        elif np.allclose(mine[3:], theirs[3:], _LOOSE, _LOOSE) and mine[2] > 0:
            factor = float(theirs[2] / mine[2])
            error, order = best_order(first * factor, second, max(tolerance, _LOOSE), often)
            if order is not None and error <= max(tolerance, _LOOSE):
                return Relation(SCALED, (factor,), error, order)
    order = nearest_order(first, second, often)
    if order is None:
        return Relation(OTHER, (), None, None)
    return Relation(OTHER, (), distance(arranged(first, second.shape, order), second), order)


def _turned(array: Array) -> Iterator[tuple[str, tuple[float, ...], Array]]:
    """The same elements at other places."""
    for gates in _GATES:
        for axis, extent in enumerate(array.shape):
            if extent % gates or extent == gates:
                continue
            blocks = np.split(array, gates, axis)
            for order in itertools.permutations(range(gates)):
                if order != tuple(range(gates)):
                    turned = np.concatenate([blocks[place] for place in order], axis)
                    yield GATES, order, turned
    if array.ndim > 2:
        axes = [axis for axis, extent in enumerate(array.shape) if extent > 1]
        for count in (1, 2):
            for chosen in itertools.combinations(axes, count):
                yield FLIPPED, chosen, np.flip(array, chosen)
