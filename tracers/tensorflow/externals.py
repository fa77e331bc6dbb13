"""What a program gets from outside: inputs, variables, constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine.builder import GraphBuilder
from ..ir import ValueKind
from .layers import children
from .lib import is_layer, is_module, tf


@dataclass(frozen=True, slots=True)
class External:
    """One value from outside.

    Attributes:
        tensor: what the graph is fed; a variable's is its resource handle.
        variable: the tf.Variable behind the handle, None for everything else.
    """

    kind: ValueKind
    name: str
    shape: tuple[int, ...] | None
    dtype: str
    tensor: Any
    variable: Any = None


class Externals:
    """All of a program's, in the order they were met."""

    def __init__(self) -> None:
        self.rows: list[External] = []
        self._names: dict[tuple[ValueKind, str], int] = {}

    def add(self, kind: ValueKind, name: str, tensor: Any, variable: Any = None) -> int:
        """Index of a new row; a name already taken gets a number."""
        unique, number = name, 1
        while (kind, unique) in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names[kind, unique] = len(self.rows)
        shape, dtype = static_shape(tensor if variable is None else variable)
        self.rows.append(External(kind, unique, shape, dtype, tensor, variable))
        return len(self.rows) - 1

    def truncate(self, count: int) -> None:
        """Forget all rows from `count` on."""
        for row in self.rows[count:]:
            del self._names[row.kind, row.name]
        del self.rows[count:]

    def find(self, kind: ValueKind, name: str) -> External | None:
        """By kind and name."""
        index = self._names.get((kind, name))
        return None if index is None else self.rows[index]

    def indices(self, builder: GraphBuilder) -> list[int]:
        """Each row's index among the values of a graph."""
        return [builder.external(row.kind, row.name, row.shape, row.dtype) for row in self.rows]


def static_shape(tensor: Any) -> tuple[tuple[int, ...] | None, str]:
    """Shape with -1 where unknown, None where the rank is; dtype."""
    shape = tensor.shape
    if shape.rank is None:
        return None, tensor.dtype.name
    return tuple(-1 if n is None else int(n) for n in shape.as_list()), tensor.dtype.name


def variables_by_handle(target: Any, concrete: Any) -> dict[int, tuple[str, Any]]:
    """Names and variables by the id of their handle.

    Names are paths of layers and attributes from the target, or the variable's own path where the
    target does not own it.
    """
    found: dict[int, tuple[str, Any]] = {}
    for variable in [*concrete.graph.variables, *getattr(concrete, "variables", ())]:
        handle = getattr(variable, "handle", None)
        if handle is not None:
            name = variable.name.split(":")[0].replace("/", ".")
            found.setdefault(id(handle), (name, variable))
    _own(target, "", found, set())
    return found


def _own(target: Any, path: str, found: dict[int, tuple[str, Any]], seen: set[int]) -> None:
    """Walk layers and modules, naming what each owns itself."""
    if id(target) in seen:
        return
    seen.add(id(target))
    for name, inner in children(target) if _has_children(target) else ():
        _own(inner, f"{path}{name}.", found, seen)
    for name, variable in _variables(target):
        handle = getattr(variable, "handle", None)
        if handle is not None:
            found[id(handle)] = (f"{path}{name}", variable)


def _has_children(target: Any) -> bool:
    return is_module(target) or is_layer(target)


def _variables(owner: Any) -> list[tuple[str, Any]]:
    """Variables that are the owner's own, not those of layers inside it."""
    found: list[tuple[str, Any]] = []
    if hasattr(owner, "_trainable_variables"):  # a layer of Keras 3; one of tf_keras is a module
        for variable in [*owner._trainable_variables, *owner._non_trainable_variables]:
            found.append((variable.name, variable.value))
    elif is_module(owner):
        attributes: dict[str, Any] = owner.__dict__
        found += [(key, item) for key, item in attributes.items() if isinstance(item, tf.Variable)]
    return found
