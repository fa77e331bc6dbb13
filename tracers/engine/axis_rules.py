"""For an op's output axis: which axes of its inputs set the extent, and what the op did to it.

One rule for each family of PyTorch's ops. An op without a rule is said to be unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from ..ir import Category, categorize
from . import axis_views as views
from .axis_calls import Call, Origin, Rule
from .axis_windows import window


def origin(call: Call, slot: int, axis: int) -> Origin | None:
    """The origin of one axis of one output; None where there is no rule for it."""
    rule = _RULES.get(call.type)
    if rule is None:
        rule = _by_family(call.type)
    if rule is None or slot >= len(call.outputs) or not call.inputs:
        return Origin(how="made") if not call.inputs else None
    try:
        return rule(call, slot, axis)
    except (IndexError, ZeroDivisionError):  # arguments that the rule does not know
        return None


def _by_family(type_: str) -> Rule | None:
    if type_.startswith(("conv", "max_pool", "avg_pool", "lp_pool")):
        return _window
    if type_.startswith(("adaptive_", "fractional_")):
        return _adaptive
    if categorize(type_) in (Category.POINTWISE, Category.NORM):
        return _elementwise
    return None


def _elementwise(call: Call, slot: int, axis: int) -> Origin | None:
    """Broadcast: the input that has the extent."""
    output = call.outputs[slot]
    back = axis - len(output)
    ones: list[tuple[int, int]] = []
    for index, shape in enumerate(call.inputs):
        if len(shape) < -back:
            continue
        if shape[back] == output[axis] and shape[back] != 1:
            return Origin(((index, len(shape) + back),))
        ones.append((index, len(shape) + back))
    return Origin((ones[0],)) if ones else None


def _as_last(call: Call, slot: int, axis: int) -> Origin:
    """As the last input, whose shape is taken over (gather's index, view_as)."""
    return Origin(((len(call.inputs) - 1, axis),))


def _window(call: Call, slot: int, axis: int) -> Origin | None:
    """Convolutions and pools: batch, channels, then places of a window."""
    output, source = call.outputs[slot], call.inputs[0]
    convolves = call.type.startswith("conv")
    weight = call.inputs[1] if convolves else ()
    spatial = len(weight) - 2 if convolves else _spatial(call.type)
    first = len(output) - spatial
    if axis >= first:
        how, ceil = window(call.type, call.given, weight, source[axis], axis - first, spatial)
        return Origin(((0, axis),), how if output[axis] != source[axis] or ceil else "", ceil)
    if axis == first - 1 and convolves:
        transposed = "transpose" in call.type or call.given.get("transposed") is True
        return Origin(((1, 1 if transposed else 0),), "the channels of the weight")
    return Origin(((0, axis),))


def _spatial(type_: str) -> int:
    digits = [int(letter) for letter in type_ if letter.isdigit()]
    return digits[0] if digits else 2


def _adaptive(call: Call, slot: int, axis: int) -> Origin:
    output = call.outputs[slot]
    if axis < len(output) - _spatial(call.type):
        return Origin(((0, axis),))
    return Origin((), "set by output_size")


def _linear(call: Call, slot: int, axis: int) -> Origin:
    if axis == len(call.outputs[slot]) - 1:
        return Origin(((1, 0),), "the rows of the weight")
    return Origin(((0, axis),))


def _matmul(call: Call, slot: int, axis: int) -> Origin | None:
    first = len(call.inputs) - 2  # addmm and baddbmm begin with what is added
    left, right = call.inputs[first], call.inputs[first + 1]
    output = call.outputs[slot]
    back = axis - len(output)
    if len(right) > 1 and back == -1:
        return Origin(((first + 1, len(right) - 1),))
    if len(left) > 1 and back == (-2 if len(right) > 1 else -1):
        return Origin(((first, len(left) - 2),))
    inner = Call("", (left, right), call.outputs, {})
    found = _elementwise(inner, slot, axis)
    if found is None:
        return None
    return Origin(tuple((first + index, place) for index, place in found.sources))


def _einsum(call: Call, slot: int, axis: int) -> Origin | None:
    equation = next((v for v in call.given.values() if isinstance(v, str) and "," in v), "")
    left, arrow, right = equation.replace(" ", "").partition("->")
    if not arrow or "." in equation:
        return None
    letter = right[axis]
    for index, term in enumerate(left.split(",")):
        if letter in term:
            return Origin(((index, term.index(letter)),))
    return None


def _reduce(call: Call, slot: int, axis: int) -> Origin | None:
    rank = len(call.inputs[0])
    dims = call.numbers("dim", "axis")
    gone = {place % rank for place in dims} if dims is not None else set(range(rank))
    if call.given.get("keepdim") is True or len(call.outputs[slot]) == rank:
        return Origin((), "reduced") if axis in gone else Origin(((0, axis),))
    kept = [place for place in range(rank) if place not in gone]
    return Origin(((0, kept[axis]),))


def _interpolate(call: Call, slot: int, axis: int) -> Origin:
    output, source = call.outputs[slot], call.inputs[0]
    if axis < 2:
        return Origin(((0, axis),))
    if (sizes := call.numbers("size", "output_size")) is not None:
        return Origin((), f"set by size {sizes[min(axis - 2, len(sizes) - 1)]}")
    factor = call.given.get("scale_factor", call.given.get("scale_factors"))
    one: object = factor
    if isinstance(factor, (tuple, list)):
        one = cast("Sequence[object]", factor)[axis - 2]
    if not isinstance(one, (int, float)):
        return Origin(((0, axis),), "resized")
    exact = source[axis] * one
    rounded = math.ceil(exact) if exact > output[axis] else 0
    return Origin(((0, axis),), f"scaled by {one:g}", rounded)


def _pad(call: Call, slot: int, axis: int) -> Origin:
    pads = call.numbers("pad", "padding") or []
    back = 2 * (len(call.outputs[slot]) - 1 - axis)
    before, after = (pads[back], pads[back + 1]) if back + 1 < len(pads) else (0, 0)
    changed = bool(before or after)
    return Origin(((0, axis),), f"padded by {before} and {after}" if changed else "")


def _embedding(call: Call, slot: int, axis: int) -> Origin:
    if axis == len(call.outputs[slot]) - 1:
        return Origin(((1, 1),), "the width of the table")
    return Origin(((0, axis),))


def _recurrent(call: Call, slot: int, axis: int) -> Origin:
    if slot > 0:
        return Origin(((slot, axis),))
    if axis == len(call.outputs[slot]) - 1:
        return Origin((), "the hidden size")
    return Origin(((0, axis),))


def _attention(call: Call, slot: int, axis: int) -> Origin | None:
    if slot > 0:
        return None
    if axis == len(call.outputs[slot]) - 1 and call.type == "scaled_dot_product_attention":
        return Origin(((2, len(call.inputs[2]) - 1),))
    return Origin(((0, axis),))


_ELEMENTWISE = (
    *("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "roll", "flip", "clone", "detach"),
    *("contiguous", "to", "to_copy", "type", "float", "half", "double", "bfloat16", "long", "int"),
    *("bool", "cpu", "cuda", "copy", "fill", "zero", "zeros_like", "ones_like", "full_like"),
    *("rand_like", "randn_like", "empty_like", "tril", "triu", "setitem", "scatter", "index_put"),
    *("scatter_add", "index_add", "index_copy", "index_fill", "masked_scatter", "sort", "argsort"),
    *("alias", "lift_fresh", "normalize", "data", "type_as", "dropout", "dropout1d", "dropout2d"),
)
_REDUCTIONS = (
    *("sum", "mean", "max", "min", "amax", "amin", "prod", "all", "any", "std", "var", "norm"),
    *("argmax", "argmin", "logsumexp", "median", "mode", "nansum", "nanmean", "vector_norm"),
    *("count_nonzero", "var_mean", "std_mean"),
)
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, _elementwise),
    **dict.fromkeys(_REDUCTIONS, _reduce),
    **dict.fromkeys(("gather", "take_along_dim", "view_as", "reshape_as", "expand_as"), _as_last),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "addmm", "baddbmm", "addbmm"), _matmul),
    **dict.fromkeys(
        ("view", "reshape", "flatten", "unflatten", "unsafe_view", "ravel"), views.reshape
    ),
    **dict.fromkeys(("permute", "movedim", "moveaxis", "transpose", "swapaxes"), views.permute),
    **dict.fromkeys(("swapdims", "t", "T", "numpy_T", "mT", "H", "mH", "adjoint"), views.permute),
    **dict.fromkeys(("cat", "concat", "concatenate", "hstack", "vstack"), views.cat),
    **dict.fromkeys(("chunk", "split", "tensor_split", "split_with_sizes"), views.along("a piece")),
    **dict.fromkeys(("narrow", "slice"), views.along("a slice")),
    **dict.fromkeys(("select", "unbind"), views.select),
    **dict.fromkeys(("interpolate", "upsample", "upsample_nearest2d"), _interpolate),
    **dict.fromkeys(("repeat", "tile"), views.repeat),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), _attention),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), views.pixel_shuffle),
    "einsum": _einsum,
    "embedding": _embedding,
    "expand": views.expand,
    "getitem": views.getitem,
    "glu": views.along("half"),
    "index_select": views.along("the picked"),
    "pad": _pad,
    "constant_pad_nd": _pad,
    "linear": _linear,
    "repeat_interleave": views.along("repeated"),
    "squeeze": views.squeeze,
    "stack": views.stack,
    "topk": views.along("the k greatest"),
    "unsqueeze": views.unsqueeze,
}
