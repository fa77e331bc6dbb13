"""The errors along a pass as points, and the scale that they are drawn on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Graph, Passes
from ..run.track import Segment, block_parent

Floats = npt.NDArray[np.float64]
_LEAST = -8  # the lowest power of ten where all is equal
_FEW = 60  # errors of which even the least is shown
_FLOOR = -12  # below it, errors are drawn at the border


@dataclass(frozen=True, slots=True)
class LogScale:
    """Powers of ten from `low` to `high`."""

    low: int
    high: int

    def place(self, value: float) -> float:
        """From 0 at the lower border to 1."""
        if math.isnan(value) or value == math.inf:
            return 1.0
        power = math.log10(value) if value > 0 else float(self.low)
        return min(max((power - self.low) / (self.high - self.low), 0.0), 1.0)

    def places(self, values: Floats) -> Floats:
        """The same of many."""
        with np.errstate(divide="ignore", invalid="ignore"):
            powers = np.log10(values)
        shares = (powers - self.low) / (self.high - self.low)
        shares = np.where(np.isnan(values) | (values == np.inf), 1.0, shares)
        return np.minimum(np.maximum(np.nan_to_num(shares, nan=0.0, neginf=0.0), 0.0), 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """(place, text) of every second power."""
        found: list[tuple[float, str]] = []
        for power in range(self.low, self.high + 1):
            if power % 2 == 0:
                text = "1" if power == 0 else f"1e{power}"
                found.append(((power - self.low) / (self.high - self.low), text))
        return found


def scale_of(values: Floats, tolerance: float) -> LogScale:
    """The powers of ten that hold the errors that are numbers, and the tolerance."""
    known = values[np.isfinite(values) & (values > 0)]
    powers = [math.log10(tolerance)]
    if len(known):
        least = known.min() if len(known) < _FEW else np.percentile(known, 2)
        powers += [math.log10(float(least)), math.log10(float(known.max()))]
    low = max(min(math.floor(min(powers)), _LEAST + 2), _FLOOR)
    high = math.floor(max(powers)) + 1
    low -= low % 2
    return LogScale(low, max(high, low + 2))


def segments_of(graph: Graph, ops: Sequence[int]) -> list[Segment]:
    """The blocks in which ops (-1 for what is none) stand, in order."""
    blocks = _blocks(graph)
    found: list[Segment] = []
    for number, op in enumerate(ops):
        scope = blocks[graph.ops[op].scope] if op >= 0 else 0
        if found and found[-1].scope == scope:
            last = found[-1]
            found[-1] = Segment(last.start, number + 1, scope, last.label)
        else:
            found.append(Segment(number, number + 1, scope, graph.scopes[scope].name))
    return found


def _blocks(graph: Graph) -> list[int]:
    """The block that each scope lies in, 0 for none."""
    passes = Passes(graph)
    base = block_parent(graph, passes)
    found: list[int] = []
    for index, row in enumerate(graph.scopes):
        if row.parent < 0:
            found.append(0)
        else:
            found.append(index if row.parent == base else found[row.parent])
    return found
