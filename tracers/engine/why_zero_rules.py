"""Rules of an element that is 0: the op made it so, or it hands on a 0 that it read."""

from __future__ import annotations

import math
from collections.abc import Callable

from .element import Element, number_text
from .moved import PUT, Source, moved
from .why_zero_link import TINIEST, Link, read_at, underflow
from .why_zero_slices import norm, product, reduction, softmax

_Rule = Callable[[Element], Link | None]


def zero_link(at: Element) -> Link | None:
    """What the op did; None where no rule tells."""
    came = moved(at)
    if came is PUT:
        if "pad" in at.name:
            return Link("pads with it", "padding")
        return Link("masks what is outside its triangle", "masked")
    if came is not None:
        return _from_rows(at, came)
    for names, rule in _RULES:
        if at.name in names:
            return rule(at)
    if at.name.startswith("conv") or at.name in _PRODUCTS:
        return product(at)
    return None


def _from_rows(at: Element, came: Source) -> Link:
    padding = at.attributes.get("padding_idx", "None")
    if at.name == "embedding" and padding == str(came.index[0]):
        return Link(f"looks up row {padding}, its padding_idx", "padding")
    return Link("hands it on", source=came)


def _cut(at: Element) -> Link | None:
    """relu and its kin: everything up to 0 becomes 0."""
    x = at.number(0)
    if x is None:
        return None
    if x < 0:
        most = at.given[0].summary.maximum if at.given[0].summary is not None else None
        if most is not None and most <= 0:
            why = f"reads no number above 0 (its largest is {number_text(float(most))})"
            return Link(f"{why} and cuts them all off", "relu-dead")
        return Link(f"cuts its input {number_text(x)} off at 0", "relu-cut")
    return Link("reads 0", source=read_at(at, 0)) if x == 0 else None


def _clamp(at: Element) -> Link | None:
    """clamp, threshold, hardtanh: a bound of 0."""
    x = at.number(0)
    if x is None:
        return None
    if x == 0:
        return Link("reads 0", source=read_at(at, 0))
    bound = "lower" if x < 0 else "upper"
    return Link(f"puts its input {number_text(x)} to its {bound} bound 0", "clamped")


def _extreme(at: Element) -> Link | None:
    """maximum and minimum of two."""
    for n in range(len(at.given)):
        if at.number(n) == 0:
            other = at.number(1 - n) if len(at.given) == 2 else None
            beside = f" rather than {number_text(other)}" if other is not None else ""
            return Link(f"takes the 0{beside}", source=read_at(at, n))
    x = at.number(0)
    return None if x is None else Link(f"puts its input {number_text(x)} to 0", "clamped")


def _mul(at: Element) -> Link | None:
    numbers = [at.number(n) for n in range(len(at.given))]
    scalar = at.scalar("other", "value") if len(at.given) == 1 else None
    if scalar == 0:
        return Link("multiplies by 0", "times-zero")
    zeros = [n for n, x in enumerate(numbers) if x == 0]
    known = [x for x in (*numbers, scalar) if x is not None]
    if zeros:
        others = [number_text(x) for n, x in enumerate(numbers) if n != zeros[0] and x is not None]
        words = f"multiplies {others[0]} by 0" if others else "multiplies 0"
        return Link(words, source=read_at(at, zeros[0]))
    return underflow(at, math.prod(known)) if len(known) > 1 else None


def _div(at: Element) -> Link | None:
    a, b = at.number(0), at.number(1) if len(at.given) > 1 else at.scalar("other")
    if a == 0:
        return Link("divides 0", source=read_at(at, 0))
    if a is None or b is None or b == 0:
        return None
    if math.isinf(b):
        return Link(f"divides {number_text(a)} by Inf", "divided-by-inf")
    if at.name == "floor_divide":
        return Link(f"rounds {number_text(a / b)} down", "rounded")
    return underflow(at, a / b)


def _add(at: Element) -> Link | None:
    numbers = [at.number(n) for n in range(min(2, len(at.given)))]
    scalar = at.scalar("other", "value")
    if len(numbers) == 1 and scalar is not None:
        numbers.append(scalar)
    if len(numbers) < 2 or any(x is None for x in numbers):
        return None
    a, b = (float(x) for x in numbers if x is not None)
    if a == 0 and b == 0:
        return Link("adds 0 and 0", source=read_at(at, 0))
    sign = "−" if at.name in ("sub", "rsub") else "+"
    return Link(f"computes {number_text(a)} {sign} {number_text(b)}", "cancelled")


def _where(at: Element) -> Link | None:
    chooses = at.number(0)
    if chooses is None or len(at.given) < 1:
        return None
    scalar = at.scalar("other") if len(at.given) == 2 else None
    branch = 1 if chooses else 2
    said = "true" if chooses else "false"
    if scalar is not None and "other" in at.attributes:
        if not chooses:
            return Link("chooses 0, since its condition is false", "masked")
        return Link("chooses a 0, since its condition is true", source=read_at(at, 1))
    if branch < len(at.given) and at.number(branch) == 0:
        words = f"chooses a 0, since its condition is {said}"
        if "dropout" in at.attributes.get("name", ""):
            return Link("drops its input", "dropout")
        one = at.given[branch].summary
        if one is not None and not one.shape:  # a constant that is put in place of what is masked
            return Link(words, "masked")
        return Link(words, source=read_at(at, branch))
    if len(at.given) == 2 and chooses:  # where(condition, 0, tensor)
        return Link("chooses 0, since its condition is true", "masked")
    return Link("chooses a 0", source=read_at(at, 1)) if at.number(1) == 0 else None


def _fill(at: Element) -> Link | None:
    """masked_fill(x, mask, 0)."""
    masks = at.number(1)
    if masks:
        return Link("fills in 0 where its mask is true", "masked")
    return Link("reads 0", source=read_at(at, 0)) if at.number(0) == 0 else None


def _dropout(at: Element) -> Link | None:
    x = at.number(0)
    if x == 0:
        return Link("reads 0", source=read_at(at, 0))
    return None if x is None else Link(f"drops its input {number_text(x)}", "dropout")


def _exp(at: Element) -> Link | None:
    x = at.number(0)
    if x is None:
        return None
    if x == -math.inf:
        return Link("reads −Inf, as a mask puts it", "masked")
    return Link(f"underflows at {number_text(x)}", f"{at.summary.dtype}-underflow")


def _squash(at: Element) -> Link | None:
    """sigmoid, gelu, silu and their kin far below 0."""
    x = at.number(0)
    if x == 0 and at.name != "sigmoid":
        return Link("reads 0", source=read_at(at, 0))
    return None if x is None else Link(f"is saturated at {number_text(x)}", "saturated")


def _through_zero(at: Element) -> Link | None:
    """Functions of one number that give 0 for 0."""
    x = at.number(0)
    if x == 0:
        return Link("reads 0", source=read_at(at, 0))
    if x is None:
        return None
    if at.name in ("pow", "square"):
        exponent = at.scalar("exponent") if at.name == "pow" else 2.0
        exponent = at.number(1) if exponent is None else exponent
        power = None if exponent is None or (x < 0 and exponent % 1) else abs(x) ** exponent
        return None if power is None else underflow(at, power)
    return underflow(at, x)


def _round(at: Element) -> Link | None:
    x = at.number(0)
    if x == 0:
        return Link("reads 0", source=read_at(at, 0))
    return None if x is None else Link(f"rounds {number_text(x)} to 0", "rounded")


def _cast(at: Element) -> Link | None:
    x = at.number(0)
    if x == 0:
        return Link(f"makes {at.summary.dtype} of it", source=read_at(at, 0))
    if x is None:
        return None
    if at.summary.dtype in TINIEST:
        return underflow(at, x)
    return Link(f"rounds {number_text(x)} to {at.summary.dtype} 0", "rounded")


def _compare(at: Element) -> Link | None:
    a, b = at.number(0), at.number(1) if len(at.given) > 1 else at.scalar("other")
    if a is None:
        return None
    beside = f" against {number_text(b)}" if b is not None else ""
    return Link(f"is false for {number_text(a)}{beside}", "masked")


def _log(at: Element) -> Link | None:
    return Link("takes the log of 1", "log-of-one") if at.number(0) == 1 else None


def _made(at: Element) -> Link | None:
    return Link("makes zeros", "made-zero")


def _relu_gradient(at: Element) -> Link | None:
    """The forward op's own number stands beside the gradient that came (TensorFlow)."""
    gradient, y = at.number(0), at.number(1)
    if gradient == 0:
        return Link("reads a gradient of 0", source=read_at(at, 0))
    if y is not None and y <= 0:
        return Link("lets no gradient through, since relu gave 0 there", "relu-cut")
    return None


_COMPARISONS = frozenset(
    (
        *("gt", "ge", "lt", "le", "eq", "ne", "greater", "greaterequal", "less", "lessequal"),
        *("equal", "notequal", "logical_and", "logical_or", "logical_not", "logicaland"),
        *("logicalor", "logicalnot", "isnan", "isfinite", "isinf", "isclose", "bernoulli"),
    )
)
_PRODUCTS = frozenset(
    ("matmul", "linear", "addmm", "bmm", "mv", "dot", "inner", "depthwiseconv2dnative")
)
_RULES: tuple[tuple[frozenset[str], _Rule], ...] = (
    (frozenset(("relu", "relu6", "rrelu", "hardswish", "hardsigmoid", "relun1to1")), _cut),
    (frozenset(("clamp", "clamp_min", "clamp_max", "hardtanh", "threshold", "hardshrink")), _clamp),
    (frozenset(("softshrink", "tanhshrink")), _clamp),
    (frozenset(("maximum", "minimum", "fmax", "fmin")), _extreme),
    (frozenset(("mul", "multiplynonan", "mulnonan")), _mul),
    (frozenset(("div", "floor_divide", "divnonan", "xdivy")), _div),
    (frozenset(("add", "sub", "rsub", "addn")), _add),
    (frozenset(("where", "select")), _where),
    (frozenset(("masked_fill",)), _fill),
    (frozenset(("dropout", "dropout1d", "dropout2d", "alpha_dropout", "native_dropout")), _dropout),
    (frozenset(("softmax", "softmin")), softmax),
    (frozenset(("exp", "exp2")), _exp),
    (frozenset(("sigmoid", "gelu", "silu", "swish", "elu", "celu", "selu", "softplus")), _squash),
    (frozenset(("mish", "logsigmoid")), _squash),
    (
        frozenset(
            (
                *("abs", "neg", "negative", "tanh", "sin", "tan", "asin", "atan", "sinh", "erf"),
                *("sqrt", "square", "pow", "expm1", "log1p", "sign", "leaky_relu", "leakyrelu"),
                *("softsign", "nan_to_num", "prelu"),
            )
        ),
        _through_zero,
    ),
    (frozenset(("floor", "round", "trunc", "ceil", "fmod", "remainder", "rint")), _round),
    (frozenset(("cast", "int", "long", "double", "bool", "short", "toint")), _cast),
    (_COMPARISONS, _compare),
    (frozenset(("log", "log2", "log10", "log_softmax")), _log),
    (
        frozenset(("zeros", "zeros_like", "new_zeros", "zeroslike", "zero", "full", "full_like")),
        _made,
    ),
    (frozenset(("fill", "new_full", "empty", "zerosinitializer", "tensor")), _made),
    (frozenset(("sum", "mean", "prod", "cumsum", "norm", "vector_norm", "nansum")), reduction),
    (frozenset(("layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm")), norm),
    (frozenset(("fusedbatchnormv3",)), norm),
    (frozenset(("relugrad", "relu6grad")), _relu_gradient),
)
