"""Colour maps, and the choice of one and of its range for a slice of a tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np

from .pieces import Array

# Every eighth colour of matplotlib's magma, which its authors gave to the public domain (CC0).
_MAGMA = (
    "000004 030311 090721 120D33 1C1046 281159 35106A 430F75 50127B 5C167F 691C81 752181 822581"
    " 8F2A81 9B2E7F A9327D B63679 C23B75 CF406F DB4769 E55063 EE5B5E F4695C F9785D FB8761 FD9668"
    " FEA571 FEB47B FEC287 FED194 FDE0A1 FCEEB0 FCFDBF"
)
_DIVERGING = "4A86E0 3F6DB7 33568E 274067 1F2C44 191C23 3D2B27 69402E 9A5535 C0663A E67741"
_GREY = "1B1E24 4B4F55 83878D ABAFB6 CDD1D8"
_SAMPLE = 65_536


class Palette(str, Enum):
    """Which colours; the value is what the user reads."""

    AUTO = "auto"
    MAGMA = "magma"
    DIVERGING = "blue–orange"
    GREY = "grey"


class Range(str, Enum):
    """Between which values the colours run."""

    AUTO = "auto"
    FULL = "min to max"
    SYMMETRIC = "symmetric about 0"
    PERCENTILE = "1 % to 99 %"
    CHOSEN = "by hand"  # Look.low to Look.high


class Scale(str, Enum):
    """How values between the range's ends are spread over the colours."""

    AUTO = "auto"
    LINEAR = "linear"
    ROOT = "square root"


@dataclass(frozen=True, slots=True)
class Look:
    """What the user wants of the colours.

    Attributes:
        low, high: for Range.CHOSEN.
    """

    palette: Palette = Palette.AUTO
    range: Range = Range.AUTO
    scale: Scale = Scale.AUTO
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Norm:
    """From values to colours: low is the first colour, high the last."""

    palette: Palette
    low: float
    high: float
    root: bool = False

    @property
    def name(self) -> str:
        """As shown beside the tabs: "magma · √"."""
        return f"{self.palette.value} · √" if self.root else self.palette.value

    def value_at(self, place: float) -> float:
        """Of a place from 0 at the low end to 1; beyond them as if the bar went on."""
        part = place * abs(place) if self.root else place
        return self.low + (self.high - self.low) * part

    def ticks(self) -> tuple[tuple[float, float], ...]:
        """(place from 0 at the low end to 1, value) along the colour bar, high end first."""
        parts = 2 if self.palette is Palette.DIVERGING and self.low == -self.high else 3
        places = [1 - part / parts for part in range(parts + 1)]
        span = self.high - self.low
        return tuple((p, self.low + span * (p * p if self.root else p)) for p in places)


def choose_norm(values: Array, look: Look = Look()) -> Norm:
    """Pick colours and range for real values (see pieces.real).

    One sign: magma from zero to the 99.7th percentile, by square roots where most are small.
    Both signs: blue to orange, symmetric about 0. A value that is not finite: grey.
    """
    flat = np.ravel(values)
    if flat.size > _SAMPLE:
        flat = flat[:: -(-flat.size // _SAMPLE)]
    whole = flat.dtype.kind in "iub"
    bad = False
    if not whole:
        good = np.isfinite(flat)
        bad = not bool(good.all()) or not bool(np.isfinite(values).all())
        flat = flat[good]
    if flat.size == 0:
        return Norm(Palette.GREY, 0.0, 1.0)
    data = flat.astype(np.float64)
    least, most = float(data.min()), float(data.max())
    signed = least < 0 < most
    palette = look.palette
    if palette is Palette.AUTO:
        signed_colours = Palette.DIVERGING if signed and not whole else Palette.MAGMA
        palette = Palette.GREY if bad else signed_colours
    low, high = _range(data, look.range, palette, least, most, whole)
    if look.range is Range.CHOSEN:
        low, high = look.low, look.high
    root = look.scale is Scale.ROOT
    if look.scale is Scale.AUTO and palette is Palette.MAGMA and not whole and least >= 0:
        root = low == 0 and high > 0 and float(np.median(data)) < 0.12 * high
    return Norm(palette, low, high, root and palette is not Palette.DIVERGING)


def _range(
    data: Array, wanted: Range, palette: Palette, least: float, most: float, whole: bool
) -> tuple[float, float]:
    if wanted is Range.PERCENTILE:
        first, last = np.percentile(data, (1, 99))
        return _apart(float(first), float(last))
    if wanted is Range.SYMMETRIC or (wanted is Range.AUTO and palette is Palette.DIVERGING):
        size = max(-least, most)
        if wanted is Range.AUTO:
            size = _clip(float(np.percentile(np.abs(data), 98)), size)
        return _apart(-size, size)
    if wanted is Range.FULL or whole or palette is Palette.GREY:
        return _apart(least, most)
    if least >= 0:
        high = _clip(float(np.percentile(data, 99.7)), most)
        return _apart(0.0 if least < 0.5 * high else least, high)
    if most <= 0:
        low = -_clip(-float(np.percentile(data, 0.3)), -least)
        return _apart(low, 0.0 if most > 0.5 * low else most)
    return _apart(least, most)


def _clip(usual: float, extreme: float) -> float:
    """The extreme, unless it lies far beyond the usual; to two digits, as the bar shows it."""
    if usual <= 0 or extreme < 1.3 * usual:
        return extreme
    unit = 10.0 ** (math.floor(math.log10(usual)) - 1)
    return min(math.ceil(usual / unit) * unit, extreme)


def _apart(low: float, high: float) -> tuple[float, float]:
    if low < high:
        return low, high
    if low == 0:
        return 0.0, 1.0
    return (low, 0.0) if low < 0 else (0.0, low)


@cache
def table(palette: Palette) -> Array:
    """256 colours as 0xFFRRGGBB."""
    text = {Palette.DIVERGING: _DIVERGING, Palette.GREY: _GREY}.get(palette, _MAGMA)
    known = np.array([list(bytes.fromhex(word)) for word in text.split()], dtype=np.float64)
    places = np.linspace(0.0, 1.0, len(known))
    wanted = np.linspace(0.0, 1.0, 256)
    red, green, blue = (
        np.rint(np.interp(wanted, places, known[:, part])).astype(np.uint32) for part in range(3)
    )
    return (0xFF000000 | (red << 16) | (green << 8) | blue).astype(np.uint32)


def paint_values(values: Array, norm: Norm, nan: int, inf: int) -> Array:
    """Colours of real values as 0xFFRRGGBB; `nan` and `inf` are the colours of such cells."""
    data = values.astype(np.float32)
    span = norm.high - norm.low
    with np.errstate(invalid="ignore", over="ignore"):
        data -= np.float32(norm.low)
        data *= np.float32(1.0 / span)
        np.maximum(data, np.float32(0), out=data)
        np.minimum(data, np.float32(1), out=data)
        if norm.root:
            np.sqrt(data, out=data)
        data *= np.float32(255.0)
        missing = np.isnan(data)
        data[missing] = 0.0
    colours = table(norm.palette)[data.astype(np.uint8)]
    if values.dtype.kind == "f":
        endless = np.isinf(values)
        if endless.any():
            colours[endless] = inf
        lost = np.isnan(values)
        if lost.any():
            colours[lost] = nan
    return colours
