"""Why a value is as it is: what was asked, the ops that lead to the cause, and the cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .finding import Index


class Question(str, Enum):
    """What is asked of a value or of one of its elements."""

    ZERO = "zero"  # why the element is 0
    CONSTANT = "constant"  # why all elements are equal
    LARGE = "large"  # where the largest element has grown
    NOT_FINITE = "not-finite"  # which op made it NaN or infinite


@dataclass(frozen=True, slots=True)
class ReasonStep:
    """A value on the way back from the one that was asked about to the cause.

    Attributes:
        record: the op's record, -1 where `slot` is an index into Graph.values.
        slot: which output.
        index: the element; () of a scalar, and where the whole value is meant.
        number: the element, or what stands for the value ("max |x| 94.1").
        words: what the op did, in a few words.
    """

    record: int
    slot: int
    index: Index
    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Reason:
    """An answer.

    Attributes:
        question: which one it answers.
        rule: the cause in a word ("relu-cut"); "unknown" where no rule tells.
        message: the cause, in one sentence.
        advice: what to try, in one sentence; "" where there is nothing to say.
        steps: from the value that was asked about to the cause.
        offers: what else may be asked of this value.
        cause: which of the steps is the cause, -1 where it is none of them.
    """

    question: Question
    rule: str
    message: str
    advice: str
    steps: tuple[ReasonStep, ...]
    offers: tuple[Question, ...] = ()
    cause: int = -1
