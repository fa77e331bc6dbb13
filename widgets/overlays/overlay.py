"""What an overlay is: how it reads its numbers off a run, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ...tracers.ir import Run
from ..tensor.formatting import number
from .amounts import Amounts


class Combine(Enum):
    """What stands for several ops, or several executions of one."""

    SUM = "sum"
    WORST = "worst"  # the amount that is furthest from zero


@dataclass(frozen=True, slots=True)
class Grade:
    """A category of an overlay; its amount is its place in `Overlay.grades`.

    Attributes:
        token: its colour in the theme; "" where it is not shown on nodes.
    """

    words: str
    token: str


class Overlay:
    """One number per op. A subclass says where it comes from.

    Attributes:
        name: stable, one word.
        title: as in the menu.
        help: one sentence.
        combine: what a closed group shows of the ops in it.
        wires: each output has an amount of its own.
        logarithmic: the scale to begin with.
        late: it reads statistics, which may come after their record.
        grades: from harmless to worst, where the amounts are categories.
        missing: said where no op has an amount.
    """

    name = ""
    title = ""
    help = ""
    combine = Combine.WORST
    wires = False
    logarithmic = False
    late = False
    grades: tuple[Grade, ...] = ()
    missing = "Nothing has run yet"

    def begin(self, run: Run, amounts: Amounts) -> None:
        """The amounts are empty, and records are taken in from the first on."""

    def grow(self, run: Run, amounts: Amounts) -> None:
        """The graph has gained rows, which the amounts have room for."""

    def ready(self, run: Run, amounts: Amounts) -> bool:
        """Do a small piece of what is to be done before records; whether that is all."""
        return True

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        """Take in one record; with `late` also again, when its statistics have come."""
        raise NotImplementedError

    def words(self, amount: float) -> str:
        """An amount as a node shows it."""
        return number(amount, 3)

    def detail(self, run: Run, op: int, amount: float) -> str:
        """As `words`, of one op."""
        return self.words(amount)
