"""Rules of gradients: an autograd node's output out of the gradient that came and what the forward
op read and gave."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .element import Cause, Element, Given, broadcast, number_text

_NODE = re.compile(r"Backward\w*$")
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward op of a backward one.

    Attributes:
        number: a number among its arguments, where there is one.
    """

    name: str
    given: Sequence[Given]
    output: Given | None
    number: float | None


def gradient(at: Element, forward: Forward) -> Cause | None:
    """Why an element of a gradient is not finite."""
    rule = _RULES.get(_base(at.op.type))
    came = at.number(0)
    texts = (("gradient", number_text(came)),) if came is not None else ()
    if rule is not None:
        for given in (*forward.given, *((forward.output,) if forward.output else ())):
            x = _like(at, given)
            found = rule(x, at, forward) if x is not None else None
            if found is not None:
                name = "x" if given is not forward.output else "y"
                return Cause(*found, (*texts, (name, number_text(x))))
    shrunk = _length(at, forward)
    if shrunk is not None:
        return Cause(*shrunk, texts)
    if at.result is not None and math.isinf(at.result) and math.isfinite(at.largest):
        dtype = at.summary.dtype
        why = f"the gradient passes {number_text(at.largest)}, the largest {dtype}"
        return Cause(f"{dtype}-overflow", why, texts)
    return None


def _base(type_: str) -> str:
    """ "sqrt" of "SqrtBackward"."""
    return _WORDS.sub("_", _NODE.sub("", type_)).lower()


def _like(at: Element, given: Given) -> float | None:
    """The element of a forward value at the place of the gradient's."""
    if given.value is None or given.summary is None:
        return None
    where = broadcast(given.summary.shape, at.summary.shape, at.index)
    part = at.cut(given.value, where) if where is not None else None
    return (
        float(part[0]) if part is not None and part.size == 1 and part.dtype.kind == "f" else None
    )


_Rule = Callable[[float, Element, Forward], tuple[str, str] | None]


def _root(x: float, _: Element, forward: Forward) -> tuple[str, str] | None:
    if x == 0:
        return "gradient-at-zero", "the slope of the square root at 0 is 1/(2·0), infinite"
    return ("sqrt-of-negative", "a negative number has no square root") if x < 0 else None


def _log(x: float, _: Element, forward: Forward) -> tuple[str, str] | None:
    return ("gradient-at-zero", "the slope of the log at 0 is 1/0, infinite") if x == 0 else None


def _inverse(x: float, _: Element, forward: Forward) -> tuple[str, str] | None:
    return ("division-by-zero", "its slope at 0 divides by 0") if x == 0 else None


def _div(x: float, at: Element, forward: Forward) -> tuple[str, str] | None:
    divisor = forward.given[-1] if len(forward.given) > 1 else None
    number = _like(at, divisor) if divisor is not None else x if x == 0 else forward.number
    if number == 0:
        return "division-by-zero", "the gradient is divided by a divisor of 0"
    return None


def _pow(x: float, _: Element, forward: Forward) -> tuple[str, str] | None:
    if x == 0 and forward.number is not None and forward.number < 1:
        power = number_text(forward.number - 1)
        return "gradient-at-zero", f"its slope at 0 is 0 to the power of {power}, infinite"
    if x < 0 and forward.number is not None and forward.number != int(forward.number):
        return "negative-to-fraction", "a negative number has no power that is not whole"
    return None


def _arc(x: float, at: Element, forward: Forward) -> tuple[str, str] | None:
    return ("gradient-at-edge", f"its slope at {x:.0f} is infinite") if abs(x) == 1 else None


def _logit(x: float, at: Element, forward: Forward) -> tuple[str, str] | None:
    return ("gradient-at-edge", f"its slope at {x:.0f} is infinite") if x in (0.0, 1.0) else None


def _spread(x: float, at: Element, forward: Forward) -> tuple[str, str] | None:
    output = forward.output
    low = output.summary.minimum if output is not None and output.summary is not None else None
    if low == 0:
        return "gradient-at-zero", "the spread is 0, and its slope divides by it"
    return None


def _mul(x: float, at: Element, forward: Forward) -> tuple[str, str] | None:
    if math.isinf(x):
        return "zero-times-inf", "the gradient is multiplied by an infinite factor"
    return None


_RULES: dict[str, _Rule] = {
    "sqrt": _root,
    **dict.fromkeys(("log", "log2", "log10", "xlogy"), _log),
    **dict.fromkeys(("rsqrt", "reciprocal"), _inverse),
    "div": _div,
    **dict.fromkeys(("pow", "pow_tensor_scalar"), _pow),
    **dict.fromkeys(("acos", "asin", "atanh", "erfinv"), _arc),
    "acosh": _arc,
    "logit": _logit,
    **dict.fromkeys(("std", "var", "std_mean"), _spread),
    "mul": _mul,
}


def _length(at: Element, forward: Forward) -> tuple[str, str] | None:
    """A length or a spread of 0 that the gradient is divided by."""
    base = _base(at.op.type)
    lengths = ("norm", "linalg_vector_norm", "vector_norm", "cdist", "pairwise_distance", "dist")
    output = forward.output.summary if forward.output is not None else None
    if base in lengths and output is not None and output.minimum == 0:
        return "gradient-at-zero", "the norm is 0, and its slope divides by it"
    if base in ("std", "var") and output is not None and output.minimum == 0:
        return "gradient-at-zero", "the spread is 0, and its slope divides by it"
    if base == "div" and forward.name == "normalize":
        return "division-by-zero", "the vector's length is 0, and the gradient is divided by it"
    return None
