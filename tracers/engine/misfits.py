"""Which axes of a failed op's inputs do not fit each other, by the op's own rule."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from .axis_calls import Call, Shape

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Axes as (input, axis); where the op's arguments ask for an extent, `asks` says what.

    With `axis` -1 it is the number of elements that does not fit.
    """

    one: tuple[int, int]
    other: tuple[int, int] | None = None
    asks: str = ""


Rule = Callable[[Call], "Misfit | None"]


def find_misfit(call: Call, message: str) -> Misfit | None:
    """The first axes that do not fit; None where all fit, or nothing is known of the op."""
    rule = _RULES.get(call.type)
    if rule is None and call.type.startswith("conv"):
        rule = _convolution
    elif rule is None and "pool" in call.type and "adaptive" not in call.type:
        rule = _pool
    try:
        found = rule(call) if rule is not None else _broadcast(call)
    except (IndexError, ZeroDivisionError):  # fewer axes or inputs than the op needs
        return None
    return found if found is not None or rule is not None else _by_message(call, message)


def _broadcast(call: Call) -> Misfit | None:
    return _fits(call.inputs, range(len(call.inputs)))


def _fits(shapes: tuple[Shape, ...], numbers: range, cut: int = 0) -> Misfit | None:
    """Axes counted from the last one, `cut` of them left out, are equal or 1."""
    for (i, one), (j, other) in combinations(zip(numbers, shapes, strict=False), 2):
        for back in range(-1 - cut, -min(len(one), len(other)) - 1, -1):
            if one[back] != other[back] and 1 not in (one[back], other[back]):
                return Misfit((i, len(one) + back), (j, len(other) + back))
    return None


def _pair(call: Call, one: int, here: int, other: int, there: int, times: int = 1) -> Misfit | None:
    left, right = call.inputs[one], call.inputs[other]
    if left[here] == right[there] * times:
        return None
    asks = f"times {times} groups" if times != 1 else ""
    return Misfit((one, here % len(left)), (other, there % len(right)), asks)


def _matmul(call: Call) -> Misfit | None:
    first = len(call.inputs) - 2
    left, right = call.inputs[first], call.inputs[first + 1]
    inner = -2 if len(right) > 1 else -1
    found = _pair(call, first, -1, first + 1, inner)
    if found is None and len(left) > 2 and len(right) > 2:
        found = _fits((left, right), range(first, first + 2), cut=2)
    return found


def _linear(call: Call) -> Misfit | None:
    return _pair(call, 0, -1, 1, -1)


def _convolution(call: Call) -> Misfit | None:
    spatial = len(call.inputs[1]) - 2
    channels = -1 - spatial
    transposed = "transpose" in call.type
    times = 1 if transposed else call.number("groups", default=1)
    found = _pair(call, 0, channels, 1, 0 if transposed else 1, times)
    return found if found is not None or transposed else _too_small(call, call.inputs[1][2:])


def _pool(call: Call) -> Misfit | None:
    digits = [int(letter) for letter in call.type if letter.isdigit()]
    kernel = call.numbers("kernel_size")
    if kernel is None or not digits:
        return None
    return _too_small(call, tuple(kernel * digits[0])[: digits[0]])


def _too_small(call: Call, kernel: Shape) -> Misfit | None:
    shape, spatial = call.inputs[0], len(kernel)
    pads = call.numbers("padding") or [0]
    dilations = call.numbers("dilation") or [1]
    for place, size in enumerate(kernel):
        axis = len(shape) - spatial + place
        pad, dilation = pads[place % len(pads)], dilations[place % len(dilations)]
        reach = dilation * (size - 1) + 1
        if shape[axis] + 2 * pad < reach:
            return Misfit((0, axis), asks=f"at least {reach - 2 * pad} for a window of {reach}")
    return None


def _cat(call: Call) -> Misfit | None:
    rank = len(call.inputs[0])
    dim = call.number("dim", "axis") % rank
    dim = 1 if call.type == "hstack" and rank > 1 else dim
    return _same(call, dim)


def _same(call: Call, but: int = -1) -> Misfit | None:
    first = call.inputs[0]
    for index, shape in enumerate(call.inputs[1:], 1):
        for axis in range(min(len(first), len(shape))):
            if axis != but and shape[axis] != first[axis]:
                return Misfit((0, axis), (index, axis))
    return None


def _einsum(call: Call) -> Misfit | None:
    equation = next((v for v in call.given.values() if isinstance(v, str) and "," in v), "")
    known: dict[str, tuple[int, int]] = {}
    if "." in equation:
        return None
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    for index, (term, shape) in enumerate(zip(terms, call.inputs, strict=False)):
        for axis, (letter, extent) in enumerate(zip(term, shape, strict=False)):
            if letter in known:
                before, place = known[letter]
                if extent != call.inputs[before][place] and 1 not in (
                    extent,
                    call.inputs[before][place],
                ):
                    return Misfit((before, place), (index, axis))
            known.setdefault(letter, (index, axis))
    return None


def _reshape(call: Call) -> Misfit | None:
    shape, wanted = call.inputs[0], call.numbers("size", "shape")
    if wanted is None:
        return None
    have, need = math.prod(shape), math.prod(extent for extent in wanted if extent >= 0)
    if -1 in wanted:
        if need and have % need:
            text = "×".join(str(extent) for extent in wanted)
            return Misfit((0, -1), asks=f"a multiple of {need:,} for {text}")
        return None
    text = "×".join(str(extent) for extent in wanted)
    return None if have == need else Misfit((0, -1), asks=f"{need:,} for {text}")


def _expand(call: Call) -> Misfit | None:
    shape, wanted = call.inputs[0], call.numbers("size") or []
    for back in range(-1, -min(len(shape), len(wanted)) - 1, -1):
        if wanted[back] not in (-1, shape[back]) and shape[back] != 1:
            return Misfit((0, len(shape) + back), asks=f"{wanted[back]}, or 1 to be expanded")
    return None


def _batch_norm(call: Call) -> Misfit | None:
    return _pair(call, 0, 1, 1, 0) if len(call.inputs) > 1 else None


def _layer_norm(call: Call) -> Misfit | None:
    shape, wanted = call.inputs[0], call.numbers("normalized_shape") or []
    for back in range(-1, -len(wanted) - 1, -1):
        if shape[back] != wanted[back]:
            return Misfit((0, len(shape) + back), asks=str(wanted[back]))
    return None


def _group_norm(call: Call) -> Misfit | None:
    groups = call.number("num_groups", default=1)
    if call.inputs[0][1] % groups:
        return Misfit((0, 1), asks=f"a multiple of its {groups} groups")
    return _pair(call, 0, 1, 1, 0) if len(call.inputs) > 1 else None


def _recurrent(call: Call) -> Misfit | None:
    return _pair(call, 0, -1, 3 if call.type == "lstm" else 2, -1)


def _attention(call: Call) -> Misfit | None:
    found = _pair(call, 0, -1, 1, -1) or _pair(call, 1, -2, 2, -2)
    return found or _fits(call.inputs[:3], range(3), cut=2)


def _many_heads(call: Call) -> Misfit | None:
    wanted = call.number("embed_dim_to_check")
    if wanted and call.inputs[0][-1] != wanted:
        return Misfit((0, len(call.inputs[0]) - 1), asks=str(wanted))
    return None


def _classes(call: Call) -> Misfit | None:
    """Class scores (N, C, …) against class numbers (N, …), or the same shape."""
    scores, target = call.inputs[0], call.inputs[1]
    if len(scores) == len(target):
        return _same(Call("", (scores, target), (), {}))
    if scores[0] != target[0]:
        return Misfit((0, 0), (1, 0))
    for axis in range(1, len(target)):
        if scores[axis + 1] != target[axis]:
            return Misfit((0, axis + 1), (1, axis))
    return None


def _by_message(call: Call, message: str) -> Misfit | None:
    """Two axes of different inputs whose extents the error names, where no others have them."""
    named = list(dict.fromkeys(int(text) for text in _NUMBER.findall(message)))
    places = {
        number: [
            (index, axis)
            for index, shape in enumerate(call.inputs)
            for axis, extent in enumerate(shape)
            if extent == number
        ]
        for number in named
    }
    for one, other in combinations(named, 2):
        if len(places[one]) == len(places[other]) == 1 and places[one][0][0] != places[other][0][0]:
            return Misfit(places[one][0], places[other][0])
    return None


_RULES: dict[str, Rule] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addbmm"), _matmul),
    **dict.fromkeys(("cat", "concat", "concatenate", "hstack", "vstack"), _cat),
    **dict.fromkeys(("view", "reshape", "unsafe_view"), _reshape),
    **dict.fromkeys(("batch_norm", "instance_norm"), _batch_norm),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("cross_entropy", "nll_loss"), _classes),
    **dict.fromkeys(("binary_cross_entropy", "binary_cross_entropy_with_logits", "stack"), _same),
    "einsum": _einsum,
    "expand": _expand,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "linear": _linear,
    "multi_head_attention_forward": _many_heads,
    "scaled_dot_product_attention": _attention,
}
