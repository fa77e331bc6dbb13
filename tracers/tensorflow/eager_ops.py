"""An op that runs by itself, told in the words that an op of a graph is told in."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from .lib import tf
from .notes import note, text_attributes

_registry: Any = importlib.import_module("tensorflow.python.framework.op_def_registry")

# They make handles, or tell whether there is one behind them, and compute nothing.
_PLUMBING = frozenset({"DestroyResourceOp", "MakeIterator", "NoOp", "VarHandleOp"})
_ASKING = frozenset({"VarIsInitializedOp", "DisableCopyOnRead"})
_HANDLES = frozenset({tf.resource.as_datatype_enum, tf.variant.as_datatype_enum})
_READS = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape"})

Detail = tuple[str, tuple[tuple[str, str], ...]]


@lru_cache(maxsize=1024)
def is_plumbing(op_type: str) -> bool:
    """It only makes a handle: a variable's, a dataset's, an iterator's."""
    if op_type in _PLUMBING or op_type in _ASKING or op_type.startswith("Anonymous"):
        return True
    if "Dataset" not in op_type:
        return False
    definition = _registry.get(op_type)
    made = definition.output_arg if definition is not None else ()
    return bool(made) and all(row.type in _HANDLES for row in made)


def may_assign(op_type: str) -> bool:
    """It is no mere reader of the variables that it is given."""
    return op_type not in _READS and op_type not in _ASKING


def detail(op_type: str, inputs: Sequence[Any], attrs: Sequence[Any]) -> Detail:
    """Note and attributes, as those of an op in a graph are written."""
    op = _EagerOp(op_type, inputs, attrs)
    return (note(op), text_attributes(op)) if op.op_def is not None else ("", ())


class _EagerOp:
    """As much of an op of a graph as `notes` reads."""

    def __init__(self, op_type: str, inputs: Sequence[Any], attrs: Sequence[Any]) -> None:
        self.type = op_type
        self.inputs = inputs
        self.op_def = _registry.get(op_type)
        self._attrs = dict(zip(attrs[::2], attrs[1::2], strict=True))

    @property
    def outputs(self) -> list[Any]:
        """The one of a Cast; it has a dtype and nothing else."""
        return [SimpleNamespace(dtype=tf.as_dtype(self._attrs["DstT"]))]

    def get_attr(self, name: str) -> Any:
        """As a graph's op has it. Raises ValueError where there is none."""
        if name not in self._attrs:
            raise ValueError(name)
        kinds = {row.name: row.type for row in self.op_def.attr}
        return _as_in_graphs(kinds.get(name, ""), self._attrs[name])


def _as_in_graphs(kind: str, value: Any) -> Any:
    if kind.startswith("list("):
        return [_as_in_graphs(kind[5:-1], item) for item in value]
    if kind == "shape":
        return tf.TensorShape(value).as_proto()
    if kind == "string" and isinstance(value, str):
        return value.encode()
    if kind == "func":
        return SimpleNamespace(name=str(getattr(value, "name", value)))
    return value
