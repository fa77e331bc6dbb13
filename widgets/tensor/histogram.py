"""Counts of the elements over equal bins, large."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..theme import colour, hub, ui_font
from .controls import EDGE, WordButton, mixed
from .formatting import count, number, percent
from .stats import Bins


class HistogramView(QWidget):
    """A histogram that can be zoomed; the plotting library is loaded when first shown.

    Signals:
        part_wanted: bool; the shown slice alone, or the whole value.
    """

    part_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: Bins | None = None
        self._part = False
        self._logarithmic: bool | None = None
        self._plot: Any = None
        self._bars: Any = None
        self._at: int | None = None
        self.part = WordButton("Elements that are counted", 11, self)
        self.scale = WordButton("Scale of the counts", 11, self)
        self._words = QLabel(self)
        self._words.setFont(ui_font(11))
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar = QHBoxLayout()
        bar.setContentsMargins(EDGE - 4, 6, EDGE, 0)
        bar.setSpacing(4)
        bar.addWidget(self.part)
        bar.addWidget(self.scale)
        bar.addWidget(self._words, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(2)
        self._column.addLayout(bar)
        self._column.addStretch(1)
        self.part.clicked.connect(lambda: self.part_wanted.emit(not self._part))
        self.scale.clicked.connect(self._swap_scale)
        self.setAccessibleName("Histogram")
        hub().changed.connect(self._draw)

    @property
    def bins(self) -> Bins | None:
        """What is shown."""
        return self._bins

    @property
    def words(self) -> str:
        """What is said above the bars."""
        return self._words.text()

    @property
    def logarithmic(self) -> bool:
        """Heights are logarithms of the counts."""
        if self._logarithmic is not None:
            return self._logarithmic
        return self._bins is not None and self._bins.skewed

    def show_bins(self, bins: Bins | None, part: bool) -> None:
        """Show other counts: of the slice (`part`) or of the whole value."""
        self._bins, self._part, self._at = bins, part, None
        if self.isVisible():
            self._draw()

    def showEvent(self, event: Any) -> None:
        """Draw what came while hidden."""
        super().showEvent(event)
        self._draw()

    def describe(self, place: int) -> str:
        """ "0.98 to 1.02: 41 (0.3 %)"."""
        if self._bins is None:
            return ""
        width = (self._bins.high - self._bins.low) / self._bins.counts.size
        low = self._bins.low + place * width
        many = int(self._bins.counts[place])
        share = percent(many, self._bins.total)
        return f"{number(low, 3)} to {number(low + width, 3)}: {count(many)} ({share})"

    def point(self, x: float) -> None:
        """Read the bin at a value."""
        if self._bins is None or self._bins.high <= self._bins.low:
            return
        share = (x - self._bins.low) / (self._bins.high - self._bins.low)
        place = int(share * self._bins.counts.size)
        self._at = place if 0 <= share < 1 else None
        self._tell()

    def _swap_scale(self) -> None:
        self._logarithmic = not self.logarithmic
        self._draw()

    def _tell(self) -> None:
        if self._bins is None:
            self._words.setText("")
        elif not self._bins.total:
            self._words.setText("No element is finite, so there is nothing to count.")
        elif self._at is not None:
            self._words.setText(self.describe(self._at))
        else:
            self._words.setText(f"{count(self._bins.total)} finite elements")
        self._words.setStyleSheet(f"color: {colour('text2').name()};")

    def _draw(self) -> None:
        self.part.show_text("this slice" if self._part else "whole value")
        self.scale.show_text("logarithmic" if self.logarithmic else "linear")
        self._tell()
        if not self.isVisible():
            return
        plot: Any = self._plot if self._plot is not None else self._make_plot()
        plot.setBackground(colour("panel"))
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(colour("line2"))
            axis.setTextPen(colour("text3"))
        tint = mixed(colour("accent"), colour("panel"), 0.75)
        bins = self._bins
        if bins is None or not bins.total:
            self._bars.setOpts(x=[], height=[], width=1)
            return
        heights = bins.counts.astype(np.float64)
        if self.logarithmic:
            heights = np.log10(heights, where=heights > 0, out=np.full_like(heights, -0.3)) + 0.3
        width = (bins.high - bins.low) / heights.size or 1.0
        middles = bins.low + width * (np.arange(heights.size) + 0.5)
        self._bars.setOpts(x=middles, height=heights, width=width * 0.9, brush=tint, pen=None)
        plot.getAxis("left").setTicks(
            [_powers(int(bins.counts.max()))] if self.logarithmic else None
        )
        plot.setRange(
            xRange=(bins.low, bins.low + width * heights.size),
            yRange=(0, float(heights.max())),
            padding=0.02,
        )

    def _make_plot(self) -> Any:
        pyqtgraph: Any = importlib.import_module("pyqtgraph")
        plot: Any = pyqtgraph.PlotWidget(self)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setAntialiasing(True)
        plot.setFrameShape(plot.Shape.NoFrame)
        plot.getPlotItem().setContentsMargins(4, 4, 10, 2)
        for side in ("left", "bottom"):
            axis: Any = plot.getAxis(side)
            axis.setTickFont(ui_font(10))
            axis.setStyle(tickLength=-3)
            axis.enableAutoSIPrefix(False)
        self._bars = pyqtgraph.BarGraphItem(x=[], height=[], width=1)
        plot.addItem(self._bars)
        plot.setMouseEnabled(x=True, y=False)
        plot.scene().sigMouseMoved.connect(self._moved)
        self._plot = plot
        self._column.takeAt(self._column.count() - 1)
        self._column.addWidget(plot, 1)
        return plot

    def _moved(self, spot: QPointF) -> None:
        self.point(self._plot.getPlotItem().vb.mapSceneToView(spot).x())


def _powers(most: int) -> list[tuple[float, str]]:
    """Ticks at powers of ten; a count of one stands 0.3 above the base line."""
    found: list[tuple[float, str]] = []
    power = 0
    while 10**power <= max(most, 1):
        found.append((power + 0.3, count(10**power)))
        power += 1
    return found
