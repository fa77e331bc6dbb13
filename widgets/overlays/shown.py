"""The overlay that the panes show: amounts, scale and colours."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from ..theme import Theme, theme
from .amounts import Amounts, Floats
from .overlay import Overlay
from .ramps import STEPS, ramp, step
from .scale import Scale, scale_of


class Shown:
    """One overlay over one run.

    Attributes:
        scale: None where no amount is known, or the amounts are grades.
        first: the op whose output was the first that is not finite, -1 for none.
        look: the theme that it is shown in, None for that in use.
    """

    def __init__(self, overlay: Overlay, amounts: Amounts, logarithmic: bool) -> None:
        self.overlay = overlay
        self.amounts = amounts
        self.logarithmic = logarithmic
        self.scale: Scale | None = None
        self.first = -1
        self.look: Theme | None = None
        self._colours: dict[tuple[str, bool], list[QColor]] = {}

    def copy(self) -> Shown:
        """The same overlay, for a scale of its own."""
        made = Shown(self.overlay, self.amounts, self.logarithmic)
        made.first = self.first
        return made

    def fit(self, amounts: Floats) -> bool:
        """Let the scale span these amounts; whether that changed it."""
        before = self.scale
        self.scale = None if self.overlay.grades else scale_of(amounts, self.logarithmic)
        return self.scale != before

    def steps(self) -> list[QColor]:
        """The colours of the scale, or of the grades."""
        used = self.look or theme()
        signed = self.scale is not None and self.scale.signed
        found = self._colours.get((used.name, signed))
        if found is None:
            if self.overlay.grades:
                tokens = [grade.token or "line2" for grade in self.overlay.grades]
                found = [QColor(getattr(used, token)) for token in tokens]
            else:
                found = [QColor(text) for text in ramp(used.name == "dark", signed)]
            self._colours[used.name, signed] = found
        return found

    def step(self, amount: float) -> int:
        """The place of an amount's colour among `steps`; -1 where it has none."""
        if math.isnan(amount):
            return -1
        grades = self.overlay.grades
        if grades:
            grade = round(amount)
            return grade if grades[grade].token else -1
        return -1 if self.scale is None else step(self.scale.share(amount))

    def share(self, amount: float) -> float:
        """How far up the scale an amount is, for a bar: from 0 to 1; of a signed one its size."""
        if self.scale is None or math.isnan(amount):
            return 0.0
        share = self.scale.share(amount)
        return abs(share - 0.5) * 2 if self.scale.signed else share

    def tint(self, amount: float) -> QColor | None:
        """An amount's colour."""
        place = self.step(amount)
        return None if place < 0 else self.steps()[place]

    def words(self, amount: float) -> str:
        """An amount in words; "" where there is none."""
        return "" if math.isnan(amount) else self.overlay.words(amount)

    def places(self, amounts: Floats) -> npt.NDArray[np.int64]:
        """As `step`, of many."""
        known = ~np.isnan(amounts)
        found = np.full(len(amounts), -1, np.int64)
        if self.overlay.grades:
            told = [place if row.token else -1 for place, row in enumerate(self.overlay.grades)]
            found[known] = np.array(told)[np.rint(amounts[known]).astype(np.int64)]
        elif self.scale is not None:
            shares = self.scale.shares(amounts[known])
            found[known] = np.rint(shares * (STEPS - 1)).astype(np.int64)
        return found
