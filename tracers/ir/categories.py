"""Sorts op types of both frameworks into categories, by their names."""

from __future__ import annotations

import re
from functools import lru_cache

from .graph import Category

# First match wins. Names are compared in lower case, without "_" at either end.
_RULES: tuple[tuple[Category, str], ...] = (
    (
        Category.CONTROL,
        r"(stateless)?(while|if|case)|.*partitionedcall|cond|remotecall|symbolicgradient",
    ),
    (Category.LOSS, r".*(loss|cross_?entropy|crossentropy|kl_div|nll|logits).*"),
    (
        Category.NORM,
        r".*(batch_?norm|layer_?norm|group_?norm|instance_?norm|rms_?norm|local_response|lrn).*"
        r"|normalize|renorm",
    ),
    (
        Category.MATMUL,
        r".*(matmul|conv\d?d?|conv_|convolution|linear|einsum|addmm|addbmm|baddbmm|scaled_dot_product"
        r"|multi_head_attention|lstm|gru|rnn).*|mm|bmm|mv|dot|tensordot|addmv|conv\dd.*|inner|outer|matvec",
    ),
    (
        Category.REDUCE,
        r".*(soft_?max|soft_?min|pool).*|sum|mean|max|min|prod|all|any|std|var|var_mean|norm|amax|amin"
        r"|aminmax|arg_?max|arg_?min|logsumexp|cumsum|cumprod|median|mode|top_?k(v2)?|sort|argsort"
        r"|bincount|histc|unique.*|nonzero|euclideannorm|segment.*|unsorted.*",
    ),
    (Category.POINTWISE, r"selectv2"),  # picks by a condition; torch's select is a view
    (
        Category.SHAPE,
        r".*(reshape|transpose|permute|squeeze|expand|concat|gather|scatter|slice|broadcast|pad|flatten"
        r"|view|stack|split|chunk|tile|repeat|roll|flip|select|narrow|unbind|index|embedding|resource"
        r"|tensorlist|tensorarray|getitem|setitem).*|cat|t|mt|shape|size|rank|identity(n)?|contiguous|clone"
        r"|detach|to|cast|type|float|half|double|bfloat16|long|int|cpu|cuda|range|arange|fill|zeros(_?like)?"
        r"|ones(_?like)?|full(_like)?|empty(_like)?|const|placeholder|readvariableop|assign.*|copy|item"
        r"|tolist|as_strided|unfold|fold|pack|unpack|new_.*|rot90|meshgrid|tril|triu|diag.*|eye|one_?hot"
        r"|where.?indices|snapshot|noop|take.*|put.*|movedim|swapaxes|mirror.*|depthtospace|spacetodepth"
        r"|pixel_(un)?shuffle|interpolate|upsample.*|resize.*|lift.*|alias|pin_memory|numpy",
    ),
    (
        Category.POINTWISE,
        r".*(relu|gelu|elu|silu|swish|mish|sigmoid|tanh|exp|log|sqrt|pow|square|sin|cos|abs|neg|sign|clamp"
        r"|clip|round|floor|ceil|erf|dropout|add|sub|mul|div|maximum|minimum|equal|greater|less|logical"
        r"|bitwise|where|mask|reciprocal|softplus|softsign|hardswish|threshold|lerp|mod|real|biasadd).*"
        r"|eq|ne|lt|le|gt|ge|select(v2)?|isnan|isinf|isfinite|bool|not|and|or|xor|inv|atan2|rand.*|normal.*"
        r"|uniform.*|bernoulli.*|multinomial|conj|imag|angle|complex|polygamma|digamma",
    ),
)
_COMPILED = tuple((category, re.compile(pattern)) for category, pattern in _RULES)


@lru_cache(maxsize=4096)
def categorize(op_type: str) -> Category:
    """The category of an op type ("layer_norm", "Conv2D", "aten.mm")."""
    name = op_type.lower().removeprefix("aten.").strip("_")
    for category, pattern in _COMPILED:
        if pattern.fullmatch(name):
            return category
    return Category.OTHER
