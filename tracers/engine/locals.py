"""Local variables of the user's frames as DAP variables, without running any of his code."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from ..ir import Ref
from ..protocol.refusal import Refusal
from .operands import dtype_text, kind_of
from .pieces import element_text
from .references import Children, Row

MOST_LETTERS = 200
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType)
_PARTS = ("_parameters", "_buffers", "_modules")  # what torch's modules keep their parts in
_HIDDEN = "__"
_NAME: Any = type.__dict__["__name__"]
_ARRAY: Any = np.ndarray

Put = Callable[[Children], int]


@runtime_checkable
class Owning(Protocol):
    """A program that knows which recorded value a tensor is."""

    def ref_of(self, value: object) -> Ref | None:
        """Where a tensor was made; None where nothing is known of it."""
        ...


class Tensors(Protocol):
    """What the rows of tensors are made with."""

    def is_tensor(self, value: object) -> bool: ...

    def tensor_row(self, value: Any) -> Row:
        """Value, type and handle of a tensor."""
        ...


class Locals:
    """Rows for what Python names, one level at a time: cycles and depth cost nothing."""

    def __init__(self, tensors: Tensors, put: Put) -> None:
        self._tensors = tensors
        self._put = put

    def of(self, frame: FrameType) -> Children:
        """A frame's local variables, without Python's own."""
        found = dict(frame.f_locals)
        names = [name for name in found if not name.startswith((_HIDDEN, "."))]
        return self._named({name: found[name] for name in names})

    def _named(self, items: Mapping[str, Any]) -> Children:
        pairs = list(items.items())

        def rows(start: int, stop: int) -> list[Row]:
            return [self._row(name, value) for name, value in pairs[start:stop]]

        return Children(len(pairs), rows)

    def _row(self, name: str, value: Any) -> Row:
        try:
            return {"name": name, "variablesReference": 0, **self._told(value)}
        except Exception as error:  # noqa: BLE001 - one that cannot be read must not hide the rest
            why = str(error) if isinstance(error, Refusal) else type(error).__name__
            return {"name": name, "value": f"<not readable: {_cut(why)}>", "variablesReference": 0}

    def _told(self, value: Any) -> Row:
        kind = kind_of(value)
        if self._tensors.is_tensor(value):
            return self._tensors.tensor_row(value)
        if value is None or kind in (bool, int, float, complex, str, bytes):
            return {"value": _literal(value), "type": _name(kind)}
        if text := dtype_text(value):
            return {"value": text, "type": _name(kind)}
        if issubclass(kind, np.generic):
            return {"value": element_text(value.item()), "type": f"numpy.{_name(kind)}"}
        if issubclass(kind, np.ndarray):
            shape: Any = _ARRAY.shape.__get__(value)
            dtype: Any = _ARRAY.dtype.__get__(value)
            extents = "×".join(str(extent) for extent in shape)
            return {"value": f"{dtype}[{extents}]", "type": "numpy.ndarray"}
        for base in (tuple, list, dict, set, frozenset):
            if issubclass(kind, base):
                return self._collection(value, kind, base)
        return self._object(value, kind)

    def _collection(self, value: Any, kind: Any, base: Any) -> Row:
        count: int = base.__len__(value)
        noun = "item" if count == 1 else "items"
        row: Row = {"value": f"{_name(kind)} of {count} {noun}", "type": _name(kind)}
        if base is dict:
            children = Children(count, partial(self._entries, value))
        else:
            children = Children(count, partial(self._items, value, base, kind))
            row["indexedVariables"] = count
        short = _short_items(value, base, count)
        if short:
            row["value"] = short
        return {**row, "variablesReference": self._put(children)}

    def _items(self, value: Any, base: Any, kind: Any, start: int, stop: int) -> list[Row]:
        items = _slice(base.__iter__(value), start, stop)
        found: object = kind.__dict__.get("_fields", ()) if base is tuple else ()
        fields = cast("tuple[object, ...]", found) if type(found) is tuple else ()
        named = len(fields) >= stop
        names = [str(fields[n]) if named else f"[{n}]" for n in range(start, start + len(items))]
        return [self._row(name, item) for name, item in zip(names, items, strict=True)]

    def _entries(self, value: Any, start: int, stop: int) -> list[Row]:
        entries: Any = dict
        pairs = _slice(entries.items(value), start, stop)  # no key is hashed or compared
        return [self._row(_key(key), item) for key, item in pairs]

    def _object(self, value: Any, kind: Any) -> Row:
        if issubclass(kind, type):
            return {"value": f"class {type.__getattribute__(value, '__name__')}", "type": "class"}
        if issubclass(kind, ModuleType):
            return {"value": f"module {_own(value).get('__name__', '')}", "type": "module"}
        if kind in _FUNCTIONS:
            return {"value": f"function {value.__name__}", "type": "function"}
        if issubclass(kind, enum.Enum):
            name = _own(value).get("_name_", "")
            return {"value": f"{_name(kind)}.{name}", "type": _name(kind)}
        children = self._named(attributes_of(value))
        return {
            "value": f"<{_name(kind)}>",
            "type": _name(kind),
            "variablesReference": self._put(children),
            "namedVariables": children.count,
        }


def attributes_of(value: Any) -> dict[str, Any]:
    """What an object holds: a module's parameters, buffers and modules first, then the rest."""
    own = _own(value)
    found: dict[str, Any] = {}
    for part in _PARTS:
        inside: Any = own.get(part)
        if kind_of(inside) is dict:
            found.update({str(name): item for name, item in inside.items()})
    for name, item in own.items():
        if type(name) is str and name not in _PARTS and not name.startswith(_HIDDEN):
            found.setdefault(name, item)
    for name in _slots(kind_of(value)):
        try:
            found.setdefault(name, object.__getattribute__(value, name))
        except AttributeError:
            continue  # declared, and not set
    if all(part in own for part in _PARTS):  # a module's own workings
        return {name: item for name, item in found.items() if not name.startswith("_")}
    return found


def _name(kind: Any) -> str:
    """A class's name, whatever its metaclass says."""
    return str(_NAME.__get__(kind))


def _own(value: Any) -> dict[str, Any]:
    """An object's dictionary, as Python keeps it."""
    try:
        found: Any = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if kind_of(found) is dict else {}


def _slots(kind: Any) -> list[str]:
    """Names that classes declare instead of a dictionary."""
    found: list[str] = []
    for each in type.mro(kind):
        slots: Any = each.__dict__.get("__slots__", ())
        names: Any = (slots,) if type(slots) is str else slots
        if type(names) in (tuple, list):
            plain = (each.__dict__.get(str(name)) for name in names)
            found += [
                str(name)
                for name, member in zip(names, plain, strict=True)
                if type(member).__name__ == "member_descriptor" and not str(name).startswith("__")
            ]
    return found


def _slice(items: Iterable[Any], start: int, stop: int) -> list[Any]:
    found: list[Any] = []
    for number, item in enumerate(items):
        if number >= stop:
            break
        if number >= start:
            found.append(item)
    return found


def _short_items(value: Any, base: Any, count: int) -> str:
    """A few plain items written out, "" where there are many or others."""
    if base is dict or not 0 < count <= 8:
        return ""
    items = list(base.__iter__(value))
    if any(kind_of(item) not in (bool, int, float, str) and item is not None for item in items):
        return ""
    inside = ", ".join(_literal(item) for item in items)
    ends = {"tuple": "()", "list": "[]"}.get(base.__name__, "{}")
    return _cut(f"{ends[0]}{inside}{ends[1]}")


def _literal(value: Any) -> str:
    if type(value) in (str, bytes):
        return _cut(repr(value[: MOST_LETTERS + 1]))
    if type(value) is int and value.bit_length() > 512:
        return f"a whole number of {value.bit_length()} bits"
    return f"{value:.9g}" if type(value) is float else str(value)


def _key(key: Any) -> str:
    if kind_of(key) in (bool, int, float, str) or key is None:
        return _literal(key)
    return f"<{_name(kind_of(key))}>"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
