"""Finds the few boxes that touch a small one, among very many: by bands across the layout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

HEIGHT = 256.0
LONG = 64  # bands; what reaches over more is looked at each time

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Bands:
    """Boxes (left, top, right, bottom), each in the bands it reaches over."""

    def __init__(self, boxes: Floats) -> None:
        self._boxes = boxes
        first = np.floor_divide(boxes[:, 1], HEIGHT).astype(np.int64)
        spans = np.floor_divide(boxes[:, 3], HEIGHT).astype(np.int64) - first + 1
        self._long: Numbers = np.flatnonzero(spans > LONG)
        short: Numbers = np.flatnonzero(spans <= LONG)
        counts = spans[short]
        rows = np.repeat(short, counts)
        before = np.repeat(np.cumsum(counts) - counts, counts)
        bands = first[rows] + np.arange(len(rows)) - before
        order = np.argsort(bands, kind="stable")
        self._rows: Numbers = rows[order]
        self._bands: Numbers = bands[order]

    def touching(self, left: float, top: float, right: float, bottom: float) -> Numbers:
        """Indices of the boxes that share more than a border with this one, in order."""
        ends = np.array([top // HEIGHT, bottom // HEIGHT + 1])
        start, end = np.searchsorted(self._bands, ends).tolist()
        some = np.concatenate([self._rows[start:end], self._long])
        boxes = self._boxes[some]
        found = (
            (boxes[:, 0] < right)
            & (boxes[:, 2] > left)
            & (boxes[:, 1] < bottom)
            & (boxes[:, 3] > top)
        )
        return np.unique(some[found])
