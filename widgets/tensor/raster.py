"""From arrays to images, and how large a picture's cells are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from ..theme import colour
from .colours import Norm, paint_values
from .pieces import Array

_LARGEST_CELL = 44
_STRETCH = 8  # the most that a cell is longer than wide


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells of a picture lie; sizes are whole pixels."""

    left: int
    top: int
    wide: int
    high: int
    columns: int
    rows: int

    @property
    def area(self) -> QRectF:
        """The whole picture."""
        return QRectF(self.left, self.top, self.wide * self.columns, self.high * self.rows)

    def cell(self, row: int, column: int) -> QRectF:
        """One cell."""
        return QRectF(
            self.left + column * self.wide, self.top + row * self.high, self.wide, self.high
        )

    def hit(self, x: float, y: float) -> tuple[int, int] | None:
        """The (row, column) at a point."""
        row, column = int((y - self.top) // self.high), int((x - self.left) // self.wide)
        inside = 0 <= row < self.rows and 0 <= column < self.columns
        return (row, column) if inside else None


def fit(rows: int, columns: int, left: int, top: int, wide: int, high: int) -> Grid:
    """Whole-pixel cells for a picture in a space: square, unless it would be a thin stripe."""
    most_wide = max(min(wide // max(columns, 1), _LARGEST_CELL), 1)
    most_high = max(min(high // max(rows, 1), _LARGEST_CELL), 1)
    side = min(most_wide, most_high)
    across, down = side, side
    if side * columns < wide // 3:
        across = min(most_wide, side * _STRETCH, max(wide // 3 // max(columns, 1), side))
    if side * rows < high // 3:
        down = min(most_high, side * _STRETCH, max(high // 3 // max(rows, 1), side))
    return Grid(left, top, across, down, columns, rows)


def image_of(values: Array, norm: Norm) -> QImage:
    """Real values, 2-D, one pixel each."""
    nan, inf = colour("nan").rgba(), colour("inf").rgba()
    return argb_image(paint_values(values, norm, nan, inf))


def argb_image(colours: Array) -> QImage:
    """0xFFRRGGBB per pixel as an image that owns its memory."""
    data = np.ascontiguousarray(colours, dtype=np.uint32)
    rows, columns = data.shape
    view = QImage(data.data, columns, rows, columns * 4, QImage.Format.Format_RGB32)
    return view.copy()


def rgb_image(planes: Array, low: float, high: float) -> QImage:
    """Three planes (3, rows, columns) as red, green and blue between `low` and `high`."""
    span = high - low if high > low else 1.0
    with np.errstate(invalid="ignore"):
        scaled = (planes.astype(np.float32) - low) * (255.0 / span)
        scaled = np.minimum(np.maximum(scaled, 0), 255)
    parts = np.nan_to_num(scaled, nan=0.0).astype(np.uint32)
    return argb_image(0xFF000000 | (parts[0] << 16) | (parts[1] << 8) | parts[2])


def fitted(wide: int, high: int, spot: QRectF) -> QRectF:
    """A picture in its proportions, in the middle of a square; thin ones are stretched."""
    ratio = wide / max(high, 1)
    if not 0.4 < ratio < 2.5:
        ratio = 2.5 if ratio > 1 else 0.4
    size = spot.size()
    across = size.width() if ratio >= 1 else size.width() * ratio
    down = size.height() / ratio if ratio >= 1 else size.height()
    rect = QRectF(0, 0, across, down)
    rect.moveCenter(spot.center())
    return rect
