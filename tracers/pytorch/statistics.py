"""Statistics of tensors of every kind; cheap where all is finite."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from ..engine.late import ANY
from ..ir import TensorSummary
from .lib import Unrecorded, has_data, is_tensor, torch
from .ragged import taken_apart

_NARROW = frozenset(
    getattr(torch, name)
    for name in (
        "float16",
        "bfloat16",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    )
    if hasattr(torch, name)
)
_WIDE = frozenset(
    getattr(torch, name) for name in ("uint16", "uint32", "uint64") if hasattr(torch, name)
)
_FLOAT_MAX = 3.0e38
_FLOAT_TINY = 1.0e-17
_DOT_MAX = 2**31 - 1
_REMEMBERED = 256
_names: dict[Any, str] = {}


def dtype_name(dtype: Any) -> str:
    """torch.float32 → "float32"."""
    name = _names.get(dtype)
    if name is None:
        name = _names[dtype] = str(dtype).removeprefix("torch.")
    return name


def shape_of(tensor: Any) -> tuple[int, ...] | None:
    """Elements per axis, -1 where the extent is symbolic; None for ragged tensors."""
    if tensor.is_nested:
        return None
    return tuple([extent if type(extent) is int else -1 for extent in tensor.shape])


@dataclass(slots=True)
class Numbers:
    """What one pass over the elements gives."""

    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    rms: float | None = None
    nan: int = 0
    posinf: int = 0
    neginf: int = 0


_NOTHING = Numbers()

# How a dtype's sum tells that all elements are finite: None, there is nothing to be told; the
# dtype to sum in, else. What is not here is summarised at once.
_SUMMED_IN: dict[Any, Any] = {
    torch.float32: torch.float32,
    torch.float64: torch.float64,
    torch.float16: torch.float32,
    torch.bfloat16: torch.float32,
    torch.bool: None,
    torch.uint8: None,
    torch.int8: None,
    torch.int16: None,
    torch.int32: None,
    torch.int64: None,
}


# (version, address, extents, strides, dtype): which elements a tensor shows
_Stretch = tuple[int, int, tuple[int, ...], tuple[int, ...], Any]


# By address, extents, strides and dtype: numbers of snapshots, good while those are held.
Shared = dict[tuple[int, tuple[int, ...], tuple[int, ...], Any], Numbers]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Numbers of a stretch of a storage, good while the tensor lives and its version stands."""

    tensor: weakref.ref[Any]
    stretch: _Stretch
    numbers: Numbers


class Statistics:
    """Summaries of values. A view of all that another has is not read again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], _Seen] = {}
        self._pending: dict[tuple[Any, Any], TensorSummary] = {}

    def summarize(self, value: Any, shared: Shared | None = None) -> TensorSummary:
        """Shape, dtype and statistics. Raises nothing, whatever the kind of tensor.

        `shared`: the value is a snapshot, and these are the numbers of others.
        """
        if not is_tensor(value):
            return _plain(value)
        if value.is_nested and not value.is_meta:
            return self._ragged(value)
        with Unrecorded():
            shape = shape_of(value)
            dtype = dtype_name(value.dtype)
            device = str(value.device)
            if shape is None or not has_data(value):
                return TensorSummary(shape or (), dtype, device, _bytes(value))
            try:
                numbers = self._numbers(value) if shared is None else _shared(value, shared)
            except (RuntimeError, NotImplementedError, TypeError):
                if not value.is_cpu:  # a device that lacks these kernels
                    return self.told(value, _on_host(value))
                numbers = _NOTHING  # a kind of tensor that lacks them
            return self.told(value, numbers)

    def _ragged(self, value: Any) -> TensorSummary:
        """Of a nested tensor: its rows in words, statistics over all of them."""
        try:
            words, elements = taken_apart(value)
        except (RuntimeError, NotImplementedError, TypeError):  # a kind that gives no rows
            return TensorSummary((), dtype_name(value.dtype), str(value.device), _bytes(value))
        return replace(self.summarize(elements), shape=(), text=words)

    def told(self, value: Any, numbers: Numbers) -> TensorSummary:
        """A tensor's summary with these numbers."""
        return TensorSummary(
            shape_of(value) or (),
            dtype_name(value.dtype),
            str(value.device),
            _bytes(value),
            numbers.minimum,
            numbers.maximum,
            numbers.mean,
            numbers.rms,
            numbers.nan,
            numbers.posinf,
            numbers.neginf,
        )

    def unseen(self, value: Any) -> TensorSummary:
        """Of a tensor that is not on the host: all of its statistics are to come."""
        device = str(value.device)
        return TensorSummary(
            tuple(value.shape), dtype_name(value.dtype), device, _bytes(value), pending=True
        )

    def glance(self, bare: Any, finite: str = "") -> TensorSummary | None:
        """Of a plain tensor on the CPU: all but the statistics, once it is seen to be finite.

        None where a glance does not tell: an element is not finite, or the sum runs over.
        `finite`: that it is finite is known already, if this is its dtype, or ANY.
        """
        dtype = bare.dtype
        if dtype not in _SUMMED_IN:
            return None
        wide = _SUMMED_IN[dtype]
        known_finite = finite and (finite == ANY or dtype_name(dtype) == finite)
        if wide is not None and not known_finite:
            total = (bare.sum() if wide is dtype else bare.sum(dtype=wide)).item()
            if not isfinite(total):
                return None
        key = (bare.shape, dtype)
        known = self._pending.get(key)
        if known is None:
            if len(self._pending) > _REMEMBERED:
                self._pending.clear()
            shape = tuple(bare.shape)
            known = TensorSummary(shape, dtype_name(dtype), nbytes=_bytes(bare), pending=True)
            self._pending[key] = known
        return known

    def _numbers(self, value: Any) -> Numbers:
        if value.layout is not torch.strided or value.is_quantized:
            return _odd_numbers(value)
        extents, strides, repeats = _shown(value)
        inference = value.is_inference()
        stretch = (
            -1 if inference else value._version,
            value.const_data_ptr(),
            extents,
            strides,
            value.dtype,
        )
        start = (value.untyped_storage()._cdata, value.storage_offset())
        # Some kernels write without counting versions (running statistics). While a snapshot
        # shares the memory they move elsewhere; without one nothing tells that they wrote.
        shared = not inference and torch._C._is_cow_tensor(value)
        seen = self._seen.get(start) if shared else None
        numbers = None
        if seen is not None and seen.stretch == stretch:
            known = seen.tensor()
            if known is not None and known._version == stretch[0]:
                numbers = seen.numbers
        if numbers is None:
            numbers = numbers_of(value.detach().as_strided(extents, strides).resolve_neg())
        if not inference:
            if len(self._seen) > _REMEMBERED:
                self._seen.clear()
            self._seen[start] = _Seen(weakref.ref(value), stretch, numbers)
        return numbers if repeats == 1 else _repeated(numbers, repeats)


def _shared(value: Any, shared: Shared) -> Numbers:
    """Of a snapshot. Copy-on-write ones of one storage have its address, so it is read once."""
    if value.layout is not torch.strided or value.is_quantized:
        return _odd_numbers(value)
    extents, strides, repeats = _shown(value)
    key = (value.const_data_ptr(), extents, strides, value.dtype)
    unlike = value.is_neg() or not value.is_cpu  # the address does not tell what is there
    numbers = None if unlike else shared.get(key)
    if numbers is None:
        flat = value if len(extents) == value.dim() else value.as_strided(extents, strides)
        numbers = numbers_of(flat.resolve_neg())
        if not unlike:
            shared[key] = numbers
    return numbers if repeats == 1 else _repeated(numbers, repeats)


def _odd_numbers(value: Any) -> Numbers:
    """Of a tensor that is no plain stretch of memory."""
    if value.is_quantized:
        return numbers_of(value.detach().dequantize())
    return _sparse_numbers(value.detach())


def _on_host(value: Any) -> Numbers:
    try:
        return numbers_of(value.detach().cpu())
    except (RuntimeError, NotImplementedError, TypeError):
        return _NOTHING


def _shown(value: Any) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """The elements in memory order, as few axes as can be, and how often each is repeated."""
    count = value.numel()
    if value.is_contiguous() or not count:
        return (count,), (1,), 1
    repeats = 1
    axes: list[list[int]] = []
    for stride, extent in sorted(zip(value.stride(), value.shape, strict=True)):
        if extent == 1:
            continue
        if stride == 0:
            repeats *= extent
        elif axes and axes[-1][0] * axes[-1][1] == stride:
            axes[-1][1] *= extent
        else:
            axes.append([stride, extent])
    axes.reverse()
    return tuple(extent for _, extent in axes), tuple(stride for stride, _ in axes), repeats


def _repeated(numbers: Numbers, repeats: int) -> Numbers:
    """Of a tensor that shows each element that often."""
    counts = (numbers.nan, numbers.posinf, numbers.neginf)
    if not any(counts):
        return numbers
    nan, posinf, neginf = (count * repeats for count in counts)
    return Numbers(numbers.minimum, numbers.maximum, None, None, nan, posinf, neginf)


def numbers_of(flat: Any) -> Numbers:
    """Statistics of a plain tensor, accumulated wider than its elements."""
    if flat.numel() == 0:
        return _NOTHING
    dtype = flat.dtype
    if dtype.is_complex:
        return _complex_numbers(flat)
    if dtype in _NARROW:
        flat = flat.float()
    elif dtype is torch.bool:
        flat = flat.to(torch.uint8)
    elif dtype in _WIDE:
        flat = flat.double()
    low_cell, high_cell = torch.aminmax(flat)
    low, high = low_cell.item(), high_cell.item()
    if not (math.isfinite(low) and math.isfinite(high)):
        return _with_holes(flat)
    mean, rms = _moments(flat, low, high)
    return Numbers(low, high, mean, rms)


def _moments(flat: Any, low: float, high: float) -> tuple[float, float]:
    """Mean and root mean square of finite elements."""
    count = flat.numel()
    bound = max(abs(float(low)), abs(float(high)))
    if bound == 0.0:
        return 0.0, 0.0
    if flat.dtype is torch.float32 and _FLOAT_TINY < bound < math.sqrt(_FLOAT_MAX / count):
        if flat.dim() == 1 and flat.is_contiguous() and count < _DOT_MAX:
            square = torch.dot(flat, flat).item()
        else:
            square = torch.linalg.vector_norm(flat).item() ** 2
        return flat.sum().item() / count, math.sqrt(square / count)
    wide = flat.double()
    mean = wide.sum().item() / count
    scaled = wide / bound  # squares neither overflow nor vanish
    square = (scaled * scaled).sum().item() / count
    return mean, math.sqrt(square) * bound


def _with_holes(flat: Any) -> Numbers:
    """Statistics where some elements are NaN or infinite."""
    nan = int(torch.isnan(flat).sum().item())
    posinf = int((flat == math.inf).sum().item())
    neginf = int((flat == -math.inf).sum().item())
    finite = flat[torch.isfinite(flat)]
    low = high = None
    if finite.numel():
        low, high = finite.min().item(), finite.max().item()
    return Numbers(low, high, None, None, nan, posinf, neginf)


def _complex_numbers(flat: Any) -> Numbers:
    """Complex numbers have no order: only their size, and what is not finite."""
    parts = torch.view_as_real(flat.resolve_conj())
    if parts.dtype is torch.float16:
        parts = parts.float()
    low, high = (cell.item() for cell in torch.aminmax(parts))
    if math.isfinite(low) and math.isfinite(high):
        _, rms = _moments(parts, low, high)
        return Numbers(rms=rms * math.sqrt(2.0))
    nan = torch.isnan(parts).any(dim=-1)
    infinite = torch.isinf(parts).any(dim=-1) & ~nan
    return Numbers(nan=int(nan.sum().item()), posinf=int(infinite.sum().item()))


def _sparse_numbers(value: Any) -> Numbers:
    """Over all elements, the zeros that are not stored among them."""
    if value.layout is torch.sparse_coo:
        stored = value.coalesce().values()
    elif value.layout in (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc):
        stored = value.values()
    else:
        return numbers_of(value.to_dense())
    if not stored.numel():
        return Numbers(0.0, 0.0, 0.0, 0.0) if value.numel() else _NOTHING
    part = numbers_of(stored)
    zeros = value.numel() - stored.numel()
    if not zeros:
        return part
    share = stored.numel() / value.numel()
    return Numbers(
        0.0 if part.minimum is None else min(part.minimum, 0.0),
        0.0 if part.maximum is None else max(part.maximum, 0.0),
        None if part.mean is None else part.mean * share,
        None if part.rms is None else part.rms * math.sqrt(share),
        part.nan,
        part.posinf,
        part.neginf,
    )


def _bytes(value: Any) -> int:
    """Bytes of the elements; of the stored ones where the layout is sparse."""
    if value.is_nested or value.layout is not torch.strided:
        return 0
    count = value.numel()
    return count * value.element_size() if type(count) is int else 0


def _plain(value: Any) -> TensorSummary:
    """What is no tensor: its type and a short text."""
    text = repr(value)
    if len(text) > 80:
        text = text[:79] + "…"
    number = value if isinstance(value, (int, float)) and math.isfinite(value) else None
    return TensorSummary((), type(value).__name__, minimum=number, maximum=number, text=text)
