"""Two long runs with one bug: how long their comparison takes."""

from __future__ import annotations

from tests.compared.cases import Case
from tests.compared.pair import Pair
from tests.compared.plan import KERAS, TORCH, Bug, Plan
from tests.compared.sizes import DEEP
from tests.compared.spots import spots
from tests.compared.table import verdicts

LAYERS = 80  # 2,404 ops of PyTorch's and 6,007 of TensorFlow's
_TIMES = 3


def deep(part: float) -> Case:
    """An encoder of a part of so many layers, the middle one with another eps in Keras."""
    layers = round(LAYERS * part)
    bug = Bug("eps", KERAS, f"layers.{layers // 2 * 2}.norm")
    numbers = [n for n, spot in enumerate(spots(Plan(DEEP, layers))) if spot.bug == bug]
    return Case(DEEP, layers, (numbers[0],))


def timed(pair: Pair, part: float) -> tuple[float, int, int]:
    """Seconds of the comparison (the median of three), once both have run, and how many ops each
    has. Raises AssertionError where the bug was not found."""
    with pair.compared(deep(part), _TIMES) as made:
        assert verdicts(made)[0].op
        return made.seconds, len(made.sides[TORCH].rows), len(made.sides[KERAS].rows)
