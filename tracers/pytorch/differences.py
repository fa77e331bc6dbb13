"""Two kept values against each other, bit by bit."""

from __future__ import annotations

from typing import Any

from ..engine.replacements import Verdict
from .lib import Unrecorded, exact_type, has_data, is_tensor, torch

_BLOCK = 1 << 20  # elements that are subtracted at a time


def difference(one: Any, other: Any) -> Verdict:
    """Equal bit for bit; else the largest absolute difference of finite elements."""
    if not is_tensor(one) or not is_tensor(other):
        return _of_plain(one, other)
    with Unrecorded(), torch.no_grad():
        return _of_tensors(one, other)


def _of_tensors(one: Any, other: Any) -> Verdict:
    if not has_data(one) or not has_data(other):
        return True, None
    if one.is_nested or other.is_nested:
        return _of_rows(one, other)
    if one.layout is not torch.strided or other.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    if one.shape != other.shape or one.dtype != other.dtype or one.device != other.device:
        return False, None
    if one.is_quantized:
        one, other = one.int_repr(), other.int_repr()
    one, other = (side.resolve_conj().resolve_neg().contiguous().view(-1) for side in (one, other))
    if torch.equal(one.view(torch.uint8), other.view(torch.uint8)):
        return True, 0.0
    return False, _largest(one, other)


def _largest(one: Any, other: Any) -> float | None:
    wide = torch.complex128 if one.dtype.is_complex else torch.float64
    largest: float | None = None
    for first in range(0, one.numel(), _BLOCK):
        part, counterpart = (side[first : first + _BLOCK].to(wide) for side in (one, other))
        gap = (part - counterpart).abs()
        gap = gap[torch.isfinite(gap)]
        if gap.numel():
            largest = max(largest or 0.0, float(gap.max()))
    return largest


def _of_rows(one: Any, other: Any) -> Verdict:
    """Ragged tensors."""
    if not (one.is_nested and other.is_nested) or one.size(0) != other.size(0):
        return False, None
    verdicts = [_of_tensors(a, b) for a, b in zip(one.unbind(), other.unbind(), strict=True)]
    gaps = [gap for _, gap in verdicts if gap is not None]
    return all(same for same, _ in verdicts), max(gaps, default=None)


def _of_plain(one: Any, other: Any) -> Verdict:
    if isinstance(one, (bool, int, float)) and isinstance(other, (bool, int, float)):
        same = type(one) is type(other) and (one == other or (one != one and other != other))
        return same, None if one != one or other != other else float(abs(one - other))
    if exact_type(one) is not exact_type(other):
        return False, None
    if exact_type(one) in (str, bytes, complex, list, tuple):
        return bool(one == other), None
    return True, None  # objects of the model's own: nothing here can compare
