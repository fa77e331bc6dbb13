"""What a comparison comes to, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ..ir import Ref
from ..ir.stages import Compilation


class Certainty(str, Enum):
    """How well a cause is known."""

    PROVED = "proved"  # done so, the one side gives the other's values
    HINTED = "hinted"  # the values or the arguments speak for it
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pair:
    """A value that both runs have.

    Attributes:
        error: root mean square of the difference over that of A's.
        local: the same, where the op had been given A's inputs; None where that is not known.
        order: B's axes in the order in which they are A's, () where they are in that order; a
            reshape to A's shape may follow (`layouts.laid_out` does all of it).
        largest, mean: of |A - B|; None where they are not known.
        after: how many divergences had to be patched before the values were seen to be one: B was
            given A's values there. The errors are those of the two runs as they were.
        split: the shape that B's value takes before its axes are ordered, where several of A's
            axes are one of B's; () where it keeps its own.
    """

    a: Ref
    b: Ref
    error: float
    local: float | None = None
    order: tuple[int, ...] = ()
    largest: float | None = None
    mean: float | None = None
    after: int = 0
    split: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OpSide:
    """An op of one run, as the report names it.

    Attributes:
        record: index of the record.
        module: dotted path of the innermost module or layer around it, "" for the model itself.
        module_type: the class of that.
        line: from 1; 0 where no line is known.
        attributes: arguments that are no tensors, and small constants, as text.
        records: all that was computed between the last values in common and what differs.
    """

    record: int
    key: str
    type: str
    module: str
    module_type: str
    file: str = ""
    line: int = 0
    attributes: tuple[tuple[str, str], ...] = ()
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the two ops differ.

    Attributes:
        kind: a word ("eps", "gelu", "padding", "axis", "weight", "left out", …), "" where unknown.
        sentence: for the user.
    """

    certainty: Certainty = Certainty.UNKNOWN
    kind: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where the two runs first do something else.

    Attributes:
        attributes: name, A's text, B's text ("" where a side has none), and whether they differ.
        error: how far the values are apart; of ops on the same inputs where `local`.
    """

    a: OpSide
    b: OpSide
    attributes: tuple[tuple[str, str, str, bool], ...]
    cause: Cause
    error: float | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Ops of one run.

    Attributes:
        matched: their value is in both runs.
        merged: the other run computes what they are part of in another number of ops.
        unmatched: what comes of them is not in the other run.
    """

    matched: int
    merged: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class ModulePair:
    """A module of A with the one of B that computes the same.

    Attributes:
        a, b: dotted paths; "" for the model itself, None where the other run has no such module.
        ops: pairs of values that they share.
        differs: the first divergence is in it.
    """

    a: str | None
    b: str | None
    ops: int
    differs: bool = False


@dataclass(frozen=True, slots=True)
class WeightPair:
    """A parameter of A with the one of B that is the same.

    Attributes:
        a, b: full names; "" where the other run has none like it.
        order: B's axes in the order in which they are A's.
        error: root mean square of the difference over that of A's; None where only the shape or
            the name speaks for the pair.
        hint: what is suspicious about it, as a sentence; "" where nothing is.
    """

    a: str
    b: str
    shape_a: tuple[int, ...] = ()
    shape_b: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    error: float | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Attributes:
    divergences: in the order of B's run, as far as they were looked for; none where equal.
    largest: of the errors of the pairs that no divergence lies before; None where nothing is
        shared.
    notes: what the reader must know, as sentences.
    compilation: what B's graphs are, where it was compiled; else None.
    """

    pairs: tuple[Pair, ...]
    tally_a: Tally
    tally_b: Tally
    modules: tuple[ModulePair, ...] = ()
    divergences: tuple[Divergence, ...] = ()
    largest: float | None = None
    notes: tuple[str, ...] = field(default=())
    weights: tuple[WeightPair, ...] = ()
    compilation: Compilation | None = None

    @property
    def divergence(self) -> Divergence | None:
        """The first one."""
        return self.divergences[0] if self.divergences else None

    @property
    def equal(self) -> bool:
        """Nothing differs that rounding does not explain."""
        return not self.divergences
