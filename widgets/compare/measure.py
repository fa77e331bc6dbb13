"""How far two values are apart: by which measure, in which words, and whether that is too far."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...tracers.compare.result import Pair

ERROR, LARGEST, MEAN, LOCAL = "error", "largest", "mean", "local"
METRICS = (ERROR, LARGEST, MEAN, LOCAL)
NAMES = {
    ERROR: "relative error",
    LARGEST: "max |A − B|",
    MEAN: "mean |A − B|",
    LOCAL: "local error",
}
HINTS = {
    ERROR: "Root mean square of A − B over that of A",
    LARGEST: "The largest difference of two elements",
    MEAN: "The mean difference of two elements",
    LOCAL: "The relative error of this op alone: B's op was given A's inputs",
}
BESIDE = {ERROR: LOCAL, LARGEST: MEAN, MEAN: LARGEST, LOCAL: ERROR}
NONE = "–"
_LOWEST, _HIGHEST = -8.0, 1.0  # powers of ten between which a bar grows


@dataclass(frozen=True, slots=True)
class Measure:
    """What the user reads errors by.

    Attributes:
        metric: one of METRICS.
        tolerance: what is beyond it is over tolerance.
    """

    metric: str = ERROR
    tolerance: float = 1e-4

    def of(self, pair: Pair | None) -> float | None:
        """A pair's error; None where it is not known."""
        return None if pair is None else amount(pair, self.metric)

    def over(self, error: float | None) -> bool:
        """An error is over tolerance; what is no number is."""
        return error is not None and not error <= self.tolerance

    @property
    def name(self) -> str:
        """As the user reads it."""
        return NAMES[self.metric]


def amount(pair: Pair, metric: str) -> float | None:
    """One of a pair's errors."""
    found: float | None = getattr(pair, metric)  # the metrics are its fields
    return found


def worst(errors: list[float | None]) -> float | None:
    """The largest of those that are known; what is no number counts as the largest."""
    known = [error for error in errors if error is not None]
    if any(math.isnan(error) for error in known):
        return math.nan
    return max(known, default=None)


def error_text(error: float | None) -> str:
    """In few characters: "2e-7", "0.021", "0.98", "2.31"."""
    if error is None:
        return NONE
    if math.isnan(error):
        return "NaN"
    if math.isinf(error):
        return "Inf"
    if error == 0:
        return "0"
    if 0.01 <= error < 999.5:
        places = 3 if error < 0.0995 else 2 if error < 9.995 else 1 if error < 99.95 else 0
        return f"{error:.{places}f}"
    mantissa, _, power = f"{error:.0e}".partition("e")
    return f"{mantissa}e{int(power)}"


def share(error: float | None) -> float:
    """How long an error's bar is, from 0 to 1: in proportion to its power of ten."""
    if error is None or error == 0:
        return 0.0
    if not math.isfinite(error):
        return 1.0
    part = (math.log10(error) - _LOWEST) / (_HIGHEST - _LOWEST)
    return min(max(part, 0.06), 1.0)


def tolerance_text(tolerance: float) -> str:
    """ "1e-4", "0.05"."""
    text = f"{tolerance:.2g}"
    mantissa, e, power = text.partition("e")
    if e:
        return f"{mantissa}e{int(power)}"
    if tolerance < 0.01:
        mantissa, _, power = f"{tolerance:.1e}".partition("e")
        mantissa = mantissa.removesuffix(".0")
        return f"{mantissa}e{int(power)}"
    return text


def read_tolerance(text: str) -> float | None:
    """What the user typed; None where it is no number above zero."""
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        return None
    return value if 0 < value < math.inf else None
