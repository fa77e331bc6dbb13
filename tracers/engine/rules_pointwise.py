"""Rules of ops that work element by element, forward."""

from __future__ import annotations

import math
from collections.abc import Callable

from .element import Cause, Element, number_text

# From the element that went in, what rule it breaks: (rule, why); None for none.
_Unary = Callable[[float, Element], tuple[str, str] | None]


def _log(x: float, _: Element) -> tuple[str, str] | None:
    if x == 0:
        return "log-of-zero", "the log of 0 is −Inf"
    return ("log-of-negative", "a negative number has no log") if x < 0 else None


def _log1p(x: float, _: Element) -> tuple[str, str] | None:
    if x == -1:
        return "log-of-zero", "log1p of −1 is the log of 0"
    return ("log-of-negative", "log1p below −1 is the log of a negative number") if x < -1 else None


def _sqrt(x: float, _: Element) -> tuple[str, str] | None:
    return ("sqrt-of-negative", "a negative number has no square root") if x < 0 else None


def _rsqrt(x: float, _: Element) -> tuple[str, str] | None:
    if x == 0:
        return "division-by-zero", "1/√0 divides by 0"
    return _sqrt(x, _)


def _reciprocal(x: float, _: Element) -> tuple[str, str] | None:
    return ("division-by-zero", "1/0 divides by 0") if x == 0 else None


def _exp(x: float, at: Element) -> tuple[str, str] | None:
    if math.isfinite(x) and math.isfinite(at.largest):
        limit = math.log(at.largest)
        edge = limit / math.log(2) if at.name == "exp2" else limit
        if abs(x) > edge * 0.999:
            why = f"{at.name} passes the largest {at.summary.dtype} from {edge:.4g} on"
            return "exp-overflow", why
    return None


def _arc(x: float, at: Element) -> tuple[str, str] | None:
    return ("outside-domain", f"{at.name} is defined from −1 to 1 alone") if abs(x) > 1 else None


def _atanh(x: float, _: Element) -> tuple[str, str] | None:
    if abs(x) == 1:
        return "pole", "atanh of 1 or −1 is infinite"
    return ("outside-domain", "atanh is defined between −1 and 1 alone") if abs(x) > 1 else None


def _acosh(x: float, _: Element) -> tuple[str, str] | None:
    return ("outside-domain", "acosh is defined from 1 on alone") if x < 1 else None


def _logit(x: float, _: Element) -> tuple[str, str] | None:
    if x in (0.0, 1.0):
        return "log-of-zero", f"logit of {x:.0f} is infinite"
    return ("outside-domain", "logit is defined between 0 and 1 alone") if not 0 < x < 1 else None


def _gamma(x: float, at: Element) -> tuple[str, str] | None:
    return ("pole", f"{at.name} is infinite there") if x <= 0 and x == int(x) else None


def _cast(x: float, at: Element) -> tuple[str, str] | None:
    if math.isfinite(x) and abs(x) > at.largest:
        return _overflow(at)
    return None


_UNARY: dict[str, _Unary] = {
    **dict.fromkeys(("log", "log2", "log10"), _log),
    "log1p": _log1p,
    "sqrt": _sqrt,
    "rsqrt": _rsqrt,
    "reciprocal": _reciprocal,
    **dict.fromkeys(("exp", "expm1", "exp2", "sinh", "cosh"), _exp),
    **dict.fromkeys(("acos", "asin"), _arc),
    "erfinv": _arc,
    "atanh": _atanh,
    "acosh": _acosh,
    "logit": _logit,
    **dict.fromkeys(("lgamma", "digamma"), _gamma),
    "cast": _cast,
}


def unary(at: Element) -> Cause | None:
    """Rules of functions of one number."""
    rule = _UNARY.get(at.name)
    x = at.number(0)
    if rule is None or x is None:
        return None
    found = rule(x, at)
    return Cause(*found, (("x", number_text(x)),)) if found is not None else None


def binary(at: Element) -> Cause | None:
    """Rules of the four operations, powers and remainders."""
    if at.name not in _BINARY:
        return None
    for left, right in _operands(at):
        found = _BINARY[at.name](left, right, at)
        if found is not None:
            texts = (("a", number_text(left)), ("b", number_text(right)))
            return Cause(*found, texts)
    return None


def overflow(at: Element) -> Cause | None:
    """An infinity out of finite numbers, whatever the op does."""
    if at.is_nan or at.result is None or not math.isfinite(at.largest):
        return None
    given = [at.number(n) for n in range(len(at.given))]
    known = [number for number in given if number is not None]
    if any(not math.isfinite(number) for number in known):
        return None
    whole = [g.summary for g in at.given if g.summary is not None]
    if any(summary.posinf or summary.neginf or summary.nan for summary in whole):
        return None
    texts = tuple((_letter(n), number_text(x)) for n, x in enumerate(given) if x is not None)
    return Cause(*_overflow(at), texts)


def _overflow(at: Element) -> tuple[str, str]:
    dtype = at.summary.dtype
    most = number_text(at.largest)
    return f"{dtype}-overflow", f"the result passes {most}, the largest {dtype}"


def _operands(at: Element) -> list[tuple[float, float]]:
    """Both operands at the element; a plain number may have stood at either side."""
    left = at.number(0)
    if left is None:
        return []
    right = at.number(1) if len(at.given) > 1 else None
    if right is not None:
        return [(left, right)]
    number = at.scalar("other", "exponent", "self", "value", "y", "x")
    return [] if number is None else [(left, number), (number, left)]


def _div(a: float, b: float, at: Element) -> tuple[str, str] | None:
    if b == 0 and a == 0:
        return ("zero-over-zero", "0/0 has no value") if at.is_nan else None
    if b == 0 and not at.is_nan:
        return "division-by-zero", f"{number_text(a)} is divided by 0"
    if math.isinf(a) and math.isinf(b) and at.is_nan:
        return "inf-over-inf", "Inf/Inf has no value"
    if b != 0 and math.isfinite(a) and math.isfinite(b) and not at.is_nan:
        with_limit = abs(a) > at.largest * abs(b) * 0.999
        return _overflow(at) if with_limit else None
    return None


def _remainder(a: float, b: float, at: Element) -> tuple[str, str] | None:
    return ("division-by-zero", "the remainder of a division by 0") if b == 0 else None


def _mul(a: float, b: float, at: Element) -> tuple[str, str] | None:
    if at.is_nan and {True} <= {math.isinf(a), math.isinf(b)} and 0 in (a, b):
        return "zero-times-inf", "0 × Inf has no value"
    if not at.is_nan and math.isfinite(a) and math.isfinite(b) and abs(a * b) > at.largest * 0.999:
        return _overflow(at)
    return None


def _add(a: float, b: float, at: Element) -> tuple[str, str] | None:
    if at.is_nan and math.isinf(a) and math.isinf(b):
        return "inf-minus-inf", "Inf − Inf has no value"
    if not at.is_nan and math.isfinite(a) and math.isfinite(b):
        return _overflow(at)
    return None


def _pow(a: float, b: float, at: Element) -> tuple[str, str] | None:
    if at.is_nan:
        if a < 0 and b != int(b):
            return "negative-to-fraction", "a negative number has no power that is not whole"
        return None
    if a == 0 and b < 0:
        return "division-by-zero", "0 to a negative power divides by 0"
    if a not in (0.0, 1.0) and math.isfinite(a) and math.isfinite(b):
        reached = abs(b * math.log(abs(a))) >= math.log(at.largest) * 0.999
        return _overflow(at) if reached and b * math.log(abs(a)) > 0 else None
    return None


def _xlogy(a: float, b: float, at: Element) -> tuple[str, str] | None:
    return _log(b, at) if a != 0 else None


def _sqrt_grad(y: float, _: float, at: Element) -> tuple[str, str] | None:
    """TensorFlow gives what the square root gave, and the gradient that came."""
    if y == 0:
        return "gradient-at-zero", "the slope of the square root at 0 is 1/(2·0), infinite"
    return None


def _rsqrt_grad(y: float, _: float, at: Element) -> tuple[str, str] | None:
    if math.isinf(y):
        return "gradient-at-zero", "the slope of 1/√x at 0 is infinite"
    return None


_BINARY: dict[str, Callable[[float, float, Element], tuple[str, str] | None]] = {
    "div": _div,
    "remainder": _remainder,
    "fmod": _remainder,
    "floor_divide": _div,
    "mul": _mul,
    "add": _add,
    "sub": _add,
    "rsub": _add,
    "pow": _pow,
    "xlogy": _xlogy,
    "xdivy": _div,
    "sqrtgrad": _sqrt_grad,
    "rsqrtgrad": _rsqrt_grad,
    "reciprocalgrad": _rsqrt_grad,
}


def _letter(n: int) -> str:
    return "x" if n == 0 else f"x{n + 1}"
