"""Why all elements of a value are equal: the op that no longer lets what it reads make a
difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..ir import Ref, TensorSummary, ValueKind
from ..ir.reason import Question, Reason, ReasonStep
from .advice_why import advice_for
from .element import Element, number_text
from .op_words import is_filler
from .why_look import Look, magnitude

_MOST = 5_000  # ops on the way
_SQUASHES = frozenset(("sigmoid", "tanh", "hardsigmoid", "hardtanh", "softsign", "erf", "softmax"))
_CLAMPS = frozenset(
    ("clamp", "clamp_min", "clamp_max", "relu6", "hardtanh", "maximum", "minimum", "threshold")
)
_PRODUCTS = frozenset(("linear", "matmul", "addmm", "bmm", "mv", "dot", "inner", "einsum"))
_NORMS = frozenset(
    ("layer_norm", "group_norm", "instance_norm", "batch_norm", "rms_norm", "fusedbatchnormv3")
)
_MADE = frozenset(
    (
        *("zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones"),
        *("new_full", "fill", "zeroslike", "oneslike", "eye", "tensor", "empty"),
    )
)
_SPREADS = frozenset(("expand", "expand_as", "broadcast_to", "broadcastto", "repeat", "tile"))
_ROUNDS = frozenset(("round", "floor", "ceil", "trunc", "cast", "sign", "int", "long", "bool"))


@dataclass(frozen=True, slots=True)
class _Why:
    """`given` is the input that is followed, -1 where the op is the cause."""

    words: str
    rule: str = ""
    given: int = -1


def why_constant(look: Look, ref: Ref) -> Reason | None:
    """The answer; None where the elements differ, or there is one alone."""
    level = _level(look.summary(ref))
    if level is None:
        return None
    steps: list[ReasonStep] = []
    at, rule, words = ref, "", ""
    while not rule and len(steps) < _MOST:
        found = _why(look, at)
        rule, words = found.rule, found.words
        here = _level(look.summary(at))
        number = f"all {number_text(here)}" if here is not None else "one element"
        steps.append(ReasonStep(at[0], at[1], (), number, words))
        if rule or found.given < 0:
            break
        at = look.run.records[at[0]].inputs[found.given]
    rule = rule or "unknown"
    summary = look.summary(ref)
    count = math.prod(summary.shape) if summary is not None else 0
    cause = "it" if len(steps) == 1 else look.label(at)
    far = (
        f", {len(steps) - 1} op{'s' if len(steps) > 2 else ''} before it," if len(steps) > 1 else ""
    )
    far = far if at[0] >= 0 else ""
    message = (
        f"All {count:,} elements of {look.label(ref)} are {number_text(level)}: {cause}{far}"
        f" {words}{look.line(at)}."
    )
    found = tuple(steps)
    return Reason(Question.CONSTANT, rule, message, advice_for(rule), found, cause=len(steps) - 1)


def is_constant(summary: TensorSummary | None) -> bool:
    """It has several elements, all equal."""
    return _level(summary) is not None


def _level(summary: TensorSummary | None) -> float | None:
    if summary is None or summary.minimum is None or summary.minimum != summary.maximum:
        return None
    return float(summary.minimum) if summary.finite and math.prod(summary.shape) > 1 else None


def _why(look: Look, ref: Ref) -> _Why:
    if ref[0] < 0:
        kind = look.kind(ref)
        rule = "constant-weight" if kind is ValueKind.PARAMETER else f"constant-{kind.value}"
        return _Why("is so before the run starts", rule)
    at = look.element(ref, ())
    name, level = at.name, _level(at.summary)
    inputs = [given.summary for given in at.given]
    first = inputs[0] if inputs else None
    if not inputs or name in _MADE or (is_filler(at.op) and not at.given):
        return _Why("makes it so", "made")
    if name in _SPREADS and first is not None and math.prod(first.shape) == 1:
        return _Why("repeats a single element", "broadcast")
    if name in _PRODUCTS or name.startswith("conv"):
        return _product(at, inputs)
    if name in ("softmax", "log_softmax") and _over_one(at, first):
        return _Why(
            f"is a {name} over a single element, always {number_text(level)}", "one-element"
        )
    if name in ("relu", *_CLAMPS) or name in _SQUASHES:
        found = _bounded(at, first, level)
        if found is not None:
            return found
    if name in _NORMS:
        for summary in inputs[1:3]:
            if _is_zero(summary):
                return _Why("multiplies by a gain that is all 0", "zero-weight")
        if _level(first) is not None:
            return _Why("normalises equal elements", given=0)
    if name == "mul":
        for n, summary in enumerate(inputs):
            if _is_zero(summary):
                return _Why("multiplies by 0", given=n)
        if at.scalar("other") == 0:
            return _Why("multiplies by 0", "times-zero")
    if name in ("masked_fill", "where") and not any(
        _level(each) is not None for each in inputs[1:]
    ):
        return _Why("puts one number everywhere, by its mask", "masked")
    return _followed(at, inputs, first)


def _followed(at: Element, inputs: list[TensorSummary | None], first: TensorSummary | None) -> _Why:
    """An op that gives equal elements because it reads equal ones."""
    levels = [n for n, each in enumerate(inputs) if _level(each) is not None]
    singles = [
        n for n, each in enumerate(inputs) if each is not None and math.prod(each.shape) == 1
    ]
    floats = [n for n in levels if _is_float(inputs[n])]
    if levels and all(n in levels or n in singles for n in range(len(inputs))):
        return _Why("reads equal elements alone", given=(floats or levels)[0])
    if first is not None and at.name in _ROUNDS and first.minimum is not None:
        low, high = number_text(first.minimum), number_text(first.maximum)
        return _Why(f"rounds what lies from {low} to {high} to one number", "rounded")
    if singles and len(singles) == len(inputs):
        return _Why("spreads a single element", "broadcast")
    if levels:
        return _Why("reads equal elements", given=(floats or levels)[0])
    if first is not None and first.minimum is not None and first.maximum is not None:
        narrow = float(first.maximum) - float(first.minimum)
        reach = magnitude(first) or 0.0
        low, high = number_text(float(first.minimum)), number_text(float(first.maximum))
        if reach and narrow / reach < 1e-3:
            dtype = at.summary.dtype
            why = f"reads numbers from {low} to {high}, which {dtype} no longer tells apart"
            return _Why(why, "rounded")
        return _Why(f"gives one number for all that it reads, from {low} to {high}", "unknown")
    return _Why("gives one number for all that it reads", "unknown")


def _product(at: Element, inputs: list[TensorSummary | None]) -> _Why:
    """Where one side is 0 only the bias is left."""
    first = 1 if at.name in ("addmm", "baddbmm") else 0
    bias = len(inputs) > 2
    for n in (first + 1, first):
        if n < len(inputs) and _is_zero(inputs[n]):
            side = "weights" if n > first else "an input"
            left = ", so that its bias alone is left" if bias else ""
            if n > first or bias:
                words = f"multiplies by {side} that {'are' if n > first else 'is'} all 0{left}"
                return _Why(words, "bias-only" if bias else "", n if not bias else -1)
            return _Why(f"multiplies {side} that is all 0", given=n)
    level = [n for n in (first, first + 1) if n < len(inputs) and _level(inputs[n]) is not None]
    if len(level) == 2:
        return _Why("multiplies equal elements by equal weights", given=level[0])
    return _Why("adds up products that come to the same number", "unknown")


def _bounded(at: Element, first: TensorSummary | None, level: float | None) -> _Why | None:
    """All that was read lies beyond a bound, or where the function is flat."""
    if first is None or first.minimum is None or first.maximum is None or level is None:
        return None
    low, high = float(first.minimum), float(first.maximum)
    if _level(first) is not None:
        return None
    span = f"from {number_text(low)} to {number_text(high)}"
    if at.name == "relu":
        return _Why(f"cuts everything off: it reads numbers {span}", "relu-dead")
    if at.name in _CLAMPS and (low >= level or high <= level):
        return _Why(
            f"puts all to its bound {number_text(level)}: it reads numbers {span}", "clamped"
        )
    if at.name in _SQUASHES:
        return _Why(f"is saturated: it reads numbers {span}", "saturated")
    return None


def _over_one(at: Element, first: TensorSummary | None) -> bool:
    if first is None or not first.shape:
        return False
    text = at.attributes.get("dim", at.attributes.get("axis", "-1"))
    axis = int(text) if text.lstrip("-").isdigit() else -1
    return first.shape[axis] == 1


def _is_zero(summary: TensorSummary | None) -> bool:
    return summary is not None and summary.minimum == 0 == summary.maximum and summary.finite


def _is_float(summary: TensorSummary | None) -> bool:
    return summary is not None and "float" in summary.dtype
