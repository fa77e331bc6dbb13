"""What a model that is no module uses: modules, tensors and optimizers, by its names for them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, cast

from .lib import exact_type, is_tensor, nn, torch

_DEPTH = 3
_PLAIN = (int, float, str, bytes, bool, complex, type(None), type, ModuleType)


@dataclass(slots=True)
class Used:
    """Found from a target, each object once.

    Attributes:
        modules: with names, "" for the target itself.
        tensors: by name, those that no module holds.
        functions: of the user's, the target's own first.
        holders: lists, dicts and objects of the user's own that were looked into.
        others: objects of other kinds.
    """

    modules: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    tensors: dict[str, Any] = field(default_factory=dict[str, Any])
    optimizers: list[Any] = field(default_factory=list[Any])
    functions: list[Any] = field(default_factory=list[Any])
    holders: list[Any] = field(default_factory=list[Any])
    others: list[Any] = field(default_factory=list[Any])


def used_by(target: Any) -> Used:
    """What a target uses."""
    used = Used()
    _Search(used).target(target)
    return used


class _Search:
    def __init__(self, used: Used) -> None:
        self._used = used
        self._seen: dict[int, Any] = {}  # held, so that ids stay unique

    def target(self, target: Any) -> None:
        if isinstance(target, nn.Module):
            self._used.modules.append(("", target))
            return
        owner = getattr(target, "__self__", None)
        if isinstance(owner, nn.Module):  # a method such as model.generate
            self._used.modules.append(("", owner))
            return
        for inner in (getattr(target, "func", None), getattr(target, "__wrapped__", None)):
            if callable(inner):
                self.target(inner)
                return
        if inspect.isfunction(target):
            self._function(target, 0)
            return
        if inspect.ismethod(target):
            self._object("", owner, 0, type(owner).__module__)
            self._function(target.__func__, 0)
            return
        self._object("", target, 0, type(target).__module__)
        call = exact_type(target).__call__
        self._function(getattr(call, "__func__", call), 0)

    def _function(self, function: Any, depth: int) -> None:
        if not inspect.isfunction(function) or id(function) in self._seen:
            return
        self._seen[id(function)] = function
        self._used.functions.append(function)
        try:
            variables = inspect.getclosurevars(function)
        except ValueError:  # a variable of an outer function that is not set yet
            return
        for name, value in variables.nonlocals.items():
            self._value(name, value, depth, function.__module__)
        for name, value in variables.globals.items():
            self._value(name, value, depth, function.__module__)

    def _value(self, name: str, value: Any, depth: int, home: str) -> None:
        """`home`: the user's module; what is defined there is looked into."""
        if isinstance(value, _PLAIN) or id(cast(object, value)) in self._seen:
            return
        if isinstance(value, FunctionType):
            if depth < _DEPTH and value.__module__ == home:
                self._function(value, depth + 1)
            return
        self._seen[id(value)] = value
        if isinstance(value, nn.Module):
            self._used.modules.append((name, value))
        elif is_tensor(value):
            self._used.tensors.setdefault(name, value)
        elif isinstance(value, (list, tuple, dict)):
            if depth < _DEPTH:
                self._used.holders.append(value)
                for key, part in _parts(value):
                    self._value(f"{name}.{key}", part, depth + 1, home)
        else:
            self._object(name, value, depth, home)

    def _object(self, name: str, value: Any, depth: int, home: str) -> None:
        """An optimizer, or an object of the user's own."""
        if isinstance(value, torch.optim.Optimizer):
            self._used.optimizers.append(value)
        elif type(value).__module__ == home and hasattr(value, "__dict__") and depth < _DEPTH:
            self._used.holders.append(value)
            for key, part in _parts(dict(_attributes(value))):
                self._value(f"{name}.{key}" if name else key, part, depth + 1, home)
        else:
            self._used.others.append(value)


def _attributes(value: object) -> dict[str, Any]:
    return vars(value)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        rows = cast("dict[Any, Any]", value)
        return ((str(key), part) for key, part in rows.items())
    items = cast("list[Any]", value)
    return ((str(place), part) for place, part in enumerate(items))
