"""How far two values are apart that need not be equal, and how their axes belong together then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .axis_orders import FAR, MASKED, AxisOrder, arranged, distance, orders, unmasked
from .lib import Array, np

_SAMPLE = 2048
_MOST = 24  # orders that are held against each other


@dataclass(frozen=True, slots=True)
class Apart:
    """Attributes:
    error: as `axis_orders.distance` has it.
    largest, mean: of the difference's size, where neither value is masked.
    """

    error: float
    largest: float
    mean: float


def apart(first: Array, second: Array) -> Apart:
    """Of two values of one shape."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    clear = (np.abs(one) < MASKED) & (np.abs(other) < MASKED)
    error = distance(first, second)
    if not clear.any():
        return Apart(error, 0.0, 0.0)
    with np.errstate(invalid="ignore"):
        size = np.abs(one - other)[clear]
    return Apart(error, float(size.max()), float(size.mean()))


def usual_order(first: Array, second: Array, often: Sequence[AxisOrder] = ()) -> AxisOrder | None:
    """The order that is most `often` right, else that in which the values are nearest."""
    ways = orders(first.shape, second.shape)
    usual = next((order for order in often if order in ways), None)
    return usual or nearest_order(first, second)


def nearest_order(first: Array, second: Array, often: Sequence[AxisOrder] = ()) -> AxisOrder | None:
    """The order of axes in which the first value is nearest to the second; of two that are as
    near, the one that is `often` right. None where none makes the one's shape the other's."""
    ways = orders(first.shape, second.shape)
    if len(ways) < 2:
        return ways[0] if ways else None
    known = {order: place for place, order in enumerate(often)}
    ways = sorted(ways, key=lambda way: known.get(way, len(known)))[:_MOST]
    places = np.random.default_rng(0).integers(0, max(second.size, 1), min(_SAMPLE, second.size))
    clean, _ = unmasked(second.reshape(-1)[places])
    best: tuple[float, AxisOrder | None] = (FAR * FAR, None)
    for way in ways:
        mine, _ = unmasked(arranged(first, second.shape, way).reshape(-1)[places])
        error = float(np.sqrt(np.mean(np.square(mine - clean)))) if clean.size else 0.0
        if best[1] is None or error < 0.999 * best[0]:
            best = (error, way)
    return best[1]
