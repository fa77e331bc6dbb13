"""Tells of a training step's loss and gradient norm whether they are in order."""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass
from enum import Enum

from .expressions import Expression
from .operands import Functions
from .step_options import StepOptions

_WINDOW = 32  # steps that a number is compared with
_FEWEST = 8  # of them, before anything is compared
_NORM = 10.0  # a gradient norm may grow by so much more than a loss
_NOISE = 1e-6  # of the largest ever: what is smaller does not count as a leap
_CALM = 32  # steps in order, after which the same trouble is told again
_MOST = 5  # troubles that are told


class Kind(str, Enum):
    """What is wrong with a step."""

    NOT_FINITE = "not finite"
    SPIKE = "spike"
    VANISHING = "vanishing"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that is not in order.

    Attributes:
        said: what, without the step ("the loss is NaN").
        early: a step before it may be the cause, and is looked for.
    """

    kind: Kind
    said: str
    early: bool = False


class StepJudge:
    """Of one training."""

    def __init__(self, options: StepOptions, functions: Functions) -> None:
        self.full = False  # so much was told that nothing more is
        self._options = options
        self._functions = functions
        self._losses: deque[float] = deque(maxlen=_WINDOW)
        self._norms: deque[float] = deque(maxlen=_WINDOW)
        self._largest: dict[str, float] = {}
        self._calm: dict[Kind, int] = {}  # steps in order since it was told
        self._told = 0

    def judge(self, step: int, loss: float | None, norm: float | None) -> Trouble | None:
        """What is to be told of a step; None of one in order, and of what was told just before.

        `loss` and `norm` are None where they are not known.
        """
        found = self._trouble(step, loss, norm)
        for known, losses in ((loss, self._losses), (norm, self._norms)):
            if known is not None and math.isfinite(known):
                losses.append(abs(known))
        for kind in [*self._calm]:
            self._calm[kind] = (
                0 if found is not None and found.kind is kind else self._calm[kind] + 1
            )
            if self._calm[kind] > _CALM:
                del self._calm[kind]
        return found if found is not None and self.tells(found) else None

    def tells(self, trouble: Trouble) -> bool:
        """It is to be told; what was told just before is not told again."""
        if self.full or trouble.kind in self._calm:
            return False
        self._calm[trouble.kind] = 0
        self._told += 1
        self.full = self._told >= _MOST
        return True

    def _trouble(self, step: int, loss: float | None, norm: float | None) -> Trouble | None:
        if loss is not None and not math.isfinite(loss):
            return Trouble(Kind.NOT_FINITE, f"the loss is {said(loss)}", True)
        if norm is not None and not math.isfinite(norm):
            return Trouble(Kind.NOT_FINITE, f"the gradients' norm is {said(norm)}", True)
        if self._holds(step, loss, norm):
            when = self._options.when
            text = f"“{when.text}” holds" if isinstance(when, Expression) else "the condition holds"
            numbers = f"the loss is {said(loss)}" if loss is not None else ""
            return Trouble(Kind.CONDITION, f"{text}" + (f": {numbers}" if numbers else ""))
        spike = self._spike("the loss", loss, self._losses, self._options.spike)
        return (
            spike
            or self._spike("the gradients' norm", norm, self._norms, self._options.spike * _NORM)
            or self._vanished(norm)
        )

    def _holds(self, step: int, loss: float | None, norm: float | None) -> bool:
        when = self._options.when
        if when is None:
            return False
        if not isinstance(when, Expression):
            return loss is not None and bool(when(loss))
        names = {"loss": loss, "grad_norm": norm, "step": step}
        if any(names[name] is None for name in when.names):
            return False
        return when.holds(names, self._functions)

    def _spike(
        self, name: str, number: float | None, before: deque[float], most: float
    ) -> Trouble | None:
        if number is None:
            return None
        size = abs(number)
        largest = self._largest[name] = max(size, self._largest.get(name, 0.0))
        if len(before) < _FEWEST or not most:
            return None
        usual = statistics.median(before)
        if size <= most * usual or size <= max(before) or size <= _NOISE * largest:
            return None
        times = f"{_round(size / usual)} times the" if usual else "after a"
        return Trouble(
            Kind.SPIKE,
            f"{name} is {said(number)}, {times} median of the {len(before)} steps before"
            f" ({said(usual)})",
            True,
        )

    def _vanished(self, norm: float | None) -> Trouble | None:
        least = self._options.vanishing
        if norm is None or len(self._norms) < _FEWEST or not least:
            return None
        usual = statistics.median(self._norms)
        if norm > least * usual or not usual:
            return None
        words = "are all 0" if norm == 0 else f"have vanished: their norm is {said(norm)}"
        return Trouble(
            Kind.VANISHING,
            f"the gradients {words}; the median of the {len(self._norms)} looked at before is"
            f" {said(usual)}",
        )


def said(number: float | None) -> str:
    """Four digits, or the word."""
    if number is None:
        return "unknown"
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Inf" if number > 0 else "−Inf"
    return f"{number:.4g}".replace("e+", "e").replace("-", "−")


def _round(number: float) -> str:
    return f"{number:,.0f}" if 10 <= number < 1e6 else said(number)
