"""Colours for scales, which people who do not see red or green tell apart as well.

One hue follows the other while the lightness only ever grows: the order can be read without any
colour. The diverging ramp goes from blue to orange. Both are computed in OKLab (B. Ottosson, 2020),
and end where they stand out from the ground: light on dark, dark on light.
"""

from __future__ import annotations

import math
from functools import cache

STEPS = 33

# Lightness, chroma and hue (degrees) along the ramp.
Point = tuple[float, float, float]
_RISING: tuple[Point, ...] = (
    (0.36, 0.13, 293.0),
    (0.50, 0.11, 245.0),
    (0.64, 0.10, 200.0),
    (0.78, 0.13, 150.0),
    (0.91, 0.15, 113.0),
)
_BLUE, _ORANGE = 253.0, 58.0
_DARK_SIDES = ((0.36, 0.0), (0.56, 0.11), (0.76, 0.13))  # from zero outwards: lightness, chroma
_LIGHT_SIDES = ((0.90, 0.0), (0.70, 0.12), (0.50, 0.13))


@cache
def ramp(dark: bool, signed: bool) -> tuple[str, ...]:
    """STEPS colours as "#rrggbb", from the smallest amount to the largest."""
    if not signed:
        colours = tuple(_hex(_between(_RISING, at / (STEPS - 1))) for at in range(STEPS))
        return colours if dark else colours[::-1]
    sides = _DARK_SIDES if dark else _LIGHT_SIDES
    blue, orange = (tuple((*side, hue) for side in sides) for hue in (_BLUE, _ORANGE))
    half = STEPS // 2
    left = [_hex(_between(blue, at / half)) for at in range(half, 0, -1)]
    return (*left, *(_hex(_between(orange, at / half)) for at in range(half + 1)))


def step(share: float) -> int:
    """The place in a ramp for a share from 0 to 1."""
    return min(max(round(share * (STEPS - 1)), 0), STEPS - 1)


def _between(points: tuple[Point, ...], share: float) -> Point:
    place = share * (len(points) - 1)
    first = min(int(place), len(points) - 2)
    rest = place - first
    lightness, chroma, hue = (
        a + (b - a) * rest for a, b in zip(points[first], points[first + 1], strict=True)
    )
    return lightness, chroma, hue


def _hex(point: Point) -> str:
    lightness, chroma, hue = point
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    light = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(part)):02x}" for part in light)


def _gamma(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
