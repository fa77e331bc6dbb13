"""Why a value is not finite: followed back over the values that are not, to the op that made it."""

from __future__ import annotations

from ..ir import OUTSIDE, Ref
from ..ir.finding import Finding, Index
from ..ir.reason import Question, Reason, ReasonStep
from .element import number_text
from .origins import Origin
from .why_look import Look, place_text

_MOST = 20_000  # ops on the way
_SHOWN = 40


def why_not_finite(look: Look, ref: Ref, index: Index | None) -> Reason | None:
    """The answer; None where the value is finite."""
    summary = look.summary(ref)
    if summary is None or summary.finite:
        return None
    way = _way(look, ref, summary.nan > 0)
    cause = way[-1]
    found = look.explain(Origin(cause[0], cause[1], cause[0] if _is_nan(look, cause) else -1))
    steps = _steps(look, way, found, index)
    asked = f"{look.label(ref)}{place_text(index or ())} is {_text(look, ref, index)}"
    asked = asked[0].upper() + asked[1:] if ref[0] < 0 else asked
    ops = len(way) - 1
    far = f", from {ops} op{'s' if ops > 1 else ''} before it" if ops else ""
    message = f"{asked}{far}: {found.message}"
    last = len(steps) - 1
    return Reason(Question.NOT_FINITE, found.rule, message, found.advice, steps, cause=last)


def _way(look: Look, ref: Ref, nan: bool) -> list[Ref]:
    """Back to the value that was made of others that are in order; NaN leads back to NaN first."""
    way = [ref]
    while way[-1][0] >= 0 and len(way) < _MOST:
        row = look.run.records[way[-1][0]]
        bad: list[tuple[bool, Ref]] = []
        for each in row.inputs:
            summary = look.summary(each) if each[0] >= OUTSIDE and each[1] >= 0 else None
            if summary is not None and not summary.finite:
                bad.append((summary.nan > 0, each))
        same = [each for has_nan, each in bad if has_nan] if nan else [each for _, each in bad]
        if not same:  # of NaN made from infinities, this op is the cause
            break
        way.append(same[0])
    return way


def _is_nan(look: Look, ref: Ref) -> bool:
    summary = look.summary(ref)
    return summary is not None and summary.nan > 0


def _text(look: Look, ref: Ref, index: Index | None) -> str:
    number = look.number(ref, index) if index is not None else None
    if number is not None:
        return number_text(number)
    summary = look.summary(ref)
    if summary is None:
        return "not finite"
    return "NaN in parts" if summary.nan else "infinite in parts"


def _steps(
    look: Look, way: list[Ref], found: Finding, index: Index | None
) -> tuple[ReasonStep, ...]:
    shown = way if len(way) <= _SHOWN else [*way[: _SHOWN // 2], *way[-_SHOWN // 2 :]]
    steps: list[ReasonStep] = []
    for ref in shown:
        last = ref == way[-1]
        summary = look.summary(ref)
        count = summary.nan + summary.posinf + summary.neginf if summary is not None else 0
        word = "NaN" if summary is not None and summary.nan else "Inf"
        place = found.index if last else (index or ()) if ref == way[0] else ()
        words = "is where it comes from" if last else "hands it on"
        steps.append(ReasonStep(ref[0], ref[1], place, f"{word} × {count:,}", words))
    return tuple(steps)
