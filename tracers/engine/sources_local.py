"""Ops whose element depends on a small part of the inputs: pointwise ops, products, reductions, and
what works along a row. The op is run once more on that part alone, which gives its derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..ir import Category, categorize
from ..ir.provenance import Way
from .again import CannotRepeat, Slope
from .element import broadcast
from .lib import np
from .sources import Asked, Found, Picks, Read, alone, contributions
from .sources_whole import MOST_TRIED, PERTURBED, differences

_MOST = 1 << 23  # elements of a part
_ROWS = frozenset(
    (
        *("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp", "cummax"),
        *("cummin", "topk", "topkv2", "sort", "normalize", "l2_normalize"),
    )
)
_REDUCTIONS = frozenset(
    (
        *("sum", "mean", "prod", "var", "std", "norm", "vector_norm", "logsumexp", "var_mean"),
        *("std_mean", "nanmean", "median", "nanmedian", "nansum", "max", "min", "amax", "amin"),
        *("euclideannorm",),
    )
)
_ALONG_LAST = frozenset({"topkv2"})
_POINTWISE = frozenset({"cast", "dropout", "alpha_dropout", "leaky_relu", "hardtanh"})
_NOT_POINTWISE = frozenset(
    ("prelu", "logcumsumexp", "logsumexp", "addmm", "addmv", "addbmm", "baddbmm", "logdet")
)
_SPREADING = ("matmul", "mm", "bmm", "mv", "dot", "addmm", "addmv", "baddbmm")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of each input, and where the element stands in what the op makes of them.

    Attributes:
        picks: by input; None for one that is given whole and has no elements that count.
    """

    picks: tuple[Picks | None, ...]
    index: tuple[int, ...]
    how: str


_Rule = Callable[[Asked], Part | None]


def local(asked: Asked) -> Found | None:
    """By the op on a part of its inputs, where that gives the very element."""
    again = asked.again
    if again is None:
        return None
    part = next((found for rule in _RULES if (found := rule(asked)) is not None), None)
    if part is None:
        return None
    arrays: list[object] = []
    for at, picks in enumerate(part.picks):
        given = asked.inputs[at]
        if picks is None:
            arrays.append(given.value)
            continue
        array = asked.array(at, picks)
        if array.size > _MOST or array.dtype.kind not in "fiub":
            return None
        arrays.append(array)
    counted = [at for at, picks in enumerate(part.picks) if picks is not None]
    by = [at for at in counted if asked.is_float(at)]
    for wide in (True, False):
        try:
            slope = again.slope(arrays, asked.element.slot, part.index, wide, by)
        except CannotRepeat as error:
            asked.problems.append(str(error))
            continue
        if asked.agrees(slope.value, _magnitude(arrays, slope)):
            return _found(asked, part, arrays, slope)
    return None


def _found(asked: Asked, part: Part, arrays: list[Any], slope: Slope) -> Found | None:
    reads: list[Read] = []
    changed = False
    for at, picks in enumerate(part.picks):
        if picks is None:
            continue
        derivative, way = slope.by[at], Way.EXACT
        if derivative is None:
            derivative = _by_statistics(asked, arrays, slope, at)
        if derivative is None and np.size(arrays[at]) <= MOST_TRIED:
            places = list(range(np.size(arrays[at])))
            try:
                derivative = differences(asked, arrays, at, part.index, places)
            except CannotRepeat as error:
                asked.problems.append(str(error))
                return None
            way, changed = Way.PERTURBATION, True
            if np.isnan(derivative).any():
                derivative = None
        if derivative is None and asked.is_float(at):
            return None
        note = "" if derivative is not None else "It has no derivative: it is no floating number."
        reads.append(Read(at, picks, derivative, way, note))
    if all(read.derivative is None for read in reads):
        return None
    return Found(tuple(reads), PERTURBED if changed else part.how, slope.value)


def _magnitude(arrays: list[object], slope: Slope) -> float:
    largest = 0.0
    for array, derivative in zip(arrays, slope.by, strict=True):
        if derivative is not None:
            gave = np.abs(contributions(np.asarray(array, np.float64), derivative))
            largest = max(largest, float(np.where(np.isfinite(gave), gave, 0.0).sum()))
    return largest


def pointwise(asked: Asked) -> Part | None:
    """Of each input the element that broadcasting puts there."""
    name = asked.name
    both = name in ("max", "min") and len(asked.inputs) == 2 and asked.given("dim") is None
    other = name in _NOT_POINTWISE or name.startswith("cum")
    by_kind = not other and categorize(name) is Category.POINTWISE
    if not (name in _POINTWISE or both or by_kind):
        return None
    if name == "biasadd" and str(asked.given("data_format")).startswith("NC"):
        return None
    picks: list[Picks] = []
    for at in range(len(asked.inputs)):
        where = broadcast(asked.shape_of(at), asked.shape, asked.index)
        if where is None:
            return None
        picks.append(alone(where))
    index = (0,) * len(asked.index)
    return Part(tuple(picks), index, "Element by element: the derivative there, times the value.")


def rows(asked: Asked) -> Part | None:
    """A row along one axis, all of which counts."""
    name = asked.name
    if name not in _ROWS or not asked.index:
        return None
    shape = asked.shape_of(0)
    rank = len(shape)
    axis = asked.place("axis")
    if name in _ALONG_LAST or "logits" in asked.places:
        dim = rank - 1
    elif axis > 0:
        dim = int(asked.array(axis)) % rank
    else:
        default = 1 if name == "normalize" else -1
        dim = asked.whole("dim", "axis", default=default) % rank
    if rank != len(asked.index):
        return None
    picks = _along(asked.index, {dim})
    index = tuple(place if n == dim else 0 for n, place in enumerate(asked.index))
    how = f"All of the row along axis {dim}: the derivative by each of it, times its value."
    rest = (None,) * (len(asked.inputs) - 1)
    return Part((picks, *rest), index, how)


def layer_norm(asked: Asked) -> Part | None:
    """The last axes together."""
    if asked.name not in ("layer_norm", "rms_norm"):
        return None
    sizes = asked.given("normalized_shape")
    many = len(cast("list[int]", sizes)) if isinstance(sizes, (tuple, list)) else 1
    rank = len(asked.index)
    last = set(range(rank - many, rank))
    picks: list[Picks] = [_along(asked.index, last)]
    picks += [tuple(slice(None) for _ in asked.shape_of(at)) for at in range(1, len(asked.inputs))]
    index = tuple(place if n in last else 0 for n, place in enumerate(asked.index))
    return Part(tuple(picks), index, "All that is normalized together, with scale and shift.")


def reduced(asked: Asked) -> Part | None:
    """All elements along the axes that are gone."""
    if asked.name not in _REDUCTIONS or not asked.inputs or asked.element.slot:
        return None
    if not asked.is_float(0):
        return None
    shape = asked.shape_of(0)
    gone = _gone(asked, len(shape))
    kept = [axis for axis in range(len(shape)) if axis not in gone]
    if len(asked.index) == len(shape):
        places = {axis: asked.index[axis] for axis in kept}
    elif len(asked.index) == len(kept):
        places = dict(zip(kept, asked.index, strict=True))
    else:
        return None
    picks = tuple(
        slice(places[axis], places[axis] + 1) if axis in places else slice(None)
        for axis in range(len(shape))
    )
    rest = (None,) * (len(asked.inputs) - 1)
    count = math.prod(extent for axis, extent in enumerate(shape) if axis in gone)
    how = f"Of the {count:,} elements that the {asked.name} is over, the derivative by each, times"
    return Part((picks, *rest), (0,) * len(asked.index), f"{how} its value.")


def _gone(asked: Asked, rank: int) -> set[int]:
    """The axes that a reduction is over."""
    axes = asked.place("reduction_indices", "axis", "dim")
    if axes > 0:
        return {int(axis) % rank for axis in np.asarray(asked.array(axes)).reshape(-1)}
    given = asked.arguments
    shape = asked.shape_of(0)
    named = [given[name] for name in ("dim", "axis") if name in given]
    for value in (*named, *given.values()):  # some signatures call their second argument otherwise
        whole = isinstance(value, int) and not isinstance(value, bool)
        items: Any = [value] if whole else value
        if not isinstance(items, (tuple, list)):
            continue
        places = cast("list[object]", items)
        if not places or not all(isinstance(n, int) and -rank <= n < rank for n in places):
            continue
        gone = {n % rank for n in cast("list[int]", places)}
        left = tuple(extent for axis, extent in enumerate(shape) if axis not in gone)
        ones = tuple(1 if axis in gone else extent for axis, extent in enumerate(shape))
        if asked.shape in (left, ones):
            return gone
    return set(range(rank))


def linear(asked: Asked) -> Part | None:
    """A row of the input, a row of the weight."""
    source, weight = asked.place("input", "self"), asked.place("weight")
    if asked.name != "linear" or min(source, weight) < 0 or len(asked.shape_of(weight)) != 2:
        return None
    if not asked.index:
        return None
    picks: list[Picks | None] = [None] * len(asked.inputs)
    picks[source] = (*alone(asked.index[:-1]), slice(None))
    picks[weight] = (*alone(asked.index[-1:]), slice(None))
    bias = asked.place("bias")
    if bias >= 0:
        picks[bias] = alone(asked.index[-1:])
    return Part(tuple(picks), (0,) * len(asked.index), _PRODUCTS)


def matmul(asked: Asked) -> Part | None:
    """A row of the left one, a column of the right one."""
    name = asked.name
    if name not in _SPREADING or len(asked.inputs) < 2:
        return None
    first = len(asked.inputs) - 2 if name in ("addmm", "addmv", "baddbmm") else 0
    if len(asked.inputs) != first + 2:
        return None
    left, right = asked.shape_of(first), asked.shape_of(first + 1)
    index = list(asked.index)
    if not left or not right:
        return None
    column = index.pop() if len(right) > 1 else None
    row = index.pop() if len(left) > 1 else None
    turned = [bool(asked.given(*names)) for names in _TURNED]
    picks: list[Picks | None] = [None] * first
    for shape, place, swap in ((left, row, turned[0]), (right, column, not turned[1])):
        batch = broadcast(shape[:-2], (*asked.shape[: len(index)],), tuple(index))
        if batch is None:
            return None
        inner: Picks = (slice(None),)
        if place is not None:
            pair: Picks = (slice(place, place + 1), slice(None))
            inner = pair[::-1] if swap else pair
        picks.append((*alone(batch), *inner))
    if first:
        where = broadcast(asked.shape_of(0), asked.shape, asked.index)
        if where is None:
            return None
        picks[0] = alone(where)
    return Part(tuple(picks), (0,) * len(asked.index), _PRODUCTS)


def einsum(asked: Asked) -> Part | None:
    """Along the letters that the output lacks."""
    if asked.name != "einsum":
        return None
    texts = [text for text in asked.arguments.values() if isinstance(text, str)]
    texts = [text for text in texts if "->" in text and "." not in text]
    if not texts:
        return None
    left, _, right = texts[0].replace(" ", "").partition("->")
    places = dict(zip(right, asked.index, strict=False))
    terms = left.split(",")
    if len(terms) != len(asked.inputs) or len(right) != len(asked.index):
        return None
    picks = tuple(
        tuple(slice(places[n], places[n] + 1) if n in places else slice(None) for n in term)
        for term in terms
    )
    return Part(picks, (0,) * len(asked.index), _PRODUCTS)


def attention(asked: Asked) -> Part | None:
    """One query, all keys, one column of the values."""
    if asked.name != "scaled_dot_product_attention" or asked.given("is_causal") is True:
        return None
    query, key, value = (asked.place(name) for name in ("query", "key", "value"))
    if min(query, key, value) < 0 or len(asked.index) < 2:
        return None
    *batch, row, column = asked.index
    if any(len(asked.shape_of(at)) != len(asked.index) for at in (query, key, value)):
        return None
    if len({asked.shape_of(at)[:-2] for at in (query, key, value)}) > 1:
        return None
    picks: list[Picks | None] = [None] * len(asked.inputs)
    picks[query] = (*alone(batch), slice(row, row + 1), slice(None))
    picks[key] = (*alone(batch), slice(None), slice(None))
    picks[value] = (*alone(batch), slice(None), slice(column, column + 1))
    mask = asked.place("attn_mask")
    if mask >= 0:
        full = (*asked.shape[:-1], asked.shape_of(key)[-2])
        where = broadcast(asked.shape_of(mask)[:-1], full[:-1], (*batch, row))
        if where is None:
            return None
        picks[mask] = (*alone(where), slice(None))
    index = (0,) * len(asked.index)
    return Part(tuple(picks), index, "The row's query, its keys, and the column of the values.")


def batch_norm(asked: Asked) -> Part | None:
    """The channel; in training all of it, else the element alone."""
    if asked.name != "batch_norm" or len(asked.index) < 2 or asked.element.slot:
        return None
    source = asked.place("input", "self")
    training = asked.given("training") is True
    if source < 0:
        return None
    channel = asked.index[1]
    picks: list[Picks | None] = [
        (slice(channel, channel + 1),) if len(asked.shape_of(at)) == 1 else None
        for at in range(len(asked.inputs))
    ]
    index = tuple(place if training and n != 1 else 0 for n, place in enumerate(asked.index))
    mine = _along(asked.index, set(range(len(asked.index))) - {1} if training else set())
    picks[source] = mine
    how = "All of its channel" if training else "The element itself"
    return Part(tuple(picks), index, f"{how}, with the channel's statistics, scale and shift.")


def _by_statistics(asked: Asked, arrays: list[Any], slope: Slope, at: int) -> Any:
    """Of y = (x − mean)/√(var + eps) · w + b by mean and var, which PyTorch does not give."""
    source, mean, var = (asked.place(n) for n in ("input", "running_mean", "running_var"))
    by_x = slope.by[source] if source >= 0 else None
    if asked.name != "batch_norm" or asked.given("training") is True or at not in (mean, var):
        return None
    eps = asked.given("eps")
    if by_x is None or min(mean, var) < 0 or not isinstance(eps, float):
        return None
    if at == mean:
        return -by_x.reshape(1)
    x, middle, spread = (float(np.asarray(arrays[n]).reshape(())) for n in (source, mean, var))
    return -by_x.reshape(1) * (x - middle) / (2 * (spread + eps))


_PRODUCTS = "Each product, as they are added up; both factors have the whole product."
_TURNED = (("transpose_a", "adj_x"), ("transpose_b", "adj_y"))
_RULES: tuple[_Rule, ...] = (
    pointwise,
    rows,
    reduced,
    linear,
    matmul,
    einsum,
    layer_norm,
    batch_norm,
    attention,
)


def _along(index: tuple[int, ...], axes: set[int]) -> Picks:
    return tuple(
        slice(None) if axis in axes else slice(place, place + 1) for axis, place in enumerate(index)
    )
