"""NumPy as `Any` (its stubs leave strict checking with unknown types), and typed narrowing."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, cast

np: Any = importlib.import_module("numpy")

Array = Any  # a NumPy array


def as_mapping(value: object) -> Mapping[str, object] | None:
    """The value where it is a mapping."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def as_items(value: object) -> tuple[object, ...] | None:
    """The items of a tuple or list."""
    return tuple(cast("list[object]", value)) if isinstance(value, (tuple, list)) else None
