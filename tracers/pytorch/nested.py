"""Tensors inside tuples, dicts and dataclasses: found, named and replaced."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, cast

from .lib import Tensor, exact_type

_PLAIN = (int, float, str, bool, bytes, complex, type(None))
_DEPTH = 12
OBJECT_DEPTH = 3

Leaf = tuple[str, Any]


def collect(values: Iterable[Any], found: list[Any]) -> None:
    """Append the tensors among arguments, in order."""
    for value in values:
        kind = exact_type(value)
        if kind is Tensor:
            found.append(value)
        elif kind in _PLAIN:
            continue
        elif kind is tuple or kind is list:
            collect(value, found)
        elif isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            collect(cast("list[Any]", value), found)
        elif isinstance(value, dict):
            collect(cast("dict[Any, Any]", value).values(), found)


def unique_tensors(value: Any) -> list[Any]:
    """The tensors inside a value, each once, in the order that `replace_tensors` meets them."""
    found: dict[int, Any] = {}
    replace_tensors(value, lambda tensor: found.setdefault(id(tensor), tensor))
    return list(found.values())


def leaves(value: Any, name: str = "", depth: int = 0, objects: bool = False) -> list[Leaf]:
    """Everything inside a value that is no container, with the path to it ("hidden.0").

    `objects`: attributes of plain objects (a cache of keys and values) count as inside, too.
    """
    if depth > _DEPTH or isinstance(value, (Tensor, *_PLAIN)):
        return [(name, value)]
    parts: list[Leaf] | None = _parts(value)
    if parts is None and objects and depth <= OBJECT_DEPTH and _is_plain_object(value):
        attributes: dict[str, Any] = value.__dict__
        parts = list(attributes.items())
    if parts is None:
        return [(name, value)]
    found: list[Leaf] = []
    for key, part in parts:
        found += leaves(part, f"{name}.{key}" if name else key, depth + 1, objects)
    return found


def _is_plain_object(value: Any) -> bool:
    if callable(value) or isinstance(value, (type, ModuleType)):
        return False
    return hasattr(value, "__dict__")


def replace_tensors(value: Any, new: Callable[[Any], Any], depth: int = 0) -> Any:
    """A copy of a value's containers, with `new(tensor)` for each tensor."""
    if isinstance(value, Tensor):
        return new(value)
    if depth > _DEPTH or isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        rows = cast("dict[Any, Any]", value)
        copied = copy.copy(rows)
        for key, part in rows.items():
            copied[key] = replace_tensors(part, new, depth + 1)
        return copied
    if isinstance(value, tuple):
        parts = [replace_tensors(part, new, depth + 1) for part in cast("tuple[Any, ...]", value)]
        kind: Any = type(cast(object, value))
        if hasattr(kind, "_make"):
            return kind._make(parts)
        return tuple(parts) if kind is tuple else kind(parts)
    if isinstance(value, list):
        copied = copy.copy(cast("list[Any]", value))
        copied[:] = [replace_tensors(part, new, depth + 1) for part in copied]
        return copied
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        copied = copy.copy(value)
        for field in dataclasses.fields(value):
            part = replace_tensors(getattr(value, field.name), new, depth + 1)
            object.__setattr__(copied, field.name, part)
        return copied
    return value


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    if isinstance(value, dict):
        return [(str(key), part) for key, part in cast("dict[Any, Any]", value).items()]
    if isinstance(value, (tuple, list)):
        names: Any = getattr(cast(object, value), "_fields", None)
        items = cast("list[Any]", value)
        if names is not None:
            return [(str(name), part) for name, part in zip(names, items, strict=True)]
        return [(str(index), part) for index, part in enumerate(items)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return None
