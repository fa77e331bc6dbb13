"""Answers why a value, or one of its elements, is as it is."""

from __future__ import annotations

import math
from dataclasses import replace

from ..ir import Ref
from ..ir.finding import Index
from ..ir.reason import Question, Reason
from ..protocol.refusal import Refusal
from .why_constant import is_constant, why_constant
from .why_large import why_large
from .why_look import Look
from .why_not_finite import why_not_finite
from .why_zero import why_zero

_SENTENCES = {
    Question.ZERO: "Nothing of {name} is 0.",
    Question.CONSTANT: "The elements of {name} are not all equal.",
    Question.LARGE: "{name} has no finite numbers whose growth could be followed.",
    Question.NOT_FINITE: "All of {name} is finite.",
}


def why(look: Look, ref: Ref, index: Index | None, question: Question | None) -> Reason:
    """The answer to a question; without one, to that which the element or value suggests.

    Raises Refusal where there is no such element, or the question does not fit.
    """
    summary = look.summary(ref)
    if summary is None:
        raise Refusal("no-data", f"Nothing is known of {look.label(ref)}.")
    if index is not None and not _fits(index, summary.shape):
        axes = len(summary.shape)
        raise Refusal(
            "bad-index", f"{look.label(ref)} has {axes} axes and no element {list(index)}."
        )
    if (
        summary.dtype
        and summary.minimum is None
        and summary.finite
        and not math.prod(summary.shape)
    ):
        raise Refusal("empty", f"{look.label(ref)} has no elements to explain.")
    place = () if index is None and not summary.shape else index
    offers = questions(look, ref, place)
    asked = question if question is not None else (offers[0] if offers else Question.LARGE)
    if asked is Question.ZERO or place:
        look.hold(ref)  # its elements are looked at
    found = _answer(look, ref, place, asked)
    if found is None:
        sentence = _SENTENCES[asked].format(name=look.label(ref))
        raise Refusal("no-such-reason", sentence[0].upper() + sentence[1:])
    return replace(found, offers=tuple(offers))


def questions(look: Look, ref: Ref, index: Index | None) -> list[Question]:
    """What may be asked, the most telling first."""
    summary = look.summary(ref)
    number = look.number(ref, index) if index is not None else None
    found: list[Question] = []
    if summary is None:
        return found
    if not summary.finite and (number is None or not math.isfinite(number)):
        found.append(Question.NOT_FINITE)
    zero = summary.minimum is not None and summary.maximum is not None
    zero = zero and float(summary.minimum or 0) <= 0 <= float(summary.maximum or 0)
    constant = is_constant(summary)
    if number == 0 or (constant and summary.minimum == 0):
        found.append(Question.ZERO)
    if constant and summary.minimum != 0:
        found.append(Question.CONSTANT)
    if summary.minimum is not None:
        found.append(Question.LARGE)
    sought = index is None and zero and Question.ZERO not in found
    if sought and look.first(ref, lambda part: part == 0)[0] is not None:
        found.append(Question.ZERO)
    if constant and Question.CONSTANT not in found:
        found.append(Question.CONSTANT)
    return found


def _answer(look: Look, ref: Ref, index: Index | None, question: Question) -> Reason | None:
    if question is Question.ZERO:
        return why_zero(look, ref, index)
    if question is Question.CONSTANT:
        return why_constant(look, ref)
    if question is Question.LARGE:
        return why_large(look, ref, index)
    return why_not_finite(look, ref, index)


def _fits(index: Index, shape: tuple[int, ...]) -> bool:
    pairs = zip(index, shape, strict=False)
    return len(index) == len(shape) and all(0 <= place < extent for place, extent in pairs)
