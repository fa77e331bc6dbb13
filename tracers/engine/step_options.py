"""How training steps are watched, and what is wrong with how that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..protocol.refusal import Refusal
from .expressions import Expression

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}
NAMES = ("loss", "grad_norm", "step")  # what a condition that is text may read

Condition = Callable[[float], object]


class TrainingStopped(Exception):
    """A watched step went wrong, and the training was to stop there.

    Attributes:
        step: which one, counted from 1.
    """

    def __init__(self, step: int, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


@dataclass(frozen=True, slots=True)
class StepOptions:
    """How to watch.

    Attributes:
        every: steps between two snapshots.
        budget: bytes that a snapshot and the batches since may take.
        when: a condition of the user's, None for none.
        spike: how many times the median of the losses before a loss may be.
        vanishing: the part of that median below which a gradient norm has vanished.
        open: whether a window is opened at what is found; None: where one can be opened here.
        save: a file for the step that went wrong, "" for none.
        stop: the training ends there.
    """

    every: int = 50
    budget: int = 10**9
    when: Expression | Condition | None = None
    spike: float = 10.0
    vanishing: float = 1e-6
    open: bool | None = None
    save: str = ""
    stop: bool = False

    @property
    def wants_norm(self) -> bool:
        """The gradients' norm is needed at every step."""
        return isinstance(self.when, Expression) and "grad_norm" in self.when.names


def step_options(
    every: int,
    budget: int | str,
    when: str | Condition | None,
    spike: float,
    vanishing: float,
    open: bool | None,
    save: str | None,
    stop: bool,
) -> StepOptions:
    """Checked. Raises ValueError with one sentence."""
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"every is a number of steps of at least 1, not {every!r}.")
    for name, number in (("spike", spike), ("vanishing", vanishing)):
        if not number >= 0:
            raise ValueError(f"{name} is a number of at least 0, not {number!r}.")
    return StepOptions(
        every,
        bytes_of_text(budget),
        _condition(when),
        float(spike),
        float(vanishing),
        open,
        save or "",
        stop,
    )


def bytes_of_text(text: int | str) -> int:
    """ "1.5 GB" in bytes. Raises ValueError."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([a-zA-Z]*)\s*", str(text))
    unit = _UNITS.get(found[2].lower()) if found is not None else None
    if found is None or unit is None:
        raise ValueError(f'A budget is a number of bytes, or a text such as "1 GB", not {text!r}.')
    return int(float(found[1]) * unit)


def _condition(when: str | Condition | None) -> Expression | Condition | None:
    if when is None or callable(when):
        return when
    try:
        expression = Expression(when)
    except Refusal as error:
        raise ValueError(f"The condition “{when}” is none: {error}") from error
    strange = sorted(set(expression.names) - set(NAMES))
    if strange:
        known = f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
        raise ValueError(f"The condition “{when}” may read {known}, not {strange[0]}.")
    return expression
