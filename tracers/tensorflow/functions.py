"""TensorFlow's functions, as expressions may call them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ..engine.lib import np
from ..protocol.refusal import Refusal
from .lib import EagerTensor, array_of, tf

Function = Callable[..., Any]


class TensorFlowFunctions:
    """What TensorFlow lends to expressions."""

    @property
    def table(self) -> Mapping[str, Function]:
        return _TABLE

    @contextlib.contextmanager
    def quiet(self) -> Any:
        """Eager, outside of any graph under construction, and on no tape."""
        with tf.init_scope():
            yield

    def is_tensor(self, value: object) -> bool:
        return issubclass(type(value), EagerTensor)

    def take(self, value: Any) -> Any:
        if value.dtype in (tf.resource, tf.variant):
            raise Refusal("bad-expression", f"a {value.dtype.name} has no elements to read.")
        return tf.stop_gradient(value) if value.dtype.is_floating else value

    def shape(self, value: Any) -> tuple[int, ...]:
        return value._shape_tuple()

    def dtype(self, value: Any) -> str:
        return value.dtype.name

    def device(self, value: Any) -> str:
        return device_name(value.backing_device)

    def item(self, value: Any) -> Any:
        found = array_of(value).item()
        return found.decode("utf-8", "backslashreplace") if isinstance(found, bytes) else found

    def index(self, value: Any, key: Any) -> Any:
        if isinstance(key, EagerTensor) and key.dtype == tf.bool:
            return tf.boolean_mask(value, key)
        if isinstance(key, EagerTensor):
            return tf.gather(value, key)
        return value[key]


@lru_cache(maxsize=64)
def device_name(name: str) -> str:
    """ "cpu", or "gpu:0"."""
    short = name.rsplit("device:", 1)[-1].lower()
    return "cpu" if short.startswith("cpu") else short


def _real(value: Any) -> Any:
    return value if value.dtype.is_floating or value.dtype.is_complex else _cast(value, tf.float64)


def _cast(value: Any, dtype: Any) -> Any:
    return tf.cast(value, dtype)


def _wide(value: Any) -> Any:
    value = _real(value)
    return _cast(value, tf.float32) if value.dtype in (tf.float16, tf.bfloat16) else value


def _over(function: Function, ready: Function | None = None, back: bool = False) -> Function:
    """A reduction over all axes, or some; `back`: narrow floats come back as they were."""

    def reduce(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        given = ready(value) if ready is not None else value
        found = function(given, axis=dim, keepdims=keepdim)
        return _cast(found, value.dtype) if back and value.dtype.is_floating else found

    return reduce


def _picks(function: Function) -> Function:
    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return function(tf.reshape(value, [-1]), axis=0)
        found = function(value, axis=dim)
        return tf.expand_dims(found, dim) if keepdim else found

    return run


def _spread(power: float) -> Function:
    """Variance over n − 1, as the other backend has it; to a power."""

    def reduce(value: Any, axis: Any = None, keepdims: bool = False) -> Any:
        middle = tf.reduce_mean(value, axis=axis, keepdims=True)
        square = tf.math.abs(value - middle) ** 2
        total = tf.reduce_sum(square, axis=axis, keepdims=keepdims)
        count = tf.cast(tf.size(value) / tf.size(middle), total.dtype)
        return (total / tf.maximum(count - 1, tf.ones_like(count))) ** power

    return reduce


def _clamp(value: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = named.get("min", low), named.get("max", high)
    if low is not None:
        value = tf.maximum(value, tf.cast(low, value.dtype))
    return value if high is None else tf.minimum(value, tf.cast(high, value.dtype))


def _pair(function: Function) -> Function:
    """Of two tensors, either of which may be a number."""

    def run(one: Any, other: Any) -> Any:
        like = one if isinstance(one, EagerTensor) else other
        return function(tf.cast(one, like.dtype), tf.cast(other, like.dtype))

    return run


def _isclose(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Any:
    return tf.constant(np.isclose(array_of(one), array_of(other), rtol=rtol, atol=atol))


def _where(condition: Any, one: Any, other: Any) -> Any:
    return tf.where(tf.cast(condition, tf.bool), one, other)


def _transpose(value: Any, one: int = -2, other: int = -1) -> Any:
    if len(value.shape) < 2:
        return value
    order = list(range(len(value.shape)))
    order[one], order[other] = order[other], order[one]
    return tf.transpose(value, order)


def _reshape(value: Any, *shape: Any) -> Any:
    return tf.reshape(value, shape[0] if len(shape) == 1 else shape)


def _flip(value: Any, dim: Any = None) -> Any:
    axes = list(range(len(value.shape))) if dim is None else dim
    return tf.reverse(value, axes if isinstance(axes, (list, tuple)) else [axes])


def _nan_to_num(value: Any) -> Any:
    largest = value.dtype.max
    value = tf.where(tf.math.is_nan(value), tf.zeros_like(value), value)
    return tf.clip_by_value(value, -largest, largest)


def _test(function: Function, whole: bool) -> Function:
    """Whole numbers are finite."""

    def run(value: Any) -> Any:
        if value.dtype.is_floating or value.dtype.is_complex:
            return function(value)
        return tf.fill(tf.shape(value), whole)

    return run


def _as_real(function: Function) -> Function:
    def run(value: Any, *given: Any) -> Any:
        return function(_real(value), *given)

    return run


def _based(base: float) -> Function:
    def run(value: Any) -> Any:
        found = tf.math.log(_real(value))
        return found / tf.cast(tf.math.log(tf.constant(base, tf.float64)), found.dtype)

    return run


def _as_type(dtype: Any) -> Function:
    def run(value: Any) -> Any:
        return tf.cast(value, dtype)

    return run


def _along(function: Function) -> Function:
    """Over one axis, the last by default."""

    def run(value: Any, dim: int = -1) -> Any:
        return function(value, axis=dim)

    return run


def _softmax(function: Function) -> Function:
    def run(value: Any, dim: int = -1) -> Any:
        return function(_real(value), axis=dim)

    return run


def _count_nonzero(value: Any, dim: Any = None) -> Any:
    return tf.math.count_nonzero(value, axis=dim)


def _allclose(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Any:
    return tf.reduce_all(_isclose(one, other, rtol, atol))


def _flatten(value: Any) -> Any:
    return tf.reshape(value, [-1])


def _full_like(value: Any, number: Any) -> Any:
    return tf.fill(tf.shape(value), tf.cast(number, value.dtype))


def _of_matrix(function: Function) -> Function:
    """Linear algebra knows no whole numbers and no narrow floats."""

    def run(value: Any) -> Any:
        return function(_wide(value))

    return run


def _svdvals(value: Any) -> Any:
    return tf.linalg.svd(value, compute_uv=False)


def _tril(value: Any) -> Any:
    return tf.linalg.band_part(value, -1, 0)


def _triu(value: Any) -> Any:
    return tf.linalg.band_part(value, 0, -1)


def _sort(value: Any, dim: int = -1) -> Any:
    return tf.sort(value, axis=dim)


def _median(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower of the two middle ones, as the other backend has it."""
    if dim is None:
        value, dim = tf.reshape(value, [-1]), 0
    middle = (value.shape[dim] - 1) // 2
    return tf.gather(tf.sort(value, axis=dim), [middle] if keepdim else middle, axis=dim)


def _norm(value: Any, axis: Any, keepdims: bool) -> Any:
    return tf.norm(value, axis=axis, keepdims=keepdims)


_TABLE: dict[str, Function] = {
    **{
        name: getattr(tf.math, name) for name in ("abs", "ceil", "floor", "round", "sign", "square")
    },
    **{
        name: _as_real(getattr(tf.math, name))
        for name in ("cos", "exp", "log", "rsqrt", "sigmoid", "sin", "sqrt", "tanh")
    },
    "all": _over(tf.reduce_all, _as_type(tf.bool)),
    "allclose": _allclose,
    "any": _over(tf.reduce_any, _as_type(tf.bool)),
    "argmax": _picks(tf.argmax),
    "argmin": _picks(tf.argmin),
    "bool": _as_type(tf.bool),
    "clamp": _clamp,
    "clip": _clamp,
    "count_nonzero": _count_nonzero,
    "cumsum": _along(tf.cumsum),
    "flatten": _flatten,
    "flip": _flip,
    "float": _as_type(tf.float32),
    "full_like": _full_like,
    "int": _as_type(tf.int32),
    "isclose": _isclose,
    "isfinite": _test(tf.math.is_finite, True),
    "isinf": _test(tf.math.is_inf, False),
    "isnan": _test(tf.math.is_nan, False),
    "log10": _based(10.0),
    "log2": _based(2.0),
    "log_softmax": _softmax(tf.nn.log_softmax),
    "max": _over(tf.reduce_max),
    "maximum": _pair(tf.maximum),
    "mean": _over(tf.reduce_mean, _wide, back=True),
    "min": _over(tf.reduce_min),
    "minimum": _pair(tf.minimum),
    "nan_to_num": _nan_to_num,
    "norm": _over(_norm, _wide),
    "ones_like": tf.ones_like,
    "prod": _over(tf.reduce_prod),
    "relu": tf.nn.relu,
    "reshape": _reshape,
    "softmax": _softmax(tf.nn.softmax),
    "std": _over(_spread(0.5), _wide, back=True),
    "sum": _over(tf.reduce_sum),
    "transpose": _transpose,
    "var": _over(_spread(1.0), _wide, back=True),
    "where": _where,
    "zeros_like": tf.zeros_like,
    "det": _of_matrix(tf.linalg.det),
    "diagonal": tf.linalg.diag_part,
    "eigvalsh": _of_matrix(tf.linalg.eigvalsh),
    "inv": _of_matrix(tf.linalg.inv),
    "matrix_rank": _of_matrix(tf.linalg.matrix_rank),
    "median": _median,
    "sort": _sort,
    "svdvals": _of_matrix(_svdvals),
    "trace": tf.linalg.trace,
    "tril": _tril,
    "triu": _triu,
}
