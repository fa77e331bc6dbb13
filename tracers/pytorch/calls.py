"""How each op of a run was called: its function, and its arguments without their tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import EllipsisType
from typing import Any, cast

from ..engine.lib import np
from .lib import Tensor, exact_type, torch

_PLAIN = (int, float, str, bool, bytes, complex, type(None))
_QUICK = frozenset(_PLAIN)
_NAMES = (torch.dtype, torch.device, torch.layout, torch.memory_format, slice, range)
_MOST = 1 << 16  # bytes of an array among the arguments that is noted


class Hole:
    """Stands where a tensor was."""


class Foreign:
    """Stands where something was that is not held; `name` is its type's."""

    def __init__(self, name: str) -> None:
        self.name = name


HOLE = Hole()

# Function, arguments, and arguments by name.
Call = tuple[Any, tuple[Any, ...], dict[str, Any]]


class Calls:
    """By record. Tensors are met in the order in which `collect` finds them."""

    def __init__(self) -> None:
        self._rows: dict[int, Call] = {}

    def note(
        self, record: int, function: Any, args: Sequence[Any], named: Mapping[str, Any]
    ) -> None:
        """An op was called; holds none of its tensors."""
        kept = {key: _emptied(value) for key, value in named.items()} if named else _NOTHING
        bare = [
            HOLE
            if (kind := exact_type(value)) is Tensor
            else value
            if kind in _QUICK
            else _emptied(value)
            for value in args
        ]
        self._rows[record] = (function, tuple(bare), kept)

    def get(self, record: int) -> Call | None:
        """How a record's op was called, None where that was not seen."""
        return self._rows.get(record)


_NOTHING: dict[str, Any] = {}


def filled(value: Any, tensors: Iterator[Any]) -> Any:
    """An argument with tensors in its holes."""
    if value is HOLE:
        return next(tensors)
    if isinstance(value, dict):
        return {key: filled(part, tensors) for key, part in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (tuple, list)) and exact_type(value) is not torch.Size:
        return _alike(value, [filled(part, tensors) for part in cast("list[Any]", value)])
    return cast(Any, value)


def foreign(value: Any) -> str:
    """The type of something among arguments that is not held; "" where everything is."""
    if isinstance(value, Foreign):
        return value.name
    parts: Any = ()
    if isinstance(value, dict):
        parts = cast("dict[Any, Any]", value).values()
    elif isinstance(value, (tuple, list)):
        parts = cast("list[Any]", value)
    return next((found for part in parts if (found := foreign(part))), "")


def _alike(value: Any, parts: list[Any]) -> Any:
    """A tuple or list of the same type."""
    kind: Any = exact_type(value)
    return kind._make(parts) if hasattr(kind, "_make") else kind(parts)


def _emptied(value: Any) -> Any:
    kind: Any = exact_type(value)
    if kind is Tensor:
        return HOLE
    if kind in _QUICK:
        return value
    if kind is tuple or kind is list:
        return _alike(value, [_emptied(part) for part in value])
    if isinstance(value, Tensor):
        return HOLE
    if kind is torch.Size or isinstance(value, (*_NAMES, *_PLAIN, np.generic, EllipsisType)):
        return value
    if isinstance(value, (tuple, list)):
        return _alike(value, [_emptied(part) for part in cast("list[Any]", value)])
    if isinstance(value, dict):
        return {key: _emptied(part) for key, part in cast("dict[Any, Any]", value).items()}
    if isinstance(value, np.ndarray) and value.nbytes <= _MOST:
        return value.copy()
    return Foreign(kind.__name__)
