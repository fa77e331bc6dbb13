"""Where an amount stands between the smallest and the largest one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .amounts import Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """From amounts to shares of the colours.

    Attributes:
        low, high: the ends; of amounts with both signs the same distance from zero.
        tiny: of a logarithmic scale, the smallest distance from zero that is told apart.
        logarithmic: equal factors are equally far apart.
        signed: zero is in the middle.
    """

    low: float
    high: float
    tiny: float = 0.0
    logarithmic: bool = False
    signed: bool = False

    def shares(self, amounts: Floats) -> Floats:
        """From 0 to 1; NaN where there is no amount."""
        if self.signed:
            return 0.5 + np.sign(amounts) * self._spread(np.abs(amounts), 0.0, self.high) / 2
        return self._spread(amounts, self.low, self.high)

    def share(self, amount: float) -> float:
        """As shares, of one amount."""
        return float(self.shares(np.array([amount]))[0])

    def _spread(self, amounts: Floats, low: float, high: float) -> Floats:
        if self.logarithmic and self.tiny > 0.0:
            low = max(low, self.tiny)
            if high > low:
                kept = np.maximum(amounts, low)
                return np.minimum(np.log(kept / low) / np.log(high / low), 1.0)
        elif high > low:
            return np.minimum(np.maximum((amounts - low) / (high - low), 0.0), 1.0)
        return np.where(np.isnan(amounts), np.nan, 1.0)


def scale_of(amounts: Floats, logarithmic: bool) -> Scale | None:
    """The scale that fits amounts; None where none is known. Linear ones begin at zero."""
    known = amounts[np.isfinite(amounts)]
    if not len(known):
        return None
    sizes = np.abs(known)
    high, there = float(sizes.max()), sizes[sizes > 0.0]
    tiny = float(there.min()) if len(there) else 0.0
    if bool((known < 0.0).any()):
        return Scale(-high, high, tiny, logarithmic, signed=True)
    return Scale(tiny if logarithmic else 0.0, high, tiny, logarithmic)
