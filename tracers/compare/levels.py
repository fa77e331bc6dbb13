"""From which error on two values count as different."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from ..ir import Ref

ULP = 1.1920929e-7  # of float32
_ENOUGH = 8  # errors that tell what is usual
_COARSE = {"bfloat16": 2.0**-8, "float16": 2.0**-11}


@dataclass(frozen=True, slots=True)
class Levels:
    """Attributes:
    match: up to this error two values are one.
    flag: a local error above it is looked at.
    proof: a variation that comes as near as this gives the other's values.
    """

    match: float
    flag: float
    proof: float

    @property
    def coarse(self) -> bool:
        """One of the runs computes with few digits."""
        return self.match > 1e-3


FINE = Levels(1e-4, 12 * ULP, 2e-5)


def levels_of(dtypes: set[str]) -> Levels:
    """For runs that compute in these dtypes."""
    unit = max((_COARSE.get(dtype, 0.0) for dtype in dtypes), default=0.0)
    return Levels(8 * unit, 2 * unit, 2 * unit) if unit else FINE


def stand_out(local: Mapping[Ref, float], levels: Levels) -> list[Ref]:
    """Local errors far above what is usual in this pair of runs, in order; their noise is still to
    be looked at."""
    usual = 6 * statistics.median(local.values()) if len(local) >= _ENOUGH else 0.0
    return sorted(ref for ref, error in local.items() if error > max(levels.flag, usual))


def above_noise(error: float, noise: float) -> bool:
    """Rounding alone does not make it."""
    return error > 8 * noise
