"""Rows gathered into columns of pixels: what one column of the picture shows. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .rows import DEAD, NEAR, Bools, Floats, HealthRows, Ints

_USUAL = 90  # per cent of the ends
_BEYOND = 100.0  # times that far is beyond them
FINE, CHANGED, DEAD_MARK, LARGE, INF, NAN = range(6)


@dataclass(frozen=True, slots=True)
class Bins:
    """The columns of one lane; all arrays have the same length.

    Attributes:
        places: which column of the picture each one is, ascending.
        minimum, maximum: over its rows; NaN where none has numbers.
        rms: the largest.
        zeros: the largest share of zeros, NaN where it was not counted.
        gradient: the largest norm, NaN where there is none.
        marks: what is worst of it, FINE to NAN.
        telling: the row that stands for it: the worst, of equal ones the one furthest from 0.
        counts: how many rows it gathers.
        dtype: a dtype changes in it.
    """

    places: Ints
    minimum: Floats
    maximum: Floats
    rms: Floats
    zeros: Floats
    gradient: Floats
    marks: Ints
    telling: Ints
    counts: Ints
    dtype: Bools


def gather(rows: HealthRows, chosen: Bools, positions: Floats, columns: int) -> Bins:
    """The rows of one lane in at most so many columns."""
    picked = np.flatnonzero(chosen)
    place = np.minimum((positions[picked] * columns).astype(np.int32), columns - 1)
    order = np.argsort(place, kind="stable")
    picked, place = picked[order], place[order]
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else place
    marks = marks_of(rows)[picked]
    far = np.maximum(
        np.abs(rows.numbers("minimum")[picked]), np.abs(rows.numbers("maximum")[picked])
    )
    far = np.where(np.isnan(far), -1.0, far)
    ends = np.r_[starts[1:], len(place)].astype(np.int64)
    width = np.repeat(np.arange(len(starts)), ends - starts)
    # Sorted by column, then by mark, then by size: the last of each column stands for it.
    ranked = np.lexsort((far, marks, width))
    return Bins(
        place[starts].astype(np.int32),
        _reduced(np.fmin, rows.numbers("minimum")[picked], starts),
        _reduced(np.fmax, rows.numbers("maximum")[picked], starts),
        _reduced(np.fmax, rows.numbers("rms")[picked], starts),
        _reduced(np.fmax, rows.numbers("zeros")[picked], starts),
        _reduced(np.fmax, rows.numbers("gradient")[picked], starts),
        _reduced(np.maximum, marks, starts).astype(np.int32),
        picked[ranked[ends - 1]].astype(np.int32) if len(starts) else picked.astype(np.int32),
        (ends - starts).astype(np.int32),
        _reduced(np.logical_or, rows.whole("before")[picked] >= 0, starts),
    )


def marks_of(rows: HealthRows) -> Ints:
    """What is worst of each row."""
    zeros, headroom = rows.numbers("zeros"), rows.numbers("headroom")
    marks = np.where(rows.whole("before") >= 0, CHANGED, FINE)
    with np.errstate(invalid="ignore"):
        marks = np.where(zeros >= DEAD, DEAD_MARK, marks)
        marks = np.where(headroom >= NEAR, LARGE, marks)
    marks = np.where(rows.numbers("inf") > 0, INF, marks)
    return np.where(rows.numbers("nan") > 0, NAN, marks).astype(np.int32)


def _reduced(function: np.ufunc, values: Any, starts: Any) -> Any:
    return function.reduceat(values, starts) if len(starts) else values[:0]


@dataclass(frozen=True, slots=True)
class Scale:
    """A symmetric logarithmic scale: linear below `knee`, a decade at a time above it.

    Attributes:
        low, high: the numbers at its ends.
    """

    low: float
    high: float
    knee: float

    def share(self, values: Floats) -> Floats:
        """From 0 at `low` to 1 at `high`; what lies beyond stands at the end."""
        low, high = (float(self._bent(np.array(end))) for end in (self.low, self.high))
        return np.minimum(np.maximum((self._bent(values) - low) / (high - low), 0.0), 1.0)

    def ticks(self) -> list[float]:
        """The ends, and 0 where it lies between them."""
        inner = [0.0] if self.low < 0 < self.high else []
        return [self.low, *inner, self.high]

    def _bent(self, values: Floats) -> Floats:
        return np.sign(values) * np.log10(1 + np.abs(values) / self.knee)


def scale_of(bins: Bins, backward: bool) -> Scale | None:
    """One that holds what is usual: what lies far beyond it, as masks do, stands at the end of the
    scale; `backward`: the norms of gradients, too. None where nothing is known."""
    lows, highs = bins.minimum[~np.isnan(bins.minimum)], bins.maximum[~np.isnan(bins.maximum)]
    if not len(lows):
        return None
    norms = bins.gradient[~np.isnan(bins.gradient)] if backward else bins.gradient[:0]
    highs = np.concatenate([highs, norms])
    sizes = bins.rms[bins.rms > 0]
    usual = float(np.percentile(sizes, 10)) if len(sizes) else 1.0
    knee = 10.0 ** float(np.floor(np.log10(max(usual, 1e-30)) - 1))
    ends = np.abs(np.concatenate([lows, highs]))
    far = float(np.percentile(ends, _USUAL)) * _BEYOND
    limit = far if 0 < far < float(ends.max()) else float(ends.max())
    low, high = max(min(float(lows.min()), 0.0), -limit), min(max(float(highs.max()), 0.0), limit)
    return Scale(low, high if high > low else 1.0, knee)
