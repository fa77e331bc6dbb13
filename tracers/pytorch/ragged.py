"""Nested tensors: rows of unequal shape, told in words, with all of their elements in one row."""

from __future__ import annotations

from typing import Any

from .lib import Unrecorded, is_layered, torch

_MOST = 24  # rows whose shapes are told


def taken_apart(tensor: Any) -> tuple[str, Any]:
    """ "2 tensors: 3×4, 1×4", and their elements one after another.

    Raises RuntimeError, NotImplementedError or TypeError where it gives no rows.
    """
    with torch._C.DisableTorchFunction() if is_layered(tensor) else Unrecorded():
        rows: list[Any] = list(tensor.detach().unbind())
    with Unrecorded():
        shapes = [_shape(row) for row in rows[:_MOST]]
        flat = [row.reshape(-1) for row in rows]
        elements = torch.cat(flat) if flat else torch.empty(0, dtype=tensor.dtype)
    more = f" and {len(rows) - _MOST:,} more" if len(rows) > _MOST else ""
    many = "1 tensor" if len(rows) == 1 else f"{len(rows):,} tensors"
    return f"{many}: {', '.join(shapes)}{more}" if rows else "no tensors", elements


def _shape(row: Any) -> str:
    return "×".join(str(extent) for extent in row.shape) or "scalar"
