"""Rules of ops that make an element of many: reductions, softmax, norms, products and losses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .element import Cause, Element, listed, number_text
from .rules_pointwise import overflow

_WHOLE = re.compile(r"-?\d+")
_REDUCTIONS = frozenset(
    (
        "sum",
        "mean",
        "prod",
        "var",
        "std",
        "norm",
        "vector_norm",
        "logsumexp",
        "var_mean",
        "std_mean",
    )
)
_MEANS = frozenset(("mean", "nanmean", "median", "nanmedian"))
_SPREADS = frozenset(("var", "std", "var_mean", "std_mean"))
_PRODUCTS = frozenset(("matmul", "linear", "addmm", "baddbmm", "dot", "einsum", "mv", "inner"))
_AXIS_NAMES = ("dim", "axis", "1", "axes", "reduction_indices", "unbiased", "p")


def reduction(at: Element) -> Cause | None:
    """Sums, means and their kin."""
    if at.name not in _REDUCTIONS | _MEANS | {"cumsum", "cumprod"}:
        return None
    part: Any = at.part(0, _axes(at))
    given = at.given[0].summary if at.given else None
    count = math.prod(given.shape) if given is not None else -1
    if count == 0 or (part is not None and part.size == 0):
        rule = "a spread of no elements" if at.name in _SPREADS else "it is 0/0 of no elements"
        return Cause("empty-reduction", f"the {at.name} is over nothing: {rule}", (("x", "[]"),))
    if part is None:
        return None
    texts = (("x", listed(part)),)
    if at.name in _SPREADS and part.size == 1:
        why = f"the {at.name} of a single element divides by 0 (count − 1)"
        return Cause("spread-of-one", why, texts)
    if at.is_nan and _has(part, math.inf) and _has(part, -math.inf):
        return Cause("inf-minus-inf", "Inf and −Inf are added up", texts)
    if at.is_nan and at.name in _SPREADS and np.isinf(part).any():
        return Cause("inf-minus-inf", "the mean is infinite, and Inf − Inf has no value", texts)
    if not at.is_nan and np.isfinite(part).all():
        dtype, most = at.summary.dtype, number_text(at.largest)
        why = f"{part.size:,} elements add up past {most}, the largest {dtype}"
        return Cause(f"{dtype}-overflow", why, texts)
    return None


def softmax(at: Element) -> Cause | None:
    """softmax and log_softmax along their axis."""
    if at.name not in ("softmax", "log_softmax", "softmin", "logsumexp"):
        return None
    given = at.given[0].summary if at.given else None
    if given is None:
        return None
    part = at.part(0, _axes(at) if "dim" in at.attributes or "axis" in at.attributes else (-1,))
    if part is None:
        return None
    texts = (("x", listed(part)),)
    if bool((part == -math.inf).all()):
        return Cause("softmax-all-masked", f"all {part.size} of its inputs are −Inf", texts)
    if _has(part, math.inf):
        return Cause("softmax-of-inf", "an input is Inf, and Inf − Inf has no value", texts)
    if not at.is_nan and np.isfinite(part).all():
        return Cause("log-of-zero", "a probability rounds to 0, whose log is −Inf", texts)
    return None


def norms(at: Element) -> Cause | None:
    """Normalisation: divides by a length or a spread that is nought."""
    if at.name in ("normalize", "cosine_similarity", "l2_normalize"):
        part = at.part(0, _axes(at, 1))
        if part is not None and not part.any():
            return Cause("zero-over-zero", "the vector's length is 0", (("x", listed(part)),))
    if at.name in ("layer_norm", "rms_norm", "group_norm", "instance_norm"):
        part = at.part(0, (-1,)) if at.name != "group_norm" else None
        if part is not None and part.size and float(np.ptp(part)) == 0.0:
            why = "all elements of the row are equal, so it divides by a spread of 0"
            return Cause("zero-over-zero", why, (("x", listed(part)), *_eps(at)))
    if "batch_norm" in at.name or at.name.startswith("fusedbatchnorm"):
        for number, given in enumerate(at.given[1:], 1):
            if given.summary is not None and (given.summary.minimum or 0.0) < 0 and number > 1:
                channel = at.index[1] if len(at.index) > 1 else 0
                values = at.cut(given.value, ()) if given.value is not None else None
                if values is not None and channel < values.size and values[channel] < 0:
                    texts = (("running_var", number_text(float(values[channel]))),)
                    why = f"the variance of channel {channel} is negative"
                    return Cause("sqrt-of-negative", why, texts)
    return None


def products(at: Element) -> Cause | None:
    """Matrix products and convolutions."""
    if at.name not in _PRODUCTS and not at.name.startswith("conv"):
        return None
    pair = _row_and_column(at)
    if pair is not None:
        row, column = pair
        texts = (("row", listed(row)), ("column", listed(column)))
        if at.is_nan and (np.isinf(row).any() or np.isinf(column).any()):
            return Cause("zero-times-inf", "a row or column with Inf meets 0, or Inf − Inf", texts)
        if not at.is_nan and np.isfinite(row).all() and np.isfinite(column).all():
            total = number_text(float((row * column).sum()))
            why = f"{row.size:,} products add up to {total}, past {number_text(at.largest)}"
            dtype = at.summary.dtype
            return Cause(f"{dtype}-overflow", f"{why}, the largest {dtype}", texts)
    if at.is_nan and all(g.summary is not None and g.summary.finite for g in at.given):
        dtype = at.summary.dtype
        why = f"its sums pass {number_text(at.largest)}, the largest {dtype}, on both sides of 0"
        return Cause(f"{dtype}-overflow", why)
    return overflow(at)


def losses(at: Element) -> Cause | None:
    """Losses that average over what counts."""
    if at.name not in ("cross_entropy", "nll_loss") or len(at.given) < 2:
        return None
    target = at.given[1]
    values = at.cut(target.value, ()) if target.value is not None else None
    ignored = at.scalar("ignore_index")
    if values is None:
        return None
    dtype = target.summary.dtype if target.summary is not None else ""
    if not values.size or (ignored is not None and "int" in dtype and (values == ignored).all()):
        why = f"every target is {number_text(ignored)}, which is left out: the mean is 0/0"
        return Cause("empty-reduction", why, (("target", listed(values)),))
    if not at.is_nan:
        why = "the target's probability is 0, and the log of 0 is −Inf"
        return Cause("log-of-zero", why, (("target", listed(values)),))
    return None


RULES: tuple[Callable[[Element], Cause | None], ...] = (
    softmax,
    reduction,
    norms,
    products,
    losses,
)


def reduced_axes(at: Element) -> tuple[int, ...]:
    """The axes that a reduction works along."""
    return _axes(at)


def _has(part: Any, number: float) -> bool:
    return bool((part == number).any())


def _axes(at: Element, fallback: int | None = None) -> tuple[int, ...]:
    """The axes that an op works along; of what nothing is known, all."""
    given = at.given[0].summary if at.given else None
    rank = len(given.shape) if given is not None else 0
    if at.name in ("cumsum", "cumprod", "softmax", "log_softmax", "softmin"):
        return (_first_axis(at, -1),)
    for name in _AXIS_NAMES:
        text = at.attributes.get(name, "")
        found = tuple(int(number) for number in _WHOLE.findall(text)) if "." not in text else ()
        fits = found and all(-rank <= axis < rank for axis in found)
        if fits and _fits(at, found):
            return found
    if len(at.given) > 1 and at.given[1].value is not None and fallback is None:
        values = at.cut(at.given[1].value, ())  # TensorFlow gives the axes as a tensor
        if values is not None and all(-rank <= axis < rank for axis in values):
            return tuple(int(axis) for axis in values)
    return (fallback,) if fallback is not None and fallback < rank else tuple(range(rank))


def _first_axis(at: Element, fallback: int) -> int:
    for name in ("dim", "axis"):
        found = _WHOLE.fullmatch(at.attributes.get(name, ""))
        if found is not None:
            return int(found.group())
    return fallback


def _fits(at: Element, axes: tuple[int, ...]) -> bool:
    """Without these axes, or with an extent of 1 there, the input has the output's shape."""
    given = at.given[0].summary
    if given is None:
        return False
    if at.summary.shape == given.shape:
        return True
    gone = {axis % len(given.shape) for axis in axes}
    rest = tuple(extent for axis, extent in enumerate(given.shape) if axis not in gone)
    ones = tuple(1 if axis in gone else extent for axis, extent in enumerate(given.shape))
    return at.summary.shape in (rest, ones)


def _eps(at: Element) -> tuple[tuple[str, str], ...]:
    eps = at.attributes.get("eps")
    return (("eps", eps),) if eps else ()


def _row_and_column(at: Element) -> tuple[Any, Any] | None:
    """What is multiplied for the element of a plain product of two matrices or more axes."""
    tensors = [given for given in at.given if given.summary is not None and given.summary.shape]
    if at.name == "addmm":
        tensors = tensors[-2:]
    if len(tensors) < 2 or not at.index or any(each.value is None for each in tensors[:2]):
        return None
    one, other = tensors[0], tensors[1]
    if one.summary is None or other.summary is None or len(one.summary.shape) < 2:
        return None
    if len(other.summary.shape) != 2:
        if len(other.summary.shape) != len(one.summary.shape):
            return None
        lead = at.index[:-2]
    else:
        lead = ()
    turned = at.name == "linear" or at.attributes.get("transpose_b") == "True"
    column = (at.index[-1], slice(None)) if turned else (slice(None), at.index[-1])
    if at.attributes.get("transpose_a") == "True" or at.name == "einsum":
        return None
    row = at.cut(one.value, (*at.index[:-1], slice(None)))
    found = at.cut(other.value, (*lead, *column))
    if row is None or found is None or row.size != found.size:
        return None
    return row, found
