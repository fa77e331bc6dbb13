"""For an op's output axis: which axes of its inputs set the extent, and what the op did to it.

One rule for each family of PyTorch's ops. An op without a rule is said to be unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ..ir import Category, categorize
from .axis_windows import window
from .slices import Piece, parse_index

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One executed op, as far as extents go.

    Attributes:
        type: without namespace and underscores.
        inputs: shapes of the tensors among the arguments, in order.
        given: the other arguments, by name.
    """

    type: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    given: Mapping[str, object]

    def number(self, *names: str, default: int = 0) -> int:
        """The first of these arguments that is an integer."""
        for name in names:
            value = self.given.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return default

    def numbers(self, *names: str) -> list[int] | None:
        """The first of these arguments that is one integer, or several."""
        for name in names:
            value = self.given.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return [value]
            if isinstance(value, (tuple, list)):
                items = list(cast("Sequence[object]", value))
                if all(isinstance(item, int) for item in items):
                    return cast("list[int]", items)
        return None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an extent comes from.

    Attributes:
        sources: (input, axis) pairs that it follows; none where the op itself sets it.
        how: what the op did to it, in words; "" where it passes unchanged.
        ceil: what rounding up would have given, 0 where nothing was rounded down.
    """

    sources: tuple[tuple[int, int], ...] = ()
    how: str = ""
    ceil: int = 0


Rule = Callable[[Call, int, int], Origin | None]


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


def plain_type(type_: str) -> str:
    """An op's type as the rules name it ("aten._unsafe_view" → "unsafe_view")."""
    return type_.rpartition(".")[2].strip("_")


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


def _reshape(call: Call, slot: int, axis: int) -> Origin | None:
    """Axes are kept, merged or split: blocks of both shapes with the same product."""
    output, source = call.outputs[slot], call.inputs[0]
    for here, there in blocks(source, output):
        if axis not in there:
            continue
        kept = [place for place in here if source[place] != 1]
        if len(kept) == 1 and source[kept[0]] == output[axis]:
            return Origin(((0, kept[0]),))
        parts = "×".join(str(source[place]) for place in here)
        if len(there) == 1 or math.prod(output[place] for place in there) == output[axis]:
            return Origin(tuple((0, place) for place in kept), f"{parts} merged")
        return Origin(tuple((0, place) for place in kept), f"a part of {parts}")
    return None


def blocks(source: Shape, output: Shape) -> list[tuple[list[int], list[int]]]:
    """Runs of axes of two shapes that hold the same elements, in order."""
    found: list[tuple[list[int], list[int]]] = []
    left = right = 0
    while left < len(source) or right < len(output):
        here, there = [left] if left < len(source) else [], [right] if right < len(output) else []
        one = source[left] if here else 1
        other = output[right] if there else 1
        left, right = left + len(here), right + len(there)
        while one != other:
            if one < other and left < len(source):
                one *= source[left]
                here.append(left)
                left += 1
            elif right < len(output):
                other *= output[right]
                there.append(right)
                right += 1
            else:
                return found
        found.append((here, there))
    return found


def _permute(call: Call, slot: int, axis: int) -> Origin | None:
    rank = len(call.inputs[0])
    if call.type in ("t", "T", "numpy_T"):
        return Origin(((0, rank - 1 - axis),))
    order = list(range(rank))
    if call.type == "permute":
        dims = call.numbers("dims")
        order = [place % rank for place in dims] if dims is not None else []
    elif call.type in ("movedim", "moveaxis"):
        source, target = call.numbers("source"), call.numbers("destination")
        if source is not None and target is None:
            half = len(source) // 2
            source, target = source[:half], source[half:]
        if source is None or target is None or len(source) != len(target):
            return None
        taken = [place % rank for place in source]
        order = [place for place in order if place not in taken]
        for place, origin_ in sorted((t % rank, s) for s, t in zip(taken, target, strict=True)):
            order.insert(place, origin_)
    else:
        one = call.number("dim0", "axis0", default=-2) % rank
        other = call.number("dim1", "axis1", default=-1) % rank
        order[one], order[other] = order[other], order[one]
    return Origin(((0, order[axis]),))


def _cat(call: Call, slot: int, axis: int) -> Origin:
    rank = len(call.outputs[slot])
    dim = call.number("dim", "axis") % rank
    if call.type == "hstack":
        dim = 0 if rank == 1 else 1
    if axis != dim:
        return Origin(((0, axis),))
    parts = [shape[dim] for shape in call.inputs if len(shape) == rank]
    sources = tuple((n, dim) for n, shape in enumerate(call.inputs) if len(shape) == rank)
    return Origin(sources, " + ".join(str(part) for part in parts) + " joined")


def _stack(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim", "axis") % len(call.outputs[slot])
    if axis == dim:
        return Origin((), f"{len(call.inputs)} tensors stacked")
    return Origin(((0, axis - (axis > dim)),))


def _getitem(call: Call, slot: int, axis: int) -> Origin | None:
    index = call.given.get("index")
    pieces = parse_index(index, len(call.inputs[0])) if isinstance(index, str) else None
    if pieces is None:
        return None
    kept = [piece for piece in pieces if piece.text is not None]
    piece: Piece = kept[axis]
    if piece.axis < 0:
        return Origin((), "added by None")
    changed = call.inputs[0][piece.axis] != call.outputs[slot][axis]
    return Origin(((0, piece.axis),), f"the slice {piece.text}" if changed else "")


def _along(words: str) -> Rule:
    """One axis changes its extent, the others do not."""

    def rule(call: Call, slot: int, axis: int) -> Origin:
        rank = len(call.outputs[slot])
        if axis == call.number("dim", "axis", default=-1 if call.type == "topk" else 0) % rank:
            return Origin(((0, axis),), words)
        return Origin(((0, axis),))

    return rule


def _select(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim", "axis") % len(call.inputs[0])
    return Origin(((0, axis + (axis >= dim)),))


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


def _squeeze(call: Call, slot: int, axis: int) -> Origin | None:
    source, output = call.inputs[0], call.outputs[slot]
    dims = call.numbers("dim")
    gone = {place % len(source) for place in dims} if dims is not None else set(range(len(source)))
    kept = [n for n, extent in enumerate(source) if extent != 1 or n not in gone]
    return Origin(((0, kept[axis]),)) if len(kept) == len(output) else None


def _unsqueeze(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim") % len(call.outputs[slot])
    return Origin((), "added") if axis == dim else Origin(((0, axis - (axis > dim)),))


def _expand(call: Call, slot: int, axis: int) -> Origin:
    source, output = call.inputs[0], call.outputs[slot]
    place = axis - (len(output) - len(source))
    if place >= 0 and source[place] == output[axis]:
        return Origin(((0, place),))
    return Origin((), "expanded")


def _repeat(call: Call, slot: int, axis: int) -> Origin:
    source, output = call.inputs[0], call.outputs[slot]
    place = axis - (len(output) - len(source))
    if place < 0:
        return Origin((), "repeated")
    times = output[axis] // source[place] if source[place] else 1
    return Origin(((0, place),), f"repeated {times} times" if times != 1 else "")


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


def _pixel_shuffle(call: Call, slot: int, axis: int) -> Origin:
    rank, factor = len(call.outputs[slot]), call.number("upscale_factor", "downscale_factor")
    word = "divided" if (axis == rank - 3) == (call.type == "pixel_shuffle") else "multiplied"
    if axis < rank - 3:
        return Origin(((0, axis),))
    times = factor * factor if axis == rank - 3 else factor
    return Origin(((0, axis),), f"{word} by {times}")


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
    **dict.fromkeys(("view", "reshape", "flatten", "unflatten", "unsafe_view", "ravel"), _reshape),
    **dict.fromkeys(("permute", "movedim", "moveaxis", "transpose", "swapaxes"), _permute),
    **dict.fromkeys(("swapdims", "t", "T", "numpy_T", "mT", "H", "mH", "adjoint"), _permute),
    **dict.fromkeys(("cat", "concat", "concatenate", "hstack", "vstack"), _cat),
    **dict.fromkeys(("chunk", "split", "tensor_split", "split_with_sizes"), _along("a piece")),
    **dict.fromkeys(("narrow", "slice"), _along("a slice")),
    **dict.fromkeys(("select", "unbind"), _select),
    **dict.fromkeys(("interpolate", "upsample", "upsample_nearest2d"), _interpolate),
    **dict.fromkeys(("repeat", "tile"), _repeat),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), _attention),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), _pixel_shuffle),
    "einsum": _einsum,
    "embedding": _embedding,
    "expand": _expand,
    "getitem": _getitem,
    "glu": _along("half"),
    "index_select": _along("the picked"),
    "pad": _pad,
    "constant_pad_nd": _pad,
    "linear": _linear,
    "repeat_interleave": _along("repeated"),
    "squeeze": _squeeze,
    "stack": _stack,
    "topk": _along("the k greatest"),
    "unsqueeze": _unsqueeze,
}
