"""Why an element is 0: followed back over the elements that were read as 0, to what made one."""

from __future__ import annotations

from ..ir import OUTSIDE, Phase, Ref, ValueKind
from ..ir.finding import Index
from ..ir.reason import Question, Reason, ReasonStep
from .advice_why import advice_for
from .element import Element, number_text
from .why_look import Look, place_text
from .why_zero_backward import gradient_link
from .why_zero_link import Link
from .why_zero_rules import zero_link

_MOST = 5_000  # ops on the way

_CAME_IN = {
    ValueKind.INPUT: "zero-input",
    ValueKind.PARAMETER: "zero-weight",
    ValueKind.BUFFER: "zero-buffer",
    ValueKind.CONSTANT: "zero-constant",
}


def why_zero(look: Look, ref: Ref, index: Index | None) -> Reason | None:
    """The answer; None where nothing of the value is 0. Without an index, of its first 0."""
    first, count = look.first(ref, lambda part: part == 0)
    place = index if index is not None else first
    if place is None or look.number(ref, place) != 0:
        return None
    steps: list[ReasonStep] = []
    at, where = ref, place
    rule, words = "", ""
    while not rule and len(steps) < _MOST:
        link = _link(look, at, where)
        rule, words = link.rule, link.words
        steps.append(ReasonStep(at[0], at[1], where, "0", words))
        if rule or link.source is None:
            break
        reads = look.run.records[at[0]].inputs
        at, where = reads[link.source.given], link.source.index
    rule = rule or "unknown"
    return Reason(
        Question.ZERO,
        rule,
        _message(look, ref, place, at, where, words, len(steps)) + _share(look, ref, count),
        advice_for(rule),
        tuple(steps),
        cause=len(steps) - 1,
    )


def _link(look: Look, ref: Ref, index: Index) -> Link:
    if ref[0] < 0:
        return _outside(look, ref, index)
    if look.value(ref) is None:
        return Link("is not known: its values were let go", "not-kept")
    element = look.element(ref, index)
    row = look.run.records[ref[0]]
    found = None
    if row.phase is Phase.BACKWARD:
        found = gradient_link(look, element, row)
    found = found or zero_link(element)
    if found is None and any(g.summary is not None and g.value is None for g in element.given):
        return Link("computes 0 of values that were let go", "not-kept")
    if found is None:
        return Link(f"computes 0{_given(element)}, by a rule of its own", "unknown")
    if found.source is not None and not found.rule:
        read = row.inputs[found.source.given]
        if read[0] < OUTSIDE or read[1] < 0:
            return Link(f"{found.words} of the loop that it stands in", "from-a-loop")
    return found


def _outside(look: Look, ref: Ref, index: Index) -> Link:
    rule = _CAME_IN.get(look.kind(ref), "zero-input")
    summary = look.summary(ref)
    whole = summary is not None and summary.minimum == 0 == summary.maximum
    if whole and summary is not None and summary.shape:
        return Link("is all 0 before the run starts", rule)
    return Link("is 0 there before the run starts", rule)


def _given(element: Element) -> str:
    texts = ((each.name, element.number(n)) for n, each in enumerate(element.given))
    known = [f"{name} = {number_text(number)}" for name, number in texts if number is not None]
    return f" ({', '.join(known[:3])})" if known else ""


def _message(
    look: Look,
    ref: Ref,
    index: Index,
    cause: Ref,
    where: Index,
    words: str,
    steps: int,
) -> str:
    asked = f"{look.label(ref)}{place_text(index)} is 0"
    asked = asked[0].upper() + asked[1:] if ref[0] < 0 else asked
    if cause[0] < 0:
        told = "it" if steps == 1 else f"{look.label(cause)}{place_text(where)}"
        return f"{asked}: {told} {words}."
    if steps == 1:
        return f"{asked}: it {words}{look.line(cause)}."
    far = f", {steps - 1} op{'s' if steps > 2 else ''} before it"
    return f"{asked}: {look.label(cause)}{place_text(where)}{far}, {words}{look.line(cause)}."


def _share(look: Look, ref: Ref, count: int) -> str:
    """How much of the value is 0, where that is more than the element."""
    summary = look.summary(ref)
    total = 1
    for extent in summary.shape if summary is not None else ():
        total *= extent
    if count <= 1 or total <= 1:
        return ""
    if count == total:
        return f" All {total:,} elements are 0."
    return f" {count:,} of {total:,} elements are 0."
