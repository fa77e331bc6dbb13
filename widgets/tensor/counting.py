"""The numbers below the picture: statistics, histogram, percentiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ...tracers.ir import TensorPiece, TensorSummary
from .details import DetailFeed
from .feeds import HistogramFeed, Part
from .formatting import is_text
from .stats import Bins, statistics
from .tabs import View

if TYPE_CHECKING:
    from .value_view import ValueView


class Counting(QObject):
    """Of one value.

    Attributes:
        more: percentiles, while the user wants them.

    Signals:
        learned: TensorSummary; the whole value was counted.
    """

    learned = Signal(object)

    def __init__(self, view: ValueView) -> None:
        super().__init__(view)
        self._view, self._stats = view, view.stats
        self._feed = HistogramFeed(view.desk, view.histogram)
        self._feed.counted.connect(self._take)
        self._feed.refused.connect(self._lack)
        self.more = DetailFeed(view.desk, view.details)
        self._stats.pressed.connect(lambda: self.more.want(not self.more.wanted))

    @property
    def sentence(self) -> str:
        """Why the value cannot be counted; "" where it can."""
        return self._feed.sentence

    def show_summary(self, summary: TensorSummary) -> None:
        """What is known of a value before anything is counted."""
        self._stats.setVisible(_is_counted(summary) and 0 not in summary.shape)
        self._stats.show_bins(None)
        self._show(summary, None)

    def start(self, part: Part) -> None:
        """Count another value."""
        self._feed.start(part)

    def follow(self, part: Part | None) -> None:
        """Another part is shown; None: nothing that can be counted."""
        if part is not None:
            self._feed.follow(part, self._view.view is View.HISTOGRAM)
        self.more.follow(part)

    def _take(self, piece: TensorPiece, bins: Bins) -> None:
        self._stats.show_bins(bins)
        self._show(piece.whole, piece.zeros)
        self.learned.emit(piece.whole)

    def _lack(self, sentence: str) -> None:
        if self._view.open and self._view.view is View.HISTOGRAM:
            self._view.refuse(sentence)

    def _show(self, summary: TensorSummary, zeros: int | None) -> None:
        if not _is_counted(summary):
            return
        elements = math.prod(summary.shape)
        if summary.text:  # rows of unequal shape: how many elements they have is not known here
            zeros = elements = 0
        self._stats.show_cells(statistics(summary, zeros, self._stats.bins, elements))


def _is_counted(summary: TensorSummary) -> bool:
    """It has numbers."""
    return not is_text(summary) or summary.minimum is not None
