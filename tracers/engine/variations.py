"""One op done a little otherwise: the mistakes that are made where a model is written again.

Each variation is a way in which another program may compute what looks like the same op. Those that
explain most differences come first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from .again import Again
from .lib import Array, np
from .place_variations import PLACE_RULES
from .varying import (
    Subject,
    Variation,
    alone,
    on_input,
    with_argument,
    with_arguments,
)

_EPSILONS = (1e-3, 1e-5, 1e-6, 1e-12, 1e-7, 1e-8, 1e-2)
_LARGEST_EPSILON = 0.1
_SWITCHES = (
    "training", "use_input_stats", "is_training", "count_include_pad", "align_corners",
    "half_pixel_centers", "ceil_mode", "is_causal", "transpose_a", "transpose_b", "adj_x", "adj_y",
)  # fmt: skip
_WEIGHTS = ("weight", "kernel", "filter", "mat2", "other", "b", "weight_ih", "tensor2")
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "batchnorm")
_ONE_SIDED = ("sub", "div", "truediv", "realdiv", "matmul", "mm", "bmm", "pow", "cat", "concatv2")
_MOST_FACTORS = 12
_VIEWS = frozenset(
    [
        "reshape",
        "view",
        "transpose",
        "permute",
        "squeeze",
        "unsqueeze",
        "expanddims",
        "identity",
        "flatten",
        "contiguous",
        "cast",
        "to",
        "float",
        "stopgradient",
        "readvariableop",
    ]
)


def variations(subject: Subject) -> Iterator[Variation]:
    """The most useful first."""
    if subject.again is not None:
        for rule in _RULES:
            yield from rule(subject, subject.again)
    yield from _left_out(subject)


def _as_the_other(subject: Subject, again: Again) -> Iterator[Variation]:
    for name, value in subject.arguments.items():
        if name in again.given and again.given[name] != value and name != "name":
            yield with_argument(subject, again, name, value, name)


def _epsilon(subject: Subject, again: Again) -> Iterator[Variation]:
    numbers = [number for number in subject.numbers if 0 < number <= _LARGEST_EPSILON]
    tried = list(dict.fromkeys((*numbers, *_EPSILONS)))
    for name in ("eps", "epsilon"):
        own = again.given.get(name)
        if isinstance(own, float):
            for value in tried:
                if not math.isclose(value, own, rel_tol=1e-4):
                    yield with_argument(subject, again, name, value, "eps")
            return
    if any(word in subject.name for word in _NORMS):
        for value in tried:
            yield with_argument(subject, again, "eps", value, "eps")


def _constants(subject: Subject, again: Again) -> Iterator[Variation]:
    """Numbers that the op was given, as tensors or not."""
    for place, array in enumerate(subject.inputs):
        if array is None or array.size != 1 or array.dtype.kind != "f" or place in subject.weights:
            continue
        own = float(array.reshape(()))
        for value in _instead(own, subject.numbers):
            kind = "eps" if max(abs(own), abs(value)) <= _LARGEST_EPSILON else "scale"
            says = f"the constant {value:g} instead of {own:g}"
            yield Variation(kind, says, on_input(subject, again, place, np.full_like(array, value)))
    for name, own in again.given.items():
        if isinstance(own, float) and name not in ("eps", "epsilon", "p", "momentum"):
            for value in _instead(own, subject.numbers):
                yield with_argument(subject, again, name, value, "scale")


def _instead(own: float, numbers: Sequence[float]) -> list[float]:
    wanted = list(numbers)
    if 0 < abs(own) <= _LARGEST_EPSILON:
        wanted += _EPSILONS
    return [value for value in dict.fromkeys(wanted) if not math.isclose(value, own, rel_tol=1e-4)][
        :_MOST_FACTORS
    ]


def _gelu(subject: Subject, again: Again) -> Iterator[Variation]:
    if subject.name == "gelu":
        other = "none" if again.given.get("approximate") == "tanh" else "tanh"
        words = {"none": "erf", "tanh": "tanh"}
        says = f"GELU by {words[other]} instead of {words['none' if other == 'tanh' else 'tanh']}"
        yield Variation("gelu", says, with_arguments(subject, again, {"approximate": other}))


def _axis(subject: Subject, again: Again) -> Iterator[Variation]:
    rank = max((array.ndim for array in subject.inputs if array is not None), default=0)
    for name in ("dim", "axis"):
        own = again.given.get(name)
        if isinstance(own, int) and not isinstance(own, bool) and rank:
            for axis in range(rank):
                if axis != own % rank:
                    yield with_argument(subject, again, name, axis, "axis")
    if subject.name in ("mean", "sum", "max", "min", "prod", "concatv2", "gatherv2"):
        place = len(subject.inputs) - 1
        array = subject.inputs[place] if place > 0 else None
        if array is not None and array.dtype.kind == "i" and array.size == 1:
            own = int(array.reshape(()))
            for axis in range(rank):
                if axis != own % max(rank, 1):
                    says = f"axis {axis} instead of {own}"
                    new = np.full_like(array, axis)
                    yield Variation("axis", says, on_input(subject, again, place, new))


def _switches(subject: Subject, again: Again) -> Iterator[Variation]:
    for name in _SWITCHES:
        own = again.given.get(name)
        if isinstance(own, bool):
            kind = "mode" if "training" in name or name == "use_input_stats" else name
            yield with_argument(subject, again, name, not own, kind)
    if subject.name == "scaled_dot_product_attention" and "is_causal" not in again.given:
        yield with_argument(subject, again, "is_causal", True, "is_causal")


def _weights(subject: Subject, again: Again) -> Iterator[Variation]:
    for name, place in again.places.items():
        if place not in subject.weights:
            continue
        array = subject.inputs[place]
        if array is None:
            continue
        if name.lower() in _WEIGHTS and array.ndim == 2 and array.shape[0] == array.shape[1]:
            says = f"{name} transposed"
            yield Variation("weight", says, on_input(subject, again, place, array.T))
        if array.ndim == 4 and "conv" in subject.name:
            height, width = (0, 1) if name == "filter" else (2, 3)
            if array.shape[height] == array.shape[width] > 1:
                turned = array.swapaxes(height, width)
                says = "the kernel's height and width exchanged"
                yield Variation("weight", says, on_input(subject, again, place, turned))
                flipped = np.flip(array, (height, width))
                yield Variation(
                    "weight", "the kernel flipped", on_input(subject, again, place, flipped)
                )
        if name in ("bias", "beta"):
            missing = np.zeros_like(array)
            yield Variation("weight", "no bias", on_input(subject, again, place, missing), True)


def _order_of_features(subject: Subject, again: Again) -> Iterator[Variation]:
    """A picture was flattened with its channels last on one side, and first on the other."""
    first = subject.inputs[0] if subject.inputs else None
    if subject.name not in ("linear", "matmul", "addmm", "mm") or first is None or first.ndim != 2:
        return
    count = first.shape[1]
    for channels in [n for n in range(2, count // 2 + 1) if count % n == 0][:_MOST_FACTORS]:
        cube = first.reshape(len(first), channels, count // channels)
        turned = cube.transpose(0, 2, 1).reshape(first.shape)
        says = f"features flattened in another order ({channels} × {count // channels})"
        yield Variation("weight", says, on_input(subject, again, 0, turned))


def _attention(subject: Subject, again: Again) -> Iterator[Variation]:
    """Without dropout: softmax over the queries."""
    inputs = subject.inputs
    if subject.name != "scaled_dot_product_attention" or len(inputs) not in (3, 4):
        return
    query, key, value = inputs[:3]
    mask = inputs[3] if len(inputs) == 4 else None
    if query is None or key is None or value is None:
        return
    given = again.given.get("scale")
    scale = given if isinstance(given, float) else query.shape[-1] ** -0.5

    def run() -> list[Array]:
        scores = query.astype(np.float64) @ key.astype(np.float64).swapaxes(-1, -2) * scale
        if mask is not None:
            scores = np.where(mask, scores, -1e9) if mask.dtype.kind == "b" else scores + mask
        found = _softmax_over(-2, scores) @ value.astype(np.float64)
        return [found.astype(query.dtype)]

    yield Variation("axis", "softmax over axis -2 instead of -1", run)


def _softmax(subject: Subject, again: Again) -> Iterator[Variation]:
    """Over another axis, where the op knows the last one alone."""
    first = subject.inputs[0] if subject.inputs else None
    if subject.name != "softmax" or "dim" in again.given or first is None:
        return
    for axis in range(first.ndim - 1):
        says = f"softmax over axis {axis} instead of {first.ndim - 1}"
        yield Variation("axis", says, partial(alone, partial(_softmax_over, axis), first))


def _softmax_over(axis: int, x: Any) -> Any:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _scale(subject: Subject, again: Again) -> Iterator[Variation]:
    if subject.name == "scaled_dot_product_attention":
        query = subject.inputs[0]
        if query is not None:
            width = query.shape[-1]
            yield with_argument(subject, again, "scale", 1.0, "scale")
            yield with_argument(subject, again, "scale", 1.0 / width, "scale")


def _activation(subject: Subject, again: Again) -> Iterator[Variation]:
    first = subject.inputs[0] if subject.inputs else None
    if subject.name not in _ACTIVATIONS or first is None or first.dtype.kind != "f":
        return
    for name, function in _FUNCTIONS.items():
        if name != subject.name and name.partition(" ")[0] != subject.name:
            says = f"{name} instead of {subject.type}"
            yield Variation("activation", says, partial(alone, function, first), True)


def _left_out(subject: Subject) -> Iterator[Variation]:
    """The op is missing on the other side."""
    if subject.name in _VIEWS:
        return
    for place, array in enumerate(subject.inputs):
        if array is None or array.dtype.kind != "f" or array.size < 2 or place in subject.weights:
            continue
        if array.min() == array.max():
            continue  # a state before the first step
        more = len([one for one in subject.inputs if one is not None and one.shape == array.shape])
        which = f" (its input {place + 1} given on)" if more > 1 else ""
        yield Variation("left out", f"without {subject.type}{which}", partial(_given, array), True)


def in_its_place(array: Array) -> Iterator[Variation]:
    """Activations of a value, whatever several ops make of it."""
    for name, function in _FUNCTIONS.items():
        kind = "gelu" if name.startswith("gelu") else "activation"
        yield Variation(kind, f"{name} in its place", partial(alone, function, array))


def _given(array: Array) -> list[Array]:
    return [array]


def _erf(x: Any) -> Any:
    """To 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    powers = sum(term * t ** (number + 1) for number, term in enumerate(terms))
    return np.sign(x) * (1 - powers * np.exp(-x * x))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _gelu_by_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "leaky_relu (slope 0.2)": lambda x: np.where(x > 0, x, 0.2 * x),
    "leaky_relu (slope 0.3)": lambda x: np.where(x > 0, x, 0.3 * x),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "silu": lambda x: x * _sigmoid(x),
    "gelu by erf": lambda x: x * 0.5 * (1 + _erf(x / math.sqrt(2))),
    "gelu by tanh": _gelu_by_tanh,
    "hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "softplus": lambda x: np.logaddexp(0, x),
}
_ACTIVATIONS = frozenset(
    {*_FUNCTIONS, "gelu", "leakyrelu", "hardtanh", "hard_sigmoid", "selu", "mish", "clamp"}
)
_RULES: tuple[Callable[[Subject, Again], Iterator[Variation]], ...] = (
    _as_the_other,
    _epsilon,
    _gelu,
    _switches,
    _constants,
    _axis,
    _scale,
    _attention,
    _softmax,
    _weights,
    *PLACE_RULES,
    _activation,
    _order_of_features,
)
