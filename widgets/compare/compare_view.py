"""Two runs beside each other, with everything that tells where and why they part."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from .story import Both, Story


class CompareView(QWidget):
    """Shows a comparison; whoever opened it brings the values and the source.

    Signals:
        picked: int, an index in `Comparison.pairs`; the user chose that pair.
        values_wanted: int, a pair whose elements are to be given to `show_values`.
        source_wanted: "A" or "B", and the file whose text is to be given to `show_source`.
        forbid_wanted: int, a pair that the user knows to be wrong.
        pin_wanted: a Ref of A and a Ref of B that the user knows to be the same.
        place_changed: another pair is looked at, or another comparison.
    """

    picked = Signal(int)
    values_wanted = Signal(int)
    source_wanted = Signal(str, str)
    forbid_wanted = Signal(int)
    pin_wanted = Signal(object, object)
    place_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._story: Story | None = None
        self._pair = -1

    @property
    def pair(self) -> int:
        """The pair that is looked at, -1 for none."""
        return self._pair

    @property
    def divergences(self) -> int:
        """How many divergences there are to go through."""
        return len(self._story.found.divergences) if self._story is not None else 0

    def show_story(self, story: Story | None) -> None:
        """Another comparison; None: none any more."""
        self._story = story
        self._pair = -1
        self.place_changed.emit()

    def show_values(self, both: Both) -> None:
        """The elements of a pair have come."""

    def show_no_values(self, pair: int, why: str) -> None:
        """The elements of a pair cannot be had; why, as a sentence."""

    def show_source(self, side: str, file: str, text: str) -> None:
        """The text of a file of side "A" or "B" has come."""

    def pick(self, pair: int) -> None:
        """Look at a pair, without telling that it was picked."""
        self._pair = pair
        self.place_changed.emit()

    def go_first(self) -> None:
        """Look at the first divergence."""

    def go_next(self) -> None:
        """Look at the divergence after the place looked at."""

    def go_previous(self) -> None:
        """Look at the divergence before the place looked at."""

    def step(self, by: int) -> None:
        """Look at the pair that comes `by` later in both runs."""

    def set_linked(self, linked: bool) -> None:
        """Let one graph follow the other, or not."""

    def set_metric(self, metric: str) -> None:
        """Which error is shown: "largest", "mean", "error" or "local"."""

    def set_tolerance(self, tolerance: float) -> None:
        """The error from which on a pair counts as over tolerance."""
