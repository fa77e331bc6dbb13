"""NumPy's functions, as expressions on a recorded run may call them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from ..engine.lib import np

Function = Callable[..., Any]


class NumPyFunctions:
    """What NumPy lends to expressions. `whole` gives a value of the file as an array."""

    def __init__(self, whole: Callable[[object], Any]) -> None:
        self._whole = whole

    @property
    def table(self) -> Mapping[str, Function]:
        return _TABLE

    def quiet(self) -> Any:
        """Inside, NumPy does not warn of what is not finite."""
        stack = contextlib.ExitStack()
        stack.enter_context(np.errstate(all="ignore"))
        return stack

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, np.ndarray) or type(value).__name__ == "Held"

    def take(self, value: Any) -> Any:
        return self._whole(value)

    def shape(self, value: Any) -> tuple[int, ...]:
        return tuple(value.shape)

    def dtype(self, value: Any) -> str:
        return str(value.dtype.name)

    def device(self, value: Any) -> str:
        return "cpu"

    def item(self, value: Any) -> Any:
        return value.item()

    def index(self, value: Any, key: Any) -> Any:
        return np.asarray(value[key])


def _array(function: Function) -> Function:
    """A reduction gives an array, too."""

    def run(*given: Any, **named: Any) -> Any:
        return np.asarray(function(*given, **named))

    return run


def _over(function: Function, wide: bool = False) -> Function:
    """A reduction over all axes, or some."""

    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return np.asarray(function(_wide(value) if wide else value, axis=dim, keepdims=keepdim))

    return run


def _picks(function: Function) -> Function:
    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        found = function(value, axis=dim)
        return np.asarray(np.expand_dims(found, dim) if keepdim and dim is not None else found)

    return run


def _wide(value: Any) -> Any:
    kind = value.dtype
    return value if kind.kind == "c" or kind.itemsize > 4 else value.astype(np.float64)


def _norm(value: Any, axis: Any, keepdims: bool) -> Any:
    return np.sqrt(np.sum(np.abs(value) ** 2, axis=axis, keepdims=keepdims))


def _std(value: Any, axis: Any, keepdims: bool) -> Any:
    return np.std(value, axis=axis, keepdims=keepdims, ddof=1)


def _var(value: Any, axis: Any, keepdims: bool) -> Any:
    return np.var(value, axis=axis, keepdims=keepdims, ddof=1)


def _clamp(value: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = named.get("min", low), named.get("max", high)
    return np.asarray(value) if low is None and high is None else np.clip(value, low, high)


def _softmax(value: Any, dim: int = -1) -> Any:
    wide = _wide(value)
    powers = np.exp(wide - wide.max(axis=dim, keepdims=True))
    return powers / powers.sum(axis=dim, keepdims=True)


def _log_softmax(value: Any, dim: int = -1) -> Any:
    wide = _wide(value)
    wide = wide - wide.max(axis=dim, keepdims=True)
    return wide - np.log(np.exp(wide).sum(axis=dim, keepdims=True))


def _transpose(value: Any, one: int = -2, other: int = -1) -> Any:
    return value if value.ndim < 2 else np.swapaxes(value, one, other)


def _reshape(value: Any, *shape: Any) -> Any:
    return value.reshape(shape[0] if len(shape) == 1 else shape)


def _median(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower of the two middle ones, as the frameworks' backends have it."""
    flat = value.reshape(-1) if dim is None else value
    axis = 0 if dim is None else dim
    middle = (flat.shape[axis] - 1) // 2
    found = np.take(np.sort(flat, axis=axis), [middle], axis=axis)
    return found if keepdim and dim is not None else np.squeeze(found, axis=axis)


def _sort(value: Any, dim: int = -1) -> Any:
    return np.sort(value, axis=dim)


def _cumsum(value: Any, dim: int = -1) -> Any:
    return np.cumsum(value, axis=dim)


def _flatten(value: Any) -> Any:
    return value.reshape(-1)


def _flip(value: Any, dim: Any = None) -> Any:
    return np.flip(value, axis=dim)


def _count_nonzero(value: Any, dim: Any = None) -> Any:
    return np.asarray(np.count_nonzero(value, axis=dim))


def _as_type(dtype: Any) -> Function:
    def run(value: Any) -> Any:
        return value.astype(dtype)

    return run


def _rsqrt(value: Any) -> Any:
    return 1 / np.sqrt(value)


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))


def _relu(value: Any) -> Any:
    return np.maximum(value, 0)


def _singular(value: Any) -> Any:
    return np.linalg.svd(_wide(value), compute_uv=False)


def _of_matrix(function: Function) -> Function:
    def run(value: Any) -> Any:
        return np.asarray(function(_wide(value)))

    return run


def _diagonal(value: Any) -> Any:
    return np.diagonal(value, axis1=-2, axis2=-1)


def _trace(value: Any) -> Any:
    return np.asarray(_diagonal(value).sum(-1))


_SAME = (
    *("abs", "ceil", "cos", "exp", "floor", "isfinite", "isinf", "isnan", "log", "log10", "log2"),
    *("nan_to_num", "ones_like", "sign", "sin", "sqrt", "square", "tanh", "zeros_like"),
    *("full_like", "isclose", "maximum", "minimum", "where", "round", "tril", "triu"),
)

_TABLE: dict[str, Function] = {
    **{name: _array(getattr(np, name)) for name in _SAME},
    **{name: _over(getattr(np, name)) for name in ("all", "any", "max", "min", "prod", "sum")},
    "allclose": _array(np.allclose),
    "argmax": _picks(np.argmax),
    "argmin": _picks(np.argmin),
    "bool": _as_type(np.bool_),
    "clamp": _clamp,
    "clip": _clamp,
    "count_nonzero": _count_nonzero,
    "cumsum": _cumsum,
    "det": _of_matrix(np.linalg.det),
    "diagonal": _diagonal,
    "eigvalsh": _of_matrix(np.linalg.eigvalsh),
    "flatten": _flatten,
    "flip": _flip,
    "float": _as_type(np.float32),
    "int": _as_type(np.int32),
    "inv": _of_matrix(np.linalg.inv),
    "log_softmax": _log_softmax,
    "matrix_rank": _of_matrix(np.linalg.matrix_rank),
    "mean": _over(np.mean, wide=True),
    "median": _median,
    "norm": _over(_norm, wide=True),
    "relu": _relu,
    "reshape": _reshape,
    "rsqrt": _rsqrt,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "sort": _sort,
    "std": _over(_std, wide=True),
    "svdvals": _singular,
    "trace": _trace,
    "transpose": _transpose,
    "var": _over(_var, wide=True),
}
