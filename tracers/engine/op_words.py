"""What an op of either framework does to infinities, as far as its name tells."""

from __future__ import annotations

import re
from functools import lru_cache

from ..ir import Op

_SAME = {
    "realdiv": "div",
    "truediv": "div",
    "true_divide": "div",
    "divide": "div",
    "floordiv": "floor_divide",
    "floormod": "remainder",
    "mod": "remainder",
    "multiply": "mul",
    "subtract": "sub",
    "addv2": "add",
    "biasadd": "add",
    "inv": "reciprocal",
    "selectv2": "where",
    "gatherv2": "gather",
    "gathernd": "gather",
    "stridedslice": "slice",
    "clipbyvalue": "clamp",
    "clip": "clamp",
    "batchmatmulv2": "matmul",
    "batchmatmul": "matmul",
    "batchmatmulv3": "matmul",
    "mm": "matmul",
    "bmm": "matmul",
    "logsoftmax": "log_softmax",
    "pow_scalar": "pow",
    "float_power": "pow",
    "l2loss": "sum",
    "linalgvectornorm": "vector_norm",
    "linalg_vector_norm": "vector_norm",
    "linalg_norm": "norm",
    "arccos": "acos",
    "arcsin": "asin",
    "arctanh": "atanh",
    "arccosh": "acosh",
    "special_logit": "logit",
    "reducemean": "mean",
    "half": "cast",
    "to": "cast",
    "type": "cast",
    "float": "cast",
    "bfloat16": "cast",
    "_to_copy": "cast",
    "totype": "cast",
}

# Write what they are told to, or hand on a part of what they read.
_FILLERS = ("fill", "full", "where", "triu", "tril", "const", "setitem", "scatter", "pad", "put")
_SELECTING = frozenset(
    (
        *("where", "masked_fill", "nan_to_num", "masked_select", "index_select", "gather"),
        *("getitem", "select", "narrow", "slice", "index", "take", "take_along_dim", "clamp"),
        *("clamp_min", "clamp_max", "minimum", "maximum", "fmin", "fmax", "min", "max", "amin"),
        *("amax", "argmax", "argmin", "topk", "topkv2", "sort", "argsort", "nanmean", "nansum"),
        *(
            "nanmedian",
            "nanquantile",
            "median",
            "split",
            "chunk",
            "unbind",
            "setitem",
            "boolean_mask",
        ),
        *("index_put", "masked_scatter", "tril", "triu", "multiplynonan", "mulnonan", "divnonan"),
        *("hardtanh", "threshold", "isfinite", "isnan", "isinf", "zeros_like"),
        *("ones_like", "full_like", "zeroslike", "oneslike", "shape", "size", "zero", "fill"),
        "copy",
    )
)
# Of what is -Inf they make a nought, as is meant by a mask.
_ENDS_MASKS = frozenset(
    (
        *("softmax", "log_softmax", "logsumexp", "exp", "exp2", "sigmoid", "logaddexp"),
        *("scaled_dot_product_attention", "cross_entropy", "multi_head_attention_forward"),
        *("multinomial", "categorical", "elu", "softplus", "cumlogsumexp", "logcumsumexp"),
        *("sparsesoftmaxcrossentropywithlogits", "softmaxcrossentropywithlogits"),
        "binary_cross_entropy_with_logits",
    )
)
# Functions run as one op, whose inside is not known.
_CALL = re.compile(r".*(partitionedcall|while|body_|cond_|__inference).*|if|statelessif|case")
_VIEWS = frozenset(
    (
        *("view", "reshape", "getitem", "setitem", "slice", "select", "transpose", "permute", "t"),
        *("expand", "squeeze", "unsqueeze", "narrow", "detach", "clone", "contiguous", "flatten"),
        *("copy", "index_put", "index_copy", "index_fill", "scatter", "chunk", "split", "unbind"),
    )
)
_TOLD = re.compile(r"(?<![a-z])(?:inf|infinity|nan)\b", re.IGNORECASE)
# Arguments that name an infinity and put none into the output.
_HARMLESS = frozenset({"p", "ord", "min", "max", "posinf", "neginf", "nan"})


@lru_cache(maxsize=4096)
def plain_name(type_: str) -> str:
    """An op's name as the rules know it: "log" of "log_", "aten.log.default" and "Log"."""
    name = type_.lower()
    if name.startswith("aten."):
        name = name.split(".")[1]
    name = name.rpartition(".")[2].rstrip("_")
    return _SAME.get(name, name)


def is_told(op: Op) -> bool:
    """An infinity or NaN stands among its arguments, to be put into the output."""
    return any(_TOLD.search(text) for name, text in op.attributes if name not in _HARMLESS)


def is_filler(op: Op) -> bool:
    """It puts what it is given in places."""
    name = plain_name(op.type)
    return any(part in name for part in _FILLERS)


def selects(op: Op) -> bool:
    """It leaves elements out, or looks at them alone."""
    return plain_name(op.type) in _SELECTING or op.type.lower().startswith("_amp_")


def ends_masks(op: Op) -> bool:
    """It gives nought, or nothing, for what is -Inf; of a function run as one op it is assumed."""
    name = plain_name(op.type)
    return name in _ENDS_MASKS or _CALL.fullmatch(name) is not None


def makes_unwritten(op: Op) -> bool:
    """It gives memory that nothing has written to."""
    return "empty" in plain_name(op.type).split("_")


def hands_on(op: Op) -> bool:
    """It gives what it read, rearranged or written over in parts."""
    return plain_name(op.type) in _VIEWS
