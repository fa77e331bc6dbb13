"""torch's functions, as expressions may call them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from typing import Any

from ..protocol.refusal import Refusal
from .lib import Tensor, Unrecorded, has_data, is_tensor, is_wrapped, torch
from .statistics import dtype_name

Function = Callable[..., Any]


class TorchFunctions:
    """What PyTorch lends to expressions."""

    @property
    def table(self) -> Mapping[str, Function]:
        return _TABLE

    @contextlib.contextmanager
    def quiet(self) -> Generator[None, None, None]:
        """Nothing is recorded, no gradient is followed, autocast does not reach in."""
        with Unrecorded(), torch.no_grad(), torch._C._DisableAutocast():
            yield

    def is_tensor(self, value: object) -> bool:
        return issubclass(type(value), Tensor)  # isinstance may run the user's __class__

    def take(self, value: Any) -> Any:
        """Detached; sparse and quantised ones filled in, so that every function knows them."""
        if is_wrapped(value):
            raise Refusal(
                "bad-expression", "a value inside vmap or grad has no elements of its own to read."
            )
        if not has_data(value):
            return torch.empty(value.shape, dtype=value.dtype, device="meta")
        if value.is_quantized:
            return value.dequantize()
        if value.is_nested:
            return value.detach()
        if value.layout is not torch.strided:
            return value.detach().to_dense()
        return value if value.is_inference() else value.detach()

    def shape(self, value: Any) -> tuple[int, ...]:
        if value.is_nested:
            raise Refusal("bad-expression", "a nested tensor has no even shape.")
        return tuple(int(extent) for extent in value.shape)

    def dtype(self, value: Any) -> str:
        return dtype_name(value.dtype)

    def device(self, value: Any) -> str:
        return str(value.device)

    def item(self, value: Any) -> Any:
        return value.item()

    def index(self, value: Any, key: Any) -> Any:
        return value[key]


def _wide(value: Any) -> Any:
    """Whole numbers and narrow floats have no mean of their own, or a coarse one."""
    if value.dtype.is_complex or value.dtype in (torch.float32, torch.float64):
        return value
    return value.float() if value.dtype.is_floating_point else value.double()


def _over(one: Function, many: Function | None = None, ready: Function | None = None) -> Function:
    """A reduction over all axes, or some."""

    def reduce(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if ready is not None:
            value = ready(value)
        if dim is None and not keepdim:
            return one(value)
        dims = tuple(range(value.dim())) if dim is None else dim
        return (many or one)(value, dim=dims, keepdim=keepdim)

    return reduce


def _cast_result(function: Function) -> Function:
    """Narrow floats come back as they were."""

    def run(value: Any, *given: Any, **named: Any) -> Any:
        found = function(value, *given, **named)
        narrow = value.dtype.is_floating_point and found.dtype != value.dtype
        return found.to(value.dtype) if narrow else found

    return run


def _spread(function: Function) -> Function:
    """Over n − 1; of a single element 0, without torch's warning."""

    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        dims: Any = tuple(range(value.dim())) if dim is None else dim
        count = value.numel() // max(1, value.sum(dims).numel())
        return function(value, dim=dims, correction=1 if count > 1 else 0, keepdim=keepdim)

    return run


def _picks(function: Function) -> Function:
    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return function(value, dim=dim, keepdim=keepdim)

    return run


def _clamp(value: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    return torch.clamp(value, min=named.get("min", low), max=named.get("max", high))


def _pair(function: Function) -> Function:
    """Of two tensors, either of which may be a number."""

    def run(one: Any, other: Any) -> Any:
        like = one if is_tensor(one) else other
        sides = [
            side if is_tensor(side) else torch.as_tensor(side, device=like.device)
            for side in (one, other)
        ]
        return function(*sides)

    return run


def _close(function: Function) -> Function:
    def run(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Any:
        like = one if is_tensor(one) else other
        sides = [
            side if is_tensor(side) else torch.as_tensor(side, dtype=like.dtype, device=like.device)
            for side in (one, other)
        ]
        return function(*sides, rtol=rtol, atol=atol)

    return run


def _is_true(value: Any) -> Any:
    return value != 0


def _cumsum(value: Any, dim: int = -1) -> Any:
    return torch.cumsum(value, dim)


def _as_type(dtype: Any) -> Function:
    def run(value: Any) -> Any:
        return value.to(dtype)

    return run


def _transpose(value: Any, one: int = -2, other: int = -1) -> Any:
    return value if value.dim() < 2 else value.transpose(one, other)


def _flip(value: Any, dim: Any = None) -> Any:
    dims = tuple(range(value.dim())) if dim is None else dim
    return value.flip(dims if isinstance(dims, tuple) else (dims,))


def _reshape(value: Any, *shape: Any) -> Any:
    return value.reshape(shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape)


def _softmax(function: Function) -> Function:
    def run(value: Any, dim: int = -1) -> Any:
        return function(value if value.dtype.is_floating_point else value.float(), dim=dim)

    return run


def _of_matrix(function: Function) -> Function:
    """Linear algebra knows no whole numbers and no narrow floats."""

    def run(value: Any) -> Any:
        return function(_wide(value))

    return run


def _trace(value: Any) -> Any:
    return _diagonal(value).sum(-1)


def _diagonal(value: Any) -> Any:
    return torch.diagonal(value, dim1=-2, dim2=-1)


def _median(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if dim is None:
        return torch.median(value)
    return torch.median(value, dim=dim, keepdim=keepdim).values


def _sort(value: Any, dim: int = -1) -> Any:
    return torch.sort(value, dim=dim).values


_SAME = (
    *("abs", "ceil", "cos", "count_nonzero", "exp", "floor", "isfinite", "isinf", "isnan", "log"),
    *("log10", "log2", "nan_to_num", "ones_like", "relu", "round", "rsqrt", "sigmoid", "sign"),
    *("sin", "sqrt", "square", "tanh", "zeros_like"),
)

_TABLE: dict[str, Function] = {
    **{name: getattr(torch, name) for name in _SAME},
    "all": _over(torch.all, ready=_is_true),
    "allclose": _close(torch.allclose),
    "any": _over(torch.any, ready=_is_true),
    "argmax": _picks(torch.argmax),
    "argmin": _picks(torch.argmin),
    "bool": _as_type(torch.bool),
    "clamp": _clamp,
    "clip": _clamp,
    "cumsum": _cumsum,
    "flatten": torch.flatten,
    "flip": _flip,
    "float": _as_type(torch.float32),
    "full_like": torch.full_like,
    "int": _as_type(torch.int32),
    "isclose": _close(torch.isclose),
    "log_softmax": _softmax(torch.log_softmax),
    "max": _over(torch.max, torch.amax),
    "maximum": _pair(torch.maximum),
    "mean": _cast_result(_over(torch.mean, ready=_wide)),
    "min": _over(torch.min, torch.amin),
    "minimum": _pair(torch.minimum),
    "norm": _over(torch.linalg.vector_norm, ready=_wide),
    "prod": _over(torch.prod),
    "reshape": _reshape,
    "softmax": _softmax(torch.softmax),
    "std": _cast_result(_over(_spread(torch.std), ready=_wide)),
    "sum": _over(torch.sum),
    "transpose": _transpose,
    "var": _cast_result(_over(_spread(torch.var), ready=_wide)),
    "where": torch.where,
    **{
        name: _of_matrix(getattr(torch.linalg, name))
        for name in ("det", "eigvalsh", "inv", "matrix_rank", "svdvals")
    },
    "diagonal": _diagonal,
    "median": _median,
    "sort": _sort,
    "trace": _trace,
    "tril": torch.tril,
    "triu": torch.triu,
}
