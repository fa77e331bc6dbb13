"""The functions of expressions on plain numbers and tuples."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..protocol.refusal import Refusal

_MOST_BITS = 4096


def whole_power(base: Any, power: Any) -> Any:
    """base ** power, where the result is no monster."""
    if isinstance(base, int) and isinstance(power, int):
        bits = base.bit_length() * max(power, 0)
        if bits > _MOST_BITS:
            raise Refusal("bad-expression", "the power is too large.")
    return base**power


def _items(values: tuple[Any, ...]) -> Any:
    """Those of the only argument, else the arguments themselves."""
    if len(values) == 1 and isinstance(values[0], tuple):
        return cast("tuple[Any, ...]", values[0])
    return values


def _mean(*values: Any) -> float:
    items = _items(values)
    if not items:
        raise Refusal("bad-expression", "the mean of nothing is not known.")
    return sum(items) / len(items)


def _std(*values: Any) -> float:
    items, middle = _items(values), _mean(*values)
    if len(items) < 2:
        return 0.0
    return math.sqrt(sum((item - middle) ** 2 for item in items) / (len(items) - 1))


def _clamp(value: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = named.get("min", low), named.get("max", high)
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def _len(value: Any) -> int:
    if not isinstance(value, (str, tuple, dict)):
        raise Refusal("bad-expression", f"a {type(value).__name__} has no length.")
    return len(cast("tuple[object, ...]", value))


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and not -100 <= digits <= 100:
        raise Refusal("bad-expression", "round takes at most 100 digits.")
    return round(value, digits)


def _norm(*values: Any) -> float:
    return math.sqrt(sum(abs(item) ** 2 for item in _items(values)))


def _isclose(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    return math.isclose(one, other, rel_tol=rtol, abs_tol=atol)


def _prod(*values: Any) -> Any:
    return math.prod(_items(values))


def _rsqrt(value: Any) -> float:
    return 1 / math.sqrt(value)


def _sigmoid(value: Any) -> float:
    return 1 / (1 + math.exp(-value))


def _sign(value: Any) -> int:
    return int(value > 0) - int(value < 0)


def _square(value: Any) -> Any:
    return value * value


def _where(condition: Any, one: Any, other: Any) -> Any:
    return one if condition else other


def _relu(value: Any) -> Any:
    return _most(value, 0)


def _over(function: Any) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        return function(_items(values))

    return run


def _builtin(name: str) -> Any:
    return getattr(builtins, name)


_most: Any = max

PLAIN: Mapping[str, Callable[..., Any]] = {
    **{name: _builtin(name) for name in ("abs", "bool", "float", "int")},
    **{name: _over(_builtin(name)) for name in ("all", "any", "max", "min", "sum")},
    **{
        name: getattr(math, name)
        for name in (
            *("ceil", "cos", "exp", "floor", "isfinite", "isinf", "isnan", "log", "log10", "log2"),
            *("sin", "sqrt", "tanh"),
        )
    },
    "clamp": _clamp,
    "clip": _clamp,
    "isclose": _isclose,
    "len": _len,
    "maximum": _builtin("max"),
    "mean": _mean,
    "minimum": _builtin("min"),
    "norm": _norm,
    "prod": _prod,
    "relu": _relu,
    "round": _round,
    "rsqrt": _rsqrt,
    "sigmoid": _sigmoid,
    "sign": _sign,
    "square": _square,
    "std": _std,
    "where": _where,
}
